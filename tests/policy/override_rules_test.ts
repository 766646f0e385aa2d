/**
 * The sections `approvals` and `break_glass`: what a document may say, and what it then means.
 *
 * @module
 */
import fc from "fast-check";
import { z } from "zod";
import { SentinelError } from "../../src/errors.ts";
import { compileOverrideRules } from "../../src/policy/override_rules.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { Policy, PolicyProblem } from "../../src/policy/policy.ts";
import { formatProblems } from "../../src/policy/problems.ts";
import { POLICY_DOCUMENT } from "../../src/policy/schema.ts";
import { epochMs } from "../../src/policy/time_window.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { requests, wholePolicies } from "./policy_arbitrary.ts";
import { holds } from "./reference_evaluator.ts";

function problemsOf(document: string): string[] {
  const error = assertThrows(() => parsePolicy(document), SentinelError);
  assertEquals(error.code, "POLICY_INVALID");
  const { problems } = error.details as { problems: readonly PolicyProblem[] };
  return formatProblems(problems, "").split("\n").map((line) => line.slice(1));
}

Deno.test("sections: what is left out has its default, and nothing is assumed beyond", () => {
  for (const rules of ["rules: [{ name: a, effect: deny }]", "policies: [{ effect: deny }]"]) {
    const policy = parsePolicy(`${rules}
approvals: [{ name: a, approvers: [lead] }]
break_glass: [{ name: b, users: [alice] }]
`);
    assertEquals(policy.approvals, [{
      name: "a",
      conditions: {},
      approvers: ["lead"],
      required: 1,
      maxDurationSeconds: 8 * 3600,
      autoApproval: null,
      allowMinimum: false,
    }]);
    assertEquals(policy.breakGlass, [{
      name: "b",
      conditions: {},
      users: ["alice"],
      allowedReasonCodes: ["incident", "maintenance", "security", "recovery", "other"],
      time: null,
      maxDurationSeconds: 4 * 3600,
      lifts: ["require_approval"],
      limits: {
        cooldownSeconds: null,
        maxPerUser: null,
        maxPerProfile: null,
        quotaWindowSeconds: 24 * 3600,
        escalationThreshold: null,
      },
      allowMinimum: false,
    }]);
    assert(Object.isFrozen(policy.breakGlass![0]!.limits));
  }
  const bare = parsePolicy("rules: []\napprovals: []\nbreak_glass: []");
  assertEquals(bare, { version: "1", rules: [] });
});

