/**
 * Credentials that cannot be shortened: where they may be handed over to their own end, over
 * effect × mode × what limits the life, and that the gate does not rely on who makes them.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { OwnLife } from "../../src/gate/ports.ts";
import type { CredentialMode, RuleEffect } from "../../src/policy/policy.ts";
import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { accessRequest, gateFixture, issuedFor, NOON } from "../support/gate_fixture.ts";
import { approvedUntil } from "../support/override_records.ts";
import { policyOf } from "../support/serving.ts";

const MODES = ["server", "cli", "credential_process"] as const;
const APPROVED = approvedUntil(NOON + 3600_000);

/** A policy of one rule, by which lead approves. */
function policyWith(effect: RuleEffect): string {
  const approvals = [{ name: "any", approvers: ["lead"] }];
  return JSON.stringify({ ...JSON.parse(policyOf({ effect })), approvals });
}

interface Case {
  readonly effect: RuleEffect;
  readonly override: ApprovalRequest | null;
  readonly isDefaultDuration: boolean;
  readonly expected: Readonly<Record<CredentialMode, OwnLife | "not asked">>;
}

const CASES: readonly Case[] = [
  {
    effect: "allow",
    override: null,
    isDefaultDuration: true,
    expected: { server: "refused", cli: "allowed", credential_process: "allowed" },
  },
  {
    effect: "allow",
    override: null,
    isDefaultDuration: false,
    expected: { server: "refused", cli: "within", credential_process: "within" },
  },
  {
    effect: "require_approval",
    override: APPROVED,
    isDefaultDuration: true,
    expected: { server: "refused", cli: "within", credential_process: "within" },
  },
  {
    effect: "require_approval",
    override: null,
    isDefaultDuration: true,
    expected: { server: "not asked", cli: "not asked", credential_process: "not asked" },
  },
  {
    effect: "require_server",
    override: null,
    isDefaultDuration: true,
    expected: { server: "refused", cli: "not asked", credential_process: "not asked" },
  },
  {
    effect: "deny",
    override: null,
    isDefaultDuration: true,
    expected: { server: "not asked", cli: "not asked", credential_process: "not asked" },
  },
];

for (const { effect, override, isDefaultDuration, expected } of CASES) {
  const what = `${effect}${override === null ? "" : ", approved"}${
    isDefaultDuration ? "" : ", for a life that was asked for"
  }`;
  for (const mode of MODES) {
    Deno.test(`${what}, ${mode}: credentials with a life of their own are ${expected[mode]}`, async () => {
      let asked: OwnLife | "not asked" = "not asked";
      const { gate } = gateFixture({
        policy: policyWith(effect),
        requests: override === null ? [] : [override],
        issue: (request) => {
          asked = request.ownLife ?? "refused";
          return issuedFor(request);
        },
      });
      await gate.authorize(accessRequest({ mode, isDefaultDuration }));
      assertEquals(asked, expected[mode]);
    });

    Deno.test(`${what}, ${mode}: what outlives a limit is not handed over`, async () => {
      const { gate, records } = gateFixture({
        policy: policyWith(effect),
        requests: override === null ? [] : [override],
        issue: (request) => issuedFor({ ...request, durationSeconds: 8 * 3600 }),
      });
      const authorize = () => gate.authorize(accessRequest({ mode, isDefaultDuration }));
      if (expected[mode] === "not asked") {
        assertEquals((await authorize()).kind, "deny");
      } else if (expected[mode] === "allowed") {
        assertEquals((await authorize()).kind, "allow");
        // The record tells when they end, not what would have been usual.
        assertEquals(records[0]?.duration_seconds, 8 * 3600);
      } else {
        await assertRejects(authorize, SentinelError, "outlive");
        assertEquals(records.map(({ outcome }) => outcome), ["failed"]);
      }
    });

    Deno.test(`${what}, ${mode}: what has no end that is known is not handed over within a limit`, async () => {
      const { gate } = gateFixture({
        policy: policyWith(effect),
        requests: override === null ? [] : [override],
        issue: (request) => ({ ...issuedFor(request), expiresAt: null, durationSeconds: null }),
      });
      const authorize = () => gate.authorize(accessRequest({ mode, isDefaultDuration }));
      if (expected[mode] === "not asked") assertEquals((await authorize()).kind, "deny");
      else if (expected[mode] === "allowed") assertEquals((await authorize()).kind, "allow");
      else await assertRejects(authorize, SentinelError, "no end of life that is known");
    });
  }
}
