/**
 * Compares a table as it is with the table as it should be, and says what would have to be
 * done. Pure. It never plans anything that deletes data, weakens a protection or changes what
 * somebody else decided.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { printable, quote } from "../text/printable.ts";
import { tableDefinition, type TableKey, TTL_ATTRIBUTE } from "./tables.ts";
import type { TableIndex, TableKind } from "./table_kind.ts";

/** The table that is wanted. */
export interface WantedTable {
  readonly kind: TableKind;
  readonly name: string;
  /** Nobody can delete the table before this is switched off. */
  readonly deletionProtection: boolean;
  /** The table can be restored to any second of the last weeks. */
  readonly pointInTimeRecovery: boolean;
  /** Key, alias or ARN of the key that encrypts it; `null`: the key that AWS owns. */
  readonly kmsKey: string | null;
}

/** One index of a table that exists. */
export interface ExistingIndex {
  readonly name: string;
  readonly keys: readonly TableKey[];
  /** `KEYS_ONLY`, `INCLUDE` or `ALL`. */
  readonly projection: string;
  /** Attributes of an `INCLUDE` projection. */
  readonly attributes: readonly string[];
  /** `CREATING`, `ACTIVE`, … */
  readonly status: string;
}

/** A table as DynamoDB describes it. */
export interface ExistingTable {
  /** `CREATING`, `ACTIVE`, `UPDATING`, … */
  readonly status: string;
  /** `PAY_PER_REQUEST` or `PROVISIONED`. */
  readonly billingMode: string;
  readonly keys: readonly TableKey[];
  /** Type of each attribute that is a key somewhere: `S`, `N` or `B`. */
  readonly attributeTypes: ReadonlyMap<string, string>;
  readonly indexes: readonly ExistingIndex[];
  /** `null`: the endpoint does not know time to live. */
  readonly ttl: { readonly status: string; readonly attribute: string | null } | null;
  readonly deletionProtection: boolean;
  /** `null`: the endpoint does not know backups, or nobody asked. */
  readonly pointInTimeRecovery: boolean | null;
  /** ARN of the key that encrypts it; `null`: the key that AWS owns. */
  readonly kmsKeyArn: string | null;
}

/** One thing to do. */
export type ProvisionStep =
  | { readonly kind: "create-table" }
  | { readonly kind: "add-index"; readonly index: TableIndex }
  | { readonly kind: "enable-deletion-protection" }
  | { readonly kind: "set-kms-key"; readonly key: string }
  | { readonly kind: "enable-ttl" }
  | { readonly kind: "enable-backups" };

/** What there is to do, and to say. Everything in words is printable. */
export interface ProvisionPlan {
  /** What DynamoDB is still busy with; while there is any, nothing can be changed. */
  readonly busy: readonly string[];
  /** What would be done, in this order. */
  readonly steps: readonly ProvisionStep[];
  /** Differences that do no harm, with what could be done about them. */
  readonly notes: readonly string[];
  /** Differences that forbid to use the table, and cannot be mended in place. */
  readonly problems: readonly string[];
}

/** What makes `existing` (`null`: there is no such table) the table that is wanted. */
export function planProvision(wanted: WantedTable, existing: ExistingTable | null): ProvisionPlan {
  if (existing === null) return planNewTable(wanted);
  const problems = findProblems(wanted, existing);
  return {
    busy: findBusy(existing),
    steps: problems.length > 0 ? [] : findSteps(wanted, existing),
    notes: findNotes(wanted, existing),
    problems,
  };
}

function planNewTable(wanted: WantedTable): ProvisionPlan {
  const steps: ProvisionStep[] = [{ kind: "create-table" }, { kind: "enable-ttl" }];
  if (wanted.pointInTimeRecovery) steps.push({ kind: "enable-backups" });
  return { busy: [], steps, notes: [], problems: [] };
}

/** States of a table that pass by themselves; in others (`DELETING`, `ARCHIVED`) it stays unusable. */
const CHANGING: ReadonlySet<string> = new Set(["CREATING", "UPDATING"]);

function findBusy({ status, indexes }: ExistingTable): string[] {
  const busy = indexes.filter((index) => index.status !== "ACTIVE")
    .map(({ name, status }) => `index ${printable(name)} is ${printable(status)}`);
  return CHANGING.has(status) ? [`the table is ${status}`, ...busy] : busy;
}

function findProblems(wanted: WantedTable, existing: ExistingTable): string[] {
  const problems: string[] = [];
  if (!CHANGING.has(existing.status) && existing.status !== "ACTIVE") {
    problems.push(`it is ${printable(existing.status)}`);
  }
  const definition = tableDefinition(wanted.kind, wanted.name);
  if (!sameKeys(existing.keys, definition.KeySchema)) {
    problems.push(
      `its key is ${describeKeys(existing.keys)}, not ${describeKeys(definition.KeySchema)}`,
    );
  }
  for (const { AttributeName: name } of definition.AttributeDefinitions) {
    const type = existing.attributeTypes.get(name) ?? "S";
    if (type !== "S") {
      problems.push(`its attribute ${quote(name)} is of type ${printable(type)}, not S`);
    }
  }
  for (const index of wanted.kind.indexes) {
    const found = existing.indexes.find(({ name }) => name === index.name);
    if (found === undefined || sameKeys(found.keys, indexKeys(index))) continue;
    problems.push(
      `its index ${index.name} has the key ${describeKeys(found.keys)}, not ${
        describeKeys(indexKeys(index))
      }`,
    );
  }
  const { ttl } = existing;
  if (ttl !== null && isOn(ttl.status) && ttl.attribute !== TTL_ATTRIBUTE) {
    const attribute = quote(ttl.attribute ?? "");
    problems.push(
      `its records are deleted by attribute ${attribute}, not ${TTL_ATTRIBUTE}`,
    );
  }
  return problems;
}

