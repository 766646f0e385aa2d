/**
 * What `sentinel policy explain` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { DOCUMENT_OUTPUT, POLICY_FILE, REQUEST_FLAGS } from "./policy_flags.ts";

/** Flags of `sentinel policy explain`. */
export const POLICY_EXPLAIN_FLAGS = [
  ...REQUEST_FLAGS,
  DOCUMENT_OUTPUT,
] as const satisfies readonly Flag[];

/** `sentinel policy explain`. */
export const description: CommandDescription<typeof POLICY_EXPLAIN_FLAGS> = {
  name: "policy explain",
  summary: "Tell what a policy says of a request, and why",
  description: [
    "Gives the verdict that the gate would give, in the words that a person would see, and for " +
    "each rule before the one that decided the first condition that did not hold. Of a " +
    "refusal it tells who could lift it: the approvers, and whether the user may break the glass. " +
    "Nothing is asked of AWS: the request is what the flags say.",
    "Exits with 0 whatever the verdict is; policy test compares verdicts.",
  ],
  flags: POLICY_EXPLAIN_FLAGS,
  operands: [POLICY_FILE],
  examples: [
    {
      text: "May alice use prod now?",
      command: "sentinel policy explain policy.yaml --user alice --profile prod",
    },
    {
      text: "And on a Friday evening in London?",
      command: "sentinel policy explain p.yaml --user al --profile prod --at 2026-01-30T17:45Z",
    },
  ],
  load: () => import("../commands/policy_explain.ts"),
};
