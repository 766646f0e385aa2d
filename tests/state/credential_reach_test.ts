import fc from "fast-check";
import { credentialsEnd } from "../../src/state/credential_reach.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { MINUTE, sampleSession, T0 } from "../store/session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const LIFE = 15 * MINUTE;

/** A record whose server last gave a sign of life at `sign`, with credentials of 15 minutes. */
function touched(sign: number, changes: Partial<SessionRecord> = {}): SessionRecord {
  return sampleSession({ updatedAt: sign, expiresAt: sign + LIFE, ...changes });
}

Deno.test("credentialsEnd() of an active session is the life of credentials from now", () => {
  const record = touched(T0 + MINUTE);
  assertEquals(credentialsEnd(record, T0 + 3 * MINUTE), T0 + 3 * MINUTE + LIFE + 1000);
  assertEquals(credentialsEnd(record, T0 + MINUTE), T0 + MINUTE + LIFE + 1000);
  // A clock behind the server's shortens nothing.
  assertEquals(credentialsEnd(record, T0), T0 + MINUTE + LIFE + 1000);
});

Deno.test("credentialsEnd() of a session that ran out is not later whenever it is asked", () => {
  const record = touched(T0);
  const end = credentialsEnd(record, record.expiresAt);
  assertEquals(credentialsEnd(record, record.expiresAt + 1000 * MINUTE), end);
});

Deno.test("credentialsEnd() is never too early for what a server does that lives", () => {
  fc.assert(fc.property(
    fc.record({
      // The last sign that carried an access, the last sign at all, the end; from the start on.
      access: fc.integer({ min: 0, max: 60 * MINUTE }),
      quiet: fc.integer({ min: 0, max: 60 * MINUTE }),
      // A server that runs writes every five minutes.
      silence: fc.integer({ min: 0, max: 5 * MINUTE }),
      life: fc.integer({ min: 15 * MINUTE, max: 720 * MINUTE }),
      handedOut: fc.double({ min: 0, max: 1, noNaN: true }),
      status: fc.constantFrom("revoked", "expired"),
    }),
    ({ access, quiet, silence, life, handedOut, status }) => {
      const sign = T0 + access + quiet;
      const end = sign + silence;
      const record = sampleSession({
        status,
        lastAccessAt: T0 + access,
        updatedAt: end,
        expiresAt: sign + life,
      });
      // Unseen by the record, at any time between the last sign and the end.
      const expiry = sign + handedOut * silence + life;
      assert(credentialsEnd(record, end) >= expiry);
      assert(credentialsEnd(record, end) <= end + life + 5 * MINUTE + 1000, "not much too late");
      const before = { ...record, status: "active" as const, updatedAt: sign };
      assert(credentialsEnd(before, end) >= expiry);
    },
  ));
});
