/**
 * What `sentinel policy diff` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { DOCUMENT_OUTPUT } from "./policy_flags.ts";

/** Flags of `sentinel policy diff`. */
export const POLICY_DIFF_FLAGS = [
  {
    kind: "string",
    name: "log",
    valueName: "PATH",
    summary: "Decision log whose requests are judged as well; more may follow as arguments",
  },
  {
    kind: "string",
    name: "at",
    valueName: "TIME",
    defaultText: "now",
    summary: "From when on: the answer holds for ten years; RFC 3339 with a zone",
  },
  DOCUMENT_OUTPUT,
] as const satisfies readonly Flag[];

/** `sentinel policy diff`. */
export const description: CommandDescription<typeof POLICY_DIFF_FLAGS> = {
  name: "policy diff",
  summary: "Tell which verdicts change from one policy to another",
  description: [
    "Compares what two documents say of all requests that they tell apart: users, profiles, " +
    "roles, accounts, doors and times, and their overlaps. What opens comes first, each with a " +
    "request that shows it. It says whether all kinds of requests were compared; only then is " +
    "what is not listed unchanged.",
    "It also compares who may approve and who may break the glass, for what, for how long and under " +
    "which limits: for every target, whether or not a rule requires an approval there now.",
    "With a decision log, the requests in it are judged by both documents, too. Exits with 0 when " +
    "it is certain that nothing of this changes, else with 1.",
  ],
  flags: POLICY_DIFF_FLAGS,
  operands: [
    { name: "OLD", summary: "Policy document as it was; - is standard input", required: true },
    { name: "NEW", summary: "Policy document as it is to be", required: true },
    { name: "LOG", summary: "Decision log to judge, beside --log", many: true },
  ],
  examples: [
    {
      text: "What does an edit open and close?",
      command: "sentinel policy diff policy.yaml new.yaml",
    },
    {
      text: "Would it have changed what was asked for last week?",
      command: "sentinel policy diff policy.yaml new.yaml --log decisions.jsonl",
    },
  ],
  load: () => import("../commands/policy_diff.ts"),
};
