/**
 * Text to policy tests: named requests and the verdicts that are expected of them. A document with
 * any mistake gives no tests at all, and every mistake is told at once, with its place.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { accountOf } from "../text/arn.ts";
import { parseDuration } from "../text/duration.ts";
import { parseMoment } from "../text/moment_text.ts";
import { quote } from "../text/printable.ts";
import type { CredentialMode, Verdict } from "./policy.ts";
import { formatPath, locateProblems, MAX_PROBLEMS, type TextProblem } from "./problems.ts";
import { describeIssues, keysUnder } from "./schema_problems.ts";
import { NO_RULE, TEST, TEST_KEYS, type TestDocument, TESTS_FRAME } from "./test_schema.ts";
import { readYaml } from "./yaml_reader.ts";
import { isLargerThan, type YamlNode } from "./yaml_tree.ts";

const testKeysAt = keysUnder(TEST_KEYS);

/** Most values in one test: the schema library overflows its stack on some 100,000 issues. */
const MAX_VALUES = 20_000;
/** Most combinations of the lists of one test. */
const MAX_COMBINATIONS = 10_000;

/** What is asked, but for door and time. */
export interface TestSubject {
  readonly user: string;
  readonly profile: string;
  readonly role: string | null;
  readonly account: string | null;
}

/** What the verdict is expected to be; `null` where anything will do. */
export interface Expectation {
  readonly effect: Verdict["effect"];
  /** Name of the rule, `undefined` for "no rule matches". */
  readonly rule: string | null | undefined;
  readonly requiresServerMode: boolean | null;
  readonly requiresSessionTracking: boolean | null;
  readonly maxServerDurationSeconds: number | null;
}

/** One test. */
export interface PolicyTest {
  readonly name: string;
  /** All combinations of its lists. */
  readonly subjects: readonly TestSubject[];
  /** The doors; all when the test names none. */
  readonly modes: readonly CredentialMode[] | null;
  /** The moments, in milliseconds since the epoch; any when the test names none. */
  readonly moments: readonly number[] | null;
  readonly arn: string | null;
  readonly sessionTable: string | null;
  readonly expected: Expectation;
}

/**
 * Reads a document of tests. Throws `CONFIG_INVALID` when it has any mistake; `details.problems`
 * are as those of `parsePolicy`.
 */
export function parsePolicyTests(text: string): readonly PolicyTest[] {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const { root, problems } = readYaml(source);
  if (root === null || problems.length >= MAX_PROBLEMS) throw invalid(source, problems);
  const issues = TESTS_FRAME.safeParse(root.value).error?.issues ?? [];
  const checked = checkTests(root);
  // What stands where YAML went wrong has been told already.
  const told = new Set(problems.map(({ offset }) => offset));
  const found = [
    ...describeIssues(root, { path: [], issues, keysAt: testKeysAt }),
    ...checked.problems,
  ]
    .filter(({ offset }) => !told.has(offset));
  if (problems.length + found.length > 0) throw invalid(source, [...problems, ...found]);
  return checked.tests;
}

function invalid(source: string, problems: readonly TextProblem[]): SentinelError {
  const located = locateProblems(source, problems).slice(0, MAX_PROBLEMS);
  const count = located.length === 1 ? "1 problem" : `${located.length} problems`;
  return new SentinelError("CONFIG_INVALID", `Cannot parse the tests: ${count}`, {
    details: { problems: located },
  });
}

function checkTests(root: YamlNode): { tests: PolicyTest[]; problems: TextProblem[] } {
  const list = root.kind === "map" ? root.entries.get("tests")?.node : undefined;
  const items = list?.kind === "list" ? list.items : [];
  const tests: PolicyTest[] = [];
  const problems: TextProblem[] = [];
  const indexByName = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    if (problems.length >= MAX_PROBLEMS) break;
    const checked = checkTest(item, index);
    if (Array.isArray(checked)) {
      problems.push(...checked);
      continue;
    }
    const test = checked as PolicyTest;
    const first = indexByName.get(test.name);
    if (first === undefined) indexByName.set(test.name, index);
    else {
      const message = `the name ${quote(test.name)} is already that of ${
        formatPath(["tests", first])
      }`;
      problems.push({ path: formatPath(["tests", index]), offset: item.offset, message });
    }
    tests.push(test);
  }
  return { tests, problems };
}

function checkTest(item: YamlNode, index: number): PolicyTest | TextProblem[] {
  const path = ["tests", index];
  const problem = (message: string): TextProblem[] => [
    { path: formatPath(path), offset: item.offset, message },
  ];
  if (isLargerThan(item, MAX_VALUES)) {
    return problem(`has more than ${MAX_VALUES} values: divide it into several`);
  }
  const { success, data, error } = TEST.safeParse(item.value);
  if (!success) return describeIssues(item, { path, issues: error.issues, keysAt: testKeysAt });
  const { users, profiles, roles, accounts } = data;
  const combinations = [users, profiles, roles, accounts]
    .reduce((product, list) => product * (list?.length ?? 1), 1);
  if (combinations > MAX_COMBINATIONS) {
    return problem(`has ${combinations} combinations; at most ${MAX_COMBINATIONS} are tried`);
  }
  return normaliseTest(data);
}

function normaliseTest(test: TestDocument): PolicyTest {
  const { mode, at, rule, requires } = test;
  const required = typeof requires === "string" ? [requires] : requires;
  const moments = typeof at === "string" ? [at] : at;
  return {
    name: test.name,
    subjects: [...subjectsOf(test)],
    modes: typeof mode === "string" ? [mode] : mode ?? null,
    moments: moments?.map((text) => parseMoment(text)!.epochMilliseconds) ?? null,
    arn: test.arn ?? null,
    sessionTable: test.session_table ?? null,
    expected: {
      effect: test.effect,
      rule: rule === NO_RULE ? undefined : rule ?? null,
      requiresServerMode: required?.includes("server") ?? null,
      requiresSessionTracking: required?.includes("session") ?? null,
      maxServerDurationSeconds: parseDuration(test.max_server_duration ?? ""),
    },
  };
}

function* subjectsOf(test: TestDocument): Generator<TestSubject> {
  for (const user of test.users ?? [test.user!]) {
    for (const profile of test.profiles ?? [test.profile!]) {
      for (const role of test.roles ?? [test.role ?? null]) {
        // As the gate has it: a role that would be assumed names the account of the credentials.
        const own = role === null ? null : accountOf(role) || null;
        for (const account of test.accounts ?? [test.account ?? own]) {
          yield { user, profile, role, account };
        }
      }
    }
  }
}
