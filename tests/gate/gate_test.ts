import { SentinelError } from "../../src/errors.ts";
import type { RefusalCode } from "../../src/gate/decision.ts";
import type { SessionState } from "../../src/gate/ports.ts";
import { CREDENTIAL_MODES, type CredentialMode, RULE_EFFECTS } from "../../src/policy/policy.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { accessRequest, gateFixture, issuedFor } from "../support/gate_fixture.ts";
import { OVERRIDE_SECTIONS } from "../support/override_records.ts";

const TABLE = "flag-table";
const RULE_TABLE = "rule-table";

function policyOf(effect: string, lines = ""): string {
  return `version: "1"\nrules:\n  - name: one\n    effect: ${effect}\n    conditions:\n      profiles: [prod]\n${lines}`;
}

/** What must come out, spelt out by hand: `null` is "issued". */
function expectedRefusal(
  effect: typeof RULE_EFFECTS[number],
  mode: CredentialMode,
  hasTable: boolean,
): RefusalCode | null {
  if (effect === "allow") return null;
  if (effect === "deny") return "POLICY_DENIED";
  if (effect === "require_approval") return "APPROVAL_REQUIRED";
  if (mode !== "server") return "SERVER_REQUIRED";
  if (effect === "require_server") return null;
  return hasTable ? null : "SESSION_REQUIRED";
}

for (const effect of RULE_EFFECTS) {
  for (const mode of CREDENTIAL_MODES) {
    for (const flagTable of [null, TABLE]) {
      for (const ruleTable of [null, RULE_TABLE]) {
        const name = `gate: ${effect} at ${mode}, --session-table ${flagTable}, rule ${ruleTable}`;
        Deno.test(name, async () => {
          const fixture = gateFixture({
            policy: policyOf(effect, ruleTable ? `    session_table: ${ruleTable}\n` : ""),
          });
          const decision = await fixture.gate.authorize(
            accessRequest({ mode, sessionTable: mode === "server" ? flagTable : null }),
          );
          const table = mode === "server" ? ruleTable ?? flagTable : null;
          const refusal = expectedRefusal(effect, mode, table !== null);
          const required = effect === "require_server_session" ? "required" : "optional";
          assertEquals(decision.kind === "deny" ? decision.code : null, refusal);
          assertEquals(
            fixture.calls,
            refusal === null
              ? [
                "policy",
                ...(mode === "server" ? [`session ${table} ${required}`] : []),
                "issue 900",
                "log issued",
                ...(table ? [`touch ${table}`] : []),
              ]
              : ["policy", "log denied"],
          );
          assertEquals(fixture.records.length, 1);
          assertEquals(fixture.records[0]!.session_table, table ?? undefined);
        });
      }
    }
  }
}

Deno.test("P1: the same policy, request and time give the same verdict at all three doors", async () => {
  for (const effect of ["allow", "deny", "require_approval"]) {
    const outcomes = await Promise.all(CREDENTIAL_MODES.map(async (mode) => {
      const { gate } = gateFixture({ policy: policyOf(effect) });
      const decision = await gate.authorize(accessRequest({ mode }));
      return decision.kind === "deny" ? decision.code : "issued";
    }));
    assertEquals(new Set(outcomes).size, 1, `${effect}: ${outcomes}`);
  }
});

Deno.test("max_server_duration caps the server, and the server only", async () => {
  for (const mode of CREDENTIAL_MODES) {
    const { gate, calls } = gateFixture({
      policy: policyOf("allow", "    max_server_duration: 30m\n"),
    });
    await gate.authorize(accessRequest({ mode, durationSeconds: 3600 }));
    assert(calls.includes(mode === "server" ? "issue 1800" : "issue 3600"), String(calls));
  }
});

const ENDED: readonly (readonly [SessionState, RefusalCode])[] = [
  [{ kind: "revoked", detail: "it was revoked" }, "SESSION_REVOKED"],
  [{ kind: "expired" }, "SESSION_EXPIRED"],
];
for (const [state, code] of ENDED) {
  Deno.test(`P6: a session that is ${state.kind} gets no credentials, required or not`, async () => {
    for (const effect of ["allow", "require_server", "require_server_session"]) {
      for (const session of [() => state, () => Promise.resolve(state)]) {
        const { gate, calls } = gateFixture({ policy: policyOf(effect), session });
        const decision = await gate.authorize(accessRequest({ sessionTable: TABLE }));
        assertEquals(decision.kind === "deny" && decision.code, code);
        assert(!calls.some((call) => /^(issue|touch)/.test(call)), String(calls));
      }
    }
  });
}

