/**
 * What `sentinel policy schema` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";

/** Flags of `sentinel policy schema`. */
export const POLICY_SCHEMA_FLAGS = [] as const satisfies readonly Flag[];

/** `sentinel policy schema`. */
export const description: CommandDescription<typeof POLICY_SCHEMA_FLAGS> = {
  name: "policy schema",
  summary: "Print the JSON Schema of policy documents, for editors",
  description: [
    "With it an editor completes keys and values, explains them and marks mistakes while you " +
    "type. It knows less than sentinel policy validate, which decides.",
  ],
  flags: POLICY_SCHEMA_FLAGS,
  examples: [
    { text: "Print it, to keep it beside the policy", command: "sentinel policy schema" },
  ],
  load: () => import("../commands/policy_schema.ts"),
};
