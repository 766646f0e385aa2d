/**
 * What a policy says, case by case: effects at each door, who and what a rule is about, and what
 * a verdict carries.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { compilePolicy } from "../../src/policy/compile.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import {
  type Conditions,
  CREDENTIAL_MODES,
  type EvaluationRequest,
  type Policy,
  type Rule,
  RULE_EFFECTS,
  type Verdict,
} from "../../src/policy/policy.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const TIME = new Date("2026-03-04T15:00:00Z");

function ruleWith(parts: Partial<Rule>): Rule {
  return {
    name: "r",
    effect: "allow",
    conditions: {},
    sessionTable: null,
    maxServerDurationSeconds: null,
    reason: null,
    ...parts,
  };
}

function policyWith(...rules: readonly Partial<Rule>[]): Policy {
  return { version: "1", rules: rules.map(ruleWith) };
}

function request(parts: Partial<EvaluationRequest> = {}): EvaluationRequest {
  return { user: "alice", profile: "prod", mode: "server", time: TIME, ...parts };
}

/** Whether a rule with `conditions` holds for `parts`; asks both ways of evaluating. */
function matches(conditions: Conditions, parts: Partial<EvaluationRequest>): boolean {
  const policy = policyWith({ conditions });
  const filler = Array.from({ length: 80 }, (_, index) => ({
    name: `filler ${index}`,
    conditions: { profiles: [`filler-${index}`] },
  }));
  const { effect } = evaluate(policy, request(parts));
  const compiled = compilePolicy(policyWith(...filler, { conditions }));
  assertEquals(compiled(request(parts)).effect, effect, "index and scan");
  return effect === "allow";
}

Deno.test("every effect, at every door, with and without the caller's and the rule's table", () => {
  const rows: string[] = [];
  for (const effect of RULE_EFFECTS) {
    for (const mode of CREDENTIAL_MODES) {
      for (const sessionTableName of [undefined, null, "", "caller-table"]) {
        for (const sessionTable of [null, "rule-table"]) {
          const policy = policyWith({ effect, sessionTable });
          const verdict = evaluate(
            policy,
            request({ mode, ...sessionTableName !== undefined && { sessionTableName } }),
          );
          assertEquals(verdict.sessionTableName, sessionTable, "only ever the rule's own table");
          assertEquals(verdict.ruleEffect, effect);
          const tables = `${sessionTableName || "-"} ${sessionTable ?? "-"}`;
          const unmet = `${verdict.requiresServerMode ? " server" : ""}${
            verdict.requiresSessionTracking ? " session" : ""
          }`;
          rows.push(`${effect} ${mode} ${tables}: ${verdict.effect}${unmet}`);
        }
      }
    }
  }
  const expect = (effect: string, mode: string, answers: readonly string[]) =>
    ["- -", "- rule-table", "caller-table -", "caller-table rule-table"].map((tables, index) =>
      `${effect} ${mode} ${tables}: ${answers[index] ?? answers[0]}`
    );
  assertEquals(
    [...new Set(rows)],
    [
      ...CREDENTIAL_MODES.flatMap((mode) => expect("allow", mode, ["allow"])),
      ...CREDENTIAL_MODES.flatMap((mode) => expect("deny", mode, ["deny"])),
      ...CREDENTIAL_MODES.flatMap((mode) => expect("require_approval", mode, ["require_approval"])),
      ...expect("require_server", "server", ["allow"]),
      ...expect("require_server", "cli", ["deny server"]),
      ...expect("require_server", "credential_process", ["deny server"]),
      ...expect("require_server_session", "server", ["deny session", "allow", "allow", "allow"]),
      ...expect("require_server_session", "cli", ["deny server session"]),
      ...expect("require_server_session", "credential_process", ["deny server session"]),
    ],
  );
  assertEquals(rows.length, 5 * 3 * 4 * 2);
});

Deno.test("a verdict says which rule spoke, why, and under which conditions", () => {
  const policy = parsePolicy(`
rules:
  - name: elsewhere
    effect: deny
    conditions: { profiles: [dev] }
  - name: tracked
    effect: require_server_session
    conditions: { profiles: ["prod*"] }
    session_table: prod-sessions
    max_server_duration: 30m
    reason: Production needs a revocable session
`);
  const asked = request();
  const expected: Verdict = {
    effect: "allow",
    matchedRule: "tracked",
    ruleIndex: 1,
    ruleEffect: "require_server_session",
    reason: "Production needs a revocable session",
    requiresServerMode: false,
    requiresSessionTracking: false,
    sessionTableName: "prod-sessions",
    maxServerDurationSeconds: 1800,
    conditions: { profiles: ["prod*"] },
    evaluatedAt: TIME,
  };
  for (const verdict of [evaluate(policy, asked), compilePolicy(policy)(asked)]) {
    assertEquals(verdict, expected);
    assert(verdict.conditions === policy.rules[1]!.conditions, "the rule's own object");
    assert(verdict.evaluatedAt === asked.time, "the request's own time");
    assert(Object.isFrozen(verdict.conditions) && Object.isFrozen(verdict.conditions.profiles));
  }
});

