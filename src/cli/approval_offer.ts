/**
 * What `exec` does when the policy requires an approval: files a request where the person wants it,
 * shows the command for the approver, and waits. It never decides: once the request is decided, the
 * gate is asked again.
 *
 * @module
 */
import type { OpenedGate } from "../app.ts";
import { systemClock } from "../clock.ts";
import { EXIT_DENIED } from "../errors.ts";
import type { Refused } from "../gate/decision.ts";
import { requireMinWindow } from "../gate/min_ttl.ts";
import type { CompiledApproval } from "../policy/override_rules.ts";
import type { ApprovalRequest } from "../state/approval_request.ts";
import { JUSTIFICATION, proseProblem } from "../state/prose.ts";
import { approvalProgress } from "../state/request_transition.ts";
import type { RequestStore } from "../store/override_store.ts";
import { formatDuration } from "../text/duration.ts";
import { openAnnouncer } from "./announcer.ts";
import { conclude } from "./approval_outcome.ts";
import { waitForDecision, type WaitOutcome } from "./approval_wait.ts";
import type { ExecInvocation } from "./exec_invocation.ts";
import type { Host } from "./host.ts";
import { refuseLongerThan } from "./policy_question.ts";
import { startProgress } from "./progress.ts";
import { askLine, confirm } from "./prompt.ts";
import { type Filed, fileRequest, formatFiled } from "./request_filing.ts";
import { signalExitStatus, type SignalListener, unlessInterrupted } from "./signals.ts";
import { tellError } from "./terminal.ts";
import { usageError } from "./usage.ts";

/** With what an approval is sought. */
export interface SeekOptions {
  readonly invocation: ExecInvocation;
  readonly opened: OpenedGate;
  readonly host: Host;
  readonly signals: SignalListener;
}

/** What the gate's refusal says on how it could be lifted. */
interface Offer extends SeekOptions {
  readonly entry: CompiledApproval;
  readonly table: string;
  /** The caller's own request that waits already, or `null`. */
  readonly pendingId: string | null;
  readonly waitSeconds: number;
}

/** How long a person who is asked waits. */
const DEFAULT_WAIT_SECONDS = 600;
const DEFAULT_ACCESS_SECONDS = 3600;

/**
 * Seeks what lifts `refused`; resolves to `null` when the gate is to be asked again, else to the
 * exit status: everything has been told then. Rejects with `SentinelError`.
 */
export async function seekApproval(refused: Refused, options: SeekOptions): Promise<number | null> {
  const { invocation: { flags }, host } = options;
  const entry = refused.lifted?.entries.approval ?? null;
  const table = refused.lifted?.requestTable ?? null;
  const isAskedFor = flags.waitSeconds !== null;
  const canAsk = host.terminal.stdinIsTerminal && host.terminal.stderrIsTerminal;
  if (entry === null || flags.waitSeconds === 0 || (!isAskedFor && !canAsk)) {
    return deny(refused, host);
  }
  if (table === null) {
    return deny(
      isAskedFor
        ? { ...refused, suggestion: "To ask and wait, name the table: --request-table TABLE" }
        : refused,
      host,
    );
  }
  const offer: Offer = {
    ...options,
    entry,
    table,
    pendingId: refused.lifted?.pendingRequestId ?? null,
    waitSeconds: flags.waitSeconds ?? DEFAULT_WAIT_SECONDS,
  };
  if (!isAskedFor) {
    tellError(host.terminal, { message: refused.message, suggestion: null });
    const answer = await unlessInterrupted(options.signals, isWanted(offer));
    if (answer === null) return interrupted(offer);
    if (!answer) return EXIT_DENIED;
  }
  return await seek(offer);
}

function interrupted({ signals, host }: Offer): number {
  host.terminal.err("\n");
  return signalExitStatus(signals.interrupted.reason);
}

function deny(refused: Refused, { terminal }: Host): number {
  tellError(terminal, refused);
  return EXIT_DENIED;
}

async function isWanted({ pendingId, waitSeconds, host }: Offer): Promise<boolean> {
  const time = formatDuration(waitSeconds);
  return await confirm(host, {
    question: pendingId === null
      ? `File a request and wait for up to ${time}?`
      : `Request ${pendingId} waits for approval. Wait for up to ${time}?`,
    suggestion: "Add --wait.",
  });
}

