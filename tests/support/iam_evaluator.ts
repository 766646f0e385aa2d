/**
 * IAM as far as a session table needs it: allow and deny statements over actions and resources with
 * wildcards. A statement with anything that it does not understand allows nothing.
 *
 * @module
 */
import type { DynamoDbRequest } from "./dynamodb_tables.ts";

/** A statement as documents have it. */
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** What is to be done, to what. */
export interface IamRequest {
  /** `dynamodb:GetItem` */
  readonly action: string;
  readonly resource: string;
}

const UNDERSTOOD = new Set(["Sid", "Effect", "Action", "Resource"]);

/** Whether the document, which is JSON text, allows the request: a deny wins, no allow denies. */
export function isAllowed(document: string, request: IamRequest): boolean {
  const statements = (JSON.parse(document) as { readonly Statement: readonly Statement[] })
    .Statement.filter((statement) => applies(statement, request));
  if (statements.some(({ Effect }) => Effect !== "Allow")) return false;
  return statements.some((statement) =>
    Object.keys(statement).every((name) => UNDERSTOOD.has(name))
  );
}

function applies({ Action, Resource }: Statement, { action, resource }: IamRequest): boolean {
  // Actions are compared without regard to case, resources with it.
  return [Action].flat().some((pattern) => glob(pattern.toLowerCase(), action.toLowerCase())) &&
    [Resource].flat().some((pattern) => glob(pattern, resource));
}

/** `*` stands for any text, `?` for one character. */
function glob(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}

/** What a call of DynamoDB does to which table or index, as AWS asks IAM. */
export function iamRequestsOf(
  { operation, body }: DynamoDbRequest,
  { region, account }: { readonly region: string; readonly account: string },
): IamRequest[] {
  const tables = Object.keys(body["RequestItems"] ?? {});
  const index = body["IndexName"];
  const suffix = typeof index === "string" ? `/index/${index}` : "";
  return (tables.length > 0 ? tables : [String(body["TableName"])]).map((table) => ({
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}${suffix}`,
  }));
}
