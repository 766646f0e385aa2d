/**
 * What approval requests and break-glass events have in common in their tables.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Actor } from "../state/actor.ts";
import { isRecordId } from "../state/record_value.ts";
import { type FoundAttributes, readMoment, readText } from "./record_attributes.ts";
import type { TableKind } from "./table_kind.ts";

/** The attributes that records of both kinds have, understood as far as their types go. */
export interface ScopeAttributes {
  readonly id: string;
  readonly actor: Actor;
  readonly profile: string;
  readonly role: string | null;
  readonly account: string;
  readonly durationSeconds: number;
  readonly justification: string;
  readonly status: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Reads them. Throws the kind's `recordInvalid`. */
export function readScopeAttributes(found: FoundAttributes, kind: TableKind): ScopeAttributes {
  const id = found["id"];
  if (typeof id !== "string" || !isRecordId(id)) {
    throw unreadable(kind, null, "its id is not 16 lower-case hex digits");
  }
  const text = (name: string): string => {
    const value = readText(found[name]);
    if (value === null) throw unreadable(kind, id, `it has no ${name}`);
    return value;
  };
  const createdAt = readMoment(found["created_at"]);
  if (createdAt === null) throw unreadable(kind, id, "its created_at is not a time");
  const durationSeconds = found["duration_seconds"];
  if (typeof durationSeconds !== "number") throw unreadable(kind, id, "it has no duration");
  return {
    id,
    actor: { user: text("user"), arn: text("arn") },
    profile: text("profile"),
    role: (found["role_arn"] ?? null) === null ? null : text("role_arn"),
    account: text("account"),
    durationSeconds,
    justification: text("justification"),
    status: text("status"),
    createdAt,
    updatedAt: readMoment(found["updated_at"]) ?? createdAt,
  };
}

/** The error of a record that cannot be judged. `problem` is printable. */
export function unreadable(kind: TableKind, id: string | null, problem: string): SentinelError {
  const which = id === null ? `a ${kind.name} record` : `${kind.name} record ${id}`;
  return new SentinelError(kind.recordInvalid, `Cannot understand ${which}: ${problem}`);
}
