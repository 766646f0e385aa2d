/**
 * Who a caller is: reads the ARN of GetCallerIdentity and gives the one name by which policies
 * know its owner. A name that its bearer chose must never pass for a person's.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { isSingleSignOnRole } from "../state/single_sign_on_role.ts";
import { quote } from "../text/printable.ts";

/** What an ARN says of its owner. */
export type CallerIdentity =
  & {
    /** `aws`, `aws-cn`, `aws-us-gov`, … */
    readonly partition: string;
    /** Twelve digits. */
    readonly account: string;
  }
  & (
    | { readonly kind: "user"; readonly name: string }
    | { readonly kind: "assumed-role"; readonly role: string; readonly session: string }
    | { readonly kind: "federated-user"; readonly name: string }
    | { readonly kind: "root" }
  );

const ARN = /^arn:(aws(?:-[a-z]+)*):(iam|sts)::(\d{12}):([!-~]+)$/;
const NAME = "[\\w+=,.@-]{1,64}";
const USER = new RegExp(`^user/(?:[!-~]{1,510}/)?(${NAME})$`);
const ASSUMED_ROLE = new RegExp(`^assumed-role/(${NAME})/(${NAME})$`);
const FEDERATED_USER = new RegExp(`^federated-user/(${NAME})$`);

/** Reads the ARN of a caller. Throws `AWS_UNAVAILABLE` for one that AWS does not make. */
export function parseCallerArn(arn: string): CallerIdentity {
  const [, partition = "", service, account = "", resource = ""] = ARN.exec(arn) ?? [];
  const owner = { partition, account };
  if (service === "iam") {
    if (resource === "root") return { ...owner, kind: "root" };
    const name = USER.exec(resource)?.[1];
    if (name !== undefined) return { ...owner, kind: "user", name };
  } else if (service === "sts") {
    const [, role, session] = ASSUMED_ROLE.exec(resource) ?? [];
    if (role !== undefined && session !== undefined) {
      return { ...owner, kind: "assumed-role", role, session };
    }
    const name = FEDERATED_USER.exec(resource)?.[1];
    if (name !== undefined) return { ...owner, kind: "federated-user", name };
  }
  throw new SentinelError("AWS_UNAVAILABLE", `Cannot tell whose ARN this is: ${quote(arn)}`, {
    suggestion: "Check AWS_ENDPOINT_URL: AWS knows users, role sessions and root users only.",
  });
}

/** What kind of caller an ARN is of; `sso-role`: a person who signed in to IAM Identity Center. */
export type CallerType = "user" | "assumed-role" | "sso-role" | "federated-user" | "root";

/** A caller, named. */
export interface NamedCaller {
  readonly type: CallerType;
  /** Twelve digits. */
  readonly account: string;
  /** The name as it stands in the ARN: of the user, or of the session. */
  readonly rawName: string;
  /** The name by which policies know the caller. */
  readonly user: string;
}

/**
 * Names the owner of an ARN. To policies that is the user's name, the person behind a single
 * sign-on session, `root`, `<role>/<session>` for every other role session, or
 * `federated-user/<name>`. Throws `AWS_UNAVAILABLE` for an ARN that AWS does not make.
 */
export function nameCaller(arn: string): NamedCaller {
  const identity = parseCallerArn(arn);
  const { account, kind } = identity;
  switch (kind) {
    case "user":
      return { type: kind, account, rawName: identity.name, user: identity.name };
    case "federated-user": {
      // Whoever calls GetFederationToken chooses this name.
      const user = `federated-user/${identity.name}`;
      return { type: kind, account, rawName: identity.name, user };
    }
    case "assumed-role": {
      const { role, session } = identity;
      return isSingleSignOnRole(role)
        ? { type: "sso-role", account, rawName: session, user: session }
        : { type: kind, account, rawName: session, user: `${role}/${session}` };
    }
    case "root":
      return { type: kind, account, rawName: "root", user: "root" };
    default:
      return assertNever(identity);
  }
}

/** The name by which policies know the owner of an ARN: see {@linkcode nameCaller}. */
export function policyUsername(arn: string): string {
  return nameCaller(arn).user;
}
