/**
 * The JSON Schema of the policy refuses nothing that the program accepts, and most of what the
 * program refuses; a validator that is not ours says so.
 *
 * @module
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { load } from "js-yaml";
import { run } from "../../src/cli/run.ts";
import { SentinelError } from "../../src/errors.ts";
import { policyJsonSchema } from "../../src/policy/json_schema.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { readYaml } from "../../src/policy/yaml_reader.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { wholePolicies } from "./policy_arbitrary.ts";
import { printPolicy, printShortPolicy } from "./policy_printer.ts";

const ROOT = new URL("../../", import.meta.url);
const SCHEMA = policyJsonSchema();
const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
  keywords: ["markdownDescription", "markdownEnumDescriptions"],
}).compile(SCHEMA);

/** Whether an editor finds nothing wrong: it reads YAML with numbers, we read all as text. */
function accepts(text: string): boolean {
  const asText = validate(JSON.parse(JSON.stringify(readYaml(text).root!.value)));
  const asEditor = validate(load(text));
  assertEquals(asEditor, asText, text);
  return asText;
}

Deno.test("json schema: the committed file is the program's, and the command prints it", async () => {
  const committed = await Deno.readTextFile(new URL("docs/schemas/policy.schema.json", ROOT));
  assertEquals(JSON.parse(committed), JSON.parse(JSON.stringify(SCHEMA)));
  const host = fakeHost();
  assertEquals(await run(["policy", "schema"], host), 0);
  assertEquals(JSON.parse(host.stdout), JSON.parse(committed));
});

Deno.test("json schema: every valid policy is valid by it, in both spellings", () => {
  fc.assert(fc.property(wholePolicies(), (policy) => {
    for (const text of [printPolicy(policy), printShortPolicy(policy)]) {
      assert(accepts(text), JSON.stringify(validate.errors));
    }
  }));
});

/** Documents that the program accepts and an editor could take amiss. */
const VALID = [
  "rules: []",
  "version: 1\nrules: [{ name: 7, effect: deny, conditions: { users: [no, 0123, true, 1.5] } }]",
  "rules: [{ name: a, effect: allow, conditions: { accounts: [123456789012] } }]",
  'rules: [{ name: a, effect: allow, conditions: { accounts: ["000000000001"] } }]',
  "rules: [{ name: a, effect: allow, conditions: { accounts: [012345678901] } }]",
  "rules: [{ name: a, effect: allow, conditions: { profiles: [], mode: cli } }]",
  "policies: [{ effect: deny }, { effect: allow, match: { user: 👩‍🔧, role: 'arn:*' } }]",
  "rules: [{ name: a, effect: deny, session_table: 'sqlite:/tmp/é.db', reason: ' padded ' }]",
  "rules: [{ name: a, effect: deny, max_server_duration: 1h30m }]",
  "rules: [{ name: a, effect: deny, session_table: 2026 }]",
  "rules: [{ name: a, effect: deny, session_table: true }]",
  "rules: []\napprovals: []\nbreak_glass: []",
  "rules: []\napprovals: [{ name: 7, approvers: [no, 0123], required: 2, allow_minimum: true }]",
  'rules: []\napprovals: [{ name: a, approvers: ["*"], required: "10", allow_minimum: "false" }]',
  "policies: []\napprovals: [{ name: a, approvers: [b], auto_approve: { users: [1.5] } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { max_per_user: 1000 } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { cooldown: 60s, max_per_profile: '7' } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: {}, lifts: [no_match], accounts: [012345678901] }]",
];

Deno.test("json schema: what looks like a number or a truth value is text, as in the program", () => {
  for (const text of VALID) {
    parsePolicy(text);
    assert(accepts(text), `${text}: ${JSON.stringify(validate.errors)}`);
  }
});

