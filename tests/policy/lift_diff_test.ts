/**
 * What a diff says of `approvals` and `break_glass`: each term in the direction in which it works,
 * and nothing passed over, compared with random targets and callers that know nothing of how it
 * searches.
 *
 * @module
 */
import fc from "fast-check";
import { compileOverrideRules } from "../../src/policy/override_rules.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { ApprovalRule, BreakGlassRule, Policy } from "../../src/policy/policy.ts";
import { diffPolicies } from "../../src/policy/policy_diff.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const SPAN = { from: Date.UTC(2026, 0, 5), until: Date.UTC(2027, 0, 5) };
const RULES = "rules:\n  - { name: a, effect: require_approval }\n";

/** Changes as `section kind old>new: kind term, ...`. */
function diff(before: string, after: string): string[] {
  const { lifting, changes, isExhaustive } = diffPolicies(
    parsePolicy(RULES + before),
    parsePolicy(RULES + after),
    { span: SPAN },
  );
  assertEquals([changes, isExhaustive], [[], true]);
  return lifting.map(({ section, kind, before, after, terms }) =>
    `${section} ${kind} ${before ?? "-"}>${after ?? "-"}` +
    terms.map(({ kind, term }) => `, ${kind} ${term}`).join("")
  );
}

const approval = (terms = "", name = "a", target = "profiles: [prod]") =>
  `approvals:\n  - { name: ${name}, ${target}, ${
    terms.includes("approvers") ? "" : "approvers: [bob, carol], "
  }${terms} }\n`;
const glass = (terms = "", target = "profiles: [prod]") =>
  `break_glass:\n  - { name: b, ${target}, users: [alice, dave], ${terms} }\n`;

Deno.test("lift diff: each term of an approval, in the direction in which it works", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "approvers: [bob]", "closes approvers"],
    ["", "approvers: [bob, carol, dave]", "opens approvers"],
    ["", "approvers: [bob, dave]", "opens approvers, closes approvers"],
    ["", 'approvers: ["*"]', "opens approvers"],
    ["", "required: 2", "closes required"],
    ["max_duration: 1h", "max_duration: 2h", "opens max_duration"],
    ["", "max_duration: 2h", "closes max_duration"],
    ["", "auto_approve: { users: [ops] }", "opens auto_approve"],
    [
      "auto_approve: { users: [ops] }",
      "auto_approve: { users: [ops, dev], max_duration: 1h }",
      "opens auto_approve.users, closes auto_approve.max_duration",
    ],
    [
      "auto_approve: { users: [ops], time: { days: [monday, tuesday] } }",
      "auto_approve: { users: [ops], time: { days: [tuesday, sunday] } }",
      "opens auto_approve.time, closes auto_approve.time",
    ],
    ["", "allow_minimum: true", "opens allow_minimum"],
  ];
  for (const [before, after, expected] of cases) {
    const kind = expected.startsWith("opens") ? "opens" : "closes";
    const text = [`approvals ${kind} a>a, ${expected}`];
    assertEquals(diff(approval(before), approval(after)), text, after);
  }
});

Deno.test("lift diff: each term of a break-glass entry, in the direction in which it works", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "lifts: [require_approval, no_match]", "opens lifts"],
    ["", "lifts: [no_match]", "opens lifts, closes lifts"],
    ["", "allowed_reason_codes: [incident]", "closes allowed_reason_codes"],
    ["", "time: { days: [monday] }", "closes time"],
    ["", "max_duration: 1h", "closes max_duration"],
    ["", "limits: { cooldown: 30m }", "closes limits.cooldown"],
    ["limits: { cooldown: 1h }", "limits: { cooldown: 30m }", "opens limits.cooldown"],
    ["limits: { max_per_user: 3 }", "limits: { max_per_user: 4 }", "opens limits.max_per_user"],
    ["limits: { max_per_profile: 3 }", "", "opens limits.max_per_profile"],
    [
      "limits: { max_per_user: 3, quota_window: 24h }",
      "limits: { max_per_user: 3, quota_window: 12h }",
      "opens limits.quota_window",
    ],
    ["", "limits: { escalation_threshold: 2 }", "other limits.escalation_threshold"],
  ];
  for (const [before, after, expected] of cases) {
    const kind = expected.split(" ")[0];
    const text = [`break_glass ${kind} b>b, ${expected}`];
    assertEquals(diff(glass(before), glass(after)), text, after);
  }
});

Deno.test("lift diff: entries that come, go, move and cover more", () => {
  assertEquals(diff("", approval()), ["approvals opens ->a"]);
  assertEquals(diff(approval(), ""), ["approvals closes a>-"]);
  assertEquals(diff(approval("", "a"), approval("", "b")), ["approvals other a>b"]);
  assertEquals(diff(approval(), approval("", "a", 'profiles: [prod, "prod-*"]')), [
    "approvals opens ->a",
  ]);
  assertEquals(diff(glass(), glass("", 'accounts: ["123456789012"]')), [
    "break_glass opens ->b",
    "break_glass closes b>-",
  ]);
  const [strict, lax] = ["  - { name: s, approvers: [bob, carol], required: 2 }\n"]
    .concat("  - { name: l, approvers: [bob] }\n") as [string, string];
  assertEquals(diff(`approvals:\n${strict}${lax}`, `approvals:\n${lax}${strict}`), [
    "approvals opens s>l, closes approvers, opens required",
  ]);
});

