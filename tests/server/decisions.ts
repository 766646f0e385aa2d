/**
 * Decisions as the gate makes them, for the endpoint's tests.
 *
 * @module
 */
import {
  type Allowed,
  type RefusalCode,
  type Refused,
  refused as refuse,
} from "../../src/gate/decision.ts";
import type { IssuedCredentials } from "../../src/gate/ports.ts";
import type { Verdict } from "../../src/policy/policy.ts";

/** Credentials as STS issues them; they expire at 2026-06-17T12:15:00.999Z. */
export const CREDENTIALS: IssuedCredentials = {
  accessKeyId: "ASIACANARYACCESSKEY1",
  secretAccessKey: "canary/secret+access=key",
  sessionToken: "canary-session-token",
  expiresAt: Date.UTC(2026, 5, 17, 12, 15, 0, 999),
  durationSeconds: 900,
  accountId: "123456789012",
  roleArn: "arn:aws:iam::123456789012:role/Prod",
  sourceIdentity: "sentinel=alice=direct=0123456789abcdef",
};

const VERDICT: Verdict = {
  effect: "allow",
  matchedRule: "prod",
  ruleIndex: 0,
  ruleEffect: "allow",
  reason: "because",
  requiresServerMode: false,
  requiresSessionTracking: false,
  sessionTableName: null,
  maxServerDurationSeconds: null,
  conditions: {},
  evaluatedAt: new Date(Date.UTC(2026, 5, 17, 12, 0, 0)),
};

/** A yes. */
export function allowed(credentials: Partial<IssuedCredentials> = {}): Allowed {
  return {
    kind: "allow",
    credentials: { ...CREDENTIALS, ...credentials },
    verdict: VERDICT,
    sessionTable: null,
  };
}

/** A no, in the gate's own words. */
export function refused(
  code: RefusalCode = "POLICY_DENIED",
  verdict: Partial<Verdict> = {},
  profile = "prod",
): Refused {
  const full: Verdict = { ...VERDICT, effect: "deny", ruleEffect: "deny", ...verdict };
  return refuse(code, { verdict: full, request: { mode: "server", profile } });
}
