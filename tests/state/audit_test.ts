import fc from "fast-check";
import {
  type AuditedDecision,
  compliance,
  ComplianceTally,
  concerns,
  groupAccesses,
} from "../../src/state/audit.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

function decision(changes: Partial<AuditedDecision> = {}): AuditedDecision {
  return {
    timestamp: "2026-03-01T12:00:00.000Z",
    request_id: "aaaaaaaaaaaaaaaa",
    user: "alice",
    profile: "prod",
    mode: "server",
    outcome: "issued",
    host: "h",
    pid: 1,
    ...changes,
  };
}

const TRACKED = { session_id: "00112233445566ff", session_table: "t" };

Deno.test("audit: credentials without a required session, or with one elsewhere, are gaps", () => {
  const cases: [Partial<AuditedDecision>, { table: string | null } | null, boolean][] = [
    [{}, null, false],
    [{}, { table: null }, true],
    [TRACKED, { table: null }, false],
    [TRACKED, { table: "t" }, false],
    [TRACKED, { table: "other" }, true],
    [{ session_id: "00112233445566ff" }, { table: null }, true],
    [{ outcome: "denied" }, { table: null }, false],
    [{ outcome: "failed", ...TRACKED }, { table: "other" }, false],
  ];
  for (const [changes, requirement, isGap] of cases) {
    assertEquals(new ComplianceTally().add(decision(changes), requirement), isGap);
  }
});

Deno.test("audit: profiles are counted apart, whatever they are called", () => {
  const tally = new ComplianceTally();
  for (const profile of ["__proto__", "constructor", "prod", "__proto__"]) {
    tally.add(decision({ profile }), { table: null });
  }
  assertEquals(tally.profiles().map(({ profile, gaps }) => [profile, gaps]), [
    ["__proto__", 2],
    ["constructor", 1],
    ["prod", 1],
  ]);
});

Deno.test("audit: the numbers of a profile always add up", () => {
  const one = fc.record({
    tracked: fc.boolean(),
    outcome: fc.constantFrom("issued" as const, "denied" as const, "failed" as const),
    table: fc.constantFrom(undefined, null, "t", "other"),
  });
  fc.assert(fc.property(fc.array(one), (decisions) => {
    const tally = new ComplianceTally();
    let gaps = 0;
    for (const { tracked, outcome, table } of decisions) {
      const record = decision({ outcome, ...(tracked && TRACKED) });
      if (tally.add(record, table === undefined ? null : { table })) gaps++;
    }
    const issued = decisions.filter(({ outcome }) => outcome === "issued").length;
    const [profile] = tally.profiles();
    if (profile === undefined) return issued === 0;
    const part = compliance(profile);
    assertEquals(profile.issued, issued);
    assertEquals(profile.withSession + profile.withoutSession, issued);
    assertEquals(profile.gaps, gaps);
    assert(profile.gaps <= profile.required && profile.required <= issued);
    return part === null ? profile.required === 0 : part >= 0 && part <= 1;
  }));
});

Deno.test("audit: a key is matched exactly, never in part", () => {
  const record = decision({
    ...TRACKED,
    access_key_id: "ASIAEXAMPLEEXAMPLE12",
    source_identity: "sentinel=alice=direct=00112233445566ff",
  });
  for (
    const key of [
      "ASIAEXAMPLEEXAMPLE12",
      "00112233445566ff",
      "aaaaaaaaaaaaaaaa",
      "sentinel=alice=direct=00112233445566ff",
    ]
  ) assert(concerns(record, key), key);
  for (const key of ["", "ASIAEXAMPLEEXAMPLE1", "alice", "00112233445566f", "prod"]) {
    assert(!concerns(record, key), key);
  }
});

Deno.test("audit: decisions that differ in their time only are one access, the newest first", () => {
  const at = (minute: number, changes: Partial<AuditedDecision> = {}) =>
    decision({ timestamp: `2026-03-01T12:0${minute}:00.000Z`, ...changes });
  const [first, second, ...more] = groupAccesses([
    at(3),
    at(1, { command: "ls", request_id: "b" }),
    at(5, { request_id: "newest" }),
    at(2),
  ]);
  assertEquals(more, []);
  assertEquals([first!.count, first!.decision.request_id], [3, "newest"]);
  assertEquals([first!.first, first!.last].map((time) => new Date(time).getUTCMinutes()), [2, 5]);
  assertEquals([second!.count, second!.decision.command], [1, "ls"]);
});