Deno.test("sections: what is written is what is meant", () => {
  const policy = parsePolicy(`rules: []
approvals:
  - name: a
    profiles: [prod, "prod-*"]
    roles: ["arn:aws:iam::*:role/Prod"]
    accounts: ["012345678901"]
    approvers: [lead, "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_*/*"]
    required: 2
    max_duration: 1h30m
    auto_approve: { users: [ops], time: { days: [monday] } }
    allow_minimum: true
`);
  assertEquals(policy.approvals, [{
    name: "a",
    conditions: {
      profiles: ["prod", "prod-*"],
      roles: ["arn:aws:iam::*:role/Prod"],
      accounts: ["012345678901"],
    },
    approvers: ["lead", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_*/*"],
    required: 2,
    maxDurationSeconds: 5400,
    autoApproval: {
      users: ["ops"],
      time: { days: ["monday"], timezone: "UTC" },
      maxDurationSeconds: 5400,
    },
    allowMinimum: true,
  }]);
});

Deno.test("sections: all mistakes are told at once, with their places and what was meant", () => {
  assertEquals(
    problemsOf(`rules: [{ name: x, effect: alow }]
aprovals: []
approvals:
  - name: x
    profile: [prod]
    approvers: []
    required: 11
    max_duration: 9h
    auto_approve: { user: [a], max_duration: 5m, time: { timezone: Foo } }
    allow_minimum: yes
  - name: x
    approvers:
  - { name: y, approvers: [a, b, a], required: 3 }
  - []
  - { name: z, approvers: [a], max_duration: 1h, auto_approve: { users: [], max_duration: 2h } }
  - { name: w, approvers: [a], max_duration: 1h, auto_approve: { users: [b], max_duration: 2h } }
break_glass:
  - name: b
    users: []
    allowed_reason_codes: [incidnt]
    lifts: [deny]
    limits: { cooldown: 1s, max_per_usr: 3, max_per_profile: 0, quota_window: 721h }
  - name: b
    users: x
    lifts: []
    roles: [Admin]
    time: { hours: { start: "09:00", end: "09:00" } }
  - { name: c, approvers: [a], allowed_reason_codes: [], max_duration: 5h, time: [] }
`),
    [
      '1:28: rules[0].effect: unknown effect "alow": did you mean "allow"?',
      '2:1: aprovals: unknown key "aprovals": did you mean "approvals"?',
      '5:5: approvals[0].profile: unknown key "profile": did you mean "profiles"?',
      "6:16: approvals[0].approvers: is empty: nobody could approve",
      '7:15: approvals[0].required: "11" is not a whole number from 1 to 10',
      '8:19: approvals[0].max_duration: "9h" is not a duration from 15m to 8h, such as 1h30m',
      '9:21: approvals[0].auto_approve.user: unknown key "user": did you mean "users"?',
      '9:46: approvals[0].auto_approve.max_duration: "5m" is not a duration from 15m to 8h, such as 1h30m',
      '9:68: approvals[0].auto_approve.time.timezone: "Foo" is not a time zone',
      '10:20: approvals[0].allow_minimum: unknown allow_minimum "yes": it must be true or false',
      '11:11: approvals[1].name: the name "x" is already that of approvals[0]',
      "12:5: approvals[1].approvers: has no value",
      '13:48: approvals[2].required: "3" approvers are more than the entry names',
      "14:5: approvals[3]: must be a map, not a list",
      "15:73: approvals[4].auto_approve.users: is empty: leave auto_approve out where no request approves itself",
      '15:91: approvals[4].auto_approve.max_duration: "2h" is longer than max_duration of the entry',
      '16:92: approvals[5].auto_approve.max_duration: "2h" is longer than max_duration of the entry',
      "19:12: break_glass[0].users: is empty: nobody could break the glass",
      '20:28: break_glass[0].allowed_reason_codes[0]: unknown reason code "incidnt": did you mean "incident"?',
      '21:13: break_glass[0].lifts[0]: unknown refusal "deny": it must be require_approval or no_match',
      '22:25: break_glass[0].limits.cooldown: "1s" is not a duration from 1m to 720h, such as 1h30m',
      '22:29: break_glass[0].limits.max_per_usr: unknown key "max_per_usr": did you mean "max_per_user"?',
      '22:62: break_glass[0].limits.max_per_profile: "0" is not a whole number from 1 to 1000',
      '22:79: break_glass[0].limits.quota_window: "721h" is not a duration from 1h to 720h, such as 1h30m',
      '23:11: break_glass[1].name: the name "b" is already that of break_glass[0]',
      "24:12: break_glass[1].users: must be a list, not text",
      "25:12: break_glass[1].lifts: is empty: it would lift nothing",
      '26:13: break_glass[1].roles[0]: "Admin" must be an ARN or a pattern of one, beginning with "arn:"',
      '27:43: break_glass[1].time.hours.end: "09:00" is also the start: such hours are empty; leave hours out for the whole day',
      "28:5: break_glass[2].users: is missing",
      '28:16: break_glass[2].approvers: unknown key "approvers": the keys here are name, profiles, roles, accounts, users, allowed_reason_codes, time, max_duration, lifts, limits, allow_minimum',
      "28:54: break_glass[2].allowed_reason_codes: is empty: no reason would do; leave it out for all of them",
      '28:72: break_glass[2].max_duration: "5h" is not a duration from 15m to 4h, such as 1h30m',
      "28:82: break_glass[2].time: must be a map, not a list",
    ],
  );
});

Deno.test("sections: a list must be a list, and names belong to their section", () => {
  assertStringIncludes(problemsOf("rules: []\napprovals: {}")[0]!, "must be a list, not a map");
  assertStringIncludes(problemsOf("rules: []\nbreak_glass:")[0]!, "has no value");
  assertStringIncludes(problemsOf("rules: []\nbreak-glass: []")[0]!, 'did you mean "break_glass"?');
  assertStringIncludes(problemsOf("approvals: []")[0]!, "rules: is missing");
  parsePolicy(`rules: [{ name: a, effect: deny }]
approvals: [{ name: a, approvers: [x] }]
break_glass: [{ name: a, users: [x] }]`);
});

Deno.test("sections: what cannot be seen in a name is refused, and shown", () => {
  const [problem] = problemsOf('rules: []\napprovals: [{ name: a, approvers: ["le\\u202ead"] }]');
  assertStringIncludes(problem!, "\\u{202e}");
  assertStringIncludes(problem!, "has a character that cannot be seen");
});

Deno.test("sections: a huge one is refused as a huge rule is", () => {
  const approvers = Array.from({ length: 20_001 }, (_, index) => `u${index}`).join(", ");
  const [problem] = problemsOf(`rules: []\napprovals: [{ name: a, approvers: [${approvers}] }]`);
  assertStringIncludes(problem!, "has more than 20000 values");
  const many = Array.from({ length: 3000 }, () => "{ approvers: [] }").join(", ");
  assertEquals(problemsOf(`rules: []\napprovals: [${many}]`).length, 1000);
});

Deno.test("sections: the document has a JSON Schema that knows their keys", () => {
  const schema = JSON.stringify(z.toJSONSchema(POLICY_DOCUMENT as unknown as z.ZodType));
  for (const key of ["approvals", "auto_approve", "allow_minimum", "break_glass", "quota_window"]) {
    assertStringIncludes(schema, `"${key}"`);
  }
});

Deno.test("sections: the first entry that covers a request is in charge, by the patterns of rules", () => {
  let found = 0;
  fc.assert(
    fc.property(wholePolicies(2), requests, (policy: Policy, request) => {
      const rules = compileOverrideRules(policy);
      const target = {
        profile: request.profile,
        role: request.role ?? null,
        account: request.account ?? "",
      };
      const caller = { user: request.user, arn: request.arn ?? null };
      const known = { ...request, ...target };
      const approval = policy.approvals?.find(({ conditions }) => holds(conditions, known)) ?? null;
      const compiled = rules.approvalFor(target);
      assertEquals(compiled?.rule ?? null, approval);
      const at = epochMs(request.time);
      if (approval !== null) {
        found++;
        const { approvers, autoApproval } = approval;
        assertEquals(compiled!.isApprover(caller), holds({ users: approvers }, known));
        for (const durationSeconds of [900, 901, 3600, 3601]) {
          assertEquals(
            compiled!.approvesItself({ requester: caller, at, durationSeconds }),
            autoApproval !== null && durationSeconds <= autoApproval.maxDurationSeconds &&
              holds({ users: autoApproval.users }, known) &&
              (autoApproval.time === null || holds({ time: autoApproval.time }, known)),
          );
        }
      }
      const glass = policy.breakGlass?.find(({ conditions, users }) =>
        holds({ ...conditions, users }, known)
      ) ?? null;
      const breakable = rules.breakGlassFor(target, caller);
      assertEquals(breakable?.rule ?? null, glass);
      if (glass === null) {
        return;
      }
      found++;
      assertEquals(
        breakable!.isOpenAt(at),
        glass.time === null || holds({ time: glass.time }, known),
      );
    }),
    { numRuns: 1000 },
  );
  assert(found > 300, `${found}`);
});
