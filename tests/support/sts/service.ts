/**
 * The way of a call through STS: routed, then authenticated, then validated, then performed.
 * Nothing of a call is acted upon before its signature was verified.
 *
 * @module
 */
import { type Action, type ActionResult, ACTIONS } from "./actions.ts";
import type { AccessKey, Directory } from "./directory.ts";
import type { Message } from "./message.ts";
import { validate } from "./parameters.ts";
import { checkSkew, parseSignature, verifySignature } from "./signature.ts";
import { StsError } from "./sts_error.ts";

const API_VERSION = "2011-06-15";

/** What a call is judged by. */
export interface ServiceContext {
  readonly directory: Directory;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The action that a message asks for. */
export function route(message: Message): Action {
  const { method, path, parameters } = message;
  if (path !== "/") {
    throw new StsError("UnknownOperationException", "There is only /", { status: 404 });
  }
  if (method !== "GET" && method !== "POST") {
    throw new StsError("MethodNotAllowed", "Use GET or POST", { status: 405 });
  }
  if (message.ambiguous) {
    throw new StsError("MalformedQueryString", "The request contains a parameter twice");
  }
  const name = parameters.get("Action");
  const version = parameters.get("Version") ?? "NO_VERSION_SPECIFIED";
  if (name === undefined) {
    throw new StsError("MissingAction", "The request must contain the parameter Action");
  }
  const action = version === API_VERSION ? ACTIONS.get(name) : undefined;
  if (action === undefined) {
    throw new StsError("InvalidAction", `Could not find operation ${name} for version ${version}`);
  }
  return action;
}

/** Whoever holds a token and no key. */
const NOBODY: AccessKey = {
  accessKeyId: "",
  secretAccessKey: "",
  sessionToken: null,
  expiresAt: null,
  principal: { arn: "", userId: "", account: "", iamArn: "", sourceIdentity: null },
};

/** The key of a message for `action`: that which signed it, or nobody's where none may sign. */
export async function keyOf(
  message: Message,
  { action, ...context }: ServiceContext & { readonly action: Action },
): Promise<AccessKey> {
  if (!action.isUnsigned) return await authenticate(message, context);
  if (!message.headers.has("authorization")) return NOBODY;
  throw new StsError("InvalidAction", `${action.name} takes no signature`);
}

/** The key that signed a message. Only who holds its secret learns that it has expired. */
export async function authenticate(message: Message, context: ServiceContext): Promise<AccessKey> {
  const claim = parseSignature(message.headers);
  checkSkew(claim.amzDate, context.now);
  const key = context.directory.key(claim.accessKeyId);
  if (key === undefined || message.headers.get("x-amz-security-token") !== key.sessionToken) {
    throw new StsError(
      "InvalidClientTokenId",
      "The security token included in the request is invalid",
      { status: 403 },
    );
  }
  await verifySignature(message, { claim, secret: key.secretAccessKey });
  if (key.expiresAt !== null && key.expiresAt <= context.now) {
    throw new StsError("ExpiredToken", "The security token included in the request is expired", {
      status: 403,
    });
  }
  return key;
}

/** Validates the parameters of an authenticated message and performs its action. */
export function perform(
  message: Message,
  options: ServiceContext & { readonly action: Action; readonly key: AccessKey },
): ActionResult {
  const { action, key, directory, now } = options;
  validate(message.parameters, action.rules);
  return action.perform({ parameters: message.parameters, key, directory, now });
}
