/**
 * One HTTP request as a call of the query protocol: its bytes for the signature, its parameters,
 * its action. Nothing here is trusted or validated yet.
 *
 * @module
 */
import type { CallParameters } from "./parameters.ts";
import { StsError } from "./sts_error.ts";
import type { SignedRequest } from "./signature.ts";

/** A longer body is refused unread. */
export const MAX_BODY_BYTES = 131_072;

/** A call as it arrived. */
export interface Message extends SignedRequest {
  /** Parameters of query and form body. */
  readonly parameters: CallParameters;
  /** Whether some parameter came twice. */
  readonly ambiguous: boolean;
}

function tooLarge(): StsError {
  const message = `Request must not be larger than ${MAX_BODY_BYTES} bytes`;
  return new StsError("RequestEntityTooLarge", message, { status: 413 });
}

/** The body, or `null` when the client went away before it was complete. */
async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const body = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      if (length + chunk.length > MAX_BODY_BYTES) throw tooLarge();
      body.set(chunk, length);
      length += chunk.length;
    }
  } catch (thrown) {
    if (thrown instanceof StsError) throw thrown;
    return null;
  }
  return body.subarray(0, length);
}

/**
 * Reads a request; `null` when its client went away meanwhile. Refuses one that is too large or
 * whose address makes no sense.
 */
export async function readMessage(request: Request): Promise<Message | null> {
  // Not `new URL`: it would tidy the path, and the signature covers what was sent.
  const [, sentPath, query = ""] = /^https?:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/.exec(request.url) ??
    [];
  if (sentPath === undefined) throw new StsError("MalformedInput", "The request has no address");
  const body = await readBody(request);
  if (body === null) return null;
  const type = request.headers.get("content-type") ?? "";
  const isForm = /^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type);
  const form = request.method === "POST" && isForm ? new TextDecoder().decode(body) : "";
  const pairs = [...new URLSearchParams(query), ...new URLSearchParams(form)];
  const parameters = new Map(pairs);
  return {
    method: request.method,
    path: sentPath === "" ? "/" : sentPath,
    query,
    headers: request.headers,
    body,
    parameters,
    ambiguous: parameters.size !== pairs.length,
  };
}
