/**
 * Who works with a table of approval requests or break-glass events, apart from each other: whoever
 * asks cannot write what approvers decide, and nobody here can delete, or replace an item as a whole.
 *
 * How DynamoDB asks IAM for a write of single attributes
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html):
 * `dynamodb:Attributes` holds every top-level attribute that the request names: the key, what it
 * sets or removes, and what its condition compares; with `ALL_OLD` or `ALL_NEW` it is asked for more,
 * so the stores ask for nothing in return. `PutItem` replaces the whole item and with it what the
 * caller may not write, so that no role has it: records are created by `UpdateItem` too, which keeps
 * what is there. (`ttl` is among what it writes: DynamoDB can be made to forget a record early, and
 * nothing else is gained by it.) `ForAllValues` holds for an empty list as well, which is why the key must be there
 * (`Null`). `dynamodb:LeadingKeys` is the `id`.
 *
 * @module
 */
import { HISTORY_ID } from "./invocation_history.ts";
import {
  allow,
  allowReading,
  type IamStatement,
  type TableArns,
  type TableRoles,
} from "./iam_statement.ts";

/** Attributes of both kinds that are written when a record is created, and never again. */
const CREATED = [
  ...["id", "user", "arn", "profile", "role_arn", "account"],
  ...["justification", "duration_seconds", "created_at", "ttl"],
];
/** What every change of a record writes. */
const CHANGED = ["status", "updated_at"];
const CLOSURE = ["closed_at", "closed_by", "closed_arn", "closed_reason"];

/** The roles of a table of approval requests. */
export const requestRoles: TableRoles = {
  requester: (arns) => [
    ...allowReading("SentinelRequester", arns),
    allowWriting("SentinelRequesterWrites", arns, {
      attributes: [...CREATED, "pending_until", ...CHANGED],
    }),
  ],
  approver: (arns) => [
    ...allowReading("SentinelApprover", arns),
    allowWriting("SentinelApproverWrites", arns, {
      attributes: ["id", ...CHANGED, "decisions", "approved_at"],
    }),
  ],
  auditor: (arns) => allowReading("SentinelRequestAuditor", arns),
  server: (arns) => allowReading("SentinelRequestServer", arns),
};

/** The roles of a table of break-glass events. */
export const breakGlassRoles: TableRoles = {
  invoker: (arns) => [
    ...allowReading("SentinelInvoker", arns),
    allowWriting("SentinelInvokerWrites", arns, {
      attributes: [...CREATED, "reason_code", ...CHANGED, ...CLOSURE],
      but: HISTORY_ID,
    }),
    allowWriting("SentinelInvokerCounts", arns, {
      attributes: ["id", "version", "invocations"],
      only: HISTORY_ID,
    }),
  ],
  closer: (arns) => [
    ...allowReading("SentinelCloser", arns),
    allowWriting("SentinelCloserWrites", arns, {
      attributes: ["id", ...CHANGED, ...CLOSURE],
      but: HISTORY_ID,
    }),
  ],
  auditor: (arns) => allowReading("SentinelBreakGlassAuditor", arns),
  server: (arns) => allowReading("SentinelBreakGlassServer", arns),
};

/** What may be written, and where. */
interface Writing {
  readonly attributes: readonly string[];
  /** The only item; default: any. */
  readonly only?: string;
  /** Any item but this. */
  readonly but?: string;
}

function allowWriting(
  Sid: string,
  { table }: TableArns,
  { attributes, only, but }: Writing,
): IamStatement {
  return {
    ...allow(Sid, table, ["UpdateItem"]),
    Condition: {
      "ForAllValues:StringEquals": {
        "dynamodb:Attributes": attributes,
        ...(only !== undefined && { "dynamodb:LeadingKeys": [only] }),
      },
      ...(but !== undefined && {
        "ForAllValues:StringNotEquals": { "dynamodb:LeadingKeys": [but] },
      }),
      Null: { "dynamodb:Attributes": "false", "dynamodb:LeadingKeys": "false" },
    },
  };
}
