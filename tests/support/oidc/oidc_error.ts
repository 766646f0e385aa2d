/**
 * How the sign-in service refuses: a name in a header, and OAuth's words in the body.
 *
 * @module
 */

/** A refusal of the service. */
export class OidcError extends Error {
  /** `AuthorizationPendingException`, … */
  readonly code: string;
  readonly status: number;

  constructor(code: string, description: string, status = 400) {
    super(description);
    this.code = code;
    this.status = status;
  }

  /** As it travels: `authorization_pending` in the body. */
  toResponse(): Response {
    const error = this.code.replace(/Exception$/, "")
      .replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return Response.json({ error, error_description: this.message }, {
      status: this.status,
      headers: { "x-amzn-errortype": this.code },
    });
  }
}

/** A text of a request. Throws `InvalidRequestException`. */
export function requireText(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value === "string" && value !== "") return value;
  throw new OidcError("InvalidRequestException", `${key} is missing`);
}

/** A list of texts, or `null` where there is none. Throws `InvalidRequestException`. */
export function readTexts(
  body: Readonly<Record<string, unknown>>,
  key: string,
): readonly string[] | null {
  const value = body[key];
  if (value === undefined) return null;
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return value;
  throw new OidcError("InvalidRequestException", `${key} is not a list of texts`);
}
