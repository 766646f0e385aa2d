/**
 * The decision logs of a run: those that were asked for, open. What is written is the gate's to
 * say; a log that was asked for and cannot be had is never done without.
 *
 * @module
 */
import {
  combineDecisionLogs,
  createDecisionLogStream,
  type EventLog,
  openDecisionLogFile,
} from "./io/decision_log.ts";

/** Which logs were asked for. */
export interface LogSettings {
  readonly logFile: string | null;
  readonly logStderr: boolean;
}

/** The logs that were asked for, open. */
export interface OpenedLogs extends Disposable {
  /** `null` when none was asked for. */
  readonly log: EventLog | null;
  /** Host name and process id, for the records. */
  readonly process: { readonly host: string; readonly pid: number };
}

/**
 * Opens the logs that `settings` ask for; `writeLog` writes a line to standard error, all of it, or
 * throws. Throws `LOG_UNWRITABLE`.
 */
export function openLogs(
  settings: LogSettings,
  { writeLog }: { readonly writeLog: (line: string) => void },
): OpenedLogs {
  const file = settings.logFile === null ? null : openDecisionLogFile(settings.logFile);
  const logs: EventLog[] = [];
  if (file !== null) logs.push(file);
  if (settings.logStderr) logs.push(createDecisionLogStream(writeLog));
  return {
    log: combineDecisionLogs(logs),
    process: { host: hostName(), pid: Deno.pid },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}

/** Name of this machine for the records; it decides nothing, so not knowing it is no fault. */
function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "unknown";
  }
}
