import { SentinelError } from "../../src/errors.ts";
import { liftableBy } from "../../src/gate/override.ts";
import type { RuleEffect, Verdict } from "../../src/policy/policy.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const LIFTED: readonly (readonly [RuleEffect | null, readonly string[]])[] = [
  ["require_approval", ["approved", "breakglass"]],
  [null, ["breakglass"]], // the implicit deny
  ["deny", []],
  ["require_server", []],
  ["require_server_session", []],
  ["allow", []],
];

Deno.test("P3, P4: only an approval's absence and the implicit deny can be lifted", () => {
  for (const [ruleEffect, kinds] of LIFTED) {
    assertEquals(liftableBy({ ruleEffect } as Verdict), kinds, String(ruleEffect));
  }
});

Deno.test("P4: an effect that is not known lifts nothing", () => {
  const verdict = { ruleEffect: "Require_Approval" as RuleEffect } as Verdict;
  assertEquals(assertThrows(() => liftableBy(verdict), SentinelError).code, "INTERNAL");
});
