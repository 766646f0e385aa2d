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
import { type Decision, type RefusalCode, refusalCode, type Refused, refused } from "./decision.ts";
import { decisionRecord, type RecordOutcome, type Trace } from "./decision_trace.ts";
import { allowedLife, allowedSeconds, keepsTo, lifetimeSeconds } from "./lifetime.ts";
import { asTooShort, requireLife, requireMinTtl } from "./min_ttl.ts";
import type { Override } from "./override.ts";
import type {
  CredentialRequest,
  CredentialSource,
  DecisionLog,
  Issued,
  OverrideRecords,
  PolicySource,
  SessionTracker,
} from "./ports.ts";
import { formatSourceIdentity } from "./source_identity.ts";
import { run, type Steps, when } from "./steps.ts";

/** What the gate works with. */
export interface GatePorts {
  readonly policy: PolicySource;
  /** `null`: nothing can lift a refusal. */
  readonly overrides: OverrideRecords | null;
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

/** Effective session table (P5): the rule's own, else the caller's; none outside server mode. */
function effectiveTable(verdict: Verdict, request: AccessRequest): string | null {
  if (request.mode !== "server") return null;
  return verdict.sessionTableName ?? request.sessionTable;
}

/** Loaded with the first refusal: most requests are allowed, and each start would pay for it. */
let lifting: typeof import("./lift.ts") | null = null;

/** Creates the gate over its ports. */
export function createGate(ports: GatePorts): Gate {
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

  /**
   * Step 5; `null` when too little is left of the override. INVARIANT: what comes back lives no
   * longer than was allowed.
   */
  function* issue(request: AccessRequest, trace: Trace): Steps<Issued> {
    const { override } = trace;
    const life = allowedLife(request, trace);
    const wanted: CredentialRequest = {
      ...life,
      sourceIdentity: formatSourceIdentity({
        user: request.user,
        marker: override?.kind ?? "direct",
        id: ports.sessions?.sessionId ?? request.requestId,
      }, ports.userDigest),
      ...(typeof request.minTtlSeconds === "number" && { minTtlSeconds: request.minTtlSeconds }),
    };
    let credentials: Issued;
    try {
      credentials = yield* when(ports.credentials.issue(wanted));
    } catch (thrown) {
      throw asTooShort(request, thrown);
    }
    if (credentials === null) return null;
    const { durationSeconds, expiresAt } = credentials;
    if (expiresAt === null || durationSeconds === null) {
      if (life.ownLife !== "allowed") {
        throw new SentinelError(
          "CREDENTIALS_UNSUITABLE",
          "The profile's credentials have no end of life that is known, and this access must have one",
          { suggestion: "Leave out --no-session, or add a role_arn to the profile." },
        );
      }
    } else if (!keepsTo({ durationSeconds, expiresAt }, { life, now: request.time })) {
      throw new SentinelError("INTERNAL", "The issued credentials outlive what was allowed");
    }
    return credentials;
  }

  /** Step 5 by the override of `trace`; where too little is left of it, by one of the `others`. */
  function* issueByAny(
    request: AccessRequest,
    trace: Trace,
    others: readonly Override[],
  ): Steps<Issued> {
    let credentials = yield* issue(request, trace);
    for (const override of others) {
      if (credentials !== null) break;
      credentials = yield* issue(request, { ...trace, override });
      if (credentials !== null) trace.override = override;
    }
    return credentials;
  }

  /** Steps 1 to 5; what it learns on the way stands in `trace`, whatever happens. */
  function* decide(
    request: AccessRequest,
    trace: Trace,
    { mint }: { readonly mint: boolean },
  ): Steps<Refused | null> {
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
    let others: readonly Override[] = [];
    if (verdict.effect !== "allow") {
      lifting ??= yield* when(import("./lift.ts"));
      const lifted = yield* lifting.lift(request, { verdict, policy, records: ports.overrides });
      const [override, ...rest] = lifted.overrides;
      if (override === undefined) {
        return refused(refusalCode(verdict), { verdict, request, lifted });
      }
      trace.override = override;
      others = rest;
    }
    const sessionRefusal = yield* checkSession(request, verdict, trace.sessionTable);
    if (sessionRefusal !== null) return refused(sessionRefusal, { verdict, request });
    const life = allowedLife(request, trace);
    const seconds = allowedSeconds(life, request.time);
    requireMinTtl(request, { policy, asked, override: trace.override, seconds });
    if (!mint) {
      return lifetimeSeconds(life, request.time) !== null
        ? null
        : refused("OVERRIDE_TOO_SHORT", { verdict, request });
    }
    const credentials = yield* issueByAny(request, trace, others);
    if (credentials === null) return refused("OVERRIDE_TOO_SHORT", { verdict, request });
    requireLife(request, credentials);
    trace.credentials = credentials;
    return null;
  }

  function record(
    request: AccessRequest,
    trace: Trace,
    { outcome, errorCode }: Pick<RecordOutcome, "outcome" | "errorCode">,
  ): void {
    if (ports.log === null) return;
    ports.log.append(decisionRecord(request, trace, {
      outcome,
      errorCode,
      sessionId: trace.sessionTable === null ? null : ports.sessions?.sessionId ?? null,
      process: ports.process,
    }));
  }

  /** Steps 1 to 6. One record, on every path, before the decision leaves the gate. */
  function* settle(
    request: AccessRequest,
    { mint, isWanted }: { readonly mint: boolean; readonly isWanted: () => boolean },
  ): Steps<{ readonly refusal: Refused | null; readonly trace: Trace }> {
    const trace: Trace = {
      policy: null,
      verdict: null,
      sessionTable: null,
      override: null,
      credentials: null,
    };
    let refusal: Refused | null;
    try {
      refusal = yield* decide(request, trace, { mint });
      if (!isWanted()) {
        throw new SentinelError(
          "TIMED_OUT",
          "The decision came when nobody waited for it any more",
        );
      }
    } catch (thrown) {
      const error = asSentinelError(thrown);
      record(request, trace, { outcome: "failed", errorCode: error.code });
      throw error;
    }
    // Nothing is handed over by an admission that mints nothing, so there is nothing to record.
    if (refusal !== null) record(request, trace, { outcome: "denied", errorCode: refusal.code });
    else if (mint) record(request, trace, { outcome: "issued", errorCode: null });
    return { refusal, trace };
  }

  function* authorize(
    request: AccessRequest,
    { isWanted = () => true }: AuthorizeOptions = {},
  ): Steps<Decision> {
    const { refusal, trace } = yield* settle(request, { mint: true, isWanted });
    if (refusal !== null) return refusal;
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
    const { refusal, trace } = yield* settle(request, { mint, isWanted: () => true });
    if (refusal !== null) return refusal;
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
