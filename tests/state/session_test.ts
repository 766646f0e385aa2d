import { SentinelError } from "../../src/errors.ts";
import { isRecordId, isRecordName } from "../../src/state/record_value.ts";
import {
  createSessionRecord,
  effectiveStatus,
  isSessionStatus,
  isSessionText,
  sessionProblem,
  type SessionRecord,
  sessionTtlSeconds,
} from "../../src/state/session.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const T0 = Date.UTC(2026, 2, 1, 12);

const NEW_SESSION = {
  id: "00000000000000ab",
  user: "alice",
  profile: "prod",
  serverInstanceId: "server-1",
  startedAt: T0,
  expiresAt: T0 + 900_000,
  sourceIdentity: null,
};

Deno.test("a new record is active, untouched and revoked by nobody", () => {
  assertEquals(createSessionRecord({ ...NEW_SESSION, createdAt: T0 + 5 }), {
    ...NEW_SESSION,
    status: "active",
    lastAccessAt: T0,
    createdAt: T0 + 5,
    updatedAt: T0 + 5,
    requestCount: 0,
    revokedBy: null,
    revokedReason: null,
  });
  assertEquals(createSessionRecord(NEW_SESSION).createdAt, T0);
});

Deno.test("a new record that no store could keep is refused", () => {
  for (const changes of [{ id: "" }, { user: "" }, { expiresAt: NaN }, { sourceIdentity: "" }]) {
    const error = assertThrows(
      () => createSessionRecord({ ...NEW_SESSION, ...changes }),
      SentinelError,
      "Cannot create a session: ",
    );
    assertEquals(error.code, "SESSION_RECORD_INVALID");
  }
});

Deno.test("only 16 lower-case hex digits are an id", () => {
  assert(isRecordId("0123456789abcdef"));
  for (
    const text of [
      "",
      "0123456789ABCDEF",
      "0123456789abcde",
      "0123456789abcdef0",
      "0123456789abcdef\n",
      " 0123456789abcdef",
      "０123456789abcdef",
      "0123456789abcdeg",
    ]
  ) assert(!isRecordId(text), JSON.stringify(text));
});

Deno.test("an active record is expired from its expiry on; other states stay", () => {
  const record = createSessionRecord(NEW_SESSION);
  assertEquals(effectiveStatus(record, record.expiresAt - 1), "active");
  assertEquals(effectiveStatus(record, record.expiresAt), "expired");
  assertEquals(effectiveStatus({ ...record, status: "revoked" }, record.expiresAt), "revoked");
  assertEquals(effectiveStatus({ ...record, status: "expired" }, T0), "expired");
});

Deno.test("a record outlives its session by thirty days", () => {
  assertEquals(sessionTtlSeconds(T0), T0 / 1000 + 30 * 24 * 3600);
  assertEquals(sessionTtlSeconds(T0 + 999), T0 / 1000 + 30 * 24 * 3600);
});

Deno.test("statuses are spelled in one way", () => {
  for (const status of ["active", "revoked", "expired"]) assert(isSessionStatus(status));
  for (const status of ["", "Active", "ACTIVE", "active ", "deleted", "constructor"]) {
    assert(!isSessionStatus(status), status);
  }
});

Deno.test("names and texts are those that every store gives back unchanged", () => {
  for (const text of ["a", "Ünï 漢字 \u{1f511}", "\n", "'; --"]) {
    assert(isRecordName(text) && isSessionText(text), text);
  }
  for (const text of ["", "a\0b", "\ud800", "\udc00x"]) {
    assert(!isRecordName(text) && !isSessionText(text), JSON.stringify(text));
  }
  assert(isRecordName("x".repeat(512)) && !isRecordName("x".repeat(513)));
  assert(isSessionText("x".repeat(500)) && !isSessionText("x".repeat(501)));
});

Deno.test("each fault of a record is named by its field", () => {
  const record = createSessionRecord(NEW_SESSION);
  assertEquals(sessionProblem(record), null);
  const faults: Partial<Record<keyof SessionRecord, unknown>> = {
    user: "\0",
    profile: "",
    serverInstanceId: "\ud800",
    startedAt: NaN,
    lastAccessAt: Infinity,
    expiresAt: 253_402_300_800_000,
    createdAt: -62_167_219_200_001,
    updatedAt: -Infinity,
    requestCount: -1,
    sourceIdentity: "",
    revokedBy: "",
    revokedReason: "",
  };
  for (const [field, value] of Object.entries(faults)) {
    const problem = sessionProblem({ ...record, [field]: value });
    assert(problem?.startsWith(field), `${field}: ${problem}`);
  }
  assert(sessionProblem({ ...record, id: "x" }) !== null);
  assert(sessionProblem({ ...record, status: "zombie" as "active" }) !== null);
});
