/**
 * IAM as far as tables need it: allow and deny statements over actions and resources with wildcards,
 * and the conditions that ask which items and attributes a call of DynamoDB names. A statement with
 * anything that it does not understand allows nothing.
 *
 * @module
 */
import type { DynamoDbRequest } from "./dynamodb_tables.ts";

/** A statement as documents have it. */
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** What is to be done, to what. */
export interface IamRequest {
  /** `dynamodb:GetItem` */
  readonly action: string;
  readonly resource: string;
  /** Values by condition key; a key that the call does not have is missing. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

const UNDERSTOOD = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

/** Whether the document, which is JSON text, allows the request: a deny wins, no allow denies. */
export function isAllowed(document: string, request: IamRequest): boolean {
  const statements = (JSON.parse(document) as { readonly Statement: readonly Statement[] })
    .Statement.filter((statement) => applies(statement, request));
  if (statements.some(({ Effect }) => Effect !== "Allow")) return false;
  return statements.some((statement) =>
    Object.keys(statement).every((name) => UNDERSTOOD.has(name)) && holds(statement, request)
  );
}

function applies({ Action, Resource }: Statement, { action, resource }: IamRequest): boolean {
  // Actions are compared without regard to case, resources with it.
  return [Action].flat().some((pattern) => glob(pattern.toLowerCase(), action.toLowerCase())) &&
    [Resource].flat().some((pattern) => glob(pattern, resource));
}

/** All operators and all of their keys must hold. */
function holds({ Condition = {} }: Statement, { context = {} }: IamRequest): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      test(operator, [values].flat(), context[key] ?? null)
    )
  );
}

/** `actual` is `null` where the call does not have the key. */
function test(
  operator: string,
  values: readonly string[],
  actual: readonly string[] | null,
): boolean {
  switch (operator) {
    // For all values of none holds, as it does in IAM.
    case "ForAllValues:StringEquals":
      return (actual ?? []).every((value) => values.includes(value));
    case "ForAllValues:StringNotEquals":
      return (actual ?? []).every((value) => !values.includes(value));
    case "Null":
      return values.every((value) => value === String(actual === null));
    default:
      return false;
  }
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
  const context = contextOf(body);
  return (tables.length > 0 ? tables : [String(body["TableName"])]).map((table) => ({
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}${suffix}`,
    ...(Object.keys(context).length > 0 && { context }),
  }));
}

type Body = DynamoDbRequest["body"];

/** The condition keys of a call on one item. */
function contextOf(body: Body): Readonly<Record<string, readonly string[]>> {
  const key = (body["Key"] ?? body["Item"]) as Readonly<Record<string, { S?: string }>> | undefined;
  const id = key?.["id"]?.S;
  const attributes = attributesOf(body);
  return {
    ...(id !== undefined && { "dynamodb:LeadingKeys": [id] }),
    ...(attributes.length > 0 && { "dynamodb:Attributes": attributes }),
  };
}

const EXPRESSIONS = [
  "UpdateExpression",
  "ConditionExpression",
  "ProjectionExpression",
  "FilterExpression",
];
const WORDS =
  /^(?:SET|REMOVE|ADD|DELETE|AND|OR|NOT|BETWEEN|IN|attribute_\w+|begins_with|contains|size|if_not_exists|list_append)$/i;

/** Every top-level attribute that a call names; `*` stands for all that it gets in return. */
function attributesOf(body: Body): readonly string[] {
  const names = (body["ExpressionAttributeNames"] ?? {}) as Readonly<Record<string, string>>;
  const text = EXPRESSIONS.map((name) => String(body[name] ?? "")).join(" ");
  const tokens = text.match(/(?<![:\w.#])#?[A-Za-z_]\w*/g) ?? [];
  const legacy = ["Key", "Item", "AttributeUpdates", "Expected"]
    .flatMap((name) => Object.keys((body[name] ?? {}) as object));
  const isAll = ["ALL_OLD", "ALL_NEW"].includes(String(body["ReturnValues"]));
  return [
    ...new Set([
      ...legacy,
      ...tokens.filter((token) => !WORDS.test(token)).map((token) => names[token] ?? token),
      ...(isAll ? ["*"] : []),
    ]),
  ];
}