Deno.test("P6, P7: an unknown session state refuses where it is required and nowhere else", async () => {
  const session = (): SessionState => ({ kind: "unknown" });
  const optional = gateFixture({ policy: policyOf("allow"), session });
  const decision = await optional.gate.authorize(accessRequest({ sessionTable: TABLE }));
  assertEquals(decision.kind, "allow");
  const required = gateFixture({ policy: policyOf("require_server_session"), session });
  const error = await assertRejects(
    () => required.gate.authorize(accessRequest({ sessionTable: TABLE })),
    SentinelError,
  );
  assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
  assertEquals(required.calls.at(-1), "log failed");
  assert(!required.calls.some((call) => call.startsWith("issue")));
});

Deno.test("a fault at any step refuses, leaves one record, and hands over nothing", async () => {
  const boom = () => {
    throw new TypeError("canary-secret");
  };
  const cases = {
    "policy": gateFixture({ policy: boom }),
    "invalid policy": gateFixture({ policy: "version: '1'\nrules: []\nrulez: []" }),
    "override": gateFixture({
      policy: policyOf("require_approval") + OVERRIDE_SECTIONS,
      requests: () => Promise.reject(new TypeError("canary-secret")),
    }),
    "override, at once": gateFixture({
      policy: policyOf("require_approval") + OVERRIDE_SECTIONS,
      events: boom,
    }),
    "session": gateFixture({ policy: policyOf("allow"), session: boom }),
    "session, later": gateFixture({
      policy: policyOf("allow"),
      session: () => Promise.reject(new TypeError("canary-secret")),
    }),
    "credentials": gateFixture({ policy: policyOf("allow"), issue: boom }),
  };
  for (const [step, { gate, calls, records }] of Object.entries(cases)) {
    const error = await assertRejects(
      () => gate.authorize(accessRequest({ sessionTable: TABLE })),
      SentinelError,
    );
    assert(!error.message.includes("canary"), step);
    assertEquals(records.map((record) => record.outcome), ["failed"], step);
    assertEquals(records[0]!.error_code, error.code, step);
    assertEquals(calls.at(-1), "log failed", step);
    assert(!JSON.stringify(records).includes("canary"), step);
    assert(!calls.some((call) => call.startsWith("touch")), step);
  }
});

Deno.test("P14: a log that cannot be written withholds credentials, and is asked once", async () => {
  const fixture = gateFixture({
    policy: policyOf("allow"),
    append: () => {
      throw new SentinelError("LOG_UNWRITABLE", "full");
    },
  });
  const error = await assertRejects(
    () => fixture.gate.authorize(accessRequest({ sessionTable: TABLE })),
    SentinelError,
  );
  assertEquals(error.code, "LOG_UNWRITABLE");
  assertEquals(fixture.calls.filter((call) => call.startsWith("log")).length, 1);
  assert(!fixture.calls.some((call) => call.startsWith("touch")));
});

Deno.test("credentials without an end, or that live too long, never leave through the server", async () => {
  const request = { durationSeconds: 900, sourceIdentity: "x" };
  const endless = { ...issuedFor(request), expiresAt: null, durationSeconds: null };
  const tooLong = { ...issuedFor(request), durationSeconds: 901 };
  for (
    const [issued, code] of [[endless, "CREDENTIALS_UNSUITABLE"], [tooLong, "INTERNAL"]] as const
  ) {
    const { gate } = gateFixture({ policy: policyOf("allow"), issue: () => issued });
    const error = await assertRejects(() => gate.authorize(accessRequest()), SentinelError);
    assertEquals(error.code, code);
  }
  const plain = gateFixture({ policy: policyOf("allow"), issue: () => endless });
  const unlimited = accessRequest({ mode: "cli", isDefaultDuration: true });
  assertEquals((await plain.gate.authorize(unlimited)).kind, "allow");
});

Deno.test("the record of an issued request says who, what, why, and no secret", async () => {
  const { gate, records } = gateFixture({ policy: policyOf("allow", "    reason: because\n") });
  await gate.authorize(accessRequest({ sessionTable: TABLE }));
  assertEquals(records, [{
    timestamp: "2026-06-17T12:00:00.000Z",
    request_id: "aaaaaaaaaaaaaaaa",
    user: "alice",
    arn: "arn:aws:iam::111111111111:user/alice",
    account: "123456789012",
    profile: "prod",
    role_arn: "arn:aws:iam::123456789012:role/Prod",
    mode: "server",
    effect: "allow",
    outcome: "issued",
    rule: "one",
    rule_index: 0,
    reason: "because",
    policy: { source: "policy.yaml", digest: "sha256:test" },
    session_table: TABLE,
    session_id: "00112233445566ff",
    source_identity: "sentinel=alice=direct=00112233445566ff",
    access_key_id: "ASIATESTTESTTESTTEST",
    expires_at: "2026-06-17T12:15:00.000Z",
    duration_seconds: 900,
    host: "testhost",
    pid: 42,
    command: "terraform",
  }]);
});

