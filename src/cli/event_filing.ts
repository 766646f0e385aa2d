/**
 * How a glass is broken: counted against the limits, then recorded, then announced. An event that is
 * not recorded gives nothing, and one that was counted counts whatever becomes of it.
 *
 * @module
 */
import { pause, systemClock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { judgeEvent } from "../gate/break_glass_proof.ts";
import type { CompiledBreakGlass } from "../policy/override_rules.ts";
import {
  type BreakGlassEvent,
  eventWindowEnd,
  type Invocation,
  invocationOf,
  MAX_EVENT_SECONDS,
} from "../state/break_glass_event.ts";
import {
  countInWindow,
  isEscalated,
  judgeInvocation,
  type LimitRefusal,
} from "../state/invocation_limits.ts";
import { isSameTarget } from "../state/window.ts";
import { MIN_WINDOW_SECONDS } from "../state/window_bounds.ts";
import { CountedEvents } from "../store/counted_events.ts";
import type { BreakGlassStore } from "../store/override_store.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import type { Announcer } from "./announcer.ts";
import type { Subject } from "./policy_question.ts";
import { formatExact } from "./relative_time.ts";

/** An event that gives the same access for long enough, or `null`: it need not count twice. */
export async function findActive(
  store: BreakGlassStore,
  { subject, entry }: { readonly subject: Subject; readonly entry: CompiledBreakGlass },
): Promise<BreakGlassEvent | null> {
  const since = subject.time - MAX_EVENT_SECONDS * 1000;
  for await (const event of new CountedEvents(store).listByUser(subject.user, { since })) {
    const leftMs = eventWindowEnd(event) - subject.time;
    const lifts = isSameTarget(event, subject) &&
      judgeEvent(event, { request: subject, entry }).kind === "lifts";
    if (lifts && leftMs >= MIN_WINDOW_SECONDS * 1000) return event;
  }
  return null;
}

/** Where an event is filed. */
export interface EventFilingOptions {
  /** The policy's entry that lets the invoker break the glass. */
  readonly entry: CompiledBreakGlass;
  readonly store: BreakGlassStore;
  readonly announcer: Announcer;
}

/** Breaks the glass. Rejects with `SentinelError`: there is no access then. */
export async function fileEvent(
  event: BreakGlassEvent,
  { entry, store, announcer }: EventFilingOptions,
): Promise<void> {
  const earlier = await announcer.during(async () => {
    const counted = await countEvent(event, { entry, store });
    await recordEvent(event, store);
    return counted;
  });
  // INVARIANT: from here on there is access, so people are told before anything else may fail.
  announceEvent(event, { earlier, entry, announcer, table: store.table });
}

/** Counts the invocation against the limits; gives the earlier ones. */
async function countEvent(
  event: BreakGlassEvent,
  { entry, store }: { readonly entry: CompiledBreakGlass; readonly store: BreakGlassStore },
): Promise<readonly Invocation[]> {
  const invocation = invocationOf(event);
  let earlier: readonly Invocation[] = [];
  const refusal = await store.countInvocation(invocation, (history) => {
    earlier = history;
    return judgeInvocation(entry.rule.limits, history, invocation);
  });
  if (refusal === null) return earlier;
  throw new SentinelError(
    "OVERRIDE_REFUSED",
    `Cannot break the glass: ${limitWords(refusal, entry, event.profile)}`,
    {
      suggestion: `It is possible again at ${
        formatExact(Math.ceil(refusal.freesAt / 1000) * 1000)
      }.`,
    },
  );
}

function limitWords(
  { limit, allowed }: LimitRefusal,
  { rule }: CompiledBreakGlass,
  profile: string,
): string {
  const span = formatDuration(rule.limits.quotaWindowSeconds);
  switch (limit) {
    case "cooldown":
      return `you broke it for profile ${quote(profile)} less than ${formatDuration(allowed)} ago`;
    case "max_per_user":
      return `you may break it ${times(allowed)} within ${span}, and have`;
    case "max_per_profile":
      return `for profile ${quote(profile)} it may be broken ${
        times(allowed)
      } within ${span}, and was`;
    default:
      return limit satisfies never;
  }
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** What was counted is worth the trouble: trying it again would count again. */
const RECORD_PAUSES_MS = [200, 1000];

/** Writes the event; without it the gate gives nothing. */
async function recordEvent(event: BreakGlassEvent, store: BreakGlassStore): Promise<void> {
  for (const ms of RECORD_PAUSES_MS) {
    try {
      return await store.create(event);
    } catch (thrown) {
      const mayPass = thrown instanceof SentinelError &&
        thrown.code === "OVERRIDE_STORE_UNAVAILABLE";
      if (!mayPass) throw thrown;
      await pause(ms, { clock: systemClock });
    }
  }
  await store.create(event);
}

/** Tells that the glass is broken, and when that has happened too often. */
function announceEvent(
  event: BreakGlassEvent,
  { earlier, entry, announcer, table }: {
    readonly earlier: readonly Invocation[];
    readonly entry: CompiledBreakGlass;
    readonly announcer: Announcer;
    readonly table: string;
  },
): void {
  const { limits } = entry.rule;
  const invocation = invocationOf(event);
  const news = { at: event.createdAt, by: event.invoker, table, comment: null, event };
  announcer.announce({ ...news, name: "breakglass.invoked", escalation: null });
  if (!isEscalated(limits, earlier, invocation)) return;
  announcer.announce({
    ...news,
    name: "breakglass.escalated",
    escalation: {
      count: countInWindow(limits, earlier, invocation),
      threshold: limits.escalationThreshold!,
      windowSeconds: limits.quotaWindowSeconds,
    },
  });
}
