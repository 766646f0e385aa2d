/**
 * What a failed change of a table means: which faults pass by themselves, and what to do about the
 * others. The SDK's own words are never repeated.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type DynamoDbCall, dynamoDbFault } from "./dynamodb_fault.ts";

/** The call that failed. */
export type TableControlCall = Omit<DynamoDbCall, "action">;

const ACTIONS: Readonly<Record<string, string>> = {
  CreateTable: "create",
  DescribeTable: "look at",
  DescribeTimeToLive: "look at",
  DescribeContinuousBackups: "look at",
};

/** A fault of DynamoDB, of the SDK or of the network as an error that says what to do. */
export function tableControlFault(call: TableControlCall, thrown: unknown): SentinelError {
  const action = `${ACTIONS[call.operation] ?? "change"} ${call.kind.name} table ${
    quote(call.table)
  }`;
  const fault = dynamoDbFault({ ...call, action }, thrown);
  const { reason, suggestion } = explain(thrown, call);
  return new SentinelError(
    reason === null ? fault.code : call.kind.tableInvalid,
    reason === null ? fault.message : `Cannot ${action}: ${reason}`,
    { suggestion: suggestion ?? fault.suggestion, details: fault.details, cause: thrown },
  );
}

/** Whether there is no such table. */
export function isMissing(thrown: unknown): boolean {
  return nameOf(thrown) === "ResourceNotFoundException";
}

/** Somebody else made it or is changing it, or AWS does as much at once as it does. */
const BUSY: readonly string[] = [
  "ResourceInUseException",
  "LimitExceededException",
  "ContinuousBackupsUnavailableException",
];

/** The endpoint is not AWS's, and knows less. */
export function isUnknownOperation(thrown: unknown): boolean {
  return nameOf(thrown) === "UnknownOperationException";
}

/** Whether the change will be possible, or is done, when it is looked at again. */
export function isBusy(thrown: unknown): boolean {
  return BUSY.includes(nameOf(thrown)) ||
    // Turned on since it was looked at.
    (nameOf(thrown) === "ValidationException" && /already enabled/i.test(messageOf(thrown)));
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : "";
}

/** What is to be said of a fault beyond what every call to DynamoDB says of it. */
function explain(
  thrown: unknown,
  call: TableControlCall,
): { readonly reason: string | null; readonly suggestion: string | null } {
  switch (nameOf(thrown)) {
    case "AccessDeniedException":
      return {
        reason: null,
        suggestion: `Allow dynamodb:${call.operation}; what is needed is printed by: ` +
          `sentinel init ${call.kind.command} --generate-iam --table ${call.table} ` +
          `--region ${call.region}`,
      };
    case "ValidationException":
      if (/modified multiple times/i.test(messageOf(thrown))) {
        return {
          reason: "DynamoDB lets its time to live be changed once an hour only",
          suggestion: "Run the same command again in an hour.",
        };
      }
      return {
        reason: `DynamoDB rejects the request (${call.operation})`,
        suggestion: "A key of --kms-key must be enabled, symmetric and in the table's region.",
      };
    default:
      return { reason: null, suggestion: null };
  }
}
