/**
 * Asks the metadata service of the machine or container that this program runs in. Such a service
 * is next door: it answers at once or not at all, no redirect is followed, and nothing is sent
 * anywhere else.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { abbreviate, printable } from "../text/printable.ts";
import { pastProxies } from "../transport/direct.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { parseMetadataDocument } from "./key_document.ts";

/** An answer of a metadata service. */
export interface MetadataAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request. */
export interface MetadataRequest {
  readonly method?: "GET" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  /** For messages: `the metadata service of this instance`. */
  readonly name: string;
  /** What to do when it does not answer. */
  readonly suggestion: string;
}

/** A service that is there answers within milliseconds. */
const TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends one request. Rejects with `AWS_UNAVAILABLE` when there is no answer. */
export async function askMetadata(url: URL, request: MetadataRequest): Promise<MetadataAnswer> {
  const { method = "GET", headers = {}, name, suggestion } = request;
  using client = Deno.createHttpClient({ http2: false, ...pastProxies(url) });
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: timeout.signal,
      client,
    });
    const text = await readText(response);
    if (text !== null) return { status: response.status, text };
  } catch (cause) {
    const reason = timeout.signal.aborted ? "it did not answer in time" : "it cannot be reached";
    throw new SentinelError("AWS_UNAVAILABLE", `Cannot ask ${name}: ${reason}`, {
      suggestion,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
  throw new SentinelError("AWS_UNAVAILABLE", `Cannot use the answer of ${name}: it is too long`);
}

async function readText(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) return null;
  }
  return text + decoder.decode();
}

/** The keys of an answer. Throws `AWS_REFUSED` or `AWS_UNAVAILABLE`. */
export function keysOf(
  { status, text }: MetadataAnswer,
  { name, suggestion }: Pick<MetadataRequest, "name" | "suggestion">,
): BaseKeysNow {
  const document = parseMetadataDocument(text);
  if (status === 200 && document.kind === "keys") return document.keys;
  const said = document.kind === "refusal"
    ? `${printable(document.code)}: ${abbreviate(document.message, 200)}`
    : document.kind === "unreadable" && status === 200
    ? document.reason
    : `it answered with status ${status}`;
  throw new SentinelError(
    status >= 500 || status === 200 && document.kind === "unreadable"
      ? "AWS_UNAVAILABLE"
      : "AWS_REFUSED",
    `Cannot get credentials from ${name}: ${said}`,
    { suggestion },
  );
}
