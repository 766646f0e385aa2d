/**
 * `sentinel breakglass`: emergency access, where and as often as the policy lets the person. It is
 * counted, then recorded, and only then told as given; the webhook never holds it up.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { SentinelError } from "../../errors.ts";
import { newId } from "../../gate/request_id.ts";
import type { CompiledBreakGlass } from "../../policy/override_rules.ts";
import type { Actor } from "../../state/actor.ts";
import { type BreakGlassEvent, createEvent } from "../../state/break_glass_event.ts";
import { EMERGENCY_JUSTIFICATION } from "../../state/prose.ts";
import { formatDuration } from "../../text/duration.ts";
import { quote } from "../../text/printable.ts";
import { openAnnouncer } from "../announcer.ts";
import { EVENT_COLUMNS, eventRow } from "../approval_view.ts";
import { tellBreakGlass } from "../break_glass_banner.ts";
import type { FlagValues, Invocation } from "../command.ts";
import type { BREAKGLASS_FLAGS } from "../descriptions/breakglass.ts";
import { fileEvent, findActive } from "../event_filing.ts";
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
import { waitUntilListed } from "../record_visibility.ts";
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
    tellNotNeeded(`${allowedWords(answer, target)} The glass is not broken.\n`, {
      invoker,
      profile: profile.name,
      flags,
      host,
    });
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
  await fileEvent(event, { entry, store, announcer });
  tell(event, { entry, flags, host, isKnown: false });
  await waitUntilListed(store, { ...event, user: invoker.user, clock: systemClock });
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

/** A script that reads standard output reads why there is no event. */
function tellNotNeeded(
  words: string,
  { invoker, profile, flags, host }: {
    readonly invoker: Actor;
    readonly profile: string;
    readonly flags: Flags;
    readonly host: Host;
  },
): void {
  host.terminal.err(words);
  const row = { id: null, status: "not_needed", ...invoker, profile };
  print(
    { human: () => "", json: () => row, columns: EVENT_COLUMNS, rows: () => [row] },
    { output: flags.output, terminal: host.terminal },
  );
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
  const { rule } = entry;
  tellBreakGlass(event, { rule, table: flags.breakglassTable, isKnown, terminal });
  const now = systemClock.now();
  print(
    {
      // The banner has said it all.
      human: () => `${event.id}\n`,
      json: () => eventRow(event, now),
      columns: EVENT_COLUMNS,
      rows: () => [eventRow(event, now)],
    },
    { output: flags.output, terminal },
  );
}
