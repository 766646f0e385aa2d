/**
 * What the linter says of policies that people write: each kind of finding, with the rules
 * involved, and silence where nothing is wrong.
 *
 * @module
 */
import { evaluate } from "../../src/policy/evaluate.ts";
import { lintPolicy } from "../../src/policy/lint.ts";
import { LINT_CODES } from "../../src/policy/lint_finding.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";

/** Findings as `code level rule key < other rules`; `sections` stand behind the rules. */
function lint(rules: string, sections = ""): string[] {
  const { findings, undecided } = lintPolicy(parsePolicy(`rules:\n${rules}${sections}`));
  assertEquals(undecided, []);
  for (const { code } of findings) seen.add(code);
  return findings.map(({ code, level, rule, key, others }) =>
    `${level} ${code} ${rule.name}${key === null ? "" : ` ${key}`}` +
    (others.length === 0 ? "" : ` < ${others.map(({ name }) => name).join(", ")}`)
  );
}

const seen = new Set<string>();

/** A rule; grants are bound to an account, so that this is not what is found. */
function rule(name: string, effect: string, conditions: string, rest = ""): string {
  const all = effect === "deny" ? conditions : `accounts: ["123456789012"], ${conditions}`;
  return `- { name: ${name}, effect: ${effect}, conditions: { ${all} }${rest} }\n`;
}

Deno.test("linter: nothing is found in a policy that is in order", () => {
  assertEquals(
    lint(
      rule(
        "friday",
        "deny",
        `profiles: ["prod*"], time: { days: [friday], timezone: Asia/Tokyo }`,
      ) +
        rule(
          "prod",
          "require_server_session",
          `profiles: ["prod-*"]`,
          ", session_table: sessions",
        ) +
        rule("dev", "allow", `profiles: ["dev-*"], users: ["*@example.com"]`) +
        "- { name: rest, effect: deny, reason: Ask the platform team }\n",
    ),
    [],
  );
});

/** Each earlier rule, or several together, cover the last. */
const COVERED: readonly (readonly [what: string, earlier: readonly string[], last: string])[] = [
  ["a list in parts", [`profiles: [a]`, `profiles: [b, c]`], `profiles: [a, b]`],
  ["a pattern", [`profiles: ["prod-*"]`], `profiles: ["prod-*-eu", prod-x]`],
  ["patterns that overlap", [`users: ["a*"]`, `users: ["*z"]`], `users: ["a*z", "ab*", z]`],
  ["the three modes", [`mode: [server]`, `mode: [cli]`, `mode: credential_process`], ``],
  [
    "days in parts",
    [`time: { days: [monday, tuesday, wednesday] }`, `time: { days: [thursday, friday] }`],
    `time: { days: [tuesday, friday] }`,
  ],
  [
    "a day in parts",
    [
      `time: { hours: { start: "18:00", end: "09:00" } }`,
      `time: { hours: { start: "09:00", end: "18:00" } }`,
    ],
    ``,
  ],
  [
    "the morning after",
    [`time: { days: [friday], hours: { start: "22:00", end: "06:00" } }`],
    `time: { days: [saturday], hours: { start: "01:00", end: "05:59" } }`,
  ],
  [
    "a zone at every offset it has",
    [`time: { hours: { start: "07:00", end: "17:00" } }`],
    `time: { hours: { start: "09:00", end: "18:00" }, timezone: Europe/Berlin }`,
  ],
  [
    "two dimensions in parts",
    [`profiles: [a], mode: [server]`, `profiles: [a, b], mode: [cli]`, `profiles: [b]`],
    `profiles: [a, b], mode: [server, cli]`,
  ],
  ["any ARN", [`users: ["arn:aws:iam::*"]`], `users: ["arn:aws:iam::123456789012:user/*"]`],
  ["names by a lone star", [`users: ["*"]`], `users: ["*/admin", "arn:aws:*", alice]`],
  ["a role", [`roles: ["arn:*"]`], `roles: ["arn:aws:iam::123456789012:role/A"]`],
];

