/**
 * Names of parameters in AWS Systems Manager Parameter Store, as they follow `ssm:`. What AWS would
 * not take as a name is refused here, before anything is asked.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";

/** What a policy in Parameter Store begins with, wherever a policy is named. */
const PARAMETER_PREFIX = "ssm:";

/** A parameter, and perhaps one version of it. */
export interface ParameterReference {
  /** `/sentinel/policies/prod` */
  readonly name: string;
  /** `null`: the version in force. */
  readonly version: number | null;
}

/** Whether `source` names a parameter and not a file. */
export function isParameterSource(source: string): boolean {
  return source.startsWith(PARAMETER_PREFIX);
}

/**
 * Reads `ssm:/NAME`, and with `withVersion` also `ssm:/NAME:3`. Throws `CONFIG_INVALID`, with the
 * `reason` alone in `details`.
 */
export function parseParameterSource(
  source: string,
  { withVersion = false }: { readonly withVersion?: boolean } = {},
): ParameterReference {
  const refuse = (reason: string, suggestion = "Write it like ssm:/sentinel/policies/prod.") =>
    new SentinelError("CONFIG_INVALID", `Cannot use the policy ${quote(source)}: ${reason}`, {
      suggestion,
      details: { reason },
    });
  if (!isParameterSource(source)) throw refuse("it is not a parameter: it must begin with ssm:");
  const [name = "", version, ...more] = source.slice(PARAMETER_PREFIX.length).split(":");
  if (more.length > 0) throw refuse("it is a name without colons that follows ssm:");
  if (version !== undefined && !withVersion) {
    throw refuse(
      "the version in force decides, never an old one",
      `Write ssm:${name}; to look at a version: sentinel policy pull SOURCE`,
    );
  }
  if (version !== undefined && !/^[1-9]\d{0,14}$/.test(version)) {
    throw refuse("a version is a number, as in ssm:/sentinel/policies/prod:7");
  }
  const problem = problemOf(name);
  if (problem !== null) throw refuse(problem);
  return { name, version: version === undefined ? null : Number(version) };
}

/** What AWS would object to, or `null`. */
function problemOf(name: string): string | null {
  if (name === "") return "it names no parameter";
  if (name.length > 1011) return "AWS takes names of up to 1011 characters";
  if (!/^[a-zA-Z0-9_.\/-]+$/.test(name)) {
    return "a name consists of letters, digits, hyphens, dots, underscores and slashes";
  }
  if (name.includes("/") && !/^(?:\/[^/]+)+$/.test(name)) {
    return "a name with slashes begins with one, ends without, and has none in a row";
  }
  if (name.split("/").length - 1 > 15) return "AWS takes no more than fifteen levels";
  if (/^\/?(?:aws|ssm)/i.test(name)) return "AWS keeps names that begin with aws or ssm to itself";
  return null;
}
