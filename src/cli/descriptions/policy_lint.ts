/**
 * What `sentinel policy lint` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { OUTPUT } from "./administration_flags.ts";
import { POLICY_FILES } from "./policy_operands.ts";

/** Flags of `sentinel policy lint`. */
export const POLICY_LINT_FLAGS = [
  {
    kind: "choice",
    name: "fail-on",
    valueName: "LEVEL",
    choices: ["error", "warning", "never"],
    default: "warning",
    summary: "Exit with 1 on findings of this level or above",
  },
  OUTPUT,
] as const satisfies readonly Flag[];

/** `sentinel policy lint`. */
export const description: CommandDescription<typeof POLICY_LINT_FLAGS> = {
  name: "policy lint",
  summary: "Find what a valid policy does that its author may not think",
  description: [
    "Tells which rules never decide, and which earlier rules decide instead; grants that are " +
    "bound to no account or open to anybody; denials that come after a grant; settings that " +
    "never count. Needs no AWS credentials.",
    "A rule is reported as one that never decides only when that is certain for every request: " +
    "whatever the profile, user, role, account, mode and time, across time zones and changes of " +
    "clocks. Rules of which it would take too long to know are named.",
    "Errors do something else than they say; warnings grant more or do less than one may think; " +
    "notes are worth knowing and never fail. Exits with 0 when nothing was found, 1 on findings " +
    "as --fail-on says, and 78 when a document is invalid.",
  ],
  flags: POLICY_LINT_FLAGS,
  operands: [POLICY_FILES],
  examples: [
    { text: "Look at a policy", command: "sentinel policy lint policy.yaml" },
    {
      text: "In a pipeline: only what is certainly wrong fails",
      command: "sentinel policy lint --fail-on error --output json policy.yaml",
    },
  ],
  load: () => import("../commands/policy_lint.ts"),
};
