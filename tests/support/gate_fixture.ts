/**
 * A gate over ports that write down what was asked of them, in order.
 *
 * @module
 */
import type { AccessRequest } from "../../src/gate/access_request.ts";
import type { DecisionRecord } from "../../src/gate/decision_record.ts";
import { createGate, type Gate } from "../../src/gate/gate.ts";
import type { Override } from "../../src/gate/override.ts";
import type { CredentialRequest, IssuedCredentials, SessionState } from "../../src/gate/ports.ts";
import { compilePolicy } from "../../src/policy/compile.ts";
import { parsePolicy } from "../../src/policy/parse.ts";

/** A Wednesday, 12:00 UTC. */
export const NOON = Date.UTC(2026, 5, 17, 12, 0, 0);

/** Credentials as STS would issue them for `request` at `now`. */
export function issuedFor(request: CredentialRequest, now = NOON): IssuedCredentials {
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
  readonly override?: Override | null | (() => Promise<Override | null>);
  readonly issue?: (request: CredentialRequest) => IssuedCredentials | Promise<IssuedCredentials>;
  readonly append?: (record: DecisionRecord) => void;
}

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
  const gate = createGate({
    policy: {
      load() {
        calls.push("policy");
        const text = typeof options.policy === "string" ? options.policy : options.policy();
        return {
          source: "policy.yaml",
          digest: "sha256:test",
          evaluate: compilePolicy(parsePolicy(text)),
        };
      },
    },
    overrides: options.override === undefined ? null : {
      find() {
        calls.push("override");
        return typeof options.override === "function"
          ? options.override()
          : Promise.resolve(options.override ?? null);
      },
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
        calls.push(`issue ${request.durationSeconds}`);
        return options.issue?.(request) ?? issuedFor(request);
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