Deno.test("linter: a rule that earlier ones cover together never decides", () => {
  for (const [what, earlier, last] of COVERED) {
    const rules = earlier.map((conditions, index) => rule(`r${index}`, "deny", conditions));
    const names = earlier.map((_, index) => `r${index}`).join(", ");
    const found = lint(rules.join("") + rule("last", "allow", last));
    assertEquals(found, [`error unreachable-rule last < ${names}`], what);
  }
});

/** The last rule decides something, though not much. */
const NOT_COVERED: readonly (readonly [what: string, earlier: readonly string[], last: string])[] =
  [
    ["a name with a slash", [`users: ["*a*"]`], `users: ["*a*", "role/a"]`],
    ["the text between", [`profiles: ["a*b"]`], `profiles: ["a*", "b"]`],
    ["the overlap of beginning and end", [`profiles: ["ab*ba"]`], `profiles: [aba, ab-ba]`],
    ["no role at all", [`roles: ["arn:*"]`], ``],
    ["no ARN at all", [`users: ["arn:*"]`], ``],
    ["one minute", [`time: { hours: { start: "00:01", end: "00:00" } }`], ``],
    [
      "one hour in summer",
      [`time: { hours: { start: "08:00", end: "17:00" } }`],
      `time: { hours: { start: "09:00", end: "18:00" }, timezone: Europe/Berlin }`,
    ],
    [
      "the night before",
      [`time: { days: [saturday], hours: { start: "00:00", end: "06:00" } }`],
      `time: { days: [friday, saturday], hours: { start: "22:00", end: "06:00" } }`,
    ],
  ];

Deno.test("linter: a rule that decides anything at all is not reported", () => {
  for (const [what, earlier, last] of NOT_COVERED) {
    const rules = earlier.map((conditions, index) => rule(`r${index}`, "deny", conditions));
    assertEquals(lint(rules.join("") + rule("last", "allow", last)), [], what);
  }
});

Deno.test("linter: a dead rule with the same outcome is a warning, and so is a duplicate", () => {
  const a = rule("a", "allow", `users: [alice, bob]`);
  assertEquals(lint(a + rule("b", "allow", `users: [bob, alice]`)), [
    "warning duplicate-rule b < a",
  ]);
  assertEquals(lint(a + rule("b", "deny", `accounts: ["123456789012"], users: [alice, bob]`)), [
    "error duplicate-rule b < a",
  ]);
  assertEquals(lint(a + rule("b", "allow", `users: [bob]`)), ["warning unreachable-rule b < a"]);
  assertEquals(lint(a + rule("b", "allow", `users: [bob]`, ", max_server_duration: 15m")), [
    "error unreachable-rule b < a",
    "warning unused-server-duration b max_server_duration",
  ]);
});

Deno.test("linter: a rule that covers another is not said to decide what an earlier one decides", () => {
  const rules = rule("no-one", "deny", `profiles: [a-1]`) +
    rule("wide", "allow", `profiles: ["a-*", b]`) + rule("dead", "allow", `profiles: ["a-*"]`);
  const { findings } = lintPolicy(parsePolicy(`rules:\n${rules}`));
  assertEquals(
    findings.at(-1)?.message,
    'it never decides: rule "wide" covers all that it matches, to the same end',
  );
});

Deno.test("linter: a deny after a grant, unless it is for the rest", () => {
  const grant = rule("grant", "allow", `profiles: [dev, prod], users: [alice]`);
  assertEquals(lint(grant + rule("deny", "deny", `profiles: [prod]`)), [
    "warning deny-after-allow deny < grant",
  ]);
  assertEquals(
    lint(
      rule("exception", "require_approval", `profiles: [prod], users: [alice]`) +
        rule("deny", "deny", `profiles: [prod]`),
    ),
    ["warning dead-end exception", "note deny-after-allow deny < exception"],
  );
  assertEquals(lint(grant + "- { name: rest, effect: deny }\n"), []);
  assertEquals(
    lint(
      rule("first", "deny", `profiles: [prod]`) + grant +
        rule("deny", "deny", `profiles: [prod, other]`),
    ),
    [],
    "what the grant would take is denied before it",
  );
  assertEquals(
    lint(
      rule("server", "require_server", `profiles: [prod]`) +
        rule("deny", "deny", `profiles: [prod, other], mode: [cli]`),
    ),
    [],
    "what is not asked for at the server is refused as well",
  );
});

