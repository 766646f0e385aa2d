/**
 * `sentinel policy schema`: the JSON Schema of policy documents. It reads nothing.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import type { POLICY_SCHEMA_FLAGS } from "../descriptions/policy_schema.ts";
import type { Host } from "../host.ts";
import { formatJson } from "../output.ts";

/** Runs the command. */
export async function run(
  _invocation: Invocation<typeof POLICY_SCHEMA_FLAGS>,
  host: Host,
): Promise<number> {
  const { policyJsonSchema } = await import("../../policy/json_schema.ts");
  host.terminal.out(formatJson(policyJsonSchema()));
  return 0;
}