Deno.test("admit: as authorize, but nothing is handed over and nothing counted", async () => {
  const minting = gateFixture({ policy: policyOf("require_server_session") });
  const admitted = await minting.gate.admit(accessRequest({ sessionTable: TABLE }), { mint: true });
  assertEquals(admitted.kind, "allow");
  assert(!("credentials" in admitted));
  assertEquals(minting.calls, ["policy", `session ${TABLE} required`, "issue 900", "log issued"]);
  const lazy = gateFixture({ policy: policyOf("allow") });
  await lazy.gate.admit(accessRequest(), { mint: false });
  assertEquals(lazy.calls, ["policy", "session null optional"]);
  const denied = gateFixture({ policy: policyOf("deny") });
  const refusal = await denied.gate.admit(accessRequest(), { mint: false });
  assertEquals(refusal.kind, "deny");
  assertEquals(denied.calls, ["policy", "log denied"]);
});

const WORDS: readonly (readonly [string, Partial<Parameters<typeof accessRequest>[0]>, string])[] =
  [
    [
      "require_server_session",
      { mode: "cli" },
      'policy requires server mode with session tracking for profile "prod". Use: sentinel exec --server --session-table <table> --profile prod -- <cmd>',
    ],
    [
      "require_server_session",
      { mode: "server" },
      'policy requires session tracking for profile "prod". Add --session-table <table> flag',
    ],
    [
      "require_server",
      { mode: "cli" },
      'policy requires server mode for profile "prod". Add --server flag',
    ],
    [
      "require_server_session",
      { mode: "credential_process" },
      'policy requires server mode with session tracking for profile "prod". credential_process doesn\'t support session tracking. Use: sentinel exec --server --session-table <table> --profile prod -- <cmd>',
    ],
    [
      "require_server",
      { mode: "credential_process" },
      'policy requires server mode for profile "prod". Use: sentinel exec --server --profile prod -- <cmd>',
    ],
  ];
for (const [effect, changes, message] of WORDS) {
  Deno.test(`the words of ${effect} at ${changes?.mode}`, async () => {
    const { gate } = gateFixture({ policy: policyOf(effect) });
    const decision = await gate.authorize(accessRequest(changes));
    assertEquals(decision.kind === "deny" && decision.message, message);
  });
}

Deno.test("a profile that a shell would read differently is quoted in the command to paste", async () => {
  const { gate } = gateFixture({ policy: `version: "1"\npolicies:\n  - effect: require_server\n` });
  const decision = await gate.authorize(
    accessRequest({ mode: "credential_process", profile: "$(touch x)'y" }),
  );
  assertEquals(
    decision.kind === "deny" && decision.message,
    `policy requires server mode for profile "$(touch x)'y". ` +
      `Use: sentinel exec --server --profile '$(touch x)'\\''y' -- <cmd>`,
  );
});

Deno.test("P6: a rule without a table does not undo a revocation", async () => {
  for (const effect of ["allow", "require_server"]) {
    const { gate, calls } = gateFixture({
      policy: policyOf(effect),
      session: (table) => table === null ? { kind: "revoked", detail: "" } : { kind: "active" },
    });
    const decision = await gate.authorize(accessRequest());
    assertEquals(decision.kind === "deny" && decision.code, "SESSION_REVOKED");
    assert(!calls.some((call) => call.startsWith("issue")), String(calls));
  }
});

Deno.test("a decision that nobody waits for any more is recorded as failed and not counted", async () => {
  let wanted = true;
  const { gate, calls, records } = gateFixture({
    policy: policyOf("allow"),
    issue: (request) => {
      wanted = false;
      return issuedFor(request);
    },
  });
  const error = await assertRejects(
    () => gate.authorize(accessRequest({ sessionTable: TABLE }), { isWanted: () => wanted }),
    SentinelError,
  );
  assertEquals(error.code, "TIMED_OUT");
  assertEquals(records.map(({ outcome, access_key_id }) => [outcome, access_key_id]), [
    ["failed", undefined],
  ]);
  assertEquals(calls.at(-1), "log failed");
});
