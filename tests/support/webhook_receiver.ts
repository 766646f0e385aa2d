/**
 * A receiver of webhooks on loopback, which checks signatures as the documentation tells people to
 * and answers as it is told. Free of test frameworks: the demo uses it too.
 *
 * @module
 */

/** The secret that the receiver shares with the program. */
export const WEBHOOK_SECRET = "a secret of the receiver, for tests";

/** One request that came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  /** The body, read as JSON. */
  // deno-lint-ignore no-explicit-any
  readonly message: any;
  /** Whether the signature is right, and not older than five minutes. */
  readonly isGenuine: boolean;
}

/** How a request is answered: a status, or not at all. */
export type ReceiverAnswer = number | "hang" | { readonly redirectTo: string };

/** The receiver. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  /** Environment of a program that is to tell this receiver. */
  readonly env: Readonly<Record<string, string>>;
  readonly received: readonly Received[];
  /** Names of the events that came, in their order. */
  readonly events: readonly string[];
  /** Answers of the next requests; after them 204. */
  answer(...answers: readonly ReceiverAnswer[]): void;
}

/** Starts a receiver. */
export function startWebhookReceiver(): WebhookReceiver {
  const received: Received[] = [];
  const answers: ReceiverAnswer[] = [];
  const closing = new AbortController();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (req) => {
    const body = await req.text();
    received.push({
      method: req.method,
      path: new URL(req.url).pathname,
      headers: req.headers,
      body,
      message: parse(body),
      isGenuine: await isGenuine(body, req.headers.get("x-sentinel-signature") ?? ""),
    });
    const answer = answers.shift() ?? 204;
    if (answer === "hang") {
      await new Promise<void>((resolve) => {
        closing.signal.addEventListener("abort", () => resolve());
      });
      return new Response(null, { status: 204 });
    }
    if (typeof answer === "number") return new Response(null, { status: answer });
    return new Response(null, { status: 302, headers: { location: answer.redirectTo } });
  });
  const url = `http://127.0.0.1:${server.addr.port}/hooks/T0KEN?key=hunter2`;
  return {
    url,
    env: { SENTINEL_WEBHOOK_URL: url, SENTINEL_WEBHOOK_SECRET: WEBHOOK_SECRET },
    received,
    get events() {
      return received.map(({ message }) => message?.event);
    },
    answer: (...next) => void answers.push(...next),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

async function isGenuine(body: string, header: string): Promise<boolean> {
  const [, t = "", v1 = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (Math.abs(Date.now() / 1000 - Number(t)) > 300) return false;
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(WEBHOOK_SECRET),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  return await crypto.subtle.verify(
    "HMAC",
    key,
    Uint8Array.fromHex(v1),
    encoder.encode(`${t}.${body}`),
  );
}
