/**
 * The gate: the only way to credentials. Every door brings its request here and gets a decision;
 * nothing is handed over that the policy in force does not allow now, and every decision leaves
 * exactly one record before anything leaves the gate.
 *
 * @module
 */
import { asSentinelError, SentinelError } from "../errors.ts";
import type { EvaluationRequest, Verdict } from "../policy/policy.ts";
import type { AccessRequest } from "./access_request.ts";
import {
  type Decision,
  type RefusalCode,
  refusalCode,
  refusalWords,
  type Refused,
} from "./decision.ts";
import type { DecisionRecord } from "./decision_record.ts";
import { requireLife, requireMinTtl } from "./min_ttl.ts";
import { liftableBy, type Override } from "./override.ts";
import type {
  CredentialSource,
  DecisionLog,
  IssuedCredentials,
  LoadedPolicy,
  OverrideSource,
  OwnLife,
  PolicySource,
  SessionTracker,
} from "./ports.ts";
import { formatSourceIdentity } from "./source_identity.ts";
import { run, type Steps, when } from "./steps.ts";

/** The shortest life of credentials that STS issues, in seconds. */
export const MIN_DURATION_SECONDS = 900;

/** What the gate works with. */
export interface GatePorts {
  readonly policy: PolicySource;
  /** `null`: nothing can lift a refusal. */
  readonly overrides: OverrideSource | null;
  /** The session of a server; `null` in the other doors. */
  readonly sessions: SessionTracker | null;
  readonly credentials: CredentialSource;
  /** `null` when no log was asked for. */
  readonly log: DecisionLog | null;
  /** Host name and process id, for the records. */
  readonly process: { readonly host: string; readonly pid: number };
  /** Lower-case hex SHA-256 of the caller's policy username. */
  readonly userDigest: string;
}

/** What {@linkcode Gate.admit} answers. */
export type Admission = Refused | {
  readonly kind: "allow";
  readonly verdict: Verdict;
  readonly sessionTable: string | null;
};

/** How {@linkcode Gate.authorize} is asked. */
export interface AuthorizeOptions {
  /** Default: always. */
  readonly isWanted?: () => boolean;
}

/** The gate behind every door. A fault rejects with `SentinelError`. */
export interface Gate {
  /**
   * Decides a request and, when allowed, hands over credentials. `isWanted` says whether somebody
   * still waits for them: what comes too late is not handed over, and recorded as failed.
   */
  authorize(request: AccessRequest, options?: AuthorizeOptions): Promise<Decision>;
  /**
   * The same, decided at once where nothing has to be waited for: then a fault is thrown, and
   * there is no promise.
   */
  authorizeNow(request: AccessRequest, options?: AuthorizeOptions): Decision | Promise<Decision>;
  /**
   * Decides whether a server may start: policy, override and session as in `authorize`. With
   * `mint`, also makes the first credentials, so that the first request finds them ready.
   */
  admit(request: AccessRequest, options: { readonly mint: boolean }): Promise<Admission>;
}

/** How far a request came: filled in on the way, written down at the end. */
interface Trace {
  policy: LoadedPolicy | null;
  verdict: Verdict | null;
  sessionTable: string | null;
  override: Override | null;
  credentials: IssuedCredentials | null;
}

/** Effective session table (P5): the rule's own, else the caller's; none outside server mode. */
function effectiveTable(verdict: Verdict, request: AccessRequest): string | null {
  if (request.mode !== "server") return null;
  return verdict.sessionTableName ?? request.sessionTable;
}

/** The life that credentials may have: what was asked, the rule's cap, the rest of the override. */
function allowedSeconds(request: AccessRequest, trace: Trace): number {
  let seconds = request.durationSeconds;
  const cap = trace.verdict?.maxServerDurationSeconds ?? null;
  if (request.mode === "server" && cap !== null) seconds = Math.min(seconds, cap);
  if (trace.override !== null) {
    seconds = Math.min(seconds, Math.floor((trace.override.expiresAt - request.time) / 1000));
  }
  return seconds;
}

/** INVARIANT: where a limit is in force, credentials that cannot be shortened do not outlive it. */
function ownLife(request: AccessRequest, override: Override | null): OwnLife {
  // A server hands out what ends soon: otherwise a revocation would not reach what is out there.
  if (request.mode === "server") return "refused";
  return override === null && request.isDefaultDuration ? "allowed" : "within";
}

function refuse(code: RefusalCode, verdict: Verdict, request: AccessRequest): Refused {
  return { kind: "deny", code, ...refusalWords(code, verdict, request), verdict };
}

