/**
 * Whether a stored break-glass event lifts a refusal, by the policy in force now. As with
 * approvals, nothing in the record is believed that the policy does not foresee.
 *
 * @module
 */
import type { CompiledBreakGlass } from "../policy/override_rules.ts";
import {
  type BreakGlassEvent,
  type CountedEvent,
  effectiveEventStatus,
  eventWindowEnd,
  invocationOf,
} from "../state/break_glass_event.ts";
import { judgeInvocation } from "../state/invocation_limits.ts";
import { CLOCK_DIFFERENCE_MS } from "../state/window_bounds.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import { isWindow, misfitOf, type OverrideSubject } from "./approval_proof.ts";
import { type Judgement, refuseRecord } from "./override.ts";

/** Judges `event` for `request`, whose refusal `entry` of the policy in force may lift. */
export function judgeEvent(
  event: CountedEvent,
  { request, entry }: { readonly request: OverrideSubject; readonly entry: CompiledBreakGlass },
): Judgement {
  const reason = misfitOf({ ...event, actor: event.invoker }, request) ??
    overBecause(event, request.time) ?? unforeseenBecause(event, { request, entry }) ??
    beyondLimitsBecause(event, entry);
  if (reason !== null) return refuseRecord(reason);
  return {
    kind: "lifts",
    override: {
      kind: "breakglass",
      id: event.id,
      expiresAt: eventWindowEnd(event),
      allowMinimum: entry.rule.allowMinimum,
    },
  };
}

function overBecause(event: BreakGlassEvent, now: number): string | null {
  const status = effectiveEventStatus(event, now);
  switch (status) {
    case "active":
      return event.closure === null ? null : "was closed";
    case "closed":
      return "was closed";
    case "over":
      return `ended at ${new Date(eventWindowEnd(event)).toISOString()}`;
    default:
      return status satisfies never;
  }
}

/** What of an event the policy does not foresee, or `null`. */
function unforeseenBecause(
  event: BreakGlassEvent,
  { request, entry }: { readonly request: OverrideSubject; readonly entry: CompiledBreakGlass },
): string | null {
  const { createdAt, durationSeconds, reasonCode } = event;
  const { rule } = entry;
  if (createdAt - request.time > CLOCK_DIFFERENCE_MS) return "was invoked in the future";
  if (!isWindow(durationSeconds, rule.maxDurationSeconds)) {
    const longest = formatDuration(rule.maxDurationSeconds);
    return `is not for 15m to ${longest}, as the policy demands now`;
  }
  if (!rule.allowedReasonCodes.some((code) => code === reasonCode)) {
    return `has the reason code ${quote(reasonCode)}, which the policy does not accept now`;
  }
  // What says to be of the future is of now at best.
  const invokedAt = Math.min(createdAt, request.time);
  return entry.isOpenAt(invokedAt) ? null : "was invoked outside the hours of the policy";
}

/**
 * Which limit an event breaks, or `null`. INVARIANT: the policy in force counts, not the one by
 * which the glass was broken: whoever broke it may have chosen that.
 */
function beyondLimitsBecause(event: CountedEvent, { rule }: CompiledBreakGlass): string | null {
  if (event.earlier === null) return "is not in the history of invocations";
  const refusal = judgeInvocation(rule.limits, event.earlier, invocationOf(event));
  return refusal === null ? null : `is beyond what the policy allows now (${refusal.limit})`;
}
