/**
 * The banner of a broken glass. It goes to standard error whatever else was asked for, says what it
 * lifts and until when, and how to end it.
 *
 * @module
 */
import type { BreakGlassRule, LiftableRefusal } from "../policy/policy.ts";
import { type BreakGlassEvent, eventWindowEnd } from "../state/break_glass_event.ts";
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import { eventCommand } from "./event_record.ts";
import { formatExact } from "./relative_time.ts";
import { formatFields } from "./table_layout.ts";
import type { Terminal } from "./terminal.ts";

/** What the banner speaks of. */
export interface BannerOptions {
  readonly rule: BreakGlassRule;
  readonly table: string;
  /** Whether the glass was broken before, and is only shown again. */
  readonly isKnown: boolean;
  readonly terminal: Terminal;
}

const RULE = "=".repeat(72);
const LOUD = "\x1b[1;97;41m";
const RESET = "\x1b[0m";

const LIFTED: Readonly<Record<LiftableRefusal, string>> = {
  require_approval: "the need for an approval",
  no_match: "the refusal where no rule matches",
};

/** Prints the banner. */
export function tellBreakGlass(
  event: BreakGlassEvent,
  { rule, table, isKnown, terminal }: BannerOptions,
): void {
  const { id, invoker, profile } = event;
  const word = shellWord(profile);
  const state = isKnown ? "IS BROKEN ALREADY" : "IS BROKEN";
  const headline = `  THE GLASS ${state}: emergency access to profile ${quote(profile)}`;
  const fields = formatFields([
    ["  Event", id],
    ["  By", `${invoker.user} (${invoker.arn})`],
    ["  Role", event.role],
    ["  Account", event.account],
    ["  Reason", `${event.reasonCode}: ${event.justification}`],
    ["  Lifts", rule.lifts.map((refusal) => LIFTED[refusal]).join(", and ")],
    [
      "  Until",
      `${formatExact(eventWindowEnd(event))} (${formatDuration(event.durationSeconds)} in all)`,
    ],
    [
      "  Use it",
      `sentinel exec --breakglass-table ${shellWord(table)} --profile ${word} -- COMMAND`,
    ],
    ["  End it", `${eventCommand("close", { id, table })} --profile ${word} --reason TEXT`],
  ]);
  const head = terminal.colour ? `${LOUD}${printable(headline).padEnd(72)}${RESET}` : headline;
  terminal.err(
    `${RULE}\n${head}\n${RULE}\n${fields}` +
      `  This is on record. It counts against your limits, however early it is closed.\n${RULE}\n`,
  );
}
