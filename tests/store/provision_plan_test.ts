/**
 * The comparison of a table that exists with the one that is wanted: every difference alone.
 *
 * @module
 */
import {
  describeStep,
  type ExistingTable,
  indexKeys,
  planProvision,
  type WantedTable,
} from "../../src/store/provision_plan.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { tableDefinition } from "../../src/store/tables.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";

const WANTED: WantedTable = {
  kind: SESSION_TABLE,
  name: "sessions",
  deletionProtection: true,
  pointInTimeRecovery: true,
  kmsKey: null,
};

const RIGHT: ExistingTable = {
  status: "ACTIVE",
  billingMode: "PAY_PER_REQUEST",
  keys: [{ AttributeName: "id", KeyType: "HASH" }],
  attributeTypes: new Map(
    tableDefinition(SESSION_TABLE, "sessions").AttributeDefinitions.map((entry) => [
      entry.AttributeName,
      entry.AttributeType,
    ]),
  ),
  indexes: SESSION_TABLE.indexes.map((index) => ({
    name: index.name,
    keys: indexKeys(index),
    projection: "KEYS_ONLY",
    attributes: [],
    status: "ACTIVE",
  })),
  ttl: { status: "ENABLED", attribute: "ttl" },
  deletionProtection: true,
  pointInTimeRecovery: true,
  kmsKeyArn: null,
};

function changed(index: number, change: Partial<ExistingTable["indexes"][number]>) {
  return RIGHT.indexes.map((entry, at) => at === index ? { ...entry, ...change } : entry);
}

Deno.test("a table that does not exist is created, then completed", () => {
  const plan = planProvision(WANTED, null);
  assertEquals(plan.steps.map(({ kind }) => kind), [
    "create-table",
    "enable-ttl",
    "enable-backups",
  ]);
  assertEquals(
    planProvision({ ...WANTED, pointInTimeRecovery: false }, null).steps.map(({ kind }) => kind),
    ["create-table", "enable-ttl"],
  );
});

Deno.test("a table that has all it needs needs nothing", () => {
  assertEquals(planProvision(WANTED, RIGHT), { busy: [], steps: [], notes: [], problems: [] });
  const reordered = { ...RIGHT, indexes: RIGHT.indexes.toReversed() };
  assertEquals(planProvision(WANTED, reordered).steps, []);
});

Deno.test("what can be added is added, and nothing that is there is taken away", () => {
  const more = {
    ...RIGHT,
    indexes: [...RIGHT.indexes, { ...RIGHT.indexes[0]!, name: "somebody-else" }],
  };
  assertEquals(planProvision(WANTED, more).steps, []);
  const unwanted = { ...WANTED, deletionProtection: false, pointInTimeRecovery: false };
  assertEquals(planProvision(unwanted, RIGHT).steps, []);
  const bare = { ...RIGHT, deletionProtection: false, pointInTimeRecovery: false };
  assertEquals(planProvision(unwanted, bare).steps, []);
  assertEquals(planProvision(WANTED, { ...bare, indexes: [] }).steps.map(describeStep), [
    "add index gsi-user (user, created_at)",
    "add index gsi-status (status, created_at)",
    "add index gsi-profile (profile, created_at)",
    "add index gsi-server-instance (server_instance_id, status)",
    "turn on deletion protection",
    "turn on point-in-time recovery",
  ]);
});

Deno.test("time to live: off is turned on, on its way is left alone", () => {
  const steps = (status: string, attribute: string | null = "ttl") =>
    planProvision(WANTED, { ...RIGHT, ttl: { status, attribute } }).steps.map(({ kind }) => kind);
  assertEquals(steps("DISABLED", null), ["enable-ttl"]);
  assertEquals(steps("DISABLING"), ["enable-ttl"]);
  assertEquals([steps("ENABLED"), steps("ENABLING")], [[], []]);
});

