/**
 * What `sentinel policy validate` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { OUTPUT } from "./administration_flags.ts";
import { POLICY_FILES } from "./policy_operands.ts";

/** Flags of `sentinel policy validate`. */
export const POLICY_VALIDATE_FLAGS = [OUTPUT] as const satisfies readonly Flag[];

/** `sentinel policy validate`. */
export const description: CommandDescription<typeof POLICY_VALIDATE_FLAGS> = {
  name: "policy validate",
  summary: "Check policy documents, and tell every mistake with its place",
  description: [
    "Reads the documents as credentials are decided by them and tells all mistakes of all of them " +
    "at once: path, line, column, the line itself and what was probably meant. Needs no AWS " +
    "credentials.",
    "Exits with 0 when all documents are valid, else with 78: an invalid policy grants nothing.",
  ],
  flags: POLICY_VALIDATE_FLAGS,
  operands: [POLICY_FILES],
  examples: [
    { text: "Check a document", command: "sentinel policy validate policy.yaml" },
    {
      text: "Check what comes from another program, for a third",
      command: "sentinel policy validate --output json -",
    },
  ],
  load: () => import("../commands/policy_validate.ts"),
};
