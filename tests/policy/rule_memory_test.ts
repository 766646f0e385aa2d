/**
 * The memory of a compiled policy: it asks once, and it stays bounded.
 *
 * @module
 */
import { RuleMemory } from "../../src/policy/rule_memory.ts";
import { RuleScan } from "../../src/policy/rule_scan.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("rules are looked up once for each pair, until there are too many to keep", () => {
  const { rules } = parsePolicy("policies: [{ effect: allow, match: { user: alice } }]");
  const compiled = new RuleScan(rules).compileAll();
  const lookups: string[] = [];
  const memory = new RuleMemory((profile, user) => {
    lookups.push(`${profile} ${user}`);
    return compiled;
  });
  const ask = (profile: string, user: string) =>
    memory.first({ profile, user, mode: "cli", time: new Date(0) }) !== undefined;

  for (let round = 0; round < 3; round++) {
    assertEquals(ask("prod", "alice"), true);
    assertEquals(ask("prod", "bob"), false);
    assertEquals(ask("dev", "alice"), true);
  }
  assertEquals(lookups, ["prod alice", "prod bob", "dev alice"]);

  for (let stranger = 0; stranger < 50_000; stranger++) ask("prod", `stranger ${stranger}`);
  assertEquals(lookups.length, 50_003);
  assertEquals(ask("prod", "alice"), true);
  assertEquals(lookups.at(-1), "prod alice", "what was forgotten is learnt anew");
  assertEquals(ask("prod", "alice"), true);
  assertEquals(lookups.length, 50_004);
});
