/**
 * Carries the requests of an AWS SDK client with the platform's `fetch`. Every attempt ends within
 * a bounded time, a redirect is never followed with a signed request, and a connection that fails
 * is reported so that the SDK tries once more.
 *
 * @module
 */

/** The part of an SDK's request that matters here. Services of the query protocol have no query. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the SDK reads it. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** How an attempt failed that got no answer. The SDK retries what carries `$retryable`. */
export class NoAnswerError extends Error {
  override readonly name: "TimeoutError" | "NetworkError" | "AbortError";
  /** Present on faults that may pass. */
  declare readonly $retryable?: Readonly<Record<string, never>>;

  /** `cause`: what `fetch` threw. */
  constructor(name: NoAnswerError["name"], cause: unknown) {
    super(name, { cause });
    this.name = name;
    if (name !== "AbortError") this.$retryable = {};
  }
}

/** Sends requests; `attemptTimeoutMs` bounds one attempt with its answer. */
export class FetchHandler {
  readonly #attemptTimeoutMs: number;

  /** A handler for one client. */
  constructor(options: { readonly attemptTimeoutMs: number }) {
    this.#attemptTimeoutMs = options.attemptTimeoutMs;
  }

  /** Sends one request. Rejects with {@linkcode NoAnswerError}. */
  async handle(
    request: SdkRequest,
    options: { readonly abortSignal?: unknown } = {},
  ): Promise<{ readonly response: SdkResponse }> {
    const caller = options.abortSignal instanceof AbortSignal ? options.abortSignal : null;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.#attemptTimeoutMs);
    try {
      const response = await fetch(urlOf(request), {
        method: request.method,
        headers: Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name)),
        body: request.body as BodyInit,
        redirect: "error",
        signal: caller === null ? timeout.signal : AbortSignal.any([timeout.signal, caller]),
      });
      const body = await response.bytes();
      const headers = Object.fromEntries(response.headers);
      return { response: { statusCode: response.status, headers, body } };
    } catch (cause) {
      if (caller?.aborted) throw new NoAnswerError("AbortError", cause);
      throw new NoAnswerError(timeout.signal.aborted ? "TimeoutError" : "NetworkError", cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Part of the SDK's interface: there is nothing to configure. */
  updateHttpClientConfig(): void {}

  /** Part of the SDK's interface: there is nothing to configure. */
  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

// fetch sets these itself, to the same values.
const OWN_HEADERS: ReadonlySet<string> = new Set(["host", "content-length"]);

function urlOf({ protocol, hostname, port, path }: SdkRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
}