Deno.test("linter: the message names a request for which a deny comes too late", () => {
  const { findings } = lintPolicy(parsePolicy(
    "rules:\n" + rule("grant", "allow", `users: [alice], mode: cli`) +
      rule("deny", "deny", `profiles: ["prod-*"]`),
  ));
  assertStringIncludes(findings[0]!.message, 'rule "grant" decides first');
  assertStringIncludes(findings[0]!.message, 'profile "prod-x" for user "alice"');
  assertStringIncludes(findings[0]!.message, "by cli at 2026-01-05T12:00:00.000Z");
});

Deno.test("linter: grants that are bound to no account", () => {
  const grant = (effect: string, conditions: string) =>
    `- { name: a, effect: ${effect}, conditions: { ${conditions} } }\n`;
  const unbound = (key: string) => [`warning unbound-grant a ${key}`];
  for (const effect of ["allow", "require_approval", "require_server", "require_server_session"]) {
    const found = lint(grant(effect, `profiles: [dev]`));
    const deadEnd = effect === "require_approval" ? ["warning dead-end a"] : [];
    assertEquals(found, [...unbound("profiles"), ...deadEnd]);
  }
  assertEquals(lint(grant("allow", `roles: ["arn:aws:iam::*:role/Dev"]`)), unbound("roles"));
  assertEquals(lint(grant("allow", `roles: ["arn:*"], profiles: [a]`)), unbound("roles"));
  assertEquals(lint(grant("allow", `roles: ["arn:aws:iam::123456789012:role/*"]`)), []);
  assertEquals(lint(grant("allow", `roles: ["arn:aws:iam::123456789012*"]`)), []);
  assertEquals(lint(grant("allow", `roles: ["arn:*"], accounts: ["123456789012"]`)), []);
  assertEquals(lint(grant("deny", `profiles: [dev]`)), []);
});

Deno.test("linter: users that are anybody", () => {
  const anybody = ["warning any-user a users"];
  assertEquals(lint(rule("a", "allow", `users: [alice, "*"]`)), anybody);
  assertEquals(lint(rule("a", "allow", `users: ["arn:*"]`)), anybody);
  assertEquals(lint(rule("a", "allow", `users: ["arn:aws:iam::*:user/alice"]`)), anybody);
  assertEquals(
    lint(rule("a", "allow", `users: ["*@example.com", "arn:aws:iam::123456789012:*"]`)),
    [],
  );
  assertEquals(lint(rule("a", "deny", `users: ["*"]`)), []);
});

Deno.test("linter: a * before the account binds nothing: what follows may stand in a path", () => {
  // Everybody chooses the paths in an account of their own, colons included.
  const arn = "arn:aws:iam::999999999999:user/:iam::123456789012:user/alice";
  const asked = { profile: "p", user: "alice", mode: "cli", time: new Date(0), arn } as const;
  for (const item of ["arn:*:iam::123456789012:user/*", "arn:aws*:iam::123456789012:user/*"]) {
    const grant = (conditions: string) =>
      `- { name: a, effect: allow, conditions: { ${conditions} } }\n`;
    const open = `accounts: ["123456789012"], users: ["${item}"]`;
    const policy = parsePolicy(`rules:\n${grant(open)}`);
    assertEquals(evaluate(policy, { ...asked, account: "123456789012" }).effect, "allow");
    assertEquals(lint(grant(open)), ["warning any-user a users"]);
    const role = item.replace("user", "role");
    assertEquals(lint(grant(`roles: ["${role}"]`)), ["warning unbound-grant a roles"]);
    assertEquals(lint(grant(`roles: ["${role}"], accounts: ["210987654321"]`)), []);
  }
});

