/**
 * How a policy decides: the first rule that matches speaks, and when none does the answer is deny.
 * Nothing else combines rules.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { CompiledRule } from "./compiled_rule.ts";
import {
  type Conditions,
  CREDENTIAL_MODES,
  type EvaluationRequest,
  type Verdict,
} from "./policy.ts";
import { epochMs } from "./time_window.ts";

/** A way to find the first rule of a policy that matches. */
export interface RuleFinder {
  /** The first rule that matches `request`, or `undefined`. */
  first(request: EvaluationRequest): CompiledRule | undefined;
}

/** The verdict on `request` of the policy whose rules `finder` knows. */
export function decide(finder: RuleFinder, request: EvaluationRequest): Verdict {
  checkRequest(request);
  const rule = finder.first(request);
  return rule === undefined ? defaultVerdict(request) : rule.verdict(request);
}

/**
 * A request that is not one must not slip past a rule that denies: an unknown mode or an invalid
 * date, for one, matches no condition on it.
 */
function checkRequest(request: EvaluationRequest): void {
  const { user, profile, mode, time } = request;
  if (typeof user !== "string") refuse("its user is not text");
  if (typeof profile !== "string") refuse("its profile is not text");
  if (!CREDENTIAL_MODES.includes(mode)) refuse("its mode is unknown");
  if (!(time instanceof Date || time instanceof Temporal.Instant) || Number.isNaN(epochMs(time))) {
    refuse("its time is not a valid Date or Temporal.Instant");
  }
  if (!isTextOrNothing(request.role)) refuse("its role is not text");
  if (!isTextOrNothing(request.account)) refuse("its account is not text");
  if (!isTextOrNothing(request.arn)) refuse("its ARN is not text");
  if (!isTextOrNothing(request.sessionTableName)) refuse("its session table is not text");
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function refuse(reason: string): never {
  throw new SentinelError("INTERNAL", `Cannot evaluate a request: ${reason}`);
}

const NO_CONDITIONS: Conditions = Object.freeze({});

function defaultVerdict(request: EvaluationRequest): Verdict {
  return {
    effect: "deny",
    matchedRule: null,
    ruleIndex: -1,
    ruleEffect: null,
    reason: "no rule matches",
    requiresServerMode: false,
    requiresSessionTracking: false,
    sessionTableName: null,
    maxServerDurationSeconds: null,
    conditions: NO_CONDITIONS,
    evaluatedAt: request.time,
  };
}
