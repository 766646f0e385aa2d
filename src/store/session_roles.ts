/**
 * Who works with a session table: what serves credentials, who ends sessions, who reads them.
 *
 * @module
 */
import { allow, allowReading, READ_RECORDS, type TableRoles } from "./iam_statement.ts";

/** The roles of a session table. */
export const sessionRoles: TableRoles = {
  server: ({ table }) => [
    allow("SentinelSessionServer", table, ["GetItem", "PutItem", "UpdateItem"]),
  ],
  revoker: ({ table, indexes }) => [
    allow("SentinelSessionRevoker", table, [...READ_RECORDS, "UpdateItem"]),
    allow("SentinelSessionRevokerIndexes", indexes, ["Query"]),
  ],
  auditor: (arns) => allowReading("SentinelSessionAuditor", arns),
};
