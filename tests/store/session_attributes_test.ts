import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import {
  formatMoment,
  readSession,
  readSessions,
  writeSession,
} from "../../src/store/session_attributes.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { sampleSession, T0 } from "./session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

Deno.test("a record has the attributes that tables know", () => {
  assertEquals(writeSession(sampleSession()), {
    id: "0000000000000001",
    user: "alice",
    profile: "prod",
    server_instance_id: "server-1",
    status: "active",
    started_at: "2026-03-01T12:00:00.000Z",
    last_access_at: "2026-03-01T12:00:00.000Z",
    expires_at: "2026-03-01T12:15:00.000Z",
    created_at: "2026-03-01T12:00:00.000Z",
    updated_at: "2026-03-01T12:00:00.000Z",
    request_count: 0,
    source_identity: "sentinel=alice=direct=0000000000000001",
    revoked_by: null,
    revoked_reason: null,
    ttl: T0 / 1000 + 900 + 30 * 86_400,
  });
});

Deno.test("what is written is read back the same", () => {
  const moment = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
  const name = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" })
    .filter((text) => !text.includes("\0"));
  const record: fc.Arbitrary<SessionRecord> = fc.record({
    id: fc.string({ minLength: 16, maxLength: 16, unit: fc.constantFrom(..."0123456789abcdef") }),
    user: name,
    profile: name,
    serverInstanceId: name,
    status: fc.constantFrom("active", "revoked", "expired"),
    startedAt: moment,
    lastAccessAt: moment,
    expiresAt: moment,
    createdAt: moment,
    updatedAt: moment,
    requestCount: fc.maxSafeNat(),
    sourceIdentity: fc.option(name),
    revokedBy: fc.option(name),
    revokedReason: fc.option(name),
  });
  fc.assert(fc.property(record, (session) => {
    // A record that says who revoked it is revoked, whatever else it says.
    const status = session.revokedBy === null ? session.status : "revoked";
    assertEquals(readSession(writeSession(session)), { ...session, status });
  }));
});

Deno.test("moments sort as text as they sort in time", () => {
  const moment = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
  fc.assert(fc.property(moment, moment, (a, b) => {
    const [textA, textB] = [formatMoment(a), formatMoment(b)];
    assertEquals(textA.length, 24);
    assertEquals(Math.sign(a - b), textA < textB ? -1 : textA > textB ? 1 : 0);
  }));
});

const STORED = writeSession(sampleSession());

Deno.test("older records are understood: other spellings of time, attributes that lack", () => {
  const times: Readonly<Record<string, string>> = {
    "2026-03-01T12:15:00Z": "2026-03-01T12:15:00.000Z",
    "2026-03-01T12:15:00.5Z": "2026-03-01T12:15:00.500Z",
    "2026-03-01T12:15:00.123456789Z": "2026-03-01T12:15:00.123Z",
    "2026-03-01T17:45:00+05:30": "2026-03-01T12:15:00.000Z",
    "2026-03-01T04:15:00.000-08:00": "2026-03-01T12:15:00.000Z",
    "2026-03-01t12:15:00z": "2026-03-01T12:15:00.000Z",
  };
  for (const [text, meaning] of Object.entries(times)) {
    const { expiresAt } = readSession({ ...STORED, expires_at: text });
    assertEquals(new Date(expiresAt).toISOString(), meaning, text);
  }
  const { id, user, profile, status, expires_at } = STORED;
  const least = readSession({ id, user, profile, status, expires_at, colour: "blue", list: [1] });
  const expiresAt = T0 + 900_000;
  assertEquals(least, {
    id: "0000000000000001",
    user: "alice",
    profile: "prod",
    serverInstanceId: "",
    status: "active",
    startedAt: expiresAt,
    lastAccessAt: expiresAt,
    expiresAt,
    createdAt: expiresAt,
    updatedAt: expiresAt,
    requestCount: 0,
    sourceIdentity: null,
    revokedBy: null,
    revokedReason: null,
  });
});

Deno.test("optional attributes of the wrong type count as missing", () => {
  const odd = readSession({
    ...STORED,
    request_count: "12",
    last_access_at: 12,
    created_at: "yesterday",
    updated_at: null,
    source_identity: 5,
    revoked_by: "",
  });
  assertEquals(odd, sampleSession({ sourceIdentity: null }));
  for (const request_count of [-1, 1.5, NaN, Infinity, 2 ** 53, null]) {
    assertEquals(readSession({ ...STORED, request_count }).requestCount, 0);
  }
});

Deno.test("a record that cannot be judged is refused, and passed over in lists", () => {
  const faults: Readonly<Record<string, readonly unknown[]>> = {
    id: [undefined, null, 1, "", "1", "000000000000000G"],
    status: [undefined, null, 1, "", "Active", "ACTIVE", "paused", "toString"],
    user: [undefined, null, 5, ""],
    profile: [undefined, null, 5, ""],
    expires_at: [
      undefined,
      null,
      T0 / 1000,
      String(T0),
      "",
      "never",
      "2026-03-01",
      "2026-03-01T12:15:00",
      "2026-03-01 12:15:00Z",
      "2026-02-30T12:15:00Z",
      "2026-13-01T12:15:00Z",
      "2026-03-01T24:00:00Z",
      "2026-03-01T12:60:00Z",
      "2026-03-01T12:15:00+99:99",
      "+012026-03-01T12:15:00Z",
      "0000-01-01T00:00:00+23:59",
      "2026-03-01T12:15:00Z\n",
    ],
  };
  let tried = 0;
  for (const [name, values] of Object.entries(faults)) {
    for (const value of values) {
      const attributes = { ...STORED, [name]: value };
      const error = assertThrows(() => readSession(attributes), SentinelError);
      assertEquals(error.code, "SESSION_RECORD_INVALID");
      assertStringIncludes(error.message, name === "id" ? "its id" : name);
      assertEquals(readSessions([STORED, attributes, STORED]).length, 2);
      tried++;
    }
  }
  assert(tried > 30);
});

Deno.test("what a record says is never printed raw", () => {
  const error = assertThrows(
    () => readSession({ ...STORED, status: `\u001b[31m"\u202e${"x".repeat(1000)}` }),
    SentinelError,
  );
  assertEquals(
    error.message,
    `Cannot understand session 0000000000000001: its status "\\u{1b}[31m\\"\\u{202e}${
      "x".repeat(33)
    }" is unknown`,
  );
});
