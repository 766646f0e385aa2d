/**
 * A gate over ports that write down what was asked of them, in order.
 *
 * @module
 */
import type { AccessRequest } from "../../src/gate/access_request.ts";
import type { DecisionRecord } from "../../src/gate/decision_record.ts";
import { createGate, type Gate } from "../../src/gate/gate.ts";
import { lifetimeSeconds } from "../../src/gate/lifetime.ts";
import type {
  CredentialRequest,
  Issued,
  IssuedCredentials,
  RecordLookup,
  SessionState,
} from "../../src/gate/ports.ts";
import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import type { CountedEvent } from "../../src/state/break_glass_event.ts";
import { compilePolicy } from "../../src/policy/compile.ts";
import { compileOverrideRules } from "../../src/policy/override_rules.ts";
import { parsePolicy } from "../../src/policy/parse.ts";

/** A Wednesday, 12:00 UTC. */
export const NOON = Date.UTC(2026, 5, 17, 12, 0, 0);

/** Credentials as STS would issue them for `request` at `now`: life and source identity count. */
export function issuedFor(
  request: Pick<CredentialRequest, "durationSeconds" | "sourceIdentity">,
  now = NOON,
): IssuedCredentials {
  return {
    accessKeyId: "ASIATESTTESTTESTTEST",
    secretAccessKey: "canary-secret",
    sessionToken: "canary-token",
    expiresAt: now + request.durationSeconds * 1000,
    durationSeconds: request.durationSeconds,
    accountId: "123456789012",
    roleArn: "arn:aws:iam::123456789012:role/Prod",
    sourceIdentity: request.sourceIdentity,
  };
}

/** What the fixture's ports do; everything has a default that lets a request pass. */
export interface GateFixtureOptions {
  readonly policy: string | (() => string);
  readonly session?: (
    table: string | null,
    required: boolean,
  ) => SessionState | Promise<SessionState>;
  /** Stored requests, newest first; absent = no table was named. */
  readonly requests?: Stored<ApprovalRequest>;
  /** Stored break-glass events, newest first; absent = no table was named. */
  readonly events?: Stored<CountedEvent>;
  readonly issue?: (request: CredentialRequest) => Issued | Promise<Issued>;
  readonly append?: (record: DecisionRecord) => void;
}

/** Records, or what the store does instead of giving them. */
type Stored<T> = readonly T[] | (() => readonly T[] | Promise<readonly T[]>);

/** The gate and what it did. */
export interface GateFixture {
  readonly gate: Gate;
  /** Calls of the ports, in order, without their results. */
  readonly calls: string[];
  readonly records: DecisionRecord[];
}

/** Builds the fixture. */
export function gateFixture(options: GateFixtureOptions): GateFixture {
  const calls: string[] = [];
  const records: DecisionRecord[] = [];
  const lookup = <T>(table: string, stored: Stored<T> | undefined): RecordLookup<T> | null =>
    stored === undefined ? null : {
      table,
      find() {
        calls.push(table);
        return typeof stored === "function" ? stored() : stored;
      },
    };
  const gate = createGate({
    policy: {
      load() {
        calls.push("policy");
        const text = typeof options.policy === "string" ? options.policy : options.policy();
        const policy = parsePolicy(text);
        return {
          source: "policy.yaml",
          digest: "sha256:test",
          evaluate: compilePolicy(policy),
          overrides: compileOverrideRules(policy),
        };
      },
    },
    overrides: {
      requests: lookup("requests", options.requests),
      events: lookup("events", options.events),
    },
    sessions: {
      sessionId: "00112233445566ff",
      check(table, { required }) {
        calls.push(`session ${table} ${required ? "required" : "optional"}`);
        return options.session?.(table, required) ?? { kind: "active" };
      },
      touch(table) {
        calls.push(`touch ${table}`);
      },
    },
    credentials: {
      issue(request) {
        const seconds = lifetimeSeconds(request, NOON);
        calls.push(`issue ${seconds}`);
        if (options.issue !== undefined) return options.issue(request);
        return seconds === null ? null : issuedFor({ ...request, durationSeconds: seconds });
      },
    },
    log: {
      append(record) {
        calls.push(`log ${record.outcome}`);
        options.append?.(record);
        records.push(record);
      },
    },
    process: { host: "testhost", pid: 42 },
    userDigest: "0123456789abcdef".repeat(4),
  });
  return { gate, calls, records };
}

/** A request that a plain allow-rule allows; `changes` on top. */
export function accessRequest(changes: Partial<AccessRequest> = {}): AccessRequest {
  return {
    user: "alice",
    account: "123456789012",
    arn: "arn:aws:iam::111111111111:user/alice",
    profile: "prod",
    role: "arn:aws:iam::123456789012:role/Prod",
    mode: "server",
    time: NOON,
    sessionTable: null,
    durationSeconds: 900,
    requestId: "aaaaaaaaaaaaaaaa",
    command: "terraform",
    ...changes,
  };
}