Deno.test("linter: conditions and requirements that exclude themselves", () => {
  assertEquals(
    lint(rule("a", "allow", `roles: ["arn:aws:iam::210987654321:role/*"]`)),
    ["error contradictory-conditions a roles"],
  );
  assertEquals(
    lint(rule("a", "allow", `roles: ["arn:aws:iam::210987654321:role/*", "arn:aws:iam::1*"]`)),
    [],
  );
  assertEquals(lint(rule("a", "require_server", `mode: [cli, credential_process]`)), [
    "error unmet-requirement a mode",
  ]);
  assertEquals(lint(rule("a", "require_server", `mode: [cli, server]`)), []);
});

Deno.test("linter: settings that never count", () => {
  const table = ", session_table: sessions, max_server_duration: 1h";
  const unused = (name: string) => [
    `warning unused-session-table ${name} session_table`,
    `warning unused-server-duration ${name} max_server_duration`,
  ];
  assertEquals(lint(rule("a", "deny", `users: [a]`, table)), unused("a"));
  assertEquals(lint(rule("a", "allow", `mode: cli`, table)), unused("a"));
  assertEquals(lint(rule("a", "allow", `mode: [cli, server]`, table)), []);
  assertEquals(
    lint(rule("first", "allow", `mode: server`) + rule("a", "allow", `users: [a]`, table)),
    unused("a"),
    "earlier rules take all of server mode",
  );
  assertEquals(
    lint(rule("first", "deny", ``) + rule("a", "allow", `users: [a]`, table)),
    ["error unreachable-rule a < first", ...unused("a")],
  );
});

/** A rule that requires an approval for this target. */
function approved(name: string, conditions = ""): string {
  return rule(name, "require_approval", conditions);
}

const BOUND = 'accounts: ["123456789012"]';

function approval(name: string, target: string, rest = "approvers: [lead]"): string {
  return `- { name: ${name}, ${target === "" ? "" : `${target}, `}${rest} }\n`;
}

function breakGlass(name: string, target: string, rest = ""): string {
  return `- { name: ${name}, ${target}, users: [oncall]${rest} }\n`;
}

Deno.test("linter: nothing is found where each entry has something to lift", () => {
  assertEquals(
    lint(
      approved("prod", `profiles: [prod]`) + approved("vault", `profiles: [vault]`) +
        rule("dev", "allow", `profiles: [dev]`),
      "approvals:\n" + approval("vault", `${BOUND}, profiles: [vault]`) +
        approval("rest", BOUND) +
        "break_glass:\n" + breakGlass("prod", `${BOUND}, profiles: [prod]`) +
        breakGlass("new", `${BOUND}, profiles: ["new-*"]`, ", lifts: [no_match]"),
    ),
    [],
  );
});

Deno.test("linter: an entry that earlier ones cover is never in charge", () => {
  const rules = approved("prod", `profiles: ["prod*"]`);
  const entries = (...list: readonly string[]) => "approvals:\n" + list.join("");
  const first = approval("a", `${BOUND}, profiles: [prod]`);
  const second = approval("b", `${BOUND}, profiles: ["prod-*"]`);
  const last = (rest?: string) => approval("c", `${BOUND}, profiles: [prod, prod-eu]`, rest);
  assertEquals(lint(rules, entries(first, second, last())), [
    "warning unreachable-entry c < a, b",
  ]);
  assertEquals(lint(rules, entries(first, second, last("approvers: [chief]"))), [
    "error unreachable-entry c < a, b",
  ]);
  assertEquals(lint(rules, entries(first, last("approvers: [chief]"))), []);
  assertEquals(
    lint(
      rules,
      "break_glass:\n" +
        breakGlass("a", `${BOUND}, profiles: ["p*"]`, ", lifts: [no_match]").replace(
          "oncall",
          "o*",
        ) +
        breakGlass("b", `${BOUND}, profiles: [prod]`),
    ),
    ["warning dead-end prod", "error unreachable-entry b < a"],
    "whoever is covered by two entries has what the first says",
  );
});

