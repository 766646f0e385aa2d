/**
 * Calls of DynamoDB's API and their answers, as the test endpoint passes them around.
 *
 * @module
 */

/** One call as it came in. */
export interface DynamoDbRequest {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Status and body of an answer. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** An error as DynamoDB words it. */
export function failure(type: string, message: string, status = 400): Answer {
  const namespace = type === "ValidationException"
    ? "com.amazon.coral.validate"
    : "com.amazonaws.dynamodb.v20120810";
  return { status, body: { __type: `${namespace}#${type}`, message } };
}

/** Name of the error that an answer is. */
export function errorType(answer: Answer): string {
  return String(answer.body["__type"]).replace(/^.*#/, "");
}
