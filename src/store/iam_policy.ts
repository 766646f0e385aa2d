/**
 * The IAM policies that a session table needs, as data: one for whoever makes and administers it,
 * and the least for each part that works with it. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";

/** Who works with a session table. */
export const SESSION_TABLE_ROLES = ["server", "revoker", "auditor"] as const;

/** Serves credentials, ends sessions, or reads them. */
export type SessionTableRole = (typeof SESSION_TABLE_ROLES)[number];

/** One statement. */
export interface IamStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A policy document. */
export interface IamPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly IamStatement[];
}

/** Which table, and for whom. */
export interface SessionTablePolicyOptions {
  readonly table: string;
  /** `null`: any region of the partition `aws`. */
  readonly region: string | null;
  /** `null`: everything, from making the table to administering sessions. */
  readonly role: SessionTableRole | null;
  /** Key, alias or ARN of the key that encrypts the table; `null`: the key that AWS owns. */
  readonly kmsKey: string | null;
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

/** What listing sessions takes: the indexes carry keys only, the rest is read from the table. */
const READ_RECORDS = ["GetItem", "BatchGetItem"];

/** The policy of a role, or of everything. The account is left open: a policy holds in its own. */
export function sessionTablePolicy(options: SessionTablePolicyOptions): IamPolicy {
  return { Version: "2012-10-17", Statement: [...statements(options), ...keyStatements(options)] };
}

function statements({ table, region, role }: SessionTablePolicyOptions): IamStatement[] {
  const arn = `arn:${partitionOf(region ?? "")}:dynamodb:${region ?? "*"}:*:table/${table}`;
  const indexes = `${arn}/index/*`;
  switch (role) {
    case null:
      return [
        allow("SentinelSessionTableProvisioning", arn, [
          ...["CreateTable", "DescribeTable", "UpdateTimeToLive"],
          // What repairing and protecting an existing table takes.
          ...["UpdateTable", "DescribeTimeToLive"],
          ...["DescribeContinuousBackups", "UpdateContinuousBackups"],
        ]),
        allow("SentinelSessionTableOperations", [arn, indexes], [
          ...["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"],
          "BatchGetItem",
        ]),
      ];
    case "server":
      return [allow("SentinelSessionServer", arn, ["GetItem", "PutItem", "UpdateItem"])];
    case "revoker":
      return [
        allow("SentinelSessionRevoker", arn, [...READ_RECORDS, "UpdateItem"]),
        allow("SentinelSessionRevokerIndexes", indexes, ["Query"]),
      ];
    case "auditor":
      return [
        allow("SentinelSessionAuditor", arn, READ_RECORDS),
        allow("SentinelSessionAuditorIndexes", indexes, ["Query"]),
      ];
    default:
      return assertNever(role);
  }
}

function allow(
  Sid: string,
  Resource: string | readonly string[],
  operations: readonly string[],
): IamStatement {
  return {
    Sid,
    Effect: "Allow",
    Action: operations.map((operation) => `dynamodb:${operation}`),
    Resource,
  };
}

/** What an encrypted table takes: DynamoDB uses its key in the name of whoever calls. */
function keyStatements({ region, role, kmsKey }: SessionTablePolicyOptions): IamStatement[] {
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
    Sid: "SentinelSessionTableKey",
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
