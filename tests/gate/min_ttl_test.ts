/**
 * `--min-ttl`: what would end too soon is not begun. Through the gate, at every door.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { requireMinWindow } from "../../src/gate/min_ttl.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { accessRequest, gateFixture, issuedFor, NOON } from "../support/gate_fixture.ts";
import { approvedUntil, brokenGlass, OVERRIDE_SECTIONS } from "../support/override_records.ts";

const MINUTE = 60_000;

function policyOf(effect: string, time = ""): string {
  return `rules:\n  - name: one\n    effect: ${effect}\n    conditions:\n      profiles: [prod]\n` +
    (time === "" ? "" : `      time: ${time}\n`);
}

/** The fault of asking for credentials that last `minutes`. */
async function refusal(
  options: Parameters<typeof gateFixture>[0],
  changes: Parameters<typeof accessRequest>[0],
): Promise<{ readonly error: SentinelError; readonly calls: readonly string[] }> {
  const fixture = gateFixture(options);
  const error = await assertRejects(
    () => fixture.gate.authorize(accessRequest(changes)),
    SentinelError,
  );
  assertEquals([error.code, error.exitStatus], ["TTL_TOO_SHORT", 75]);
  assertEquals(fixture.records.map(({ outcome, error_code }) => [outcome, error_code]), [
    ["failed", "TTL_TOO_SHORT"],
  ]);
  assertEquals(fixture.records[0]!.access_key_id, undefined);
  return { error, calls: fixture.calls };
}

for (const mode of ["cli", "credential_process"] as const) {
  Deno.test(`${mode}: a life that is shorter by itself is refused before AWS is asked`, async () => {
    const { error, calls } = await refusal({ policy: policyOf("allow") }, {
      mode,
      durationSeconds: 1800,
      minTtlSeconds: 2700,
    });
    assertEquals(calls, ["policy", "log failed"]);
    assertEquals(
      error.message,
      "--min-ttl asks for 45m, and 30m is left: that is the life that was asked for",
    );
    assertEquals(error.suggestion, "Ask for more: --duration 45m");
    assertEquals(error.details, { availableSeconds: 1800, minTtlSeconds: 2700 });
  });

  Deno.test(`${mode}: what is long enough is handed over`, async () => {
    const { gate, calls } = gateFixture({ policy: policyOf("allow") });
    const request = accessRequest({ mode, durationSeconds: 2700, minTtlSeconds: 2700 });
    assertEquals((await gate.authorize(request)).kind, "allow");
    assertEquals(calls, ["policy", "issue 2700", "log issued"]);
  });

  Deno.test(`${mode}: credentials that end sooner than they should are not handed over`, async () => {
    const options = {
      policy: policyOf("allow"),
      issue: (request: Parameters<typeof issuedFor>[0]) => issuedFor(request, NOON - 50 * MINUTE),
    };
    const { error } = await refusal(options, {
      mode,
      durationSeconds: 3600,
      minTtlSeconds: 2700,
    });
    assertStringIncludes(
      error.message,
      "--min-ttl asks for 45m, and 10m is left: AWS gave no more",
    );
  });
}

Deno.test("what AWS never gives is too short, where --min-ttl is what asks for it", async () => {
  const fault = async (
    longestSeconds: number | null | undefined,
    changes: Parameters<typeof accessRequest>[0],
  ) => {
    const { gate } = gateFixture({
      policy: policyOf("allow"),
      issue() {
        throw new SentinelError("CREDENTIALS_UNSUITABLE", "Not so long", {
          suggestion: "Less.",
          details: { longestSeconds },
        });
      },
    });
    const request = accessRequest({ mode: "cli", durationSeconds: 7200, ...changes });
    const { code, message, suggestion } = await assertRejects(
      () => gate.authorize(request),
      SentinelError,
    );
    return code === "TTL_TOO_SHORT" ? `${message} (${suggestion})` : code;
  };
  const told = "--min-ttl asks for 2h, and AWS gives less. Not so long (Less.)";
  assertEquals(await fault(3600, { minTtlSeconds: 7200 }), told);
  assertEquals(await fault(null, { minTtlSeconds: 7200 }), told);
  for (
    const [longestSeconds, changes] of [
      // An hour would do, were less asked for.
      [3600, { minTtlSeconds: 3600 }],
      [null, { minTtlSeconds: 3600 }],
      // It is not the life that is wrong.
      [undefined, { minTtlSeconds: 7200 }],
      [3600, {}],
      // A server renews.
      [3600, { minTtlSeconds: 7200, mode: "server" }],
    ] as const
  ) {
    assertEquals(await fault(longestSeconds, changes), "CREDENTIALS_UNSUITABLE");
  }
});

