/**
 * The statements of which table policies are made. They only ever allow; what a role may not do
 * stands in none of its statements.
 *
 * @module
 */

/** One statement. */
export interface IamStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: IamCondition;
}

/** Operators, the keys that they test, and the values. */
export type IamCondition = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** Where a table and its indexes are. */
export interface TableArns {
  readonly table: string;
  /** All of its indexes. */
  readonly indexes: string;
}

/** Who works with a kind of table, by name, and what they may do. */
export type TableRoles = Readonly<Record<string, (arns: TableArns) => readonly IamStatement[]>>;

/** Allows operations of DynamoDB. */
export function allow(
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

/** What listing records takes: the indexes carry keys only, the rest is read from the table. */
export const READ_RECORDS = ["GetItem", "BatchGetItem"];

/** Allows to read and to list. */
export function allowReading(
  name: string,
  { table, indexes }: TableArns,
): readonly [IamStatement, IamStatement] {
  return [allow(name, table, READ_RECORDS), allow(`${name}Indexes`, indexes, ["Query"])];
}