/** Mistakes that JSON Schema can tell. */
const TOLD = [
  "[]",
  "{}",
  "rules: {}",
  "version: '2'\nrules: []",
  "rules: []\npolicies: []",
  "rule: []",
  "rules: [{ effect: allow }]",
  "rules: [{ name: a }]",
  "rules: [{ name: a, effect: Deny }]",
  "rules: [{ name: '', effect: deny }]",
  "rules: [{ name: ' a', effect: deny }]",
  'rules: [{ name: "a\\nb", effect: deny }]',
  'rules: [{ name: a, effect: deny, reason: "a\\nb" }]',
  "rules: [{ name: a, effect: deny, user: b }]",
  "rules: [{ name: a, effect: deny, conditions: { user: b } }]",
  "rules: [{ name: a, effect: deny, conditions: { users: b } }]",
  "rules: [{ name: a, effect: deny, conditions: { users: [[b]] } }]",
  "rules: [{ name: a, effect: deny, conditions: { mode: sever } }]",
  "rules: [{ name: a, effect: deny, conditions: { mode: [cli, sever] } }]",
  "rules: [{ name: a, effect: deny, conditions: { roles: [Prod] } }]",
  "rules: [{ name: a, effect: deny, conditions: { accounts: ['123'] } }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { days: [Monday] } } }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { hours: { start: '9:00', end: '18:00' } } } }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { hours: { start: '09:00' } } } }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { timezone: '+02:00' } } }]",
  "rules: [{ name: a, effect: deny, session_table: x }]",
  "rules: [{ name: a, effect: deny, session_table: 'null' }]",
  "rules: [{ name: a, effect: deny, max_server_duration: soon }]",
  "policies: [{ effect: deny, match: { user: a, users: [b] } }]",
  "policies: [{ effect: deny, conditions: {} }]",
  "rules: []\napprovals: {}",
  "rules: []\napprovals: [{ name: a }]",
  "rules: []\napprovals: [{ approvers: [b] }]",
  "rules: []\napprovals: [{ name: a, approvers: [] }]",
  "rules: []\napprovals: [{ name: a, approvers: b }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], profile: c }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], users: [c] }]",
  "rules: []\napprovals: [{ name: a, approvers: [' b'] }]",
  "rules: []\napprovals: [{ name: a, approvers: ['*'], required: 0 }]",
  "rules: []\napprovals: [{ name: a, approvers: ['*'], required: 11 }]",
  "rules: []\napprovals: [{ name: a, approvers: ['*'], required: '11' }]",
  "rules: []\napprovals: [{ name: a, approvers: ['*'], required: two }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], max_duration: soon }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], allow_minimum: yes }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], auto_approve: {} }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], auto_approve: { users: [] } }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], roles: [Prod] }]",
  "rules: []\nbreak_glass: [{ name: a }]",
  "rules: []\nbreak_glass: [{ name: a, users: [] }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], lifts: [] }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], lifts: [deny] }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], lifts: no_match }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], allowed_reason_codes: [] }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], allowed_reason_codes: [boredom] }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { max_per_user: 0 } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { max_per_user: 1001 } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { max_per_user: '1001' } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { cooldown: 60 } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { max_per_day: 1 } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], time: { days: [Monday] } }]",
];

/** Mistakes that it cannot tell. */
const NOT_TOLD = [
  "rules: [{ name: a, effect: deny }, { name: a, effect: deny }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { timezone: Mars/Olympus } } }]",
  "rules: [{ name: a, effect: deny, conditions: { time: { hours: { start: '09:00', end: '09:00' } } } }]",
  "rules: [{ name: a, effect: deny, max_server_duration: 5m }]",
  'rules: [{ name: "a\\u200bb", effect: deny }]',
  "rules: []\napprovals: [{ name: a, approvers: [b] }, { name: a, approvers: [c] }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], required: 2 }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], max_duration: 9h }]",
  "rules: []\napprovals: [{ name: a, approvers: [b], max_duration: 1h, auto_approve: { users: [c], max_duration: 2h } }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], max_duration: 5h }]",
  "rules: []\nbreak_glass: [{ name: a, users: [b], limits: { quota_window: 30m } }]",
];

Deno.test("json schema: it tells the mistakes that JSON Schema can tell", () => {
  for (const text of [...TOLD, ...NOT_TOLD]) {
    assertThrows(() => parsePolicy(text), SentinelError);
    assertEquals(accepts(text), NOT_TOLD.includes(text), text);
  }
});

Deno.test("json schema: every key is explained, and every word of a closed list", () => {
  let keys = 0;
  const visit = (node: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(node["properties"] ?? {})) {
      keys++;
      const { description } = value as { description?: string };
      assert(description !== undefined && description.length > 5, `${key} is not explained`);
      visit(value as Record<string, unknown>);
    }
    const words = node["markdownEnumDescriptions"] as readonly unknown[] | undefined;
    if (words !== undefined) {
      assertEquals(words.length, (node["enum"] as readonly unknown[]).length);
      assert(words.every((word) => typeof word === "string"));
    }
    for (const below of [node["items"], ...(node["anyOf"] as unknown[] | undefined ?? [])]) {
      if (below !== undefined) visit(below as Record<string, unknown>);
    }
  };
  visit(SCHEMA as Record<string, unknown>);
  assert(keys > 40, `${keys} keys`);
});