Deno.test("linter: an entry for which the rules leave nothing to lift", () => {
  const rules = rule("free", "allow", `profiles: [free]`) +
    rule("no", "deny", `profiles: ["no*"]`) +
    approved("prod", `profiles: [prod], users: [alice]`) + "- { name: rest, effect: deny }\n";
  const prod = approval("prod", `${BOUND}, profiles: [prod]`);
  for (const target of [`profiles: [free]`, `profiles: [none]`, `accounts: ["210987654321"]`]) {
    const conditions = target.startsWith("accounts") ? target : `${BOUND}, ${target}`;
    assertEquals(lint(rules, "approvals:\n" + approval("a", conditions) + prod), [
      "warning unneeded-entry a",
    ], target);
  }
  const oncall = (rest: string, target = BOUND) =>
    lint(rules, "approvals:\n" + prod + "break_glass:\n" + breakGlass("oncall", target, rest));
  assertEquals(oncall(""), ["warning unneeded-entry oncall"], "the rule is for alice alone");
  assertEquals(oncall(", lifts: [no_match]"), ["warning unneeded-entry oncall"], "a rule for all");
  assertEquals(
    lint(
      rules.replace("- { name: rest, effect: deny }\n", ""),
      "approvals:\n" + prod + "break_glass:\n" + breakGlass("oncall", BOUND, ", lifts: [no_match]"),
    ),
    [],
  );
});

Deno.test("linter: what an earlier entry is in charge of is not there for a later one", () => {
  const rules = rule("free", "allow", `profiles: [free]`) + approved("prod", `profiles: [prod]`);
  const first = (lifts: string) =>
    breakGlass("first", `${BOUND}, profiles: [new, prod]`, `, lifts: [${lifts}]`);
  const second = breakGlass(
    "second",
    `${BOUND}, profiles: [new, prod, free]`,
    ", lifts: [no_match]",
  );
  assertEquals(lint(rules, "break_glass:\n" + first("require_approval") + second), [
    "warning unneeded-entry second",
  ]);
  assertEquals(
    lint(
      rules,
      "break_glass:\n" + first("no_match") + second.replace("no_match", "require_approval"),
    ),
    ["warning dead-end prod", "warning unneeded-entry second"],
  );
});

Deno.test("linter: rules that nobody can lift", () => {
  const rules = approved("prod", `profiles: [prod]`) + approved("vault", `profiles: [vault]`);
  const dead = (sections: string) =>
    lint(rules, sections).filter((finding) => finding.includes("dead-end"));
  assertEquals(dead(""), ["warning dead-end prod", "warning dead-end vault"]);
  assertEquals(dead("approvals:\n" + approval("a", `profiles: [vault]`)), [
    "warning dead-end prod",
  ]);
  assertEquals(dead("break_glass:\n" + breakGlass("a", `profiles: ["*"]`)), []);
  assertEquals(dead("break_glass:\n" + breakGlass("a", BOUND, ", lifts: [no_match]")).length, 2);
  assertEquals(dead("approvals:\n" + approval("a", `accounts: ["210987654321"]`)).length, 2);
  assertEquals(
    lint(rule("all", "deny", `profiles: ["*"]`) + approved("a", `profiles: [prod]`)),
    ["error unreachable-rule a < all"],
    "what never decides refuses nobody",
  );
});