function findSteps(wanted: WantedTable, existing: ExistingTable): ProvisionStep[] {
  const steps: ProvisionStep[] = wanted.kind.indexes
    .filter((index) => !existing.indexes.some(({ name }) => name === index.name))
    .map((index) => ({ kind: "add-index", index }));
  if (wanted.deletionProtection && !existing.deletionProtection) {
    steps.push({ kind: "enable-deletion-protection" });
  }
  if (wanted.kmsKey !== null && needsKey(wanted.kmsKey, existing.kmsKeyArn)) {
    steps.push({ kind: "set-kms-key", key: wanted.kmsKey });
  }
  if (existing.ttl !== null && !isOn(existing.ttl.status)) steps.push({ kind: "enable-ttl" });
  if (wanted.pointInTimeRecovery && existing.pointInTimeRecovery === false) {
    steps.push({ kind: "enable-backups" });
  }
  return steps;
}

function findNotes(wanted: WantedTable, existing: ExistingTable): string[] {
  const notes: string[] = [];
  if (existing.billingMode !== "PAY_PER_REQUEST") {
    notes.push(
      `its billing mode is ${
        printable(existing.billingMode)
      }: too little capacity stops ${wanted.kind.records}. ` +
        `To change it: aws dynamodb update-table --table-name ${wanted.name} ` +
        "--billing-mode PAY_PER_REQUEST",
    );
  }
  for (const { name } of wanted.kind.indexes) {
    const found = existing.indexes.find((index) => index.name === name);
    if (found === undefined || found.projection === "KEYS_ONLY") continue;
    const carried = [found.projection, ...found.attributes].map(printable).join(", ");
    notes.push(
      `its index ${name} carries ${carried} instead of KEYS_ONLY: it works, but ` +
        `${wanted.kind.change} may write to it. DynamoDB cannot change that in place: ` +
        "delete the index, then run this again",
    );
  }
  if (existing.ttl === null) notes.push("this endpoint does not know time to live");
  if (wanted.pointInTimeRecovery && existing.pointInTimeRecovery === null) {
    notes.push("this endpoint does not know point-in-time recovery");
  }
  if (wanted.kmsKey?.includes("alias/") && existing.kmsKeyArn !== null) {
    notes.push(
      `it is encrypted with ${quote(existing.kmsKeyArn)}: check that ${
        quote(wanted.kmsKey)
      } is that key`,
    );
  }
  return notes;
}

/** An alias cannot be compared with a key without asking KMS, so any key satisfies it. */
function needsKey(wanted: string, existingArn: string | null): boolean {
  if (existingArn === null) return true;
  if (wanted.includes("alias/")) return false;
  return existingArn !== wanted && !existingArn.endsWith(`:key/${wanted}`);
}

/** `ENABLED`, or on its way there. */
function isOn(status: string): boolean {
  return status === "ENABLED" || status === "ENABLING";
}

/** The keys of an index, as DynamoDB writes them. */
export function indexKeys({ hashKey, rangeKey }: TableIndex): readonly TableKey[] {
  return [
    { AttributeName: hashKey, KeyType: "HASH" },
    { AttributeName: rangeKey, KeyType: "RANGE" },
  ];
}

function sameKeys(found: readonly TableKey[], wanted: readonly TableKey[]): boolean {
  return found.length === wanted.length &&
    wanted.every(({ AttributeName, KeyType }) =>
      found.some((key) => key.AttributeName === AttributeName && key.KeyType === KeyType)
    );
}

function describeKeys(keys: readonly TableKey[]): string {
  return keys.map(({ AttributeName: name, KeyType: type }) =>
    type === "HASH" ? quote(name) : `${quote(name)} (sorted)`
  ).join(" and ");
}

/** A step in words, to complete "would" or "will": `add index gsi-user (user, created_at)`. */
export function describeStep(step: ProvisionStep): string {
  switch (step.kind) {
    case "create-table":
      return "create the table with its indexes";
    case "add-index":
      return `add index ${step.index.name} (${step.index.hashKey}, ${step.index.rangeKey})`;
    case "enable-deletion-protection":
      return "turn on deletion protection";
    case "set-kms-key":
      return `encrypt the table with key ${quote(step.key)}`;
    case "enable-ttl":
      return `let DynamoDB delete old records by attribute ${TTL_ATTRIBUTE} (TTL)`;
    case "enable-backups":
      return "turn on point-in-time recovery";
    default:
      return assertNever(step);
  }
}
