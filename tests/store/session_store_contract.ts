/**
 * The contract of a session store: one suite, run for every store and every kind of table.
 *
 * @module
 */
import fc from "fast-check";
import type { SessionRecord } from "../../src/state/session.ts";
import type { SessionStore, SessionTouch } from "../../src/store/store.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { waitFor } from "../support/wait.ts";
import { startContender } from "./contenders.ts";
import { SessionModel } from "./session_model.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";
import { assertCode, assertListed, ids } from "./store_assertions.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** A table under test. Each `open` gives another handle of the same table. */
export interface StoreSubject extends AsyncDisposable {
  /** What `openSessionStore` takes. */
  readonly table: string;
  /** Where the service is, for a table in DynamoDB. */
  readonly endpoint: string | null;
  open(): Promise<SessionStore>;
}

/** How a store is put to the test. */
export interface ContractOptions {
  readonly setup: () => Promise<StoreSubject>;
  /** Random histories to compare with the model. */
  readonly histories: number;
}

const REVOCATION = { now: T0 + MINUTE, by: "root", reason: "laptop stolen" };

function touchAt(now: number, changes: Partial<SessionTouch> = {}): SessionTouch {
  return { now, lastAccessAt: now, requests: 1, expiresAt: now + 15 * MINUTE, ...changes };
}

