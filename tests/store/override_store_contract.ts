/**
 * The contract of a store of approval requests or break-glass events: one suite for both kinds and
 * every place where they may be kept.
 *
 * @module
 */
import type { RecordListOptions, ReplaceResult } from "../../src/store/override_store.ts";
import { assert, assertEquals } from "../support/assert.ts";
import type { OverrideSubject } from "./override_subject.ts";
import { idOf, MINUTE, T0 } from "./session_samples.ts";
import { assertCode, assertListed, ids } from "./store_assertions.ts";

/** What both kinds of store do. */
export interface RecordStoreUnderTest<T> extends AsyncDisposable {
  readonly table: string;
  create(record: T, signal?: AbortSignal): Promise<void>;
  get(id: string, signal?: AbortSignal): Promise<T | null>;
  replace(from: T, to: T, signal?: AbortSignal): Promise<ReplaceResult<T>>;
  listByUser(user: string, options?: RecordListOptions): AsyncIterable<T>;
  listByStatus(status: never, options?: RecordListOptions): AsyncIterable<T>;
  listByProfile(profile: string, options?: RecordListOptions): AsyncIterable<T>;
}

/** What a sample is made with. */
export interface SampleChanges {
  readonly id?: string;
  readonly user?: string;
  readonly profile?: string;
  readonly createdAt?: number;
  readonly text?: string;
}

/** One kind of record, for the suite. */
export interface RecordKindUnderTest<T, Store> {
  readonly name: "request" | "break-glass";
  readonly setup: () => Promise<OverrideSubject<Store>>;
  /** A new record in its first status. */
  readonly sample: (changes?: SampleChanges) => T;
  /** Records in every shape that is legal. */
  readonly shapes: readonly T[];
  /** Records that must not be written. */
  readonly unwritable: readonly T[];
  /** The record after a change that ends it, by `user`. */
  readonly end: (record: T, user: string) => T;
  /** Records that `replace` must not make of `sample()`. */
  readonly illegal: readonly T[];
  /** Attributes of `sample()` as a table holds them, and what makes them unreadable. */
  readonly item: Readonly<Record<string, unknown>>;
  readonly hostile: readonly (readonly [change: Readonly<Record<string, unknown>>, why: string])[];
  readonly statuses: readonly [first: string, ended: string];
}

/** Texts that mean something elsewhere. */
const TEXTS = [
  "Robert'); DROP TABLE requests;--",
  'a"b`c\\d$e{f}%g_h*i:now#status{"kind":"approve"}',
  "Ünï 漢字 \u{1f511} \u202e gnirts of twenty characters",
  "line\nbreak\ttab\u001b[31m and twenty characters",
  "𐍈".repeat(200),
  "__proto__ constructor toString valueOf",
];

/** Registers the suite for one kind in one place. */
export function describeOverrideStore<
  T extends { readonly id: string; readonly createdAt: number; readonly justification: string },
  Store extends RecordStoreUnderTest<T>,
