/**
 * Parameters of the actions and the constraints that STS puts on them, from the STS API model
 * (version 2011-06-15). Every broken constraint is reported at once, worded as STS does.
 *
 * @module
 */
import { StsError } from "./sts_error.ts";

/** What a parameter must satisfy. Lengths count characters; `pattern` must match all of it. */
export interface ParameterRule {
  readonly kind: "text" | "integer";
  readonly required?: boolean;
  /** Least length, or least value. */
  readonly min?: number;
  /** Greatest length, or greatest value. */
  readonly max?: number;
  /** As STS prints it. */
  readonly pattern?: string;
}

/** Rules by name; `N` stands for the number of a list member. */
export type ParameterRules = Readonly<Record<string, ParameterRule>>;

/** Validated parameters of a call, by name. */
export type CallParameters = ReadonlyMap<string, string>;

/** What every call carries; judged before its action is known. */
const PROTOCOL_PARAMETERS = ["Action", "Version"];

const ARN: ParameterRule = {
  kind: "text",
  min: 20,
  max: 2048,
  pattern:
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]+",
};
const IDENTITY: ParameterRule = { kind: "text", min: 2, max: 64, pattern: "[\\w+=,.@-]*" };
const TAG_KEY: ParameterRule = {
  kind: "text",
  min: 1,
  max: 128,
  pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
};
const MFA: ParameterRules = {
  SerialNumber: { kind: "text", min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
  TokenCode: { kind: "text", min: 6, max: 6, pattern: "[\\d]*" },
};

/** Parameters of AssumeRole. */
export const ASSUME_ROLE: ParameterRules = {
  RoleArn: { ...ARN, required: true },
  RoleSessionName: { ...IDENTITY, required: true },
  SourceIdentity: IDENTITY,
  DurationSeconds: { kind: "integer", min: 900, max: 43_200 },
  ExternalId: { kind: "text", min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" },
  Policy: { kind: "text", min: 1, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" },
  "PolicyArns.member.N.arn": ARN,
  "Tags.member.N.Key": TAG_KEY,
  "Tags.member.N.Value": {
    kind: "text",
    max: 256,
    pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
  },
  "TransitiveTagKeys.member.N": TAG_KEY,
  ...MFA,
};

/** Parameters of AssumeRoleWithWebIdentity. */
export const ASSUME_ROLE_WITH_WEB_IDENTITY: ParameterRules = {
  RoleArn: { ...ARN, required: true },
  RoleSessionName: { ...IDENTITY, required: true },
  WebIdentityToken: { kind: "text", min: 4, max: 20_000, required: true },
  DurationSeconds: { kind: "integer", min: 900, max: 43_200 },
};

/** Parameters of GetSessionToken. */
export const GET_SESSION_TOKEN: ParameterRules = {
  DurationSeconds: { kind: "integer", min: 900, max: 129_600 },
  ...MFA,
};

/** Rule of the parameter `name`, or `undefined` when the action has no such parameter. */
export function ruleOf(rules: ParameterRules, name: string): ParameterRule | undefined {
  const template = name.replace(/\.member\.[1-9]\d?(?=\.|$)/g, ".member.N");
  return !name.includes(".N") && Object.hasOwn(rules, template) ? rules[template] : undefined;
}

/** A parameter as STS names it in messages: `roleSessionName`, `tags.1.member.key`. */
function memberName(name: string): string {
  return name.replace(/\bmember\.(\d+)/g, "$1.member").replace(
    /(^|\.)([A-Z])/g,
    (initial) => initial.toLowerCase(),
  );
}

/** The constraints of `rule` that `value` breaks, as STS words them. */
function brokenConstraints(value: string, rule: ParameterRule): string[] {
  const broken: string[] = [];
  const { min = -Infinity, max = Infinity } = rule;
  if (rule.kind === "integer") {
    const number = Number(value);
    if (number < min) broken.push(`Member must have value greater than or equal to ${min}`);
    if (number > max) broken.push(`Member must have value less than or equal to ${max}`);
    return broken;
  }
  const length = [...value].length;
  if (length < min) broken.push(`Member must have length greater than or equal to ${min}`);
  if (length > max) broken.push(`Member must have length less than or equal to ${max}`);
  if (rule.pattern !== undefined && !new RegExp(`^(?:${rule.pattern})$`, "u").test(value)) {
    broken.push(`Member must satisfy regular expression pattern: ${rule.pattern}`);
  }
  return broken;
}

/** Refuses parameters that the action does not know, lacks, or whose value breaks a rule. */
export function validate(parameters: CallParameters, rules: ParameterRules): void {
  const problems: string[] = [];
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.required && !parameters.has(name)) {
      problems.push(
        `Value null at '${memberName(name)}' failed to satisfy constraint: Member must not be null`,
      );
    }
  }
  for (const [name, value] of parameters) {
    if (PROTOCOL_PARAMETERS.includes(name)) continue;
    const rule = ruleOf(rules, name);
    if (rule === undefined) {
      // STS itself passes over unknown parameters; here they are always a defect of the caller.
      throw new StsError("ValidationError", `Unknown parameter: ${name}`);
    }
    if (rule.kind === "integer" && !/^-?\d{1,10}$/.test(value)) {
      throw new StsError("MalformedInput", `${name} is not an integer`);
    }
    for (const constraint of brokenConstraints(value, rule)) {
      problems.push(
        `Value '${value}' at '${memberName(name)}' failed to satisfy constraint: ${constraint}`,
      );
    }
  }
  if (problems.length === 0) return;
  const count = `${problems.length} validation error${problems.length > 1 ? "s" : ""} detected`;
  throw new StsError("ValidationError", `${count}: ${problems.join("; ")}`);
}