Deno.test("lift diff: what is only written in another way has not changed", () => {
  assertEquals(diff(approval(), approval("approvers: [carol, bob, bob]")), []);
  assertEquals(diff(approval('approvers: ["*"]'), approval('approvers: ["*", "*"]')), []);
  assertEquals(
    diff(glass(), glass().replace("profiles: [prod]", "profiles: [prod], roles: []")),
    [],
  );
  assertEquals(
    diff(
      glass("time: { days: [monday], timezone: UTC }"),
      glass("time: { days: [monday, monday], timezone: Etc/UTC }"),
    ),
    [],
  );
});

const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const target = fc.record({
  profiles: some("a", "b", "a*", "*b", "*"),
  accounts: some("111111111111", "222222222222"),
  roles: some("arn:*", "arn:aws:iam::111111111111:role/A", "arn:aws:iam::111111111111:*"),
}, { requiredKeys: [] });
const approvalEntries = fc.array(
  fc.tuple(target, some("x", "y", "z"), fc.constantFrom(900, 3600)),
  { maxLength: 3 },
).map((list): readonly ApprovalRule[] =>
  list.map(([conditions, approvers, maxDurationSeconds], index) => ({
    name: `a${index}`,
    conditions,
    approvers,
    required: 1,
    maxDurationSeconds,
    autoApproval: null,
    allowMinimum: false,
  }))
);
const glassEntries = fc.array(
  fc.tuple(target, some("x", "y", "x*", "*/x", "arn:aws:iam::111111111111:*"), fc.boolean()),
  { maxLength: 3 },
).map((list): readonly BreakGlassRule[] =>
  list.map(([conditions, users, isWide], index) => ({
    name: `b${index}`,
    conditions,
    users,
    allowedReasonCodes: ["incident"],
    time: null,
    maxDurationSeconds: 3600,
    lifts: isWide ? ["require_approval", "no_match"] : ["require_approval"],
    limits: {
      cooldownSeconds: null,
      maxPerUser: null,
      maxPerProfile: null,
      quotaWindowSeconds: 86_400,
      escalationThreshold: null,
    },
    allowMinimum: false,
  }))
);
const policies = fc.tuple(approvalEntries, glassEntries).map(
  ([approvals, breakGlass]): Policy => ({ version: "1", rules: [], approvals, breakGlass }),
);
const asked = fc.record({
  profile: fc.constantFrom("a", "b", "ab", "c", "acb"),
  role: fc.constantFrom(
    null,
    "arn:aws:iam::111111111111:role/A",
    "arn:aws:iam::222222222222:role/B",
  ),
  account: fc.constantFrom("111111111111", "222222222222", "333333333333"),
  user: fc.constantFrom("x", "y", "xy", "z/x", "z"),
  arn: fc.constantFrom(
    null,
    "arn:aws:iam::111111111111:user/x",
    "arn:aws:iam::222222222222:user/x",
  ),
});

Deno.test("lift diff: whatever differs for somebody is among the changes, and each change is real", () => {
  let differing = 0;
  fc.assert(
    fc.property(
      policies,
      policies,
      fc.array(asked, { minLength: 20, maxLength: 20 }),
      (before, after, requests) => {
        const [old, changed] = [compileOverrideRules(before), compileOverrideRules(after)];
        const { lifting, isExhaustive } = diffPolicies(before, after, { span: SPAN });
        assert(isExhaustive);
        const told = new Set(lifting.map((each) => `${each.before} ${each.after}`));
        const terms = (entry: ApprovalRule | BreakGlassRule | undefined) => {
          if (entry === undefined) return "";
          const { name, maxDurationSeconds } = entry;
          const rest = "lifts" in entry ? entry.lifts : [...entry.approvers].sort();
          return JSON.stringify([name, maxDurationSeconds, rest]);
        };
        for (const request of requests) {
          for (
            const [a, b] of [
              [old.approvalFor(request)?.rule, changed.approvalFor(request)?.rule],
              [
                old.breakGlassFor(request, request)?.rule,
                changed.breakGlassFor(request, request)?.rule,
              ],
            ]
          ) {
            if (terms(a) === terms(b)) continue;
            differing++;
            assert(told.has(`${a?.name ?? null} ${b?.name ?? null}`), JSON.stringify(request));
          }
        }
        for (const { section, request, before: from, after: to } of lifting) {
          const { profile, role = null, account } = request;
          const target = { profile, role, account: account ?? "" };
          const [a, b] = [old, changed].map((rules) =>
            section === "approvals"
              ? rules.approvalFor(target)?.rule.name
              : rules.breakGlassFor(target, request)?.rule.name
          );
          assertEquals([a ?? null, b ?? null], [from, to]);
        }
        assertEquals(diffPolicies(before, before, { span: SPAN }).lifting, []);
      },
    ),
    { numRuns: 200 },
  );
  assert(differing > 500, `${differing}`);
});