Deno.test("a request that no rule matches gets a verdict that names none", () => {
  const expected: Verdict = {
    effect: "deny",
    matchedRule: null,
    ruleIndex: -1,
    ruleEffect: null,
    reason: "no rule matches",
    requiresServerMode: false,
    requiresSessionTracking: false,
    sessionTableName: null,
    maxServerDurationSeconds: null,
    conditions: {},
    evaluatedAt: TIME,
  };
  for (const policy of [policyWith(), policyWith({ conditions: { profiles: ["dev"] } })]) {
    assertEquals(evaluate(policy, request()), expected);
    assertEquals(compilePolicy(policy)(request()), expected);
    assert(Object.isFrozen(evaluate(policy, request()).conditions));
  }
});

Deno.test("a rule without a reason gets a sentence that stands for it", () => {
  const reasonOf = (effect: Rule["effect"], parts: Partial<EvaluationRequest> = {}) =>
    evaluate(policyWith({ name: 'the "x"', effect }), request(parts)).reason;
  assertEquals(reasonOf("allow"), 'allowed by rule "the \\"x\\""');
  assertEquals(reasonOf("deny"), 'denied by rule "the \\"x\\""');
  assertEquals(reasonOf("require_approval"), 'rule "the \\"x\\"" requires an approval');
  assertEquals(reasonOf("require_server"), 'allowed by rule "the \\"x\\""');
  assertEquals(
    reasonOf("require_server", { mode: "cli" }),
    'rule "the \\"x\\"" requires server mode',
  );
  assertEquals(
    reasonOf("require_server_session", { mode: "cli" }),
    'rule "the \\"x\\"" requires server mode with session tracking',
  );
  assertEquals(
    reasonOf("require_server_session"),
    'rule "the \\"x\\"" requires session tracking',
  );
});

Deno.test("a rule's own reason stands for it, also where it is not met", () => {
  for (const effect of RULE_EFFECTS) {
    for (const mode of CREDENTIAL_MODES) {
      const policy = policyWith({ effect, reason: "because" });
      assertEquals(evaluate(policy, request({ mode })).reason, "because", `${effect} ${mode}`);
    }
  }
});

Deno.test("the first rule that matches decides, in the order of the document", () => {
  const broad = { name: "broad", effect: "allow" } as const;
  const narrow = { name: "narrow", effect: "deny", conditions: { users: ["alice"] } } as const;
  assertEquals(evaluate(policyWith(narrow, broad), request()).matchedRule, "narrow");
  assertEquals(evaluate(policyWith(broad, narrow), request()).matchedRule, "broad");
  assertEquals(evaluate(policyWith(narrow, broad), request({ user: "bob" })).ruleIndex, 1);
});

Deno.test("users are usernames, and ARNs where the item begins with arn:", () => {
  const arn = "arn:aws:iam::123456789012:user/alice";
  assert(matches({ users: ["alice"] }, {}));
  assert(!matches({ users: ["Alice"] }, {}), "case counts");
  assert(!matches({ users: ["alic"] }, {}), "all of the name counts");
  assert(matches({ users: ["bob", "*@ops.example.com"] }, { user: "alice@ops.example.com" }));
  assert(matches({ users: ["arn:aws:iam::*:user/alice"] }, { arn }));
  assert(!matches({ users: ["arn:*"] }, {}), "no ARN is known");
  assert(!matches({ users: ["arn:*"] }, { arn: null }));
  assert(!matches({ users: ["arn:*"] }, { user: arn }), "a username is no ARN, whatever it says");
  assert(!matches({ users: [arn] }, { user: arn }));
  assert(!matches({ users: ["alice"] }, { user: "bob", arn: "alice" }), "an ARN is no username");
  assert(matches({ users: [arn, "bob"] }, { user: "bob" }), "one item is enough");
  assert(matches({ users: [arn, "bob"] }, { arn }));
  assert(matches({ users: ["*"] }, { user: "" }));
});

Deno.test("roles and accounts hold only for requests that have them", () => {
  const role = "arn:aws:iam::123456789012:role/ProdAdmin";
  assert(matches({ roles: ["arn:aws:iam::123456789012:role/Prod*"] }, { role }));
  assert(!matches({ roles: ["arn:*"] }, {}));
  assert(!matches({ roles: ["arn:*"] }, { role: null }));
  assert(!matches({ roles: [role] }, { arn: role }), "the caller's ARN is not the role");
  assert(matches({ accounts: ["210987654321", "123456789012"] }, { account: "123456789012" }));
  assert(!matches({ accounts: ["123456789012"] }, { account: "12345678901" }));
  assert(!matches({ accounts: ["123456789012"] }, {}));
  assert(!matches({ accounts: ["123456789012"] }, { account: null }));
});

