/**
 * How the waiting for an approval ended, in words: what was decided and by whom, and how it goes on.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { EXIT_DENIED } from "../errors.ts";
import { type ApprovalRequest, effectiveRequestStatus } from "../state/approval_request.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { WaitOutcome } from "./approval_wait.ts";
import { formatExact } from "./relative_time.ts";
import { requestCommand } from "./request_filing.ts";
import { signalExitStatus } from "./signals.ts";
import { tellError, type Terminal } from "./terminal.ts";

/** What was waited for. */
export interface ConcludeOptions {
  readonly request: ApprovalRequest;
  readonly table: string;
  readonly waitSeconds: number;
  readonly terminal: Terminal;
  /** Told of the request that is approved. */
  readonly expectRequest: (id: string) => void;
  /** Its reason is the signal that ended the waiting. */
  readonly interrupted: AbortSignal;
}

/** Tells how the waiting ended; `null` when the gate is to be asked again. */
export function conclude(outcome: WaitOutcome, options: ConcludeOptions): number | null {
  const { request: { id, profile, pendingUntil }, table, waitSeconds } = options;
  const { terminal, expectRequest, interrupted } = options;
  const withdraw = `Withdraw it: ${requestCommand("cancel", { id, table })} --profile ${
    shellWord(profile)
  }`;
  switch (outcome.kind) {
    case "decided": {
      const status = effectiveRequestStatus(outcome.request, systemClock.now());
      if (status === "approved") {
        expectRequest(id);
        terminal.err(`Request ${id} is approved${decidedBy(outcome.request)}.\n`);
        return null;
      }
      tellError(terminal, {
        message: `request ${id} is ${status}${decidedBy(outcome.request)}`,
        suggestion: `See what is known of it: ${requestCommand("check", { id, table })}`,
      });
      return EXIT_DENIED;
    }
    case "timed_out":
      tellError(terminal, {
        message: `nobody decided on request ${id} within ${formatDuration(waitSeconds)}; ` +
          `it stays open until ${formatExact(pendingUntil)}`,
        suggestion: `Run the same command again to go on. ${withdraw}`,
      });
      return EXIT_DENIED;
    case "interrupted":
      terminal.err(`Request ${id} stays open. ${withdraw}\n`);
      return signalExitStatus(interrupted.reason);
    case "failed":
      throw outcome.error;
    default:
      return outcome satisfies never;
  }
}

/** Who decided last, and what they said. */
function decidedBy({ decisions }: ApprovalRequest): string {
  const last = decisions.at(-1);
  if (last === undefined) return "";
  const said = last.comment === null ? "" : `: ${quote(last.comment)}`;
  return ` by ${quote(last.by.user)}${said}`;
}
