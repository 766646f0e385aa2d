/**
 * Carries the requests of AWS SDK clients by `fetch`. Every attempt ends within a bounded time, no
 * redirect is followed, and what is given up is not sent again: Node's HTTP client would, in Deno,
 * repeat a request on a connection that was used before.
 *
 * @module
 */
import { fetchFaultCode } from "./fetch_fault.ts";

/** What of the SDK's request is sent. */
export interface SdkRequest {
  readonly method: string;
  /** `https:` or `http:`. */
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  /** Default: none. */
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
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

/** How an attempt failed that got no answer. The SDK retries what carries `$retryable`. */
export class NoAnswerError extends Error {
  override readonly name: "TimeoutError" | "NetworkError" | "AbortError";
  /** The system's name of the reason, such as `ECONNREFUSED`; the SDK knows these, too. */
  readonly code: string;
  /** Present on faults that may pass. */
  declare readonly $retryable?: Readonly<Record<string, never>>;

  /** `cause`: what `fetch` threw. */
  constructor(name: NoAnswerError["name"], cause: unknown) {
    super("no answer", { cause });
    this.name = name;
    this.code = fetchFaultCode(cause);
    if (name !== "AbortError") this.$retryable = {};
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

  /** Sends one request. Rejects with {@linkcode NoAnswerError}. */
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
        // A signed request goes where it was meant to go, and nowhere else.
        redirect: "manual",
        signal: AbortSignal.any([timeout.signal, ...aborted]),
        client: this.#client,
      });
      const body = new Uint8Array(await response.arrayBuffer());
      const headers = Object.fromEntries(response.headers);
      return { response: { statusCode: response.status, headers, body } };
    } catch (thrown) {
      if (aborted[0]?.aborted) throw new NoAnswerError("AbortError", thrown);
      throw new NoAnswerError(timeout.signal.aborted ? "TimeoutError" : "NetworkError", thrown);
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

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === null
      ? [escapeUri(key)]
      : [value].flat().map((one) => `${escapeUri(key)}=${escapeUri(one)}`)
  );
  const search = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${search}`;
}

/** As a signature covers it (RFC 3986): `encodeURIComponent` leaves some characters alone. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