Deno.test("all conditions of a rule must hold", () => {
  const role = "arn:aws:iam::123456789012:role/X";
  const all: Conditions = {
    profiles: ["prod"],
    users: ["alice"],
    roles: [role],
    accounts: ["123456789012"],
    mode: ["server", "cli"],
    time: { days: ["wednesday"], hours: { start: "15:00", end: "15:01" }, timezone: "UTC" },
  };
  const fits = { role, account: "123456789012" };
  assert(matches(all, fits));
  assert(matches(all, { ...fits, mode: "cli" }));
  assert(!matches(all, { ...fits, mode: "credential_process" }));
  assert(!matches(all, { ...fits, profile: "dev" }));
  assert(!matches(all, { ...fits, user: "bob" }));
  assert(!matches(all, { ...fits, role: null }));
  assert(!matches(all, { ...fits, account: null }));
  assert(!matches(all, { ...fits, time: new Date("2026-03-04T15:01:00Z") }));
  assert(!matches(all, { ...fits, time: new Date("2026-03-05T15:00:00Z") }));
});

Deno.test("many exact users are found as few are", () => {
  const users = Array.from({ length: 5000 }, (_, index) => `user-${index}`);
  assert(matches({ users }, { user: "user-4999" }));
  assert(!matches({ users }, { user: "user-5000" }));
  assert(matches({ users: [...users, "guest-*"] }, { user: "guest-1" }));
  assert(matches({ profiles: users, users }, { profile: "user-17", user: "user-4711" }));
});

Deno.test("a request that is not one is refused, not passed over", () => {
  const denyServer = policyWith({ effect: "deny", conditions: { mode: ["server"] } }, {});
  const hostile = [
    { mode: "Server" },
    { mode: undefined },
    { user: undefined },
    { user: ["alice"] },
    { profile: null },
    { time: new Date(NaN) },
    { time: 1_700_000_000_000 },
    { time: "2026-03-04T15:00:00Z" },
    { time: null },
    { role: ["arn:aws:iam::123456789012:role/X"] },
    { account: 123456789012 },
    { arn: {} },
    { sessionTableName: true },
  ];
  for (const parts of hostile) {
    const asked = request(parts as unknown as Partial<EvaluationRequest>);
    for (const way of [() => evaluate(denyServer, asked), () => compilePolicy(denyServer)(asked)]) {
      const error = assertThrows(way, SentinelError, "Cannot evaluate a request");
      assertEquals(error.code, "INTERNAL");
    }
  }
});

Deno.test("a rule that nothing could evaluate stops the evaluation", () => {
  const time = { timezone: "Mars/Olympus" };
  const policy = policyWith({ conditions: { time } });
  for (const way of [() => evaluate(policy, request()), () => compilePolicy(policy)]) {
    const error = assertThrows(way, SentinelError, '"Mars/Olympus"');
    assertEquals(error.code, "POLICY_INVALID");
  }
  const unknown = policyWith({ effect: "permit" as Rule["effect"] });
  assertThrows(() => evaluate(unknown, request()), SentinelError, "permit");
});

Deno.test("evaluate() sees a change of a policy that was not frozen", () => {
  const policy = { version: "1" as const, rules: [ruleWith({ effect: "allow" })] };
  assertEquals(evaluate(policy, request()).effect, "allow");
  policy.rules[0] = ruleWith({ effect: "deny" });
  assertEquals(evaluate(policy, request()).effect, "deny");
  Object.freeze(policy);
  Object.freeze(policy.rules);
  assertEquals(evaluate(policy, request()).effect, "deny");
  Object.assign(policy.rules[0], { effect: "require_approval" });
  assertEquals(
    evaluate(policy, request()).effect,
    "require_approval",
    "frozen on the surface only",
  );
});

Deno.test("compilePolicy() freezes what it answers from", () => {
  const policy = policyWith({ conditions: { users: ["alice"], time: { timezone: "UTC" } } });
  compilePolicy(policy);
  const { conditions } = policy.rules[0]!;
  for (const part of [policy, policy.rules, policy.rules[0], conditions, conditions.users]) {
    assert(Object.isFrozen(part));
  }
  assertThrows(() => (conditions.users as string[]).push("mallory"), TypeError);
});

Deno.test("a verdict belongs to its caller: changing one changes no other", () => {
  const policy = parsePolicy("policies: [{ effect: allow }]");
  const verdict = evaluate(policy, request()) as { effect: string };
  verdict.effect = "deny";
  assertEquals(evaluate(policy, request()).effect, "allow");
});