/** Registers the suite for one kind of store. */
export function describeSessionStore(kind: string, { setup, histories }: ContractOptions): void {
  function test(
    name: string,
    body: (store: SessionStore, subject: StoreSubject) => Promise<void>,
  ): void {
    Deno.test(`${kind}: ${name}`, async () => {
      await using subject = await setup();
      await using store = await subject.open();
      await body(store, subject);
    });
  }

  test("a created record is read back as it was", async (store, subject) => {
    assertEquals(store.table, subject.table);
    const sessions = [
      sampleSession(),
      sampleSession({ id: idOf(2), sourceIdentity: null }),
      sampleSession({
        id: idOf(3),
        status: "revoked",
        revokedBy: "root",
        revokedReason: "x".repeat(500),
        requestCount: Number.MAX_SAFE_INTEGER,
        startedAt: Date.parse("0000-01-01T00:00:00.000Z"),
        expiresAt: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      }),
    ];
    for (const session of sessions) {
      await store.create(session);
      assertEquals(await store.get(session.id), session);
    }
  });

  test("what is not there is null or missing, whatever its name", async (store) => {
    const odd = ["", " ", "x", "0000000000000001 ", "000000000000000A", "' OR '1'='1", "\0"];
    for (const id of [idOf(1), ...odd, "é".repeat(3000)]) {
      assertEquals(await store.get(id), null);
      assertEquals(await store.touch(id, touchAt(T0)), { outcome: "missing" });
      assertEquals(await store.expire(id, T0), { outcome: "missing" });
      assertEquals(await store.revoke(id, REVOCATION), { outcome: "missing" });
      assertEquals(await store.get(id), null, "nothing was created by the way");
    }
    for (const name of ["nobody", "", "\0", "\ud800", "x".repeat(3000)]) {
      assertEquals(await ids(store.listByUser(name)), []);
      assertEquals(await ids(store.listByProfile(name)), []);
      assertEquals(await store.findActiveByServerInstance(name, T0), null);
    }
  });

  test("a creation can be repeated by its server, and by no other", async (store) => {
    const session = sampleSession();
    await store.create(session);
    await store.touch(session.id, touchAt(T0 + 1));
    await store.create(session);
    assertEquals((await store.get(session.id))?.requestCount, 1, "repeating it changes nothing");
    await store.revoke(session.id, REVOCATION);
    await store.create(session);
    assertEquals((await store.get(session.id))?.status, "revoked");
    await assertCode(
      "SESSION_STORE_UNAVAILABLE",
      () => store.create(sampleSession({ serverInstanceId: "server-2" })),
    );
    assertEquals((await store.get(session.id))?.serverInstanceId, "server-1");
  });

  test("a record that could not be read back is not written", async (store) => {
    const bad: Partial<SessionRecord>[] = [
      { id: "1" },
      { id: "000000000000000G" },
      { user: "" },
      { user: "alice\0root" },
      { user: "alice\ud800" },
      { profile: "x".repeat(513) },
      { serverInstanceId: "" },
      { status: "Active" as "active" },
      { expiresAt: NaN },
      { expiresAt: Infinity },
      { createdAt: Date.UTC(10_000, 0, 1) },
      { startedAt: Date.UTC(-1, 0, 1) },
      { requestCount: 1.5 },
      { requestCount: -1 },
      { sourceIdentity: "" },
      { revokedReason: "\0" },
    ];
    for (const changes of bad) {
      await assertCode(
        "SESSION_RECORD_INVALID",
        () => store.create(sampleSession(changes)),
      );
    }
    assertEquals(await store.get(idOf(1)), null);
  });

  test("text comes back as it went in, and means nothing to the store", async (store) => {
    const texts = [
      "Robert'); DROP TABLE sessions;--",
      'a"b`c\\d$e{f}%g_h*i:now#status',
      "Ünï 漢字 \u{1f511} \u202e gnirts",
      "line\nbreak\ttab\u001b[31m",
      "𐍈".repeat(256),
      "x".repeat(512),
    ];
    for (const [index, text] of texts.entries()) {
      const session = sampleSession({
        id: idOf(index),
        user: text,
        profile: text,
        serverInstanceId: text,
        sourceIdentity: text.slice(0, 500),
      });
      await store.create(session);
      assertEquals(await store.get(session.id), session);
      await assertListed(() => store.listByUser(text), [session.id]);
      await assertListed(() => store.listByProfile(text), [session.id]);
      assertEquals((await store.findActiveByServerInstance(text, T0))?.id, session.id);
      const reason = text.slice(0, 500);
      await store.revoke(session.id, { now: T0, by: text, reason });
      const revoked = await store.get(session.id);
      assertEquals([revoked?.revokedBy, revoked?.revokedReason], [text, reason]);
    }
  });

  test("a touch counts, slides the expiry and says when", async (store) => {
    const session = sampleSession();
    await store.create(session);
    const now = T0 + 5 * MINUTE;
    const touched = {
      ...session,
      lastAccessAt: now - 3,
      expiresAt: now + 15 * MINUTE,
      requestCount: 7,
      updatedAt: now,
    };
    assertEquals(
      await store.touch(session.id, touchAt(now, { requests: 7, lastAccessAt: now - 3 })),
      { outcome: "applied", record: touched },
    );
    assertEquals(await store.get(session.id), touched);

    const heartbeat = touchAt(now + MINUTE, { requests: 0, lastAccessAt: null });
    const beaten = { ...touched, expiresAt: heartbeat.expiresAt, updatedAt: heartbeat.now };
    assertEquals(await store.touch(session.id, heartbeat), { outcome: "applied", record: beaten });
    assertEquals(await store.get(session.id), beaten);
  });

  test("a touch never takes an expiry back, but counts", async (store) => {
    const session = sampleSession();
    await store.create(session);
    for (const [index, expiresAt] of [session.expiresAt - 1, T0, T0 - MINUTE].entries()) {
      const touched = {
        ...session,
        lastAccessAt: T0 + index,
        requestCount: index + 1,
        updatedAt: T0 + index,
      };
      assertEquals(
        await store.touch(session.id, touchAt(T0 + index, { expiresAt })),
        { outcome: "applied", record: touched },
      );
      assertEquals(await store.get(session.id), touched);
    }
  });

  test("a touch revives nothing", async (store) => {
    const session = sampleSession();
    await store.create(session);
    for (const late of [0, 1, MINUTE]) {
      assertEquals(
        await store.touch(session.id, touchAt(session.expiresAt + late)),
        { outcome: "unchanged", record: session },
      );
    }
    const last = await store.touch(session.id, touchAt(session.expiresAt - 1));
    assertEquals(last.outcome, "applied", "a moment before its expiry it still lives");

    await store.revoke(session.id, REVOCATION);
    const revoked = await store.get(session.id);
    assertEquals(revoked?.status, "revoked");
    assertEquals(
      await store.touch(session.id, touchAt(T0)),
      { outcome: "unchanged", record: revoked! },
    );
    await store.create(sampleSession({ id: idOf(2) }));
    await store.expire(idOf(2), T0 + 1);
    const expired = await store.get(idOf(2));
    assertEquals(
      await store.touch(idOf(2), touchAt(T0 + 2)),
      { outcome: "unchanged", record: expired! },
    );
    assertEquals(await store.get(idOf(2)), expired);
  });

  test("expired is final", async (store) => {
    const session = sampleSession();
    await store.create(session);
    const expired: SessionRecord = { ...session, status: "expired", updatedAt: T0 + 1 };
    assertEquals(await store.expire(session.id, T0 + 1), { outcome: "applied", record: expired });
    assertEquals(await store.get(session.id), expired);
    const unchanged = { outcome: "unchanged", record: expired } as const;
    assertEquals(await store.expire(session.id, T0 + 2), unchanged);
    assertEquals(await store.revoke(session.id, REVOCATION), unchanged);
    assertEquals(await store.get(session.id), expired);

    await store.create(sampleSession({ id: idOf(2) }));
    const late = await store.expire(idOf(2), T0 + 60 * MINUTE);
    assertEquals(late.outcome, "applied", "a session that lapsed can be closed");
  });

  test("revoked is final, and who came first stays", async (store) => {
    const session = sampleSession();
    await store.create(session);
    const revoked: SessionRecord = {
      ...session,
      status: "revoked",
      updatedAt: REVOCATION.now,
      revokedBy: "root",
      revokedReason: "laptop stolen",
    };
    assertEquals(await store.revoke(session.id, REVOCATION), {
      outcome: "applied",
      record: revoked,
    });
    const unchanged = { outcome: "unchanged", record: revoked } as const;
    const second = { now: T0 + 2 * MINUTE, by: "mallory", reason: "never mind" };
    assertEquals(await store.revoke(session.id, second), unchanged);
    assertEquals(await store.expire(session.id, T0 + 3 * MINUTE), unchanged);
    assertEquals(await store.get(session.id), revoked);
  });

  test("a session that lapsed can still be revoked", async (store) => {
    const session = sampleSession();
    await store.create(session);
    const now = session.expiresAt + MINUTE;
    const result = await store.revoke(session.id, { ...REVOCATION, now });
    assertEquals(result.outcome, "applied");
    assertEquals((await store.get(session.id))?.status, "revoked");
  });

  test("callers' mistakes are named and change nothing", async (store) => {
    const session = sampleSession();
    await store.create(session);
    for (
      const bad of [{ by: "" }, { by: "\0" }, { reason: "" }, { reason: "x".repeat(501) }]
    ) await assertCode("USAGE", () => store.revoke(session.id, { ...REVOCATION, ...bad }));
    for (const requests of [-1, 0.5, NaN, Infinity]) {
      await assertCode("USAGE", () => store.touch(session.id, touchAt(T0, { requests })));
    }
    for (const limit of [-1, 1.5, NaN]) {
      await assertCode("USAGE", () => ids(store.listByUser("alice", { limit })));
    }
    for (const time of [NaN, Infinity, 1e15]) {
      await assertCode("SESSION_RECORD_INVALID", () => store.expire(session.id, time));
      await assertCode(
        "SESSION_RECORD_INVALID",
        () => store.revoke(session.id, { ...REVOCATION, now: time }),
      );
      await assertCode(
        "SESSION_RECORD_INVALID",
        () => store.touch(session.id, touchAt(T0, { expiresAt: time })),
      );
      await assertCode(
        "SESSION_RECORD_INVALID",
        () => ids(store.listByUser("alice", { since: time })),
      );
    }
    assertEquals(await store.get(session.id), session);
  });

  test("listings are newest first, narrowed by whom, what, since and how many", async (store) => {
    // Created out of order, each a minute apart from the next.
    for (const number of [3, 1, 4, 2, 5]) {
      await store.create(sampleSession({
        id: idOf(number),
        user: number === 4 ? "bob" : "alice",
        profile: number % 2 === 0 ? "dev" : "prod",
        createdAt: T0 + number * MINUTE,
      }));
    }
    await store.revoke(idOf(3), REVOCATION);
    await store.expire(idOf(2), T0);
    const named = (...numbers: number[]) => numbers.map(idOf);
    await assertListed(() => store.listByUser("alice"), named(5, 3, 2, 1));
    await assertListed(() => store.listByUser("bob"), named(4));
    await assertListed(() => store.listByUser("ALICE"), []);
    await assertListed(() => store.listByProfile("prod"), named(5, 3, 1));
    await assertListed(() => store.listByStatus("active"), named(5, 4, 1));
    await assertListed(() => store.listByStatus("revoked"), named(3));
    await assertListed(() => store.listByStatus("expired"), named(2));

    const since = T0 + 3 * MINUTE;
    await assertListed(() => store.listByUser("alice", { since }), named(5, 3));
    await assertListed(() => store.listByUser("alice", { since: since + 1 }), named(5));
    await assertListed(() => store.listByStatus("active", { since, limit: 1 }), named(5));
    await assertListed(() => store.listByProfile("dev", { since: T0 + 9 * MINUTE }), []);
    await assertListed(() => store.listByUser("alice", { limit: 2 }), named(5, 3));
    await assertListed(() => store.listByUser("alice", { limit: 0 }), []);
    await assertListed(() => store.listByUser("alice", { limit: 99 }), named(5, 3, 2, 1));
    const [newest] = await Array.fromAsync(store.listByUser("alice", { limit: 1 }));
    assertEquals(newest, await store.get(idOf(5)), "a listing gives whole records");
    const [revoked] = await Array.fromAsync(store.listByStatus("revoked"));
    assertEquals(revoked, await store.get(idOf(3)));
  });

  test("a listing goes on over many pages and can be left early", async (store) => {
    const total = 431;
    const numbers = Array.from({ length: total }, (_, index) => index);
    for (let from = 0; from < total; from += 50) {
      await Promise.all(
        numbers.slice(from, from + 50).map((number) =>
          // Three of a moment each: none may be lost or doubled where a page ends among equals.
          store.create(sampleSession({
            id: idOf(number),
            createdAt: T0 + Math.floor(number / 3) * 1000,
          }))
        ),
      );
    }
    await waitFor("all to be listed", async () => {
      return (await ids(store.listByProfile("prod"))).length === total;
    });
    for (const list of [store.listByUser("alice"), store.listByStatus("active")]) {
      const sessions = await Array.fromAsync(list);
      assertEquals(new Set(sessions.map((session) => session.id)).size, total);
      for (const [index, session] of sessions.entries()) {
        assert(index === 0 || session.createdAt <= sessions[index - 1]!.createdAt, "newest first");
      }
    }
    assertEquals((await ids(store.listByUser("alice", { limit: 250 }))).length, 250);
    let seen = 0;
    for await (const _ of store.listByUser("alice")) if (++seen === 120) break;
    assertEquals(seen, 120);
    assertEquals((await store.expire(idOf(0), T0)).outcome, "applied", "the store still works");
    const interrupted = store.listByUser("alice")[Symbol.asyncIterator]();
    await interrupted.next();
    await interrupted.return?.();
    assertEquals((await interrupted.next()).done, true);
  });

  test("a server's session is found while it is active", async (store) => {
    const mine = { user: "alice", serverInstanceId: "mine" };
    await store.create(sampleSession({ ...mine, id: idOf(1), createdAt: T0 }));
    await store.create(sampleSession({ ...mine, id: idOf(2), createdAt: T0 + 2 }));
    await store.create(sampleSession({ ...mine, id: idOf(3), createdAt: T0 + 1 }));
    await store.create(sampleSession({ id: idOf(4), createdAt: T0 + 9 }));
    const find = async (now = T0) => (await store.findActiveByServerInstance("mine", now))?.id;
    await waitFor("the newest to be found", async () => await find() === idOf(2));
    await store.revoke(idOf(2), REVOCATION);
    await waitFor("the next to be found", async () => await find() === idOf(3));
    await store.expire(idOf(3), T0);
    await waitFor("the last to be found", async () => await find() === idOf(1));
    assertEquals(await find(T0 + 15 * MINUTE - 1), idOf(1));
    assertEquals(await find(T0 + 15 * MINUTE), undefined, "a session that lapsed is not active");
    assertEquals(await store.findActiveByServerInstance("other", T0), null);
  });

  test("a closed store says so", async (_, subject) => {
    const store = await subject.open();
    await store.create(sampleSession());
    const listing = store.listByUser("alice");
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const uses = [
      () => store.create(sampleSession({ id: idOf(2) })),
      () => store.get(idOf(1)),
      () => store.touch(idOf(1), touchAt(T0)),
      () => store.expire(idOf(1), T0),
      () => store.revoke(idOf(1), REVOCATION),
      () => ids(listing),
      () => ids(store.listByStatus("active")),
      () => store.findActiveByServerInstance("server-1", T0),
    ];
    for (const use of uses) {
      const error = await assertCode("SESSION_STORE_UNAVAILABLE", use);
      assert(error.message.endsWith("the store is closed"), error.message);
    }
  });

  test("a call that was given up before it began does nothing", async (store) => {
    const session = sampleSession();
    await store.create(session);
    const signal = AbortSignal.abort("enough");
    const calls = [
      () => store.create(sampleSession({ id: idOf(2) }), signal),
      () => store.get(session.id, signal),
      () => store.touch(session.id, touchAt(T0), signal),
      () => store.expire(session.id, T0, signal),
      () => store.revoke(session.id, REVOCATION, signal),
    ];
    for (const call of calls) await assertCode("SESSION_STORE_UNAVAILABLE", call);
    assertEquals(await store.get(session.id), session);
    assertEquals(await store.get(idOf(2)), null);
  });

  test("of hundreds of changes at once exactly one ends a session", async (store, subject) => {
    await using other = await subject.open();
    const sessions = Array.from({ length: 6 }, (_, number) => idOf(number));
    for (const id of sessions) await store.create(sampleSession({ id }));
    await Promise.all(sessions.map(async (id, number) => {
      const changes = Array.from({ length: 30 }, (_, index) => {
        const handle = index % 2 === 0 ? store : other;
        if (index % 15 === 7) {
          return handle.revoke(id, { ...REVOCATION, by: `root-${index}` }).then((result) =>
            ({ change: "revoked", result }) as const
          );
        }
        // In some sessions the servers' own expiry competes with the revocation.
        if (number % 2 === 0 && index % 15 === 3) {
          return handle.expire(id, T0).then((result) => ({ change: "expired", result }) as const);
        }
        return handle.touch(id, touchAt(T0 + index)).then((result) =>
          ({ change: "touched", result }) as const
        );
      });
      const settled = await Promise.all(changes);
      const applied = settled.filter(({ result }) => result.outcome === "applied");
      const ends = applied.filter(({ change }) => change !== "touched");
      assertEquals(ends.length, 1, `session ${number} ended once`);
      const final = await store.get(id);
      assertEquals(final?.status, ends[0]!.change as string);
      assertEquals(final, (ends[0]!.result as { record: SessionRecord }).record, "for good");
      assertEquals(final?.requestCount, applied.length - 1, "every touch that applied counted");
      assertEquals(settled.some(({ result }) => result.outcome === "missing"), false);
    }));
  });

  test("a revocation wins over the touches of other processes", async (store, subject) => {
    const session = sampleSession();
    await store.create(session);
    await using first = await startContender(subject, "touch", session.id);
    await using second = await startContender(subject, "touch", session.id);
    first.go();
    second.go();
    await waitFor("both to touch", async () => {
      const { requestCount, expiresAt } = (await store.get(session.id))!;
      return requestCount > 20 && expiresAt > session.expiresAt;
    });
    const revoked = await store.revoke(session.id, REVOCATION);
    assertEquals(revoked.outcome, "applied");
    const reports = await Promise.all([first.report(), second.report()]);
    const final = await store.get(session.id);
    assertEquals(final, (revoked as { record: SessionRecord }).record, "no touch came after it");
    assertEquals(final?.requestCount, reports[0].applied + reports[1].applied);
    for (const report of reports) assertEquals(report.last, "revoked");
  });

  test("of many processes exactly one ends a session", async (store, subject) => {
    const session = sampleSession();
    await store.create(session);
    const started = await Promise.all(
      (["revoke", "expire", "touch"] as const).map((change) =>
        startContender(subject, change, session.id)
      ),
    );
    try {
      for (const contender of started) contender.go();
      const [revoke, expire, touch] = await Promise.all(started.map((each) => each.report()));
      assertEquals(revoke!.applied + expire!.applied, 1);
      const status = revoke!.applied === 1 ? "revoked" : "expired";
      const final = await store.get(session.id);
      assertEquals(final?.status, status);
      assertEquals([revoke!.last, expire!.last, touch!.last], [status, status, status]);
      assertEquals(final?.requestCount, touch!.applied);
    } finally {
      for (const contender of started) await contender[Symbol.asyncDispose]();
    }
  });

  test("any history gives what the model gives", async (store) => {
    let sessions = 0;
    const minutes = fc.integer({ min: -5, max: 40 }).map((minute) => T0 + minute * MINUTE);
    const step = {
      create: fc.record({
        kind: fc.constant("create" as const),
        server: fc.constantFrom("a", "b"),
      }),
      touch: fc.record({
        kind: fc.constant("touch" as const),
        now: minutes,
        lastAccessAt: fc.option(minutes),
        requests: fc.nat({ max: 1000 }),
        expiresAt: minutes,
      }),
      expire: fc.record({ kind: fc.constant("expire" as const), now: minutes }),
      revoke: fc.record({
        kind: fc.constant("revoke" as const),
        now: minutes,
        by: fc.constantFrom("root", "eve"),
        reason: fc.string({ minLength: 1, maxLength: 5, unit: "grapheme" }),
      }),
    };
    // Ends are rare, or nearly every history would be over at once.
    const history = fc.array(
      fc.record({
        which: fc.nat({ max: 1 }),
        what: fc.oneof(
          { weight: 3, arbitrary: step.create },
          { weight: 8, arbitrary: step.touch },
          { weight: 1, arbitrary: step.expire },
          { weight: 1, arbitrary: step.revoke },
        ),
      }),
      { minLength: 1, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const model = new SessionModel();
        const base = sessions += 2;
        for (const { which, what } of steps) {
          const id = idOf(base + which);
          switch (what.kind) {
            case "create": {
              const record = sampleSession({ id, serverInstanceId: what.server });
              const outcome = await store.create(record).then(() => "created", () => "refused");
              assertEquals(outcome, model.create(record));
              break;
            }
            case "touch":
              assertEquals(await store.touch(id, what), model.touch(id, what));
              break;
            case "expire":
              assertEquals(await store.expire(id, what.now), model.expire(id, what.now));
              break;
            case "revoke":
              assertEquals(await store.revoke(id, what), model.revoke(id, what));
          }
        }
        for (const id of [idOf(base), idOf(base + 1)]) {
          assertEquals(await store.get(id), model.records.get(id) ?? null);
        }
      }),
      { numRuns: histories },
    );
  });
}
