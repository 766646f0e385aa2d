/**
 * What people are told about a document with mistakes: all of them, each with its place, in the
 * order of the text.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { PolicyProblem } from "../../src/policy/policy.ts";
import { formatProblems } from "../../src/policy/problems.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

function errorOf(document: string): SentinelError {
  const error = assertThrows(() => parsePolicy(document), SentinelError);
  assertEquals(error.code, "POLICY_INVALID");
  return error;
}

function problemsOf(document: string): string[] {
  const { problems } = errorOf(document).details as { problems: readonly PolicyProblem[] };
  assert(problems.length > 0);
  return formatProblems(problems, "").split("\n").map((line) => line.slice(1));
}

/** The problems of a rule with `fields`, without the place of the rule. */
function ruleProblems(fields: string): string[] {
  const problems = problemsOf(`rules: [{ name: a, effect: deny, ${fields} }]`);
  return problems.map((line) => line.replace(/^1:\d+: rules\[0\]\.?/, ""));
}

Deno.test("all mistakes are told at once, in the order of the text", () => {
  assertEquals(
    problemsOf(`version: "2"
owner: me
rules:
  - name: a
    effct: Deny
    conditions:
      users:
      user: [x]
      profiles: x
      mode: srver
      accounts: [12, 123456789012]
      roles: [Admin]
      time: {days: [Monday, fryday], hours: {start: "9:00", end: 09:00}, timezone: Amercia/New_York}
  - name: a
    effect: require-server
    session_table: null
    max_server_duration: 5m
    reason: ""
    <<: {}
    effect: allow
  -
  - [a]
`),
    [
      '1:10: version: unknown version "2": it must be 1',
      '2:1: owner: unknown key "owner": the keys here are version, rules, policies, approvals, break_glass',
      '5:5: rules[0].effct: unknown key "effct": did you mean "effect"?',
      "7:7: rules[0].conditions.users: has no value: to match anything write [] or leave the key out",
      '8:7: rules[0].conditions.user: unknown key "user": did you mean "users"?',
      "9:17: rules[0].conditions.profiles: must be a list, not text",
      '10:13: rules[0].conditions.mode: unknown mode "srver": did you mean "server"?',
      '11:18: rules[0].conditions.accounts[0]: "12" is not an account id of twelve digits',
      '12:15: rules[0].conditions.roles[0]: "Admin" must be an ARN or a pattern of one, beginning with "arn:"',
      '13:21: rules[0].conditions.time.days[0]: unknown day "Monday": did you mean "monday"?',
      '13:29: rules[0].conditions.time.days[1]: unknown day "fryday": did you mean "friday"?',
      '13:53: rules[0].conditions.time.hours.start: "9:00" is not a time of day from 00:00 to 23:59 (HH:MM)',
      '13:84: rules[0].conditions.time.timezone: "Amercia/New_York" is not a time zone: did you mean "America/New_York"?',
      '14:11: rules[1].name: the name "a" is already that of rules[0]',
      '15:13: rules[1].effect: unknown effect "require-server": did you mean "require_server"?',
      '16:20: rules[1].session_table: "null" is not a table: leave the key out to name none',
      '17:26: rules[1].max_server_duration: "5m" is not a duration from 15m to 12h, such as 1h30m',
      '18:13: rules[1].reason: "" is empty',
      "19:5: rules[1]: merge keys (<<) are not supported: write the keys out",
      '20:5: rules[1].effect: the key "effect" stands here twice',
      "21:3: rules[2]: has no value",
      "22:5: rules[3]: must be a map, not a list",
    ],
  );
});

Deno.test("the message of the error names the first problem and counts the others", () => {
  assertEquals(
    errorOf("rules:\n- name: a\n  effect: Deny").message,
    'Cannot parse the policy: line 3, column 11: rules[0].effect: unknown effect "Deny": did you mean "deny"?',
  );
  assertEquals(
    errorOf("rules:\n- name: a").message,
    "Cannot parse the policy: line 2, column 3: rules[0].effect: is missing",
  );
  assert(errorOf("rules: [{}, {}]").message.endsWith("is missing (and 3 more problems)"));
  assert(errorOf("rules: [{}]").message.endsWith("is missing (and 1 more problem)"));
});

