/**
 * Carries the SDK's requests by `fetch`. Node's HTTP client would, in Deno, send a request once
 * more when it is given up on a connection that was used before; a given-up change must not come
 * back.
 *
 * @module
 */

/** What of the SDK's request is sent. */
export interface SdkRequest {
  readonly method: string;
  /** `https:` or `http:`. */
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What the SDK reads of an answer. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** How one request may end early. */
export interface SdkRequestOptions {
  /** An `AbortSignal`; the SDK's type also admits signals of its own, which nobody uses. */
  readonly abortSignal?: unknown;
  /** In milliseconds; default: the handler's own. */
  readonly requestTimeout?: number | undefined;
}

/** No answer came; `code` is the system's name of the reason, which the SDK knows, too. */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  readonly code: string;

  /** Reads the reason from what `fetch` threw. */
  constructor(cause: unknown) {
    super("no answer", { cause });
    this.code = reasonOf(cause);
  }
}

/** A request handler for a client of the AWS SDK. */
export class FetchHandler {
  /** Tells the SDK how the requests travel. */
  readonly metadata = { handlerProtocol: "http/1.1" } as const;
  readonly #client = Deno.createHttpClient({ http2: false });
  readonly #timeoutMs: number;
  #destroyed = false;

  /** `timeoutMs` bounds one attempt, from the connection to the last byte of the answer. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Sends one request. Rejects with a `TimeoutError` or a {@linkcode ConnectionFault}. */
  async handle(
    request: SdkRequest,
    { abortSignal, requestTimeout = this.#timeoutMs }: SdkRequestOptions = {},
  ): Promise<{ response: SdkResponse }> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), requestTimeout);
    const aborted = abortSignal instanceof AbortSignal ? [abortSignal] : [];
    try {
      const response = await fetch(urlOf(request), {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: "manual",
        signal: AbortSignal.any([timeout.signal, ...aborted]),
        client: this.#client,
      });
      const body = new Uint8Array(await response.arrayBuffer());
      const headers = Object.fromEntries(response.headers);
      return { response: { statusCode: response.status, headers, body } };
    } catch (thrown) {
      // The SDK knows this name, and tries again.
      if (timeout.signal.aborted) throw new DOMException("no answer in time", "TimeoutError");
      throw aborted[0]?.aborted ? thrown : new ConnectionFault(thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connections. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#client.close();
  }

  /** Part of the SDK's interface; there is nothing to change. */
  updateHttpClientConfig(): void {}

  /** Part of the SDK's interface; there is nothing to show. */
  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

function urlOf({ protocol, hostname, port, path }: SdkRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
}

/** `fetch` tells its reasons in words only; these are the ones that a person can act upon. */
const REASONS: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/dns error/i, "ENOTFOUND"],
  [/connection refused/i, "ECONNREFUSED"],
  [/certificate|corrupt message|handshake/i, "EPROTO"],
  [/unreachable/i, "ENETUNREACH"],
];

function reasonOf(thrown: unknown): string {
  const { message, cause } = (thrown ?? {}) as { message?: unknown; cause?: { message?: unknown } };
  const words = `${message} ${cause?.message}`;
  return REASONS.find(([pattern]) => pattern.test(words))?.[1] ?? "ECONNRESET";
}
