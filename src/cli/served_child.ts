/**
 * The server door: admits the session, serves credentials on loopback while the command runs, and
 * ends the session on every way out. It never decides: each request goes to the gate.
 *
 * @module
 */
import { type OpenedGate, openGate, type SessionContext } from "../app.ts";
import { systemClock } from "../clock.ts";
import { EXIT_DENIED, type SentinelError } from "../errors.ts";
import type { SessionState } from "../gate/ports.ts";
import { newId } from "../gate/request_id.ts";
import { createRefusalNotice } from "../server/refusal_notice.ts";
import { type CredentialServer, startServer } from "../server/server.ts";
import { createSessionTracker, type RunningSessionTracker } from "../server/session_tracker.ts";
import { parseTableName } from "../store/open.ts";
import { quote } from "../text/printable.ts";
import { type ChildOutcome, runChild } from "./child.ts";
import { childEnvironment } from "./child_environment.ts";
import { type CommandLine, endingOf, type ExecInvocation } from "./exec_invocation.ts";
import type { Host } from "./host.ts";
import { openInteraction } from "./interaction.ts";
import { relinquishPermissions, requireWritePermission } from "./permissions.ts";
import {
  listenForSignals,
  signalExitStatus,
  type SignalListener,
  unlessInterrupted,
} from "./signals.ts";
import { surroundingsOf } from "./surroundings.ts";
import { type Complaint, tellError, tellWarning } from "./terminal.ts";

/** Runs `command` with a credential server; resolves to the exit status. */
export async function runServed(
  invocation: ExecInvocation,
  command: CommandLine,
  host: Host,
): Promise<number> {
  // INVARIANT: from here on no signal ends this process before the session is closed.
  using signals = listenForSignals(host.os);
  await using closing = new AsyncDisposableStack();
  const { flags } = invocation;
  // A store that is not required only warns; a name that can be no table's is a mistake.
  if (flags.sessionTable !== null) parseTableName(flags.sessionTable);
  const interaction = openInteraction(flags, host);
  const surroundings = surroundingsOf(host, interaction);
  const revoked = new AbortController();
  const opening = openGate(flags, {
    mode: "server",
    durationSeconds: flags.serverDurationSeconds,
    sessionTable: flags.sessionTable,
    isPolicyPinned: invocation.origins.policy === "pin",
    command: command[0],
    surroundings,
    trackSession: (context) => {
      const tracker = trackSession(context, {
        durationSeconds: flags.serverDurationSeconds,
        host,
        ...(flags.onRevoke === "kill" && {
          onEnded: (state, table) => {
            if (revoked.signal.aborted) return;
            revoked.abort();
            tellError(host.terminal, endedByRevocation(context.sessionId, { state, table }));
          },
        }),
      });
      closing.defer(() => tracker.close());
      return tracker;
    },
  });
  const opened = await unlessInterrupted(signals, opening);
  if (opened === null) return signalExitStatus(signals.interrupted.reason);
  closing.use(opened);
  // Closed before the tracker: no more credentials first, then the session's last words.
  const server = closing.use(serve(flags.serverPort, opened, host));
  const admit = () =>
    unlessInterrupted(
      signals,
      opened.admit({ mint: !flags.lazy, minTtlSeconds: flags.minTtlSeconds }),
    );
  let admission = await admit();
  if (admission?.kind === "deny" && admission.code === "APPROVAL_REQUIRED") {
    const { seekApproval } = await import("./approval_offer.ts");
    const status = await seekApproval(admission, { invocation, opened, host, signals });
    if (status !== null) return status;
    admission = await admit();
  }
  if (admission === null) return signalExitStatus(signals.interrupted.reason);
  switch (admission.kind) {
    case "deny":
      tellError(host.terminal, admission);
      return EXIT_DENIED;
    case "allow": {
      // INVARIANT: no request of the command ever waits for a person.
      interaction.close();
      const env = childEnvironment(host.env.toObject(), {
        profile: flags.profile,
        region: opened.region,
        ...await opened.writeChildConfig(),
        delivery: { mode: "server", uri: server.url, token: server.token },
      });
      const { sessionTable: table } = admission;
      if (flags.onRevoke === "kill" && table === null) {
        tellWarning(
          host.terminal,
          "there is no session to revoke: --on-revoke kill needs --session-table",
        );
      }
      return await runBeside(server, {
        command,
        env,
        signals,
        ending: endingOf(invocation, host),
        tables: [table, flags.requestTable, flags.breakglassTable],
        revoked: revoked.signal,
        needs: opened.needs,
      });
    }
    default:
      return admission satisfies never;
  }
}

interface TrackSessionOptions {
  readonly durationSeconds: number;
  readonly host: Host;
  readonly onEnded?: (state: SessionState, table: string) => void;
}

function trackSession(
  context: SessionContext,
  { host, ...options }: TrackSessionOptions,
): RunningSessionTracker {
  return createSessionTracker({
    ...context,
    ...options,
    openStore: (table) => {
      requireWritePermission(table);
      return context.openStore(table);
    },
    serverInstanceId: newId(),
    clock: systemClock,
    warn: (message) => tellWarning(host.terminal, message),
  });
}

/** What the person is told whose command is being ended. */
function endedByRevocation(
  sessionId: string,
  { state, table }: { readonly state: SessionState; readonly table: string },
): Complaint {
  const what = state.kind === "revoked" ? "was revoked" : "was ended by somebody else";
  const name = /^[\w:/.~-]+$/.test(table) ? table : quote(table);
  return {
    message: `Session ${sessionId} ${what}: the command is being ended`,
    suggestion: `See who and why: sentinel server-session ${sessionId} --table ${name}`,
  };
}

function serve(port: number, opened: OpenedGate, host: Host): CredentialServer {
  return startServer({
    port,
    newRequestId: newId,
    authorize: (requestId, isWanted) =>
      opened.gate.authorizeNow(opened.newRequest(requestId), { isWanted }),
    ...createRefusalNotice((notice) => tellError(host.terminal, notice)),
  });
}

interface BesideOptions {
  readonly command: CommandLine;
  readonly env: Readonly<Record<string, string>>;
  readonly signals: SignalListener;
  readonly ending: ReturnType<typeof endingOf>;
  /** Tables that are in use; `null` where there is none. */
  readonly tables: readonly (string | null)[];
  /** Ends the command. */
  readonly revoked: AbortSignal;
  readonly needs: OpenedGate["needs"];
}

/** How long the command may go on after a SIGTERM that a revocation or a dead server sends it. */
const STOP_AFTER_MS = 5000;

/** Runs the command while the server lives; a server that dies takes the command with it. */
async function runBeside(
  server: CredentialServer,
  { command, env, signals, ending, tables, revoked, needs }: BesideOptions,
): Promise<number> {
  const stop = new AbortController();
  let fault: SentinelError | null = null;
  server.finished.catch((error: SentinelError) => {
    fault = error;
    stop.abort();
  });
  const child: Promise<ChildOutcome> = runChild(command, {
    env,
    signals,
    stop: AbortSignal.any([stop.signal, revoked]),
    ...ending,
    stopAfterMs: STOP_AFTER_MS,
  });
  relinquishPermissions({
    keepRun: needs.run,
    keepWrite: needs.write || tables.some((table) => table?.startsWith("sqlite:")),
  });
  const { exitStatus } = await child;
  if (fault !== null) throw fault;
  // Whatever the command made of its end, it did not come to its own.
  return revoked.aborted ? EXIT_DENIED : exitStatus;
}
