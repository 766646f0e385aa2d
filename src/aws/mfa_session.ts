/**
 * A session of a user's own keys that carries the code of a device: made once, it assumes roles
 * that demand a code for hours, so that a server need not ask a person every quarter of an hour.
 * It is kept in memory and nowhere else.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type BaseCredentials, originName } from "./base_credentials.ts";
import type { BaseKeys, BaseKeysNow } from "./base_keys.ts";
import { baseCaller, openStsClient, type StsOptions } from "./clients.ts";
import { showLocation } from "./config_files.ts";
import { refuseExpiry } from "./credential_life.ts";
import type { MfaDevice } from "./interaction.ts";

/** How long the code counts, in seconds: a working day. */
const SESSION_SECONDS = 12 * 3600;
/** A session that is about to end is not begun with. */
const LEAST_LIFE_MS = 60_000;

/** What {@linkcode MfaSession} needs. */
export interface MfaSessionOptions extends StsOptions {
  readonly clock: { now(): number };
  /** The keys of the user. */
  readonly keys: Pick<BaseKeys, "current">;
  /** Where they come from. */
  readonly base: BaseCredentials;
  readonly device: MfaDevice;
  readonly mfaCode: (device: MfaDevice) => Promise<string>;
}

/** Keys that carry a code. */
export class MfaSession {
  readonly #options: MfaSessionOptions;
  #session: BaseKeysNow | null = null;

  /** Nobody is asked yet. */
  constructor(options: MfaSessionOptions) {
    this.#options = options;
  }

  /** Asks for the code and begins the session. Rejects with `SentinelError`. */
  async begin(): Promise<void> {
    const { base, device, mfaCode, clock } = this.#options;
    const keys = await this.#options.keys.current();
    if (keys.sessionToken !== null) throw needsUser(device);
    const mfa = { serial: device.serial, code: await mfaCode(device) };
    using client = await openStsClient(baseCaller(base, keys), this.#options);
    const durationSeconds = SESSION_SECONDS;
    const session = await client.getSessionToken({ durationSeconds, mfa });
    const what = `a session for ${originName(base)}`;
    refuseExpiry(session, { durationSeconds, now: clock.now(), what });
    this.#session = { ...session, arn: null };
  }

  /** The keys of the session. Rejects with `SIGN_IN_REQUIRED` when there is none, or none any more. */
  current(): Promise<BaseKeysNow> {
    const session = this.#session;
    const left = session === null ? 0 : session.expiresAt! - this.#options.clock.now();
    return session !== null && left > LEAST_LIFE_MS
      ? Promise.resolve(session)
      : Promise.reject(over(this.#options.device));
  }
}

function over({ profile }: MfaDevice): SentinelError {
  return new SentinelError(
    "SIGN_IN_REQUIRED",
    `Cannot assume the role of profile ${quote(profile)}: the code that was given counts no more`,
    { suggestion: "Leave this shell and start sentinel exec again, with a new code." },
  );
}

/** AWS takes codes of users only, and a server would need one every quarter of an hour. */
function needsUser(device: MfaDevice): SentinelError {
  return new SentinelError(
    "CREDENTIALS_UNSUITABLE",
    `Cannot serve profile ${quote(device.profile)}: ${
      showLocation(device)
    }: its role demands a code, and a server would need a new one for each renewal: only a user's own keys can keep it`,
    {
      suggestion: "Put the user's own keys into source_profile, or use it without --server.",
    },
  );
}
