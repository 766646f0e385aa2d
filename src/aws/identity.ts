/**
 * Who a caller is: reads the ARN of GetCallerIdentity and gives the one name by which policies
 * know its owner. A name that its bearer chose must never pass for a person's.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { isSingleSignOnRole } from "../state/actor.ts";
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

/**
 * The name by which policies know the owner of an ARN: the user's name, the person behind a
 * single sign-on session, `root`, `<role>/<session>` for every other role session, or
 * `federated-user/<name>`. Throws
 * `AWS_UNAVAILABLE` for an ARN that AWS does not make.
 */
export function policyUsername(arn: string): string {
  const identity = parseCallerArn(arn);
  switch (identity.kind) {
    case "user":
      return identity.name;
    case "federated-user":
      // Whoever calls GetFederationToken chooses this name.
      return `federated-user/${identity.name}`;
    case "assumed-role":
      return isSingleSignOnRole(identity.role)
        ? identity.session
        : `${identity.role}/${identity.session}`;
    case "root":
      return "root";
    default:
      return assertNever(identity);
  }
}