Deno.test("a key without a value never opens a rule to everyone", () => {
  const keys = ["profiles", "users", "roles", "accounts", "mode", "time"];
  for (const key of keys) {
    const message = "has no value: to match anything write [] or leave the key out";
    assertEquals(ruleProblems(`conditions: { ${key}: }`), [`conditions.${key}: ${message}`]);
    assertEquals(
      problemsOf(`policies:\n- effect: allow\n  match:\n    ${key}:\n`),
      [`4:5: policies[0].match.${key}: ${message}`],
    );
  }
  assertEquals(problemsOf("rules:\n- name: a\n  effect: allow\n  conditions:\n"), [
    "4:3: rules[0].conditions: has no value",
  ]);
  assertEquals(problemsOf("policies:\n- effect: allow\n  match:\n"), [
    "3:3: policies[0].match: has no value",
  ]);
  assertEquals(
    problemsOf("rules:\n- name: a\n  effect: allow\n  conditions:\n    users:\n    -\n"),
    [
      "6:5: rules[0].conditions.users[0]: has no value",
    ],
  );
  assertEquals(ruleProblems("conditions: { users: null }"), [
    "conditions.users: must be a list, not text",
  ]);
  assertEquals(ruleProblems("conditions: null"), ["conditions: must be a map, not text"]);
});

Deno.test("one mistake is told once", () => {
  assertEquals(problemsOf("rules: *nothing"), [
    '1:8: rules: the alias "*nothing" names nothing before it',
  ]);
  assertEquals(problemsOf("rules: []\n---\n? [a]\n: *b\n---\n"), [
    "2:1: a second document begins here; there may be only one",
  ]);
  assertEquals(problemsOf("rules: [{ name: a, efect: deny }]"), [
    '1:20: rules[0].efect: unknown key "efect": did you mean "effect"?',
  ]);
});

Deno.test("empty items of a list are found where they stand", () => {
  assertEquals(
    problemsOf(`rules:
  # first
  -   # nothing
  - "quoted" # then
  -
  - [flow]

  -
`),
    [
      "3:3: rules[0]: has no value",
      "4:5: rules[1]: must be a map, not text",
      "5:3: rules[2]: has no value",
      "6:5: rules[3]: must be a map, not a list",
      "8:3: rules[4]: has no value",
    ],
  );
});

Deno.test("a name stands for one rule only, also a name that was not given", () => {
  assertEquals(
    problemsOf(`policies:
- effect: deny
- { effect: deny, name: "policies[0]" }
- { name: "policies[3]", effect: deny }
- { effect: deny }
`),
    [
      '3:25: policies[1].name: the name "policies[0]" is already that of policies[0]',
      '5:3: policies[3].name: the name "policies[3]" is already that of policies[2]',
    ],
  );
  const doubled = problemsOf("rules: [{ name: a, efect: x }, { name: a, effect: permit }]");
  assertEquals(doubled.length, 3, "names are compared also where the rest is wrong");
});

Deno.test("the two spellings do not mix", () => {
  const mixed = 'a document has either "rules" or "policies", not both';
  assertEquals(problemsOf("rules: []\npolicies: []"), [`2:1: policies: ${mixed}`]);
  assertEquals(problemsOf("policies: []\nrules: []"), [`2:1: rules: ${mixed}`]);
  assertEquals(ruleProblems("match: {}"), [
    'match: unknown key "match": the keys here are name, conditions, effect, session_table, max_server_duration, reason',
  ]);
  assertEquals(problemsOf("policies: [{ effect: deny, conditions: {} }]"), [
    '1:28: policies[0].conditions: unknown key "conditions": the keys here are name, match, effect, session_table, max_server_duration, reason',
  ]);
  assertEquals(problemsOf("rules: [{ effect: deny }]"), ["1:9: rules[0].name: is missing"]);
  assertEquals(ruleProblems("conditions: { profile: a }"), [
    'conditions.profile: unknown key "profile": did you mean "profiles"?',
  ]);
});

