/**
 * `sentinel breakglass`: emergency access, where and as often as the policy lets the person. It is
 * counted, then recorded, and only then told as given; the webhook never holds it up.
 *
 * @module
 */
import { pause, systemClock } from "../../clock.ts";
import { SentinelError } from "../../errors.ts";
import { judgeEvent } from "../../gate/break_glass_proof.ts";
import { newId } from "../../gate/request_id.ts";
import type { CompiledBreakGlass } from "../../policy/override_rules.ts";
import {
  type BreakGlassEvent,
  createEvent,
  eventWindowEnd,
  type Invocation as PastInvocation,
  invocationOf,
  MAX_EVENT_SECONDS,
} from "../../state/break_glass_event.ts";
import {
  countInWindow,
  isEscalated,
  judgeInvocation,
  type LimitRefusal,
} from "../../state/invocation_limits.ts";
import { EMERGENCY_JUSTIFICATION } from "../../state/prose.ts";
import { isSameTarget, MIN_WINDOW_SECONDS } from "../../state/window.ts";
import type { BreakGlassStore } from "../../store/override_store.ts";
import { formatDuration } from "../../text/duration.ts";
import { quote } from "../../text/printable.ts";
import { type Announcer, openAnnouncer } from "../announcer.ts";
import { EVENT_COLUMNS, eventRow } from "../approval_view.ts";
import { tellBreakGlass } from "../break_glass_banner.ts";
import type { FlagValues, Invocation } from "../command.ts";
import type { BREAKGLASS_FLAGS } from "../descriptions/breakglass.ts";
import type { Host } from "../host.ts";
import { openAsker } from "../override_access.ts";
import {
  allowedWords,
  askForBreakGlass,
  refuseLongerThan,
  type Subject,
} from "../policy_question.ts";
import { confirm } from "../prompt.ts";
import { print } from "../record_output.ts";
import { formatExact } from "../relative_time.ts";
import { requireProse } from "../request_filing.ts";

type Flags = FlagValues<typeof BREAKGLASS_FLAGS>;

/** Runs the command. */
export async function run(
  { flags }: Invocation<typeof BREAKGLASS_FLAGS>,
  host: Host,
): Promise<number> {
  requireProse(flags.justification, { name: "justification", bounds: EMERGENCY_JUSTIFICATION });
  await using announcer = openAnnouncer(flags, host);
  const asker = await openAsker(flags, host);
  const { target: { profile, role, account } } = asker;
  const invoker = await asker.identity();
  const target = { profile: profile.name, role, account };
  const subjectNow = (): Subject => ({ ...invoker, ...target, time: systemClock.now() });
  const answer = askForBreakGlass(await asker.loadPolicy(flags.policy), subjectNow());
  if (answer.kind === "allowed") {
    host.terminal.err(`${allowedWords(answer, target)} The glass is not broken.\n`);
    return 0;
  }
  const { entry } = answer;
  refuseUnforeseen(entry, { flags, now: systemClock.now() });
  await using store = await asker.openEvents(flags.breakglassTable);
  const known = await findActive(store, { subject: subjectNow(), entry });
  if (known !== null) {
    tell(known, { entry, flags, host, isKnown: true });
    return 0;
  }
  if (!await isWanted(subjectNow(), { flags, host })) {
    host.terminal.err("The glass is not broken.\n");
    return 0;
  }
  const event = createEvent({
    id: newId(),
    invoker,
    ...target,
    reasonCode: flags.reasonCode,
    justification: flags.justification,
    durationSeconds: flags.durationSeconds,
    now: systemClock.now(),
  });
  const earlier = await count(event, { entry, store });
  await record(event, store);
  tell(event, { entry, flags, host, isKnown: false });
  announce(event, { earlier, entry, announcer, table: store.table });
  return 0;
}

/** What the policy's entry does not foresee. Throws `USAGE` or `OVERRIDE_REFUSED`. */
function refuseUnforeseen(
  compiled: CompiledBreakGlass,
  { flags, now }: { readonly flags: Flags; readonly now: number },
): void {
  const { rule } = compiled;
  const { reasonCode, durationSeconds } = flags;
  const entry = `the policy's entry ${quote(rule.name)}`;
  refuseLongerThan(rule.maxDurationSeconds, { seconds: durationSeconds, entry: rule.name });
  if (!rule.allowedReasonCodes.some((code) => code === reasonCode)) {
    throw new SentinelError(
      "OVERRIDE_REFUSED",
      `Cannot break the glass: ${entry} does not accept the reason code ${reasonCode}`,
      { suggestion: `It accepts: ${rule.allowedReasonCodes.join(", ")}` },
    );
  }
  if (compiled.isOpenAt(now)) return;
  throw new SentinelError(
    "OVERRIDE_REFUSED",
    `Cannot break the glass: now is outside the hours of ${entry}`,
    { suggestion: "Ask for an approval, or whoever keeps the policy." },
  );
}

/** An event that gives the same access for long enough, or `null`: it need not count twice. */
async function findActive(
  store: BreakGlassStore,
  { subject, entry }: { readonly subject: Subject; readonly entry: CompiledBreakGlass },
): Promise<BreakGlassEvent | null> {
  const since = subject.time - MAX_EVENT_SECONDS * 1000;
  for await (const event of store.listByUser(subject.user, { since })) {
    const leftMs = eventWindowEnd(event) - subject.time;
    const lifts = isSameTarget(event, subject) &&
      judgeEvent(event, { request: subject, entry }).kind === "lifts";
    if (lifts && leftMs >= MIN_WINDOW_SECONDS * 1000) return event;
  }
  return null;
}

async function isWanted(
  { user, profile }: Subject,
  { flags, host }: { readonly flags: Flags; readonly host: Host },
): Promise<boolean> {
  if (flags.yes) return true;
  const time = formatDuration(flags.durationSeconds);
  return await confirm(host, {
    question: `Break the glass for profile ${quote(profile)} for ${time}, as ${quote(user)}?`,
    suggestion: "Add --yes to break it without being asked.",
  });
}

/** Counts the invocation against the limits; gives the earlier ones. */
async function count(
  event: BreakGlassEvent,
  { entry, store }: { readonly entry: CompiledBreakGlass; readonly store: BreakGlassStore },
): Promise<readonly PastInvocation[]> {
  const invocation = invocationOf(event);
  let earlier: readonly PastInvocation[] = [];
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
async function record(event: BreakGlassEvent, store: BreakGlassStore): Promise<void> {
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

function tell(
  event: BreakGlassEvent,
  { entry, flags, host, isKnown }: {
    readonly entry: CompiledBreakGlass;
    readonly flags: Flags;
    readonly host: Host;
    readonly isKnown: boolean;
  },
): void {
  const { terminal } = host;
  tellBreakGlass(event, { rule: entry.rule, table: flags.breakglassTable, isKnown }, terminal);
  const now = systemClock.now();
  print(
    {
      // The banner has said it all.
      human: () => `${event.id}\n`,
      json: () => eventRow(event, now),
      columns: EVENT_COLUMNS,
      rows: () => [eventRow(event, now)],
    },
    flags.output,
    terminal,
  );
}

function announce(
  event: BreakGlassEvent,
  { earlier, entry, announcer, table }: {
    readonly earlier: readonly PastInvocation[];
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