Deno.test("keys: an alias cannot be told from a key, everything else can", () => {
  const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  const arn = `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
  const steps = (kmsKey: string, kmsKeyArn: string | null) =>
    planProvision({ ...WANTED, kmsKey }, { ...RIGHT, kmsKeyArn }).steps.map(({ kind }) => kind);
  for (const key of [id, arn, "alias/sessions"]) {
    assertEquals([steps(key, null), steps(key, arn)], [["set-kms-key"], []], key);
  }
  assertEquals(steps(id, arn.replace("key/1234", "key/9999")), ["set-kms-key"]);
  assertEquals(steps("2345", `${arn}12345`), ["set-kms-key"]);
  assertEquals(planProvision(WANTED, { ...RIGHT, kmsKeyArn: arn }).steps, []);
  const { notes } = planProvision({ ...WANTED, kmsKey: "alias/a" }, { ...RIGHT, kmsKeyArn: arn });
  assertMatch(notes.join(), /alias\/a/);
});

Deno.test("what cannot be mended in place is a problem, and then nothing is planned", () => {
  const cases: readonly [Partial<ExistingTable>, RegExp][] = [
    [{ keys: [{ AttributeName: "pk", KeyType: "HASH" }] }, /its key is "pk", not "id"/],
    [
      { keys: [...RIGHT.keys, { AttributeName: "sk", KeyType: "RANGE" }] },
      /its key is "id" and "sk" \(sorted\), not "id"/,
    ],
    [{ keys: [{ AttributeName: "id", KeyType: "RANGE" }] }, /its key is "id" \(sorted\)/],
    [{ attributeTypes: new Map([["id", "N"]]) }, /attribute "id" is of type N, not S/],
    [{ attributeTypes: new Map([["user", "B"]]) }, /attribute "user" is of type B, not S/],
    [
      { indexes: changed(0, { keys: [{ AttributeName: "user", KeyType: "HASH" }] }) },
      /index gsi-user has the key "user", not "user" and "created_at" \(sorted\)/,
    ],
    [{ ttl: { status: "ENABLED", attribute: "expires" } }, /deleted by attribute "expires"/],
    [{ status: "DELETING" }, /it is DELETING/],
    [{ status: "ARCHIVED" }, /it is ARCHIVED/],
    [{ status: "\x1b[2J" }, /it is \\u\{1b\}\[2J/],
  ];
  for (const [change, message] of cases) {
    const plan = planProvision(WANTED, { ...RIGHT, ...change, deletionProtection: false });
    assertEquals([plan.problems.length, plan.steps], [1, []], String(message));
    assertMatch(plan.problems[0]!, message);
  }
});

Deno.test("what works differently is a note", () => {
  const cases: readonly [Partial<ExistingTable>, RegExp][] = [
    [{ billingMode: "PROVISIONED" }, /PROVISIONED.*update-table --table-name sessions/],
    [{ indexes: changed(1, { projection: "ALL" }) }, /gsi-status carries ALL.*delete the index/],
    [
      { indexes: changed(1, { projection: "INCLUDE", attributes: ["\x07ttl"] }) },
      /carries INCLUDE, \\u\{7\}ttl/,
    ],
    [{ ttl: null }, /does not know time to live/],
    [{ pointInTimeRecovery: null }, /does not know point-in-time recovery/],
  ];
  for (const [change, message] of cases) {
    const plan = planProvision(WANTED, { ...RIGHT, ...change });
    assertEquals([plan.steps, plan.problems, plan.notes.length], [[], [], 1], String(message));
    assertMatch(plan.notes[0]!, message);
  }
});

Deno.test("what DynamoDB is busy with is named", () => {
  const busy = (change: Partial<ExistingTable>) =>
    planProvision(WANTED, { ...RIGHT, ...change }).busy;
  assertEquals(busy({ status: "CREATING" }), ["the table is CREATING"]);
  assertEquals(busy({ status: "UPDATING", indexes: changed(2, { status: "CREATING" }) }), [
    "the table is UPDATING",
    "index gsi-profile is CREATING",
  ]);
  assertEquals(busy({ indexes: changed(3, { status: "DELETING" }) }), [
    "index gsi-server-instance is DELETING",
  ]);
});
