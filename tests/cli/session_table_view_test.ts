import fc from "fast-check";
import {
  formatReach,
  formatSession,
  formatSessionTable,
  SESSION_COLUMNS,
  sessionRow,
} from "../../src/cli/session_table_view.ts";
import { textWidth } from "../../src/text/text_width.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { idOf, MINUTE, sampleSession, T0 } from "../store/session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const NOW = T0 + 5 * MINUTE;

function tableOf(records: readonly SessionRecord[], width: number): string[] {
  return formatSessionTable(records, { now: NOW, exact: false, width }).trimEnd().split("\n");
}

Deno.test("a table tells who serves what, since when, until when", () => {
  const records = [
    sampleSession({ requestCount: 1204, lastAccessAt: NOW - 3000 }),
    sampleSession({ id: idOf(2), user: "bob", status: "revoked" }),
    sampleSession({ id: idOf(3), expiresAt: NOW }),
  ];
  assertEquals(tableOf(records, 100), [
    "ID                STATUS   USER   PROFILE  STARTED  LAST USED  EXPIRES  REQUESTS",
    "0000000000000001  active   alice  prod     5m ago   3s ago     in 10m       1204",
    "0000000000000002  revoked  bob    prod     5m ago   5m ago     in 10m          0",
    "0000000000000003  expired  alice  prod     5m ago   5m ago     now             0",
  ]);
});

Deno.test("a table that is too wide cuts names first, then leaves out what matters least", () => {
  const records = [sampleSession({ user: "u".repeat(40), profile: "p".repeat(30) })];
  const [head, row] = tableOf(records, 80);
  assertEquals(
    head,
    "ID                STATUS  USER         PROFILE       STARTED  LAST USED  EXPIRES",
  );
  assert(textWidth(row!) <= 80);
  assertStringIncludes(row!, "uuuu…");
  assertEquals(tableOf(records, 53)[0], "ID                STATUS  USER      PROFILE   STARTED");
  assertEquals(tableOf(records, 40)[0], "ID                STATUS  USER");
  // An id can be typed only as a whole.
  assertStringIncludes(tableOf(records, 10)[1]!, idOf(1));
});

Deno.test("every line fits every width from 36 on, whatever names hold", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
    fc.constantFrom("名前太郎".repeat(9), "👩‍👩‍👧".repeat(7), "e\u0301".repeat(30), "\x1b[2J\n"),
  );
  fc.assert(fc.property(
    fc.array(fc.record({ user: name, profile: name }), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 36, max: 200 }),
    fc.boolean(),
    (names, width, exact) => {
      const records = names.map((changes) => sampleSession(changes));
      const text = formatSessionTable(records, { now: NOW, exact, width });
      assertEquals(text.trimEnd().split("\n").length, records.length + 1);
      for (const line of text.trimEnd().split("\n")) {
        assert(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
      }
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text));
    },
  ));
});

Deno.test("one session is shown with every field, each printable", () => {
  const record = sampleSession({
    status: "revoked",
    updatedAt: NOW - MINUTE,
    revokedBy: "bo\x1bb",
    revokedReason: "laptop\nlost",
    requestCount: 3,
  });
  assertEquals(
    formatSession(record, { now: NOW, exact: true }),
    `Session          0000000000000001
Status           revoked
User             alice
Profile          prod
Started          2026-03-01 12:00:00 UTC
Last used        2026-03-01 12:00:00 UTC
Requests         3
Expires          2026-03-01 12:15:00 UTC
Recorded         2026-03-01 12:00:00 UTC
Changed          2026-03-01 12:04:00 UTC
Server           server-1
Source identity  sentinel=alice=direct=0000000000000001
Revoked by       bo\\u{1b}b
Reason           laptop\\u{a}lost

It gets no credentials. Those handed out until 2026-03-01 12:04:00 UTC remain valid until 2026-03-01 12:19:01 UTC at the latest.
`,
  );
});

Deno.test("what a session still allows is told for each of its states", () => {
  const words = (changes: Partial<SessionRecord>, now = NOW) =>
    formatReach(sampleSession(changes), now).split(/[.,]/)[0];
  assertEquals(words({}), "It may get credentials");
  assertEquals(words({ status: "expired" }), "It gets no credentials");
  const over = { status: "expired", updatedAt: T0 } as const;
  assertStringIncludes(
    formatReach(sampleSession(over), T0 + 16 * MINUTE),
    "all that it got have expired",
  );
  assertStringIncludes(
    formatReach(sampleSession({ expiresAt: NOW - MINUTE }), NOW),
    "a server whose machine only slept may go on; revoke it to be sure",
  );
});

Deno.test("sessionRow() has exactly the columns of the CSV, and the status as it is now", () => {
  const row = sessionRow(sampleSession({ expiresAt: T0 + 1, serverInstanceId: "" }), NOW);
  assertEquals(Object.keys(row), [...SESSION_COLUMNS]);
  assertEquals([row["status"], row["server_instance_id"]], ["expired", null]);
});
