/**
 * What `sentinel policy pull` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel policy pull`. */
export const POLICY_PULL_FLAGS = [
  {
    kind: "string",
    name: "to",
    valueName: "FILE",
    defaultText: "standard output",
    summary: "Write it to this file, which is replaced as a whole and readable for you alone",
  },
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel policy pull`. */
export const description: CommandDescription<typeof POLICY_PULL_FLAGS> = {
  name: "policy pull",
  summary: "Fetch a policy from Parameter Store",
  description: [
    "Prints the policy in force exactly as it is stored, or an older version of it: ssm:/NAME:7. " +
    "Which version that is and its digest, as decision logs have them, go to standard error, and " +
    "a warning when it is no valid policy.",
  ],
  flags: POLICY_PULL_FLAGS,
  operands: [{
    name: "SOURCE",
    summary: "The parameter: ssm:/NAME, or ssm:/NAME:VERSION",
    required: true,
  }],
  examples: [
    {
      text: "Fetch a policy to change it",
      command: "sentinel policy pull ssm:/sentinel/policies/prod --to prod.yaml",
    },
    {
      text: "What did version 7 say?",
      command: "sentinel policy pull ssm:/sentinel/policies/prod:7",
    },
  ],
  load: () => import("../commands/policy_pull.ts"),
};
