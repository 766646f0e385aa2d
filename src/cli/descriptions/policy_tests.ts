/**
 * What `sentinel policy test` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { DOCUMENT_OUTPUT, POLICY_FILE } from "./policy_flags.ts";

/** Flags of `sentinel policy test`. */
export const POLICY_TEST_FLAGS = [
  {
    kind: "string",
    name: "at",
    valueName: "TIME",
    defaultText: "now",
    summary: "From when on tests without a time must hold; RFC 3339 with a zone",
  },
  DOCUMENT_OUTPUT,
] as const satisfies readonly Flag[];

/** `sentinel policy test`. */
export const description: CommandDescription<typeof POLICY_TEST_FLAGS> = {
  name: "policy test",
  summary: "Compare the verdicts of a policy with those that are expected",
  description: [
    "Reads tests, each a request with the verdict that is expected, and tells which the policy " +
    "does not pass, what it says instead, and why. Lists in a test multiply. A test that names no " +
    "mode must hold at every door, one that names no time at any time.",
    "Exits with 0 when all pass, with 1 when one fails, with 78 when a document has mistakes.",
  ],
  flags: POLICY_TEST_FLAGS,
  operands: [
    POLICY_FILE,
    { name: "TESTS", summary: "Document of tests; - reads standard input", required: true },
  ],
  examples: [
    { text: "Test a policy", command: "sentinel policy test policy.yaml policy_tests.yaml" },
  ],
  load: () => import("../commands/policy_tests.ts"),
};
