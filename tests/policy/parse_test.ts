/**
 * What documents say, in both spellings.
 *
 * @module
 */
import { parsePolicy } from "../../src/policy/parse.ts";
import type { Conditions, Policy } from "../../src/policy/policy.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** The conditions of a document's only rule. */
function conditionsOf(document: string): Conditions {
  const { rules } = parsePolicy(document);
  assertEquals(rules.length, 1);
  return rules[0]!.conditions;
}

const FULL = `
version: "1"
rules:
  - name: prod-tracked
    effect: require_server_session
    conditions:
      profiles: [prod, "prod-*"]
      users: [alice, "*@ops.example.com"]
      roles: ["arn:aws:iam::123456789012:role/Prod*"]
      accounts: ["123456789012"]
      mode: [server, cli, credential_process]
      time: { days: [monday, friday], hours: { start: "09:00", end: "18:00" }, timezone: America/New_York }
    session_table: prod-sentinel-sessions
    max_server_duration: 1h30m
    reason: Production needs a revocable session
  - name: everything else
    effect: deny
`;

const FULL_POLICY: Policy = {
  version: "1",
  rules: [
    {
      name: "prod-tracked",
      effect: "require_server_session",
      conditions: {
        profiles: ["prod", "prod-*"],
        users: ["alice", "*@ops.example.com"],
        roles: ["arn:aws:iam::123456789012:role/Prod*"],
        accounts: ["123456789012"],
        mode: ["server", "cli", "credential_process"],
        time: {
          days: ["monday", "friday"],
          hours: { start: "09:00", end: "18:00" },
          timezone: "America/New_York",
        },
      },
      sessionTable: "prod-sentinel-sessions",
      maxServerDurationSeconds: 5400,
      reason: "Production needs a revocable session",
    },
    {
      name: "everything else",
      effect: "deny",
      conditions: {},
      sessionTable: null,
      maxServerDurationSeconds: null,
      reason: null,
    },
  ],
};

Deno.test("the full spelling", () => {
  assertEquals(parsePolicy(FULL), FULL_POLICY);
});

Deno.test("the short spelling says the same", () => {
  const short = FULL
    .replace("rules:", "policies:")
    .replace("conditions:", "match:");
  assertEquals(parsePolicy(short), FULL_POLICY);
});

Deno.test("in the short spelling one value needs no list, and a rule no name", () => {
  const policy = parsePolicy(`
policies:
  - match: { profile: prod, user: alice, role: "arn:aws:iam::*:role/X", account: 012345678901, mode: server }
    effect: require_server
  - effect: deny
    match: { profiles: [a, b], mode: [cli] }
`);
  assertEquals(policy.rules.map(({ name }) => name), ["policies[0]", "policies[1]"]);
  assertEquals(policy.rules[0]!.conditions, {
    profiles: ["prod"],
    users: ["alice"],
    roles: ["arn:aws:iam::*:role/X"],
    accounts: ["012345678901"],
    mode: ["server"],
  });
  assertEquals(policy.rules[1]!.conditions, { profiles: ["a", "b"], mode: ["cli"] });
});

Deno.test("every scalar is text, whatever it looks like", () => {
  const { users } = conditionsOf(`
rules:
  - name: yes
    effect: allow
    conditions:
      users: [no, 0123, 1e3, 0x10, null, ~, true, 2026-01-01, 12:30, .inf, "no", 'null', -1, 1_000]
`);
  assertEquals(users, [
    ..."no 0123 1e3 0x10 null ~ true 2026-01-01 12:30 .inf no null -1 1_000".split(" "),
  ]);
  assertEquals(parsePolicy("version: 1\nrules: [{ name: 1, effect: deny }]").rules[0]!.name, "1");
});

Deno.test("a JSON document is a policy document", () => {
  const json = JSON.stringify({
    version: "1",
    rules: [{ name: 'a "b" \\ é 🔐', effect: "allow", conditions: { users: ["x/y"] } }],
  });
  for (const text of [json, json.replaceAll("/", "\\/"), json.replaceAll(",", ",\n\t")]) {
    const [rule] = parsePolicy(text).rules;
    assertEquals(rule!.name, 'a "b" \\ é 🔐');
    assertEquals(rule!.conditions, { users: ["x/y"] });
  }
  assertEquals(conditionsOf('{"rules":[{"name":"\\ud83d\\udd10","effect":"deny"}]}'), {});
});

