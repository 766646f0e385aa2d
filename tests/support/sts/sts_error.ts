/**
 * An answer with which STS refuses a call: status, code and message, worded as STS words them.
 *
 * @module
 */

/** A refusal on its way to the client. Its message may quote the request, never a secret. */
export class StsError extends Error {
  override readonly name = "StsError";
  /** HTTP status. */
  readonly status: number;
  /** STS error code. */
  readonly code: string;

  /** Creates a refusal with `code`; `options.status` defaults to 400. */
  constructor(code: string, message: string, options: { readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
  }
}

/** A 403 that says that `arn` may not perform `action` on `resource`. */
export function accessDenied(arn: string, action: string, resource: string): StsError {
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}`;
  return new StsError("AccessDenied", message, { status: 403 });
}
