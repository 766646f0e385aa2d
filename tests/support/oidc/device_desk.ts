/**
 * Sign-ins on a device (RFC 8628): a code for the person, and questions at a bounded pace.
 *
 * @module
 */
import { OidcError, requireText } from "./oidc_error.ts";
import type { Client } from "./registry.ts";

interface Device {
  readonly client: string;
  readonly expiresAt: number;
  askedAt: number;
}

const LIFE_MS = 600_000;
/** Clients' timers are not exact. */
const TOLERANCE_MS = 50;

/** Starts and redeems device codes. */
export class DeviceDesk {
  readonly #now: () => number;
  readonly #intervalSeconds: number;
  readonly #devices = new Map<string, Device>();

  constructor(now: () => number, { intervalSeconds }: { readonly intervalSeconds: number }) {
    this.#now = now;
    this.#intervalSeconds = intervalSeconds;
  }

  /** StartDeviceAuthorization. */
  start(
    body: Readonly<Record<string, unknown>>,
    { client, url }: { readonly client: Client; readonly url: string },
  ): unknown {
    if (!/^https?:\/\//.test(requireText(body, "startUrl"))) {
      throw new OidcError("InvalidRequestException", "startUrl is not a URL");
    }
    const deviceCode = crypto.randomUUID();
    const userCode = crypto.randomUUID().slice(0, 9).toUpperCase().replace(/^(.{4})./, "$1-");
    this.#devices.set(deviceCode, {
      client: client.id,
      expiresAt: this.#now() + LIFE_MS,
      askedAt: -Infinity,
    });
    return {
      deviceCode,
      userCode,
      verificationUri: `${url}/device`,
      verificationUriComplete: `${url}/device?user_code=${userCode}`,
      expiresIn: LIFE_MS / 1000,
      interval: this.#intervalSeconds,
    };
  }

  /** Uses up the device code in `body` once the person has agreed. */
  redeem(
    body: Readonly<Record<string, unknown>>,
    { client, consent }: { readonly client: Client; readonly consent: "allow" | "deny" | "wait" },
  ): void {
    const code = requireText(body, "deviceCode");
    const device = this.#devices.get(code);
    if (device === undefined || device.client !== client.id) {
      throw new OidcError("InvalidGrantException", "no such device code");
    }
    const now = this.#now();
    if (device.expiresAt <= now) throw new OidcError("ExpiredTokenException", "too late");
    const pace = this.#intervalSeconds * 1000 - TOLERANCE_MS;
    const isHasty = now - device.askedAt < pace;
    device.askedAt = now;
    if (isHasty) throw new OidcError("SlowDownException", "too fast");
    if (consent === "deny") throw new OidcError("AccessDeniedException", "the person said no");
    if (consent === "wait") throw new OidcError("AuthorizationPendingException", "not yet");
    this.#devices.delete(code);
  }
}