/** Creates the gate over its ports. */
export function createGate(ports: GatePorts): Gate {
  /** Step 3: lifts what may be lifted, and nothing else. */
  function* lift(request: AccessRequest, verdict: Verdict): Steps<Override | null> {
    const kinds = liftableBy(verdict);
    if (ports.overrides === null || kinds.length === 0) return null;
    const override = yield* when(ports.overrides.find(request, verdict));
    if (override === null || !kinds.includes(override.kind)) return null;
    return override.expiresAt > request.time ? override : null;
  }

  /** Step 4: `null` when the session, where there is one, is in order. */
  function* checkSession(
    request: AccessRequest,
    verdict: Verdict,
    table: string | null,
  ): Steps<RefusalCode | null> {
    const required = verdict.ruleEffect === "require_server_session";
    const { sessions } = ports;
    if (required && (table === null || sessions === null)) {
      throw new SentinelError("INTERNAL", "A required session has no table");
    }
    // Asked without a table, too: a rule that names none must not undo a revocation.
    if (request.mode !== "server" || sessions === null) return null;
    const state = yield* when(sessions.check(table, { required }));
    switch (state.kind) {
      case "active":
        return null;
      case "revoked":
        return "SESSION_REVOKED";
      case "expired":
        return "SESSION_EXPIRED";
      case "unknown":
        if (!required) return null;
        throw new SentinelError(
          "SESSION_STORE_UNAVAILABLE",
          `Cannot check session ${sessions.sessionId}`,
        );
      default:
        return state satisfies never;
    }
  }

  /** Step 5. INVARIANT: where anything limits the life, what comes back lives no longer. */
  function* issue(
    request: AccessRequest,
    seconds: number,
    override: Override | null,
  ): Steps<IssuedCredentials> {
    const life = ownLife(request, override);
    const credentials = yield* when(ports.credentials.issue({
      durationSeconds: seconds,
      ownLife: life,
      sourceIdentity: formatSourceIdentity({
        user: request.user,
        marker: override?.kind ?? "direct",
        id: ports.sessions?.sessionId ?? request.requestId,
      }, ports.userDigest),
      ...(typeof request.minTtlSeconds === "number" && { minTtlSeconds: request.minTtlSeconds }),
    }));
    // The life is compared, not the end: the clocks of this machine and of AWS may differ.
    const { durationSeconds, expiresAt } = credentials;
    if (expiresAt === null || durationSeconds === null) {
      if (life !== "allowed") {
        throw new SentinelError(
          "CREDENTIALS_UNSUITABLE",
          "The profile's credentials have no end of life that is known, and this access must have one",
          { suggestion: "Leave out --no-session, or add a role_arn to the profile." },
        );
      }
    } else if (durationSeconds > seconds && life !== "allowed") {
      throw new SentinelError("INTERNAL", "The issued credentials outlive what was allowed");
    }
    return credentials;
  }

  /** Steps 1 to 5; what it learns on the way stands in `trace`, whatever happens. */
  function* decide(request: AccessRequest, trace: Trace, mint: boolean): Steps<Refused | null> {
    const policy = trace.policy = yield* when(ports.policy.load());
    const asked: EvaluationRequest = {
      user: request.user,
      profile: request.profile,
      time: new Date(request.time),
      mode: request.mode,
      sessionTableName: request.sessionTable,
      role: request.role,
      account: request.account,
      arn: request.arn,
    };
    const verdict = trace.verdict = policy.evaluate(asked);
    trace.sessionTable = effectiveTable(verdict, request);
    if (verdict.effect !== "allow") {
      trace.override = yield* lift(request, verdict);
      if (trace.override === null) return refuse(refusalCode(verdict), verdict, request);
    }
    const sessionRefusal = yield* checkSession(request, verdict, trace.sessionTable);
    if (sessionRefusal !== null) return refuse(sessionRefusal, verdict, request);
    const seconds = allowedSeconds(request, trace);
    if (seconds < MIN_DURATION_SECONDS) return refuse("OVERRIDE_TOO_SHORT", verdict, request);
    requireMinTtl(request, { policy, asked, override: trace.override, seconds });
    if (!mint) return null;
    const credentials = yield* issue(request, seconds, trace.override);
    requireLife(request, credentials);
    trace.credentials = credentials;
    return null;
  }

  function record(
    request: AccessRequest,
    trace: Trace,
    code: string | null,
    failed: boolean,
  ): void {
    if (ports.log === null) return;
    ports.log.append(decisionRecord(request, trace, {
      outcome: failed ? "failed" : code === null ? "issued" : "denied",
      errorCode: code,
      sessionId: trace.sessionTable === null ? null : ports.sessions?.sessionId ?? null,
      process: ports.process,
    }));
  }

  /** Steps 1 to 6. One record, on every path, before the decision leaves the gate. */
  function* settle(
    request: AccessRequest,
    { mint, isWanted }: { readonly mint: boolean; readonly isWanted: () => boolean },
  ): Steps<{ readonly refused: Refused | null; readonly trace: Trace }> {
    const trace: Trace = {
      policy: null,
      verdict: null,
      sessionTable: null,
      override: null,
      credentials: null,
    };
    let refused: Refused | null;
    try {
      refused = yield* decide(request, trace, mint);
      if (!isWanted()) {
        throw new SentinelError(
          "TIMED_OUT",
          "The decision came when nobody waited for it any more",
        );
      }
    } catch (thrown) {
      const error = asSentinelError(thrown);
      record(request, trace, error.code, true);
      throw error;
    }
    // Nothing is handed over by an admission that mints nothing, so there is nothing to record.
    if (mint || refused !== null) record(request, trace, refused?.code ?? null, false);
    return { refused, trace };
  }

  function* authorize(
    request: AccessRequest,
    { isWanted = () => true }: AuthorizeOptions = {},
  ): Steps<Decision> {
    const { refused, trace } = yield* settle(request, { mint: true, isWanted });
    if (refused !== null) return refused;
    const { verdict, credentials, sessionTable } = trace;
    if (verdict === null || credentials === null) {
      throw new SentinelError("INTERNAL", "The gate allowed a request without credentials");
    }
    if (sessionTable !== null) ports.sessions?.touch(sessionTable);
    return { kind: "allow", credentials, verdict, sessionTable };
  }

  function* admit(
    request: AccessRequest,
    { mint }: { readonly mint: boolean },
  ): Steps<Admission> {
    const { refused, trace } = yield* settle(request, { mint, isWanted: () => true });
    if (refused !== null) return refused;
    if (trace.verdict === null) throw new SentinelError("INTERNAL", "No verdict was reached");
    return { kind: "allow", verdict: trace.verdict, sessionTable: trace.sessionTable };
  }

  return {
    authorizeNow: (request, options) => run(authorize(request, options)),
    // Async, so that a fault rejects and never throws.
    authorize: async (request, options) => await run(authorize(request, options)),
    admit: async (request, options) => await run(admit(request, options)),
  };
}

