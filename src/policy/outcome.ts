/**
 * What a rule's effect means at a door: the one place that turns `require_server` and
 * `require_server_session` into allow or deny. It must never allow what the door does not meet.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { EvaluationRequest, Rule, Verdict } from "./policy.ts";

/** The parts of a verdict that follow from the rule and the door. */
export type Outcome = Pick<
  Verdict,
  "effect" | "reason" | "requiresServerMode" | "requiresSessionTracking"
>;

/** Every answer that one rule can give, worded once. */
export interface Outcomes {
  /** Nothing is required of the door, or the door meets it. */
  readonly met: Outcome;
  /** The rule requires the server and the door is another one. */
  readonly outsideServer: Outcome;
  /** The rule requires a session and the server has no table to keep it in. */
  readonly untracked: Outcome;
}

/** Words all answers of `rule`; its own reason, where it has one, takes the place of ours. */
export function outcomesOf({ name, effect, reason }: Rule): Outcomes {
  const rule = `rule ${quote(name)}`;
  const met = (effect: Verdict["effect"], words: string): Outcome => ({
    effect,
    reason: reason ?? words,
    requiresServerMode: false,
    requiresSessionTracking: false,
  });
  const unmet = (words: string, missing: { server: boolean; session: boolean }): Outcome => ({
    effect: "deny",
    reason: reason ?? words,
    requiresServerMode: missing.server,
    requiresSessionTracking: missing.session,
  });
  const always = (outcome: Outcome): Outcomes => ({
    met: outcome,
    outsideServer: outcome,
    untracked: outcome,
  });
  switch (effect) {
    case "allow":
      return always(met("allow", `allowed by ${rule}`));
    case "deny":
      return always(met("deny", `denied by ${rule}`));
    case "require_approval":
      return always(met("require_approval", `${rule} requires an approval`));
    case "require_server":
      return {
        ...always(met("allow", `allowed by ${rule}`)),
        outsideServer: unmet(`${rule} requires server mode`, { server: true, session: false }),
      };
    case "require_server_session":
      return {
        met: met("allow", `allowed by ${rule}`),
        outsideServer: unmet(`${rule} requires server mode with session tracking`, {
          server: true,
          session: true,
        }),
        untracked: unmet(`${rule} requires session tracking`, { server: false, session: true }),
      };
    default:
      return assertNever(effect);
  }
}

/** The answer among `outcomes` (those of `rule`) that fits the door of `request`. */
export function chooseOutcome(
  outcomes: Outcomes,
  { rule, request }: { readonly rule: Rule; readonly request: EvaluationRequest },
): Outcome {
  if (request.mode !== "server") return outcomes.outsideServer;
  // An empty name is no table: neither a rule's nor the caller's.
  return rule.sessionTable || request.sessionTableName ? outcomes.met : outcomes.untracked;
}