Deno.test("cli: an approval that ends sooner is told as what bounds the life", async () => {
  const policy = policyOf("require_approval") + OVERRIDE_SECTIONS;
  const requests = [approvedUntil(NOON + 20 * MINUTE)];
  const { error } = await refusal({ policy, requests }, {
    mode: "cli",
    durationSeconds: 3600,
    minTtlSeconds: 2700,
  });
  assertEquals(
    error.message,
    "--min-ttl asks for 45m, and 20m is left: the approval ends at 2026-06-17T12:20:00Z",
  );
});

Deno.test("server: a window that closes too soon is told, to the minute", async () => {
  const policy = policyOf("allow", '{ hours: { start: "09:00", end: "12:44" } }');
  const { error, calls } = await refusal({ policy }, { minTtlSeconds: 2700 });
  assertEquals(
    error.message,
    "--min-ttl asks for 45m, and 44m is left: then the policy says deny: no rule matches",
  );
  assert(!calls.some((call) => call.startsWith("issue")));
  const open = gateFixture({ policy: policy.replace("12:44", "12:45") });
  assertEquals((await open.gate.authorize(accessRequest({ minTtlSeconds: 2700 }))).kind, "allow");
});

Deno.test("server: an approval that ends sooner is told; renewals make the credentials' life no matter", async () => {
  const approved = (minutes: number) => [approvedUntil(NOON + minutes * MINUTE + 30_000)];
  const policy = policyOf("require_approval") + OVERRIDE_SECTIONS;
  const { error } = await refusal({ policy, requests: approved(20) }, { minTtlSeconds: 2700 });
  assertEquals(
    error.message,
    "--min-ttl asks for 45m, and 20m30s is left: the approval ends at 2026-06-17T12:20:30Z",
  );
  const longer = gateFixture({ policy, requests: approved(45) });
  const admission = await longer.gate.admit(accessRequest({ minTtlSeconds: 2700 }), { mint: true });
  assertEquals([admission.kind, longer.calls.includes("issue 900")], ["allow", true]);
});

Deno.test("a refusal by the policy stays one, whatever is wished", async () => {
  const { gate } = gateFixture({ policy: policyOf("deny") });
  const decision = await gate.authorize(accessRequest({ mode: "cli", minTtlSeconds: 43_200 }));
  assertEquals(decision.kind, "deny");
});

Deno.test("server: a broken glass counts for later only where its entry lifts what is refused then", async () => {
  const policy = policyOf("require_approval", '{ hours: { start: "09:00", end: "12:20" } }');
  const events = [brokenGlass()];
  const wish = { minTtlSeconds: 1800 };
  const { error } = await refusal({ policy: policy + OVERRIDE_SECTIONS, events }, wish);
  assertEquals(
    error.message,
    "--min-ttl asks for 30m, and 20m is left: then the policy says deny: no rule matches",
  );
  const wider = OVERRIDE_SECTIONS.replace("[require_approval]", "[require_approval, no_match]");
  const { gate } = gateFixture({ policy: policy + wider, events });
  assertEquals((await gate.authorize(accessRequest(wish))).kind, "allow");
});

Deno.test("an approval that cannot last is told before anybody waits for it", () => {
  const wish = (minTtlSeconds: number | null, windowSeconds: number, longestSeconds = 28_800) => {
    try {
      requireMinWindow(accessRequest({ minTtlSeconds }), { windowSeconds, longestSeconds });
      return null;
    } catch (error) {
      assert(error instanceof SentinelError && error.code === "TTL_TOO_SHORT");
      return `${error.message}; ${error.suggestion}`;
    }
  };
  assertEquals(wish(null, 900), null);
  assertEquals(wish(3599, 3600), null);
  assertEquals(
    // Some of it is over when it is used.
    wish(3600, 3600),
    "--min-ttl asks for 1h, and 1h is left: that is the whole approval that would be " +
      "asked for; Ask for more: --request-duration 1h15m",
  );
  assertEquals(
    wish(7200, 3600, 7200),
    "--min-ttl asks for 2h, and 1h is left: the policy allows no longer approval; " +
      "Do with less: --min-ttl",
  );
});