interface RecordOutcome {
  readonly outcome: DecisionRecord["outcome"];
  readonly errorCode: string | null;
  readonly sessionId: string | null;
  readonly process: GatePorts["process"];
}

/** What is known of a request at its end, without what does not apply. */
function decisionRecord(
  request: AccessRequest,
  trace: Trace,
  outcome: RecordOutcome,
): DecisionRecord {
  const { policy, verdict, override } = trace;
  const credentials = outcome.outcome === "issued" ? trace.credentials : null;
  const expiresAt = credentials?.expiresAt ?? null;
  return {
    timestamp: new Date(request.time).toISOString(),
    request_id: request.requestId,
    user: request.user,
    arn: request.arn,
    account: request.account,
    profile: request.profile,
    ...(request.role !== null && { role_arn: request.role }),
    mode: request.mode,
    ...(verdict !== null && { effect: verdict.effect }),
    outcome: outcome.outcome,
    ...(verdict !== null && verdict.matchedRule !== null &&
      { rule: verdict.matchedRule, rule_index: verdict.ruleIndex }),
    ...(verdict !== null && { reason: verdict.reason }),
    ...(policy !== null && { policy: { source: policy.source, digest: policy.digest } }),
    ...(trace.sessionTable !== null && { session_table: trace.sessionTable }),
    ...(outcome.sessionId !== null && { session_id: outcome.sessionId }),
    ...(credentials !== null && credentials.sourceIdentity !== null &&
      { source_identity: credentials.sourceIdentity }),
    ...(credentials !== null && { access_key_id: credentials.accessKeyId }),
    ...(expiresAt !== null && { expires_at: new Date(expiresAt).toISOString() }),
    ...(credentials !== null && credentials.durationSeconds !== null &&
      { duration_seconds: credentials.durationSeconds }),
    ...(override?.kind === "approved" && { approved_request_id: override.id }),
    ...(override?.kind === "breakglass" && { break_glass_event_id: override.id }),
    ...(outcome.errorCode !== null && { error_code: outcome.errorCode }),
    host: outcome.process.host,
    pid: outcome.process.pid,
    ...(request.command !== null && { command: request.command }),
  };
}
