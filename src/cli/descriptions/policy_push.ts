/**
 * What `sentinel policy push` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel policy push`. */
export const POLICY_PUSH_FLAGS = [
  {
    kind: "integer",
    name: "expect-version",
    valueName: "NUMBER",
    min: 0,
    max: 1_000_000_000,
    summary: "Write only if this is the version in force; 0: only if there is none",
  },
  {
    kind: "boolean",
    name: "yes",
    short: "y",
    summary: "Do not ask",
  },
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel policy push`. */
export const description: CommandDescription<typeof POLICY_PUSH_FLAGS> = {
  name: "policy push",
  summary: "Put a policy into Parameter Store",
  description: [
    "Checks the policy and tells every mistake of it, shows what it would replace and what changes, " +
    "asks, and writes it as the next version. A parameter that is encrypted stays so, with the same " +
    "key; a new one is not encrypted. Running servers follow within their --policy-refresh.",
    "It refuses when the parameter is no longer what was shown. Parameter Store has no conditional " +
    "write: in the moment between the last look and the write somebody else's version can be " +
    "covered. Then the new version's number shows it, and the command fails and names what was " +
    "covered.",
  ],
  flags: POLICY_PUSH_FLAGS,
  operands: [
    { name: "FILE", summary: "The policy", required: true },
    { name: "TARGET", summary: "The parameter: ssm:/NAME", required: true },
  ],
  examples: [
    {
      text: "Change a policy",
      command: "sentinel policy push prod.yaml ssm:/sentinel/policies/prod",
    },
    {
      text: "In a pipeline, on top of the version that was reviewed",
      command: "sentinel policy push p.yaml ssm:/sentinel/prod --expect-version 7 --yes",
    },
  ],
  load: () => import("../commands/policy_push.ts"),
};
