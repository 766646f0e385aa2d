/**
 * The IAM policies that a table needs, as data: one for whoever makes it, and the least for each
 * part that works with it. Pure.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { allow, type IamStatement, type TableRoles } from "./iam_statement.ts";
import { breakGlassRoles, requestRoles } from "./override_roles.ts";
import { sessionRoles } from "./session_roles.ts";
import type { TableKind } from "./table_kind.ts";

/** A policy document. */
export interface IamPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly IamStatement[];
}

/** Which table, and for whom. */
export interface TablePolicyOptions {
  readonly kind: TableKind;
  readonly table: string;
  /** `null`: any region of the partition `aws`. */
  readonly region: string | null;
  /** One of {@linkcode tableRoles}; `null`: whoever makes and administers the table. */
  readonly role: string | null;
  /** Key, alias or ARN of the key that encrypts the table; `null`: the key that AWS owns. */
  readonly kmsKey: string | null;
}

/** The names of the roles of a kind of table. */
export function tableRoles(kind: TableKind): readonly string[] {
  return Object.keys(rolesOf(kind).roles);
}

/** The roles of a kind, and what administering a table takes beyond making it. */
interface KindRoles {
  readonly roles: TableRoles;
  readonly administration: readonly string[];
}

function rolesOf({ name }: TableKind): KindRoles {
  const cleaning = ["DeleteItem", "Query", "Scan", "BatchGetItem"];
  switch (name) {
    case "session":
      return {
        roles: sessionRoles,
        administration: ["GetItem", "PutItem", "UpdateItem", ...cleaning],
      };
    // Whoever makes a table of overrides cannot decide on any by that.
    case "request":
      return { roles: requestRoles, administration: ["GetItem", ...cleaning] };
    case "break-glass":
      return { roles: breakGlassRoles, administration: ["GetItem", ...cleaning] };
    default:
      return assertNever(name);
  }
}

/** The partition of an AWS region, as it stands in ARNs. */
export function partitionOf(region: string): string {
  const special = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return special === undefined ? "aws" : special[1];
}

const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];

/**
 * The policy of a role. The account is left open: a policy holds in its own. Throws `INTERNAL` for
 * a role that the kind does not have.
 */
export function tablePolicy(options: TablePolicyOptions): IamPolicy {
  return { Version: "2012-10-17", Statement: [...statements(options), ...keyStatements(options)] };
}

function statements(
  { kind, table, region, role }: TablePolicyOptions,
): readonly IamStatement[] {
  const arn = `arn:${partitionOf(region ?? "")}:dynamodb:${region ?? "*"}:*:table/${table}`;
  const arns = { table: arn, indexes: `${arn}/index/*` };
  const { roles, administration } = rolesOf(kind);
  if (role !== null) {
    const statementsOf = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (statementsOf !== undefined) return statementsOf(arns);
    throw new SentinelError("INTERNAL", `A ${kind.name} table has no role ${quote(role)}`);
  }
  const prefix = sidPrefix(kind);
  return [
    allow(`${prefix}TableProvisioning`, arn, [
      ...["CreateTable", "DescribeTable", "UpdateTimeToLive"],
      // What repairing and protecting an existing table takes.
      ...["UpdateTable", "DescribeTimeToLive"],
      ...["DescribeContinuousBackups", "UpdateContinuousBackups"],
    ]),
    allow(`${prefix}TableOperations`, [arns.table, arns.indexes], administration),
  ];
}

/** `SentinelSession`, `SentinelRequest`, `SentinelBreakGlass`. */
function sidPrefix({ name }: TableKind): string {
  const words = name.split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return `Sentinel${words.join("")}`;
}

/** What an encrypted table takes: DynamoDB uses its key in the name of whoever calls. */
function keyStatements({ kind, region, role, kmsKey }: TablePolicyOptions): IamStatement[] {
  if (kmsKey === null) return [];
  const partition = partitionOf(region ?? "");
  const prefix = kmsKey.startsWith("arn:")
    ? kmsKey.slice(0, kmsKey.lastIndexOf(":") + 1)
    : `arn:${partition}:kms:${region ?? "*"}:*:`;
  const name = kmsKey.slice(kmsKey.lastIndexOf(":") + 1);
  const isAlias = name.startsWith("alias/");
  const service = `dynamodb.${region ?? "*"}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
  const uses = ["Decrypt", "DescribeKey"];
  const makes = ["Encrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant"];
  return [{
    Sid: `${sidPrefix(kind)}TableKey`,
    Effect: "Allow",
    Action: (role === null ? [...uses, ...makes] : uses).map((use) => `kms:${use}`),
    // IAM does not know keys by their aliases: a condition does.
    Resource: isAlias
      ? `${prefix}key/*`
      : `${prefix}${name.startsWith("key/") ? "" : "key/"}${name}`,
    Condition: {
      StringLike: { "kms:ViaService": service },
      ...(isAlias && { "ForAnyValue:StringEquals": { "kms:ResourceAliases": name } }),
    },
  }];
}

/** The document as text. */
export function formatIamPolicy(policy: IamPolicy): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}
