/**
 * What STS does when a caller is who they say and their parameters are valid: trust, durations,
 * source identities, and the credentials that come out.
 *
 * @module
 */
import {
  type AccessKey,
  type Directory,
  isTrusted,
  type Principal,
  type Role,
  type TemporaryKey,
} from "./directory.ts";
import {
  ASSUME_ROLE,
  ASSUME_ROLE_WITH_WEB_IDENTITY,
  type CallParameters,
  GET_SESSION_TOKEN,
  type ParameterRules,
} from "./parameters.ts";
import { accessDenied, StsError } from "./sts_error.ts";
import type { XmlFields } from "./xml.ts";

/** Longest session in seconds for a caller who is on temporary credentials already. */
const CHAINING_LIMIT_SECONDS = 3600;

/** What an action works on. */
export interface ActionContext {
  readonly parameters: CallParameters;
  /** The key that signed the call. */
  readonly key: AccessKey;
  readonly directory: Directory;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What an action answers. */
export interface ActionResult {
  readonly fields: XmlFields;
  /** The access key it issued, if any. */
  readonly issued: AccessKey | null;
}

/** One action of STS. */
export interface Action {
  readonly name: string;
  readonly rules: ParameterRules;
  readonly perform: (context: ActionContext) => ActionResult;
  /** It takes no signature: a token is a parameter of it. Default: false. */
  readonly isUnsigned?: boolean;
}

function credentialFields(key: TemporaryKey): XmlFields {
  return {
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: key.secretAccessKey,
    SessionToken: key.sessionToken,
    Expiration: new Date(key.expiresAt).toISOString().replace(".000Z", "Z"),
  };
}

/** Whether a good code of a device of the caller was given; a bad one is refused. */
function checkCode({ parameters, key, directory }: ActionContext): boolean {
  const serial = parameters.get("SerialNumber");
  const code = parameters.get("TokenCode");
  if (serial === undefined && code === undefined) return false;
  if (serial === undefined || code === undefined) {
    throw new StsError("ValidationError", "SerialNumber and TokenCode go together");
  }
  if (directory.takeCode(serial, code, { userArn: key.principal.iamArn })) return true;
  throw new StsError(
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    { status: 403 },
  );
}

function checkSessionPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  try {
    JSON.parse(policy);
  } catch {
    throw new StsError("MalformedPolicyDocument", "Syntax errors in policy.");
  }
}

/** The role that the caller may assume. A role that does not exist is refused like a strange one. */
function trustedRole(roleArn: string, context: ActionContext): Role {
  const { directory, key, parameters } = context;
  if (!/^arn:[\w-]+:iam::\d{12}:role\/[!-~]+$/.test(roleArn)) {
    throw new StsError("ValidationError", `${roleArn} is invalid`);
  }
  const role = directory.role(roleArn);
  const externalId = parameters.get("ExternalId") ?? null;
  if (
    role === undefined || !isTrusted(role, key.principal) ||
    (role.externalId !== null && role.externalId !== externalId)
  ) {
    throw accessDenied(key.principal.arn, "sts:AssumeRole", roleArn);
  }
  return role;
}

/**
 * The source identity of a new session. One that is set stays for the whole chain, cannot be
 * changed, and every role on the way must allow it.
 */
function sourceIdentityFor(role: Role, context: ActionContext): string | null {
  const { principal } = context.key;
  const asked = context.parameters.get("SourceIdentity") ?? null;
  const identity = principal.sourceIdentity ?? asked;
  if (identity !== null && (!role.allowSetSourceIdentity || (asked ?? identity) !== identity)) {
    throw accessDenied(principal.arn, "sts:SetSourceIdentity", role.arn);
  }
  return identity;
}