Deno.test("a byte order mark, CRLF, comments and document markers are no obstacle", () => {
  const text = `\ufeff# who\r\n---\r\n${FULL.replaceAll("\n", "\r\n")}...\r\n# the end`;
  assertEquals(parsePolicy(text), FULL_POLICY);
  assertEquals(parsePolicy(`%YAML 1.2\n---${FULL}`), FULL_POLICY);
});

Deno.test("an absent condition and an empty list match anything", () => {
  const empty = "conditions: { profiles: [], users: [], roles: [], accounts: [], mode: [] }";
  assertEquals(conditionsOf(`rules: [{ name: a, effect: deny, ${empty} }]`), {});
  assertEquals(conditionsOf("rules: [{ name: a, effect: deny, conditions: {} }]"), {});
  assertEquals(conditionsOf("rules: [{ name: a, effect: deny }]"), {});
  assertEquals(conditionsOf("policies: [{ effect: deny, match: { users: [] } }]"), {});
});

Deno.test("the zone of a time condition is UTC where none is named", () => {
  const timeOf = (time: string) =>
    conditionsOf(`rules: [{ name: a, effect: deny, conditions: { time: ${time} } }]`).time;
  assertEquals(timeOf("{ days: [sunday] }"), { days: ["sunday"], timezone: "UTC" });
  assertEquals(timeOf("{ days: [], hours: { start: 22:00, end: 06:00 } }"), {
    hours: { start: "22:00", end: "06:00" },
    timezone: "UTC",
  });
  assertEquals(timeOf("{}"), { timezone: "UTC" });
});

Deno.test("a block of text ends without its last line break", () => {
  const [folded] = parsePolicy(
    "rules:\n- name: a\n  effect: deny\n  reason: >\n    ask the\n    owner\n\n",
  ).rules;
  assertEquals(folded!.reason, "ask the owner");
  const [literal] = parsePolicy("rules:\n- name: |\n    a\n  effect: deny\n").rules;
  assertEquals(literal!.name, "a");
});

Deno.test("an alias stands for what it names", () => {
  const policy = parsePolicy(`
rules:
  - { name: a, effect: allow, conditions: &ops { users: &people [alice, bob] } }
  - { name: b, effect: deny, conditions: *ops }
  - { name: c, effect: deny, conditions: { users: *people } }
`);
  for (const { conditions } of policy.rules) assertEquals(conditions, { users: ["alice", "bob"] });
});

Deno.test("session tables are DynamoDB tables and SQLite files", () => {
  const tables = [
    "abc",
    "prod_Sessions.v-1",
    "x".repeat(255),
    "sqlite:x",
    "sqlite:/var/lib/a b.db",
  ];
  for (const table of tables) {
    const { rules } = parsePolicy(
      `rules: [{ name: a, effect: deny, session_table: "${table}" }]`,
    );
    assertEquals(rules[0]!.sessionTable, table);
  }
});

Deno.test("a server duration is from 15 minutes to 12 hours", () => {
  const cases = { "15m": 900, "900s": 900, "1h": 3600, "11h59m60s": 43200, "12h": 43200 };
  for (const [text, seconds] of Object.entries(cases)) {
    const { rules } = parsePolicy(
      `rules: [{ name: a, effect: deny, max_server_duration: ${text} }]`,
    );
    assertEquals(rules[0]!.maxServerDurationSeconds, seconds);
  }
});

Deno.test("a document without rules is a policy that denies everything", () => {
  assertEquals(parsePolicy("rules: []"), { version: "1", rules: [] });
  assertEquals(parsePolicy('{"version":"1","policies":[]}'), { version: "1", rules: [] });
});

Deno.test("what is parsed is plain data and cannot be changed", () => {
  const policy = parsePolicy(FULL);
  const pending: unknown[] = [policy];
  let seen = 0;
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    seen++;
    assert(Object.isFrozen(value), JSON.stringify(value));
    const prototype = Object.getPrototypeOf(value);
    assert(prototype === Object.prototype || prototype === Array.prototype);
    pending.push(...Object.values(value));
  }
  assertEquals(seen, 14);
});
