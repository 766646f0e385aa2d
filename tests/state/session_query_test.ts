import fc from "fast-check";
import { SESSION_STATUSES, type SessionRecord } from "../../src/state/session.ts";
import { matches, type SessionQuery, sourceOf } from "../../src/state/session_query.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { MINUTE, sampleSession, T0 } from "../store/session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const ANY: SessionQuery = { user: null, profile: null, status: null, since: null };

Deno.test("sourceOf() reads the fewest records: a user's, else a profile's, else a status's", () => {
  const query = { user: "alice", profile: "prod", status: "active", since: T0 } as const;
  assertEquals(sourceOf(query), { kind: "user", user: "alice" });
  assertEquals(sourceOf({ ...query, user: null }), { kind: "profile", profile: "prod" });
  const statuses = (status: SessionQuery["status"]) => sourceOf({ ...ANY, status });
  assertEquals(statuses("active"), { kind: "statuses", statuses: ["active"] });
  assertEquals(statuses("revoked"), { kind: "statuses", statuses: ["revoked"] });
  assertEquals(statuses("expired"), { kind: "statuses", statuses: ["active", "expired"] });
  assertEquals(statuses(null), { kind: "statuses", statuses: ["active", "revoked", "expired"] });
});

Deno.test("matches() judges a status as it is now, and each condition by itself", () => {
  const lapsed = sampleSession({ expiresAt: T0 });
  const cases: readonly (readonly [Partial<SessionQuery>, SessionRecord, boolean])[] = [
    [{}, sampleSession(), true],
    [{ status: "active" }, sampleSession(), true],
    [{ status: "active" }, lapsed, false],
    [{ status: "expired" }, lapsed, true],
    [{ status: "expired" }, sampleSession({ status: "expired" }), true],
    [{ status: "revoked" }, sampleSession({ status: "revoked", expiresAt: T0 - 1 }), true],
    [{ user: "alic" }, sampleSession(), false],
    [{ user: "alice", profile: "dev" }, sampleSession(), false],
    [{ since: T0 }, sampleSession(), true],
    [{ since: T0 + 1 }, sampleSession(), false],
  ];
  for (const [conditions, record, expected] of cases) {
    assertEquals(
      matches({ ...ANY, ...conditions }, record, T0),
      expected,
      JSON.stringify(conditions),
    );
  }
});

Deno.test("whatever matches a query stands in its source", () => {
  const name = fc.constantFrom("a", "b");
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const status = fc.constantFrom(...SESSION_STATUSES);
  fc.assert(fc.property(
    fc.record({ user: optional(name), profile: optional(name), status: optional(status) }),
    fc.record({ user: name, profile: name, status, life: fc.integer({ min: -2, max: 2 }) }),
    (conditions, { life, ...changes }) => {
      const query = { ...ANY, ...conditions };
      const record = sampleSession({ ...changes, expiresAt: T0 + life * MINUTE });
      if (!matches(query, record, T0)) return;
      const source = sourceOf(query);
      assert(source.kind !== "user" || source.user === record.user);
      assert(source.kind !== "profile" || source.profile === record.profile);
      assert(source.kind !== "statuses" || source.statuses.includes(record.status));
    },
  ));
});