async function seek(offer: Offer): Promise<number | null> {
  const { entry, table, opened, host, invocation: { flags } } = offer;
  const { logFile, logStderr } = flags;
  const { interrupted: stop } = offer.signals;
  await using announcer = openAnnouncer({ logFile, logStderr, interrupted: stop }, host);
  await using store = await opened.openRequests(table);
  let filed = await pendingOf(offer, store);
  const durationSeconds = filed?.request.durationSeconds ?? accessSecondsOf(offer);
  requireMinWindow({ ...opened.newRequest(), minTtlSeconds: flags.minTtlSeconds }, {
    windowSeconds: durationSeconds,
    longestSeconds: entry.rule.maxDurationSeconds,
  });
  if (filed === null) {
    const justification = await unlessInterrupted(offer.signals, justificationOf(offer));
    if (justification === null) return interrupted(offer);
    const subject = opened.newRequest();
    filed = await fileRequest({
      subject,
      entry,
      justification,
      durationSeconds,
      store,
      announcer,
    });
  }
  host.terminal.err(formatFiled(filed, { table, entry }));
  const outcome: WaitOutcome = filed.request.status === "pending"
    ? await wait(filed.request, { offer, store })
    : { kind: "decided", request: filed.request };
  return conclude(outcome, {
    request: filed.request,
    table,
    waitSeconds: offer.waitSeconds,
    terminal: host.terminal,
    expectRequest: opened.expectRequest,
    interrupted: offer.signals.interrupted,
  });
}

/** The request that the gate found waiting, if it still is, and asks for what is wanted now. */
async function pendingOf(
  { pendingId, invocation: { flags } }: Offer,
  store: RequestStore,
): Promise<Filed | null> {
  const request = pendingId === null ? null : await store.get(pendingId);
  const wanted = flags.requestDurationSeconds ?? request?.durationSeconds;
  return request?.status === "pending" && request.durationSeconds === wanted
    ? { request, isNew: false }
    : null;
}

/** Why access is needed: of the command line, else the person is asked. */
async function justificationOf(
  { invocation: { flags }, host }: Offer,
): Promise<string> {
  if (flags.justification !== null) return flags.justification;
  const { min, max } = JUSTIFICATION;
  for (let attempt = 0; attempt < 3; attempt++) {
    const question = `Justification (${min} to ${max} characters): `;
    const suggestion = "Give it with --justification TEXT.";
    const text = await askLine(host, { question, suggestion });
    if (text === null) break;
    const problem = proseProblem(text, JUSTIFICATION);
    if (problem === null) return text;
    host.terminal.err(`It ${problem}.\n`);
  }
  throw usageError(
    { name: "exec" },
    "A request needs a justification",
    "Give it with --justification TEXT.",
  );
}

/** How long the access is to last that is asked for. */
function accessSecondsOf({ invocation: { flags, origins }, entry }: Offer): number {
  const { maxDurationSeconds, name } = entry.rule;
  if (flags.requestDurationSeconds !== null) {
    const seconds = flags.requestDurationSeconds;
    refuseLongerThan(maxDurationSeconds, { seconds, entry: name, flag: "request-duration" });
    return seconds;
  }
  const wanted = flags.server || origins.durationSeconds === "default"
    ? DEFAULT_ACCESS_SECONDS
    : flags.durationSeconds;
  return Math.min(wanted, maxDurationSeconds);
}

/** Waits, with one line on the terminal that tells the state. */
async function wait(
  request: ApprovalRequest,
  { offer, store }: { readonly offer: Offer; readonly store: RequestStore },
): Promise<WaitOutcome> {
  const { host: { terminal }, signals, waitSeconds, entry } = offer;
  using progress = terminal.stderrIsTerminal ? startProgress(terminal) : null;
  return await waitForDecision(store, request, {
    timeoutSeconds: waitSeconds,
    clock: systemClock,
    interrupted: signals.interrupted,
    ...(progress !== null && {
      onState: ({ request, remainingSeconds, trouble }) => {
        const state = trouble === null
          ? progressWords(request, entry)
          : "the table does not answer, trying again";
        progress.show(`Waiting for approval: ${state}, ${formatDuration(remainingSeconds)} left`);
      },
    }),
  });
}

function progressWords(request: ApprovalRequest, entry: CompiledApproval): string {
  const { required } = entry.rule;
  const { approvers } = approvalProgress(request, {
    required,
    isApprover: (actor) => entry.isApprover(actor),
  });
  return `${approvers.length} of ${required}`;
}
