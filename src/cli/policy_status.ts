/**
 * The policy in force, looked at from outside: where it is, whether it is valid, and how much stands
 * in each of its sections. It decides nothing.
 *
 * @module
 */
import type { Administration } from "../administration.ts";
import { isParameterSource, parseParameterSource } from "../aws/parameter_name.ts";
import type { Parameter } from "../aws/parameter_store.ts";
import { asSentinelError } from "../errors.ts";
import { readPolicyText } from "../io/policy_text.ts";
import type { Policy } from "../policy/policy.ts";
import { digestOf, parameterError } from "./policy_parameter.ts";

/** What is known of a policy. */
export interface PolicyStatus {
  /** Path of the file, or `ssm:/NAME`. */
  readonly path: string;
  /** Version of the parameter; `null` for a file, or when it cannot be read. */
  readonly version: number | null;
  /** `null` when it is not valid. */
  readonly policy: Policy | null;
  /** `sha256:` and hex digits; `null` when it cannot be read. */
  readonly digest: string | null;
  /** Why it grants nothing, in one line; `null` when it is valid. Printable. */
  readonly problem: string | null;
}

/** Looks at the policy at `path`, or in the parameter that it names. Never rejects. */
export async function inspectPolicy(
  path: string,
  administration: Pick<Administration, "openParameterStore">,
): Promise<PolicyStatus> {
  let seen: Pick<PolicyStatus, "version" | "digest"> = { version: null, digest: null };
  try {
    const { text, version } = isParameterSource(path)
      ? await readParameter(path, administration)
      : { ...readPolicyText(path), version: null };
    seen = { version, digest: await digestOf(text) };
    const { parsePolicy } = await import("../policy/parse.ts");
    return { path, policy: parsePolicy(text), ...seen, problem: null };
  } catch (thrown) {
    const { message } = asSentinelError(thrown);
    return { path, policy: null, ...seen, problem: message.split("\n")[0]! };
  }
}

async function readParameter(
  source: string,
  administration: Pick<Administration, "openParameterStore">,
): Promise<Parameter> {
  const { name } = parseParameterSource(source);
  using store = await administration.openParameterStore();
  const reading = await store.read(name);
  if (reading.kind !== "read") throw parameterError("read", name, reading);
  return reading.parameter;
}