Deno.test("in a match, one value has its key and several have theirs", () => {
  const matchProblems = (match: string) =>
    problemsOf(`policies: [{ effect: deny, match: ${match} }]`);
  assertEquals(matchProblems("{ profile: a, profiles: [b] }"), [
    '1:46: policies[0].match.profile: "a" cannot stand beside "profiles": use one of the two',
  ]);
  assertEquals(
    matchProblems(
      "{ users: [], user: b, roles: [], role: 'arn:x', accounts: [], account: 1, x: y }",
    )
      .length,
    5,
    "also where other things are wrong",
  );
  assertEquals(matchProblems("{ profile: a, profiles: [b], users: c }").length, 2);
  assertEquals(matchProblems("{ profile: [a] }"), [
    "1:46: policies[0].match.profile: must be text, not a list",
  ]);
  assertEquals(matchProblems("{ profiles: a }"), [
    "1:47: policies[0].match.profiles: must be a list, not text",
  ]);
});

Deno.test("a mode is one text or a list", () => {
  assertEquals(ruleProblems("conditions: { mode: browser }"), [
    'conditions.mode: unknown mode "browser": it must be server or cli or credential_process',
  ]);
  assertEquals(ruleProblems("conditions: { mode: [cli, Server, {}] }"), [
    'conditions.mode[1]: unknown mode "Server": did you mean "server"?',
    "conditions.mode[2]: must be text, not a map",
  ]);
  assertEquals(ruleProblems("conditions: { mode: {} }"), [
    "conditions.mode: must be text or a list, not a map",
  ]);
});

Deno.test("effects, days and hours are the words of the language and no others", () => {
  for (const effect of ["Allow", "ALLOW", "permit", "deny ", "require_server_sessions", "true"]) {
    assertEquals(problemsOf(`rules: [{ name: a, effect: "${effect}" }]`).length, 1, effect);
  }
  assertEquals(problemsOf("rules: [{ name: a, effect: [allow] }]"), [
    "1:28: rules[0].effect: must be text, not a list",
  ]);
  const time = (time: string) => ruleProblems(`conditions: { time: ${time} }`);
  for (const day of ["Monday", "mon", "weekday", "1", '""']) {
    assertEquals(time(`{ days: [${day}] }`).length, 1, day);
  }
  assertEquals(time("{ days: monday }"), ["conditions.time.days: must be a list, not text"]);
  for (const hour of ["24:00", "9:00", "09:60", "09:00:00", "9am", "0900", "-1:00", "٠٩:٠٠"]) {
    assertEquals(time(`{ hours: { start: "${hour}", end: "10:00" } }`).length, 1, hour);
  }
  assertEquals(time("{ hours: { start: 09:00, end: 09:00 } }"), [
    'conditions.time.hours.end: "09:00" is also the start: such hours are empty; leave hours out for the whole day',
  ]);
  assertEquals(time("{ hours: { start: 09:00 } }"), ["conditions.time.hours.end: is missing"]);
  assertEquals(time('{ hours: "09:00-18:00" }'), [
    "conditions.time.hours: must be a map, not text",
  ]);
  for (
    const zone of ["EDT", "+05:30", "Local", "Mars/Olympus", '""', "America/New York", "[UTC]"]
  ) {
    assertEquals(time(`{ timezone: ${zone} }`).length, 1, zone);
  }
});

Deno.test("tables, durations, accounts and roles have their forms", () => {
  for (
    const table of ["ab", "x".repeat(256), "a b", "a/b", "sqlite:", "SQLITE:x", "sqlite:a\\0b"]
  ) {
    assertEquals(ruleProblems(`session_table: "${table}"`).length, 1, table);
  }
  for (
    const duration of ["14m59s", "12h1s", "0", "900", "1.5h", "30 m", "1d", "-1h", "m", "90m60h"]
  ) {
    assertEquals(ruleProblems(`max_server_duration: "${duration}"`).length, 1, duration);
  }
  for (
    const account of [
      "12345678901",
      "1234567890123",
      "12345678901x",
      "*",
      "１２３４５６７８９０１２",
    ]
  ) {
    assertEquals(ruleProblems(`conditions: { accounts: ["${account}"] }`).length, 1, account);
  }
  for (const role of ["*", "Admin", "ARN:aws:iam", "role/Admin", " arn:aws"]) {
    assert(ruleProblems(`conditions: { roles: ["${role}"] }`).length >= 1, role);
  }
});