function checkDuration(seconds: number, role: Role, key: AccessKey): void {
  if (key.sessionToken !== null && seconds > CHAINING_LIMIT_SECONDS) {
    throw new StsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (seconds > role.maxSessionDurationSeconds) {
    throw new StsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

/** The session `sessionName` of `role`. */
export function roleSession(
  role: Role,
  options: { readonly sessionName: string; readonly sourceIdentity: string | null },
): Principal {
  return {
    arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${options.sessionName}`,
    userId: `${role.roleId}:${options.sessionName}`,
    account: role.account,
    iamArn: role.arn,
    sourceIdentity: options.sourceIdentity,
  };
}

function assumeRole(context: ActionContext): ActionResult {
  const { directory, key, now, parameters } = context;
  const role = trustedRole(parameters.get("RoleArn") ?? "", context);
  const hasCode = checkCode(context);
  if (role.requiresCode && !hasCode && !key.principal.hasCode) {
    throw accessDenied(key.principal.arn, "sts:AssumeRole", role.arn);
  }
  const sourceIdentity = sourceIdentityFor(role, context);
  const seconds = Number(parameters.get("DurationSeconds") ?? 3600);
  checkDuration(seconds, role, key);
  checkSessionPolicy(parameters.get("Policy"));
  const sessionName = parameters.get("RoleSessionName") ?? "";
  const principal = roleSession(role, { sessionName, sourceIdentity });
  const issued = directory.issue(principal, now + seconds * 1000);
  return {
    issued,
    fields: {
      Credentials: credentialFields(issued),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      SourceIdentity: sourceIdentity ?? undefined,
    },
  };
}

function getSessionToken(context: ActionContext): ActionResult {
  const { directory, key, now, parameters } = context;
  if (key.sessionToken !== null) {
    throw new StsError("AccessDenied", "Cannot call GetSessionToken with session credentials", {
      status: 403,
    });
  }
  const hasCode = checkCode(context);
  const seconds = Number(parameters.get("DurationSeconds") ?? 43_200);
  const issued = directory.issue({ ...key.principal, hasCode }, now + seconds * 1000);
  return { issued, fields: { Credentials: credentialFields(issued) } };
}

function getCallerIdentity(context: ActionContext): ActionResult {
  const { arn, userId, account } = context.key.principal;
  return { issued: null, fields: { Arn: arn, UserId: userId, Account: account } };
}

function assumeRoleWithWebIdentity({ parameters, directory, now }: ActionContext): ActionResult {
  const grant = directory.token(parameters.get("WebIdentityToken") ?? "");
  const role = directory.role(parameters.get("RoleArn") ?? "");
  if (grant === undefined) {
    throw new StsError("InvalidIdentityToken", "Couldn't retrieve verification key");
  }
  if (role === undefined || role.arn !== grant.roleArn) {
    const message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    throw new StsError("AccessDenied", message, { status: 403 });
  }
  const seconds = Number(parameters.get("DurationSeconds") ?? 3600);
  if (seconds > role.maxSessionDurationSeconds) {
    throw new StsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  const sessionName = parameters.get("RoleSessionName") ?? "";
  const principal = roleSession(role, { sessionName, sourceIdentity: null });
  const issued = directory.issue(principal, now + seconds * 1000);
  return {
    issued,
    fields: {
      Credentials: credentialFields(issued),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      SubjectFromWebIdentityToken: grant.subject,
    },
  };
}

const IMPLEMENTED: readonly Action[] = [
  {
    name: "AssumeRoleWithWebIdentity",
    rules: ASSUME_ROLE_WITH_WEB_IDENTITY,
    perform: assumeRoleWithWebIdentity,
    isUnsigned: true,
  },
  { name: "AssumeRole", rules: ASSUME_ROLE, perform: assumeRole },
  { name: "GetSessionToken", rules: GET_SESSION_TOKEN, perform: getSessionToken },
  { name: "GetCallerIdentity", rules: {}, perform: getCallerIdentity },
];

/** The actions of the endpoint by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  IMPLEMENTED.map((action) => [action.name, action]),
);
