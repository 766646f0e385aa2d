/**
 * The XML of the AWS query protocol. Whatever text comes in, the document that comes out is
 * well-formed.
 *
 * @module
 */
import type { StsError } from "./sts_error.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Elements in order: text or more elements. An `undefined` one is left out. */
export type XmlFields = { readonly [name: string]: string | XmlFields | undefined };

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

function escapeText(text: string): string {
  // XML 1.0 cannot hold these characters at all, not even as references.
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, "\ufffd")
    .replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}

function render(fields: XmlFields): string {
  let xml = "";
  for (const [name, content] of Object.entries(fields)) {
    if (content === undefined) continue;
    xml += `<${name}>${
      typeof content === "string" ? escapeText(content) : render(content)
    }</${name}>`;
  }
  return xml;
}

/** The document that answers a call of `action` with `result`. */
export function formatResult(action: string, result: XmlFields, requestId: string): string {
  const body = render({
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  });
  return `<${action}Response xmlns="${NAMESPACE}">${body}</${action}Response>\n`;
}

/** The document that refuses a call. */
export function formatError(error: StsError, requestId: string): string {
  const body = render({
    Error: {
      Type: error.status < 500 ? "Sender" : "Receiver",
      Code: error.code,
      Message: error.message,
    },
    RequestId: requestId,
  });
  return `<ErrorResponse xmlns="${NAMESPACE}">${body}</ErrorResponse>\n`;
}
