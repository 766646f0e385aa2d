/**
 * Tells a receiver of the user's choice what happened: one signed POST, tried again a few times. It
 * must never follow a redirect, keep a program waiting without bound, or show the URL's path and
 * query, where receivers keep their secrets.
 *
 * @module
 */
import { type Clock, pause } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import type { announcementDocument } from "../state/announcement.ts";
import { printableJson } from "../text/printable.ts";
import { pastProxies } from "../transport/direct.ts";
import { fetchFaultCode } from "../transport/fetch_fault.ts";
import { VERSION } from "../version.ts";

/** A receiver. */
export interface Webhook {
  readonly url: string;
  /** Scheme, host and port: what may be shown. */
  readonly origin: string;
  /** The key of the signature. */
  readonly secret: string;
}

/** What is delivered. */
export type WebhookMessage = ReturnType<typeof announcementDocument>;

/** How a message is delivered. */
export interface DeliveryOptions {
  readonly clock: Clock;
  /** Ends the delivery, which counts as failed. */
  readonly signal?: AbortSignal;
  /** Try it once only, because the receiver has failed before. Default: three times. */
  readonly once?: boolean;
  /** Random numbers of `[0, 1)`, so that many senders do not come back at once. */
  readonly random?: () => number;
}

/** Header that holds the signature. */
const SIGNATURE_HEADER = "x-sentinel-signature";

const URL_VARIABLE = "SENTINEL_WEBHOOK_URL";
const SECRET_VARIABLE = "SENTINEL_WEBHOOK_SECRET";
/** A shorter one could be found out by trying. */
const SHORTEST_SECRET = 16;
/** All that one attempt may take, from the connection to the head of the answer. */
const ATTEMPT_MS = 10_000;
/** Before the second attempt and the third, which is the last. */
const PAUSES_MS = [1000, 3000];

/**
 * The receiver that the environment names, or `null`. Throws `CONFIG_INVALID`, without the URL,
 * when it cannot be used.
 */
export function readWebhook(
  env: { get(name: string): string | undefined },
): Webhook | null {
  const text = env.get(URL_VARIABLE);
  if (text === undefined || text === "") return null;
  const url = URL.parse(text);
  if (url === null || !isPrivate(url)) {
    throw refuse(
      URL_VARIABLE,
      "it is not an https URL",
      "Plain http is allowed to 127.0.0.1, [::1] and localhost only.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse(URL_VARIABLE, "it holds a user name or password", "Put a token into its path.");
  }
  const secret = env.get(SECRET_VARIABLE) ?? "";
  if (secret.length < SHORTEST_SECRET) {
    throw refuse(
      SECRET_VARIABLE,
      `it needs at least ${SHORTEST_SECRET} characters, and has ${secret.length}`,
      "Make one: openssl rand -hex 32",
    );
  }
  return { url: url.href, origin: url.origin, secret };
}

function isPrivate({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(hostname);
}

function refuse(variable: string, reason: string, suggestion: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot use ${variable}: ${reason}`, { suggestion });
}

/**
 * Delivers `message`; resolves to `null`, or to why it could not be delivered: printable words that
 * continue a sentence. Never rejects. Network errors, 429 and 5xx are tried again.
 */
export async function deliver(
  webhook: Webhook,
  message: WebhookMessage,
  { clock, signal, once = false, random = Math.random }: DeliveryOptions,
): Promise<string | null> {
  const body = printableJson(JSON.stringify(message));
  for (let attempt = 0;; attempt++) {
    const failure = await post(webhook, body, { message, clock, signal });
    if (failure === null) return null;
    const pauseMs = PAUSES_MS[attempt];
    if (signal?.aborted) return "it was interrupted";
    if (once || pauseMs === undefined || !failure.mayPass) return failure.reason;
    await pause(pauseMs * (1 + random() / 2), { clock, signal });
    if (signal?.aborted) return "it was interrupted";
  }
}

interface Failure {
  readonly reason: string;
  /** Another attempt may succeed. */
  readonly mayPass: boolean;
}

/** One attempt. */
async function post(
  { url, secret }: Webhook,
  body: string,
  { message, clock, signal }: {
    readonly message: WebhookMessage;
    readonly clock: Clock;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Failure | null> {
  const timeout = new AbortController();
  const stop = clock.after(ATTEMPT_MS, () => timeout.abort());
  try {
    using client = Deno.createHttpClient(pastProxies(new URL(url)));
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": `sentinel/${VERSION}`,
        "x-sentinel-event": message.event,
        "x-sentinel-delivery": message.id,
        // Made anew for each attempt: a receiver may refuse what is old.
        [SIGNATURE_HEADER]: await signature(body, { secret, seconds: clock.now() / 1000 }),
      },
      body,
      // What is signed for one receiver is not for another.
      redirect: "manual",
      client,
      signal: AbortSignal.any([timeout.signal, ...(signal === undefined ? [] : [signal])]),
    });
    await response.body?.cancel();
    return judge(response.status);
  } catch (thrown) {
    const reason = timeout.signal.aborted
      ? `it did not answer within ${ATTEMPT_MS / 1000} s`
      : `it cannot be reached (${reasonOf(thrown)})`;
    return { reason, mayPass: true };
  } finally {
    stop();
  }
}

function judge(status: number): Failure | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return { reason: `it answered ${status}, and redirects are not followed`, mayPass: false };
  }
  return { reason: `it answered ${status}`, mayPass: status === 429 || status >= 500 };
}

/** In few words. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return "Deno does not permit it";
  switch (fetchFaultCode(thrown)) {
    case "ENOTFOUND":
      return "no such host";
    case "ECONNREFUSED":
      return "connection refused";
    case "EPROTO":
      return "TLS failed";
    case "ENETUNREACH":
      return "network unreachable";
    default:
      return "no connection";
  }
}

/**
 * `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`: the moment is signed too, so that a receiver
 * can refuse a message that somebody recorded and sends again.
 */
export async function signature(
  body: string,
  { secret, seconds }: { readonly secret: string; readonly seconds: number },
): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const t = Math.floor(seconds);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${t}.${body}`));
  return `t=${t},v1=${new Uint8Array(mac).toHex()}`;
}
