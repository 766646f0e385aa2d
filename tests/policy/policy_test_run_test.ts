/**
 * Policy tests stand for what they say: what a test leaves open may be anything.
 *
 * @module
 */
import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { parsePolicyTests } from "../../src/policy/policy_test_document.ts";
import { PolicyTestRun } from "../../src/policy/policy_test_run.ts";
import { CREDENTIAL_MODES, type PolicyProblem } from "../../src/policy/policy.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { policies, requests } from "./policy_arbitrary.ts";

const SPAN = { from: 1.2e12, until: 1.6e12 };

/** Tests as a document; JSON is YAML. */
function testsOf(...tests: readonly Record<string, unknown>[]) {
  return parsePolicyTests(JSON.stringify({ tests }));
}

Deno.test("a test without mode and time passes only if it holds at every door and time", () => {
  let [passed, failed] = [0, 0];
  fc.assert(
    fc.property(
      policies(4),
      requests.filter(({ user, profile }) => user !== "" && profile !== ""),
      fc.array(fc.integer({ min: SPAN.from, max: SPAN.until - 1 }), { minLength: 30 }),
      (policy, { user, profile }, moments) => {
        const [test] = testsOf({ name: "t", user, profile, effect: "deny" });
        const [failure] = new PolicyTestRun(policy, SPAN).results(test!);
        const answers = moments.flatMap((moment) =>
          CREDENTIAL_MODES.map((mode) =>
            evaluate(policy, { user, profile, mode, time: new Date(moment) })
          )
        );
        if (failure === null) {
          passed++;
          assert(answers.every(({ effect }) => effect === "deny"));
        } else {
          failed++;
          assert(failure !== undefined && evaluate(policy, failure.request).effect !== "deny");
        }
      },
    ),
    { numRuns: 400 },
  );
  assert(passed > 50 && failed > 20, `${passed} passed, ${failed} failed`);
});

Deno.test("lists multiply, and each combination counts", () => {
  const [test] = testsOf({
    name: "t",
    users: ["alice", "bob"],
    profiles: ["a", "b", "c"],
    accounts: ["123456789012", "210987654321"],
    effect: "deny",
  });
  const results = [...new PolicyTestRun({ version: "1", rules: [] }, SPAN).results(test!)];
  assertEquals(results.length, 12);
  assert(results.every((result) => result === null));
});

Deno.test("a role names the account, unless the test does", () => {
  const role = "arn:aws:iam::123456789012:role/Prod";
  const accounts = [{}, { account: "210987654321" }].map((more) =>
    testsOf({ name: "t", user: "a", profile: "p", effect: "deny", role, ...more })[0]!
      .subjects[0]!.account
  );
  assertEquals(accounts, ["123456789012", "210987654321"]);
});

function problems(text: string): string[] {
  const error = assertThrows(() => parsePolicyTests(text), SentinelError);
  assertEquals(error.code, "CONFIG_INVALID");
  return (error.details["problems"] as PolicyProblem[]).map(({ path, message }) =>
    `${path}: ${message}`
  );
}

Deno.test("a document that would test nothing is a mistake", () => {
  assertEquals(problems(""), [": the document is empty"]);
  assertEquals(problems("tests: []"), ["tests: is empty: nothing would be tested"]);
  assertEquals(problems("version: 1"), ["tests: is missing"]);
  assertEquals(problems("tests: [{ name: a, user: b, profiles: [], effect: deny }]"), [
    "tests[0].profiles: is empty: such a test could not fail",
  ]);
  assertEquals(problems("tests: [one]"), ["tests[0]: must be a map, not text"]);
});

Deno.test("lists that multiply beyond reason are refused before they are multiplied", () => {
  const many = Array.from({ length: 500 }, (_, index) => `n${index}`);
  const text = JSON.stringify({
    tests: [{ name: "t", users: many, profiles: many, roles: many, effect: "deny" }],
  });
  assertEquals(problems(text), [
    "tests[0]: has 125000000 combinations; at most 10000 are tried",
  ]);
});