Deno.test("text that does not look like what it is, is refused", () => {
  const hidden = [
    "\\0",
    "\\e[31m",
    "\\x7f",
    "\\x85",
    "\\u200b",
    "\\u202e",
    "\\ufeff",
    "\\ud800",
    "\\n",
  ];
  for (const escape of hidden) {
    for (const key of ["profiles", "users"]) {
      const [problem] = ruleProblems(`conditions: { ${key}: ["ali${escape}ce"] }`);
      assert(problem!.endsWith("has a character that cannot be seen"), problem);
      assert(/^[ -~]+$/.test(problem!), "and is itself shown in plain characters");
    }
  }
  assertEquals(ruleProblems('conditions: { users: [" alice"] }'), [
    'conditions.users[0]: " alice" begins or ends with a space',
  ]);
  assertEquals(ruleProblems('reason: "two\\nlines"'), [
    'reason: "two\\u{a}lines" has a control character or line break',
  ]);
  assertEquals(ruleProblems('conditions: { profiles: [""] }'), [
    'conditions.profiles[0]: "" is empty',
  ]);
  const long = "x".repeat(2049);
  assertEquals(ruleProblems(`reason: ${long}`), [
    `reason: "${"x".repeat(80)}…" is longer than 2048 characters`,
  ]);
  assertEquals(problemsOf(`rules: [{ name: ${long}, effect: deny }]`).length, 1);
});

Deno.test("line and column count as editors do", () => {
  const broken = "- name: a\n  effect: nope";
  const place = (text: string) => problemsOf(text)[0]!.split(" ")[0];
  assertEquals(place(`rules:\n${broken}`), "3:11:");
  assertEquals(place(`rules:\r\n${broken.replace("\n", "\r\n")}`), "3:11:");
  assertEquals(place(`rules:\r${broken.replace("\n", "\r")}`), "3:11:");
  assertEquals(place(`\ufeffrules: nope`), "1:8:");
  assertEquals(place('rules: [{ name: "🔐", effect: nope }]'), "1:31:");
  assertEquals(place("rules: [{ name: a, effect: 'nope' }]"), "1:28:");
  assertEquals(place("rules:\n- name: a\n  effect: |\n    nope\n"), "4:5:");
});

Deno.test("what is not YAML is told with its place", () => {
  const cases: Readonly<Record<string, string>> = {
    "rules: [\n  a: b": "2:7:",
    "rules:\n\t- a": "2:1:",
    'rules: "open': "1:13:",
    "rules: [a]]": "1:11:",
    "a: b: c": "1:5:",
    "rules: 'a\n  b": "2:4:",
    "%YAML 9.9\n---\nrules: []": "2:1:",
    "rules: @x": "1:8:",
  };
  for (const [text, place] of Object.entries(cases)) {
    const [problem, ...others] = problemsOf(text);
    assert(problem!.startsWith(`${place} the document is not YAML: `), `${text}: ${problem}`);
    assertEquals(others, []);
  }
  assertEquals(problemsOf("a\0b"), [
    "1:2: the document has a NUL character, which is not text",
  ]);
});

Deno.test("problems are printed one a line, and nothing raw", () => {
  const { problems } = errorOf('"a\\nb\\e": x\nrules: []').details as { problems: PolicyProblem[] };
  const printed = formatProblems(problems, "evil\u001b[2J.yaml");
  assertEquals(
    printed,
    'evil\\u{1b}[2J.yaml:1:1: ["a\\u{a}b\\u{1b}"]: unknown key "a\\u{a}b\\u{1b}": the keys here are version, rules, policies, approvals, break_glass',
  );
});