>(where: string, kind: RecordKindUnderTest<T, Store>): void {
  const { sample, end } = kind;

  function test(
    name: string,
    body: (store: Store, subject: OverrideSubject<Store>) => Promise<void>,
  ): void {
    Deno.test(`${where}, ${kind.name}: ${name}`, async () => {
      await using subject = await kind.setup();
      await using store = await subject.open();
      await body(store, subject);
    });
  }

  test("a created record is read back as it was", async (store, subject) => {
    assertEquals(store.table, subject.table);
    for (const [number, shape] of kind.shapes.entries()) {
      const record = { ...shape, id: idOf(number) };
      await store.create(record);
      assertEquals(await store.get(record.id), record);
    }
  });

  test("what is not there is null or missing, whatever its name", async (store) => {
    const odd = ["", " ", "guard", "0000000000000001 ", "000000000000000A", "' OR '1'='1", "\0"];
    for (const id of [idOf(1), ...odd, "é".repeat(3000)]) assertEquals(await store.get(id), null);
    assertEquals(await store.replace(sample(), end(sample(), "alice")), { outcome: "missing" });
    assertEquals(await store.get(idOf(1)), null, "nothing was created by the way");
    for (const name of ["nobody", "", "\0", "\ud800", "x".repeat(3000)]) {
      assertEquals(await ids(store.listByUser(name)), []);
      assertEquals(await ids(store.listByProfile(name)), []);
      assertEquals(await ids(store.listByStatus(name as never)), []);
    }
  });

  test("a creation can be repeated, also when the record went on; another is refused", async (store) => {
    const record = sample();
    await store.create(record);
    await store.create(record);
    assertEquals(await store.get(record.id), record);
    const ended = end(record, "alice");
    assertEquals((await store.replace(record, ended)).outcome, "applied");
    await store.create(record);
    assertEquals(await store.get(record.id), ended, "repeating it takes nothing back");
    for (const other of [sample({ user: "mallory" }), sample({ profile: "dev" })]) {
      await assertCode("OVERRIDE_STORE_UNAVAILABLE", () => store.create(other));
    }
    assertEquals(await store.get(record.id), ended);
  });

  test("a record that could not be read back is not written", async (store) => {
    for (const record of kind.unwritable) {
      await assertCode("OVERRIDE_RECORD_INVALID", () => store.create(record));
    }
    assertEquals(await store.get(idOf(1)), null);
  });

  test("text comes back as it went in, and means nothing to the store", async (store) => {
    for (const [number, text] of TEXTS.entries()) {
      // What people write of a reason is one line; names are whatever AWS takes.
      const isProse = !/\p{Cc}/u.test(text);
      const named = { id: idOf(number), user: text, profile: text };
      const record = sample(isProse ? { ...named, text } : named);
      await store.create(record);
      assertEquals(await store.get(record.id), record);
      await assertListed(() => store.listByUser(text), [record.id]);
      await assertListed(() => store.listByProfile(text), [record.id]);
      const ended = end(record, text);
      assertEquals(await store.replace(record, ended), { outcome: "applied", record: ended });
      assertEquals(await store.get(record.id), ended);
    }
  });

  test("of two changes of the same record the second finds the first", async (store) => {
    const record = sample();
    await store.create(record);
    const [first, second] = [end(record, "bob"), end(record, "carol")];
    assertEquals(await store.replace(record, first), { outcome: "applied", record: first });
    assertEquals(await store.replace(record, second), { outcome: "conflict", record: first });
    // The very same change is one whose answer was lost.
    assertEquals(await store.replace(record, first), { outcome: "applied", record: first });
    assertEquals(await store.get(record.id), first);
  });

  test("a change changes what may change, and nothing that is over", async (store) => {
    const record = sample();
    await store.create(record);
    for (const to of kind.illegal) {
      await assertCode("OVERRIDE_RECORD_INVALID", () => store.replace(record, to));
    }
    assertEquals(await store.get(record.id), record);
    const ended = end(record, "bob");
    await store.replace(record, ended);
    await assertCode("OVERRIDE_RECORD_INVALID", () => store.replace(ended, record));
    await assertCode("OVERRIDE_RECORD_INVALID", () => store.replace(ended, end(record, "carol")));
    assertEquals(await store.get(record.id), ended);
  });

  test("listings are newest first, narrowed by whom, what, since and how many", async (store) => {
    for (const number of [3, 1, 4, 2, 5]) {
      await store.create(sample({
        id: idOf(number),
        user: number === 4 ? "bob" : "alice",
        profile: number % 2 === 0 ? "dev" : "prod",
        createdAt: T0 + number * MINUTE,
      }));
    }
    const third = (await store.get(idOf(3)))!;
    await store.replace(third, end(third, "bob"));
    const named = (...numbers: number[]) => numbers.map(idOf);
    const [first, ended] = kind.statuses as unknown as readonly never[];
    await assertListed(() => store.listByUser("alice"), named(5, 3, 2, 1));
    await assertListed(() => store.listByUser("ALICE"), []);
    await assertListed(() => store.listByProfile("prod"), named(5, 3, 1));
    await assertListed(() => store.listByStatus(first!), named(5, 4, 2, 1));
    await assertListed(() => store.listByStatus(ended!), named(3));
    const since = T0 + 3 * MINUTE;
    await assertListed(() => store.listByUser("alice", { since }), named(5, 3));
    await assertListed(() => store.listByUser("alice", { since: since + 1 }), named(5));
    await assertListed(() => store.listByStatus(first!, { since, limit: 1 }), named(5));
    await assertListed(() => store.listByUser("alice", { limit: 0 }), []);
    await assertListed(() => store.listByUser("alice", { limit: 99 }), named(5, 3, 2, 1));
    const [newest] = await Array.fromAsync(store.listByUser("alice", { limit: 1 }));
    assertEquals(newest, (await store.get(idOf(5)))!, "a listing gives whole records");
    for (const limit of [-1, 1.5, NaN]) {
      const error = await assertCode("USAGE", () => ids(store.listByUser("alice", { limit })));
      assert(/approval requests|break-glass events/.test(error.message), error.message);
    }
    for (const time of [NaN, Infinity, 1e15]) {
      await assertCode(
        "OVERRIDE_RECORD_INVALID",
        () => ids(store.listByUser("alice", { since: time })),
      );
    }
  });

  test("a listing goes on over many pages and can be left early", async (store) => {
    const total = 223;
    for (let from = 0; from < total; from += 50) {
      await Promise.all(
        Array.from({ length: Math.min(50, total - from) }, (_, index) =>
          // Three of a moment each: none may be lost or doubled where a page ends among equals.
          store.create(sample({
            id: idOf(from + index),
            createdAt: T0 + Math.floor((from + index) / 3) * 1000,
          }))),
      );
    }
    const records = await Array.fromAsync(store.listByUser("alice"));
    assertEquals(new Set(records.map(({ id }) => id)).size, total);
    for (const [index, record] of records.entries()) {
      assert(index === 0 || record.createdAt <= records[index - 1]!.createdAt, "newest first");
    }
    assertEquals((await ids(store.listByProfile("prod", { limit: 150 }))).length, 150);
    let seen = 0;
    for await (const _ of store.listByUser("alice")) if (++seen === 120) break;
    assertEquals(seen, 120);
  });

  test(
    "a record that cannot be judged is an error by id, and no part of a list",
    async (store, subject) => {
      const good = sample({ id: idOf(999), createdAt: T0 - 1 });
      await store.create(good);
      let number = 0;
      let judged = 0;
      for (const [change, why] of kind.hostile) {
        const id = idOf(++number);
        try {
          await subject.put({ ...kind.item, ...change, id });
        } catch {
          // Typed columns and the keys of indexes do not even take what has another type.
          continue;
        }
        const error = await assertCode("OVERRIDE_RECORD_INVALID", () => store.get(id));
        assert(error.message.startsWith(`Cannot understand ${kind.name} record ${id}: `), why);
        judged++;
      }
      assert(judged >= 10);
      const listed = await ids(store.listByProfile("prod"));
      assertEquals(listed, [good.id]);
    },
  );

  test("attributes that are not known are passed over", async (store, subject) => {
    if (subject.endpoint === null) return;
    const { id } = sample();
    await subject.put({ ...kind.item, id, colour: "blue", __proto__x: 7, list: { L: [] } });
    assertEquals(await store.get(id), sample());
  });

  test("a closed store says so", async (_, subject) => {
    const store = await subject.open();
    await store.create(sample());
    const listing = store.listByUser("alice");
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const uses = [
      () => store.create(sample({ id: idOf(2) })),
      () => store.get(idOf(1)),
      () => store.replace(sample(), end(sample(), "bob")),
      () => ids(listing),
    ];
    for (const use of uses) {
      const error = await assertCode("OVERRIDE_STORE_UNAVAILABLE", use);
      assert(error.message.endsWith("the store is closed"), error.message);
      assert(error.message.includes(`${kind.name} table`), error.message);
    }
  });

  test("a call that was given up before it began does nothing", async (store) => {
    const record = sample();
    await store.create(record);
    const signal = AbortSignal.abort("enough");
    const calls = [
      () => store.create(sample({ id: idOf(2) }), signal),
      () => store.get(record.id, signal),
      () => store.replace(record, end(record, "bob"), signal),
    ];
    for (const call of calls) await assertCode("OVERRIDE_STORE_UNAVAILABLE", call);
    assertEquals(await store.get(record.id), record);
    assertEquals(await store.get(idOf(2)), null);
  });
}