Deno.test("linter: entries that let in whom nobody chose, or anywhere", () => {
  const rules = approved("prod");
  const found = (sections: string) => lint(rules, sections);
  const approvals = (rest: string, target = BOUND) =>
    found("approvals:\n" + approval("a", target, rest));
  assertEquals(approvals(`approvers: [lead, "*"]`), ["warning any-approver a approvers"]);
  assertEquals(approvals(`approvers: ["arn:aws:iam::*:user/lead"]`), [
    "warning any-approver a approvers",
  ]);
  assertEquals(approvals(`approvers: [lead], auto_approve: { users: ["*"] }`), [
    "warning any-user a auto_approve",
  ]);
  assertEquals(approvals(`approvers: ["*@example.com"]`), []);
  assertEquals(approvals(`approvers: [lead]`, ""), ["note unbound-grant a profiles"]);
  const glass = (target: string, rest = "", users = "oncall") =>
    found("break_glass:\n" + breakGlass("a", target, rest).replace("oncall", users));
  assertEquals(glass(BOUND, "", '"*"'), ["warning any-user a users"]);
  assertEquals(glass(`profiles: [prod]`), ["note unbound-grant a profiles"]);
  assertEquals(glass(`profiles: [x]`, ", lifts: [no_match]"), [
    "warning dead-end prod",
    "warning unbound-grant a profiles",
  ]);
  assertEquals(
    approvals(`approvers: [lead]`, `${BOUND}, roles: ["arn:aws:iam::210987654321:role/*"]`),
    ["error contradictory-conditions a roles"],
  );
});

Deno.test("linter: every kind of finding was found above", () => {
  assertEquals([...seen].sort(), Object.keys(LINT_CODES).sort());
});

Deno.test("linter: a rule that cannot be decided within bounds is named, not guessed", () => {
  const names = Array.from({ length: 4100 }, (_, index) => `p${index}`);
  const each = names.map((name) => rule(name, "deny", `profiles: [${name}]`)).join("");
  const { findings, undecided } = lintPolicy(parsePolicy(
    `rules:\n${each}${rule("all", "allow", `profiles: [${names.join(", ")}]`)}`,
  ));
  assertEquals(findings, []);
  assertEquals(undecided, [{ section: "rules", index: 4100, name: "all" }]);
});

Deno.test("linter: many rules of many shapes, in bounded time", () => {
  const shapes: readonly ((index: number) => string)[] = [
    (index) => `profiles: [p${index % 999}], users: [u${index}]`,
    (index) => `accounts: ["${100_000_000_000 + index}"], users: ["*@example.com"]`,
    (index) => `profiles: ["p${index}-*", x${index}], mode: [cli]`,
    (index) => `profiles: [p${index >> 2}], mode: [${["server", "cli"][index % 2]}]`,
  ];
  for (const [at, shape] of shapes.entries()) {
    const rules = Array.from(
      { length: 10_000 },
      (_, index) =>
        `- {name: r${index}, effect: ${index % 3 === 0 ? "deny" : "allow"}, conditions: {${
          shape(index)
        }}}\n`,
    );
    const policy = parsePolicy(`rules:\n${rules.join("")}`);
    const progress: number[] = [];
    const started = performance.now();
    const { undecided } = lintPolicy(policy, { onProgress: (done) => void progress.push(done) });
    assert(performance.now() - started < 8000, `shape ${at}`);
    assertEquals(undecided, []);
    assertEquals(progress.length, 10);
  }
});

Deno.test("linter: policies made to keep it busy end in bounded time, with what is open named", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const hour = (index: number) => String(index % 24).padStart(2, "0");
  const shapes: readonly ((index: number) => string)[] = [
    (index) =>
      `profiles: [p], time: { timezone: ${zones[index % zones.length]}, hours: { ` +
      `start: "${hour(index)}:00", end: "${hour(index * 7 + 1)}:30" } }`,
    (index) =>
      `profiles: ["${"*a".repeat(200)}${index}", "${"a*".repeat(200)}b"], ` +
      `users: ["${"*a*b".repeat(100)}"]`,
  ];
  for (const [at, shape] of shapes.entries()) {
    const rules = Array.from(
      { length: 1000 },
      (_, index) => rule(`r${index}`, index % 2 === 0 ? "allow" : "deny", shape(index)),
    );
    const policy = parsePolicy(`rules:\n${rules.join("")}`);
    const started = performance.now();
    const { undecided } = lintPolicy(policy);
    assert(performance.now() - started < 15_000, `shape ${at}`);
    assert(at === 0 || undecided.length > 0, "it was meant to be too hard");
  }
});
