import { SentinelError } from "../../src/errors.ts";
import type { RecordListOptions } from "../../src/store/override_store.ts";
import { SharedRecordLookup } from "../../src/store/record_lookup.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

interface Item {
  readonly id: string;
  readonly profile: string;
  readonly good: boolean;
  /** It is of use, and another would be of more. */
  readonly brief?: boolean;
}

/** A store whose listing lags behind its items. */
class FakeStore {
  readonly clock = new ManualClock();
  readonly calls: string[] = [];
  items: readonly Item[] = [];
  /** What a listing shows; `null` = the items. */
  listed: readonly Item[] | null = null;
  state: "up" | "down" | "hangs" | "invalid" = "up";
  opened = 0;
  closed = 0;

  lookup() {
    return new SharedRecordLookup<Item>({
      table: "requests",
      open: () => {
        this.opened++;
        if (this.state === "down") throw new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "closed");
        return Promise.resolve(this);
      },
      user: "alice",
      profile: "prod",
      lookBackMs: 3_600_000,
      clock: this.clock,
    });
  }

  async get(id: string): Promise<Item | null> {
    this.calls.push(`get ${id}`);
    await this.#answer();
    if (this.state === "invalid") throw new SentinelError("OVERRIDE_RECORD_INVALID", "nonsense");
    return this.items.find((item) => item.id === id) ?? null;
  }

  async *listByUser(user: string, { since, limit }: RecordListOptions = {}): AsyncIterable<Item> {
    this.calls.push(`list ${user} ${this.clock.now() - since!} ${limit}`);
    await this.#answer();
    yield* this.listed ?? this.items;
  }

  #answer(): Promise<void> {
    if (this.state === "hangs") return new Promise(() => {});
    if (this.state === "down") throw new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "down");
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

const GOOD = { id: "good", profile: "prod", good: true };
const BAD = { id: "bad", profile: "prod", good: false };
const OTHER = { id: "other", profile: "dev", good: true };
const LIST = "list alice 3600000 1000";
const isGood = ({ good }: Item) => good;
const worth = (item: Item) => item.brief ? "little" : item.good ? "enough" : "nothing";

Deno.test("lookup: records of the profile, up to the first that lifts, which is read again", async () => {
  const store = new FakeStore();
  store.items = [OTHER, BAD, GOOD, { ...GOOD, id: "older" }];
  assertEquals(await store.lookup().find(worth), [BAD, GOOD]);
  assertEquals(store.calls, [LIST, "get good"]);
});

Deno.test("lookup: beside what is nearly over a better one is looked for, wherever it stands", async () => {
  const store = new FakeStore();
  const brief = { ...GOOD, id: "brief", brief: true };
  store.items = [brief, BAD, GOOD, OTHER];
  assertEquals(await store.lookup().find(worth), [brief, BAD, GOOD]);
  // Also where it was enough when it was found.
  const lookup = store.lookup();
  store.items = [GOOD];
  assertEquals(await lookup.find(worth), [GOOD]);
  const waning = { ...GOOD, brief: true };
  store.items = [waning, { ...GOOD, id: "new" }];
  await store.clock.advance(1000);
  assertEquals(await lookup.find(worth), store.items);
  await store.clock.advance(1000);
  store.calls.length = 0;
  assertEquals(await lookup.find(worth), [{ ...GOOD, id: "new" }]);
  assertEquals(store.calls, ["get new"]);
});

Deno.test("lookup: what is nearly over is as fresh as any, and no search costs it", async () => {
  const store = new FakeStore();
  const brief = { ...GOOD, brief: true };
  store.items = [brief];
  const lookup = store.lookup();
  lookup.expect("good");
  assertEquals(await lookup.find(worth), [brief]);
  store.items = [];
  await store.clock.advance(1000);
  assertEquals(await lookup.find(worth), []);
  store.items = [brief];
  store.listByUser = () => {
    throw new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "down");
  };
  await store.clock.advance(5000);
  assertEquals(await lookup.find(worth), [brief]);
});

Deno.test("lookup: a listing that lags lifts nothing", async () => {
  const store = new FakeStore();
  store.listed = [GOOD];
  store.items = [{ ...GOOD, good: false }];
  assertEquals(await store.lookup().find(worth), store.items);
  store.items = [];
  assertEquals(await store.lookup().find(worth), []);
});

Deno.test("P9: a thousand requests at a time are one look, and then none waits", async () => {
  const store = new FakeStore();
  store.items = [GOOD];
  const lookup = store.lookup();
  const found = await Promise.all(Array.from({ length: 1000 }, () => lookup.find(worth)));
  assertEquals(new Set(found.map((records) => records.length)), new Set([1]));
  assert(!(lookup.find(worth) instanceof Promise));
  assertEquals([store.calls, store.opened], [[LIST, "get good"], 1]);
});

Deno.test("P9: a busy server looks about twice a second by one read, and nobody waits", async () => {
  const store = new FakeStore();
  store.items = [GOOD];
  const lookup = store.lookup();
  await lookup.find(worth);
  for (let ms = 0; ms < 60_000; ms += 20) {
    assert(!(lookup.find(worth) instanceof Promise), `waited at ${ms}`);
    await store.clock.advance(20);
  }
  const gets = store.calls.filter((call) => call === "get good").length;
  assertEquals(store.calls.filter((call) => call === LIST).length, 1);
  assert(gets <= 1 + 60 * 2, `${gets}`);
});

Deno.test("what was ended or denied lifts nothing that begins a second later", async () => {
  for (const step of [20, 300, 700, 999, 1000]) {
    const store = new FakeStore();
    store.items = [GOOD];
    const lookup = store.lookup();
    await lookup.find(worth);
    store.items = [{ ...GOOD, good: false }];
    const endedAt = store.clock.now();
    for (let i = 0; i < 2500 / step; i++) {
      await store.clock.advance(step);
      const records = await lookup.find(worth);
      const isLate = store.clock.now() - endedAt >= 1000;
      assert(!isLate || !records.some(isGood), `${store.clock.now() - endedAt} ms, by ${step}`);
    }
  }
});

Deno.test("lookup: while nothing lifts, the store is asked every five seconds", async () => {
  const store = new FakeStore();
  store.items = [BAD];
  const lookup = store.lookup();
  for (let ms = 0; ms < 60_000; ms += 100) {
    assertEquals(await lookup.find(worth), [BAD]);
    await store.clock.advance(100);
  }
  assertEquals(store.calls.length, 12);
});

Deno.test("lookup: what is expected is read first, and at once", async () => {
  const store = new FakeStore();
  store.listed = [];
  const lookup = store.lookup();
  assertEquals(await lookup.find(worth), []);
  store.items = [GOOD];
  lookup.expect("good");
  assertEquals(await lookup.find(worth), [GOOD]);
  assertEquals(store.calls.slice(1), ["get good"]);
  // It stands in a listing as well: once is enough.
  store.items = store.listed = [BAD];
  lookup.expect("bad");
  assertEquals(await lookup.find(worth), [BAD]);
});

Deno.test("lookup: a record that cannot be understood is none", async () => {
  const store = new FakeStore();
  store.listed = [GOOD];
  store.state = "invalid";
  const lookup = store.lookup();
  lookup.expect("good");
  assertEquals(await lookup.find(worth), []);
});

Deno.test("lookup: a store that fails is asked once a second, and a fault is no answer", async () => {
  const store = new FakeStore();
  store.state = "down";
  const lookup = store.lookup();
  for (let ms = 0; ms < 10_000; ms += 50) {
    const error = await assertRejects(async () => await lookup.find(worth), SentinelError);
    assertEquals(error.code, "OVERRIDE_STORE_UNAVAILABLE");
    await store.clock.advance(50);
  }
  assertEquals(store.opened, 10);
  await assertRejects(async () => await lookup.find(worth), SentinelError);
  assertThrows(() => lookup.find(worth), SentinelError);
  store.state = "up";
  store.items = [GOOD];
  await store.clock.advance(1000);
  assertEquals(await lookup.find(worth), [GOOD]);
});

Deno.test("lookup: a store that hangs is given up: at first after 5 s, then after 0.8 s", async () => {
  const store = new FakeStore();
  store.state = "hangs";
  const lookup = store.lookup();
  const faults: string[] = [];
  const look = () => {
    Promise.resolve(lookup.find(worth)).catch(({ message }) => faults.push(message));
  };
  look();
  await store.clock.advance(4999);
  assertEquals(faults, []);
  await store.clock.advance(1);
  assertEquals(faults, ['Cannot look into table "requests": no answer within 5000 ms']);
  store.state = "up";
  store.items = [GOOD];
  await store.clock.advance(1000);
  assertEquals(await lookup.find(worth), [GOOD]);
  store.state = "hangs";
  await store.clock.advance(1000);
  look();
  await store.clock.advance(800);
  assertEquals(faults.at(-1), 'Cannot look into table "requests": no answer within 800 ms');
  assertEquals(store.clock.timers, 0);
});

Deno.test("lookup: a clock that is set back, or a night, leave nothing fresh", async () => {
  for (const ms of [-60_000, 60_000]) {
    const store = new FakeStore();
    store.items = [GOOD];
    const lookup = store.lookup();
    await lookup.find(worth);
    store.items = [];
    store.clock.setWall(ms);
    assertEquals(await lookup.find(worth), []);
  }
});

Deno.test("lookup: a crowd of records costs a bounded look", async () => {
  const store = new FakeStore();
  store.items = Array.from({ length: 5000 }, (_, index) => ({ ...BAD, id: `${index}` }));
  assertEquals((await store.lookup().find(worth)).length, 20);
  store.items = [...store.items.slice(0, 990), GOOD];
  assertEquals((await store.lookup().find(worth)).at(-1), GOOD);
});

Deno.test("lookup: what was opened is closed, and nothing is opened for that", async () => {
  const store = new FakeStore();
  const lookup = store.lookup();
  lookup[Symbol.dispose]();
  assertEquals([store.opened, store.closed], [0, 0]);
  await lookup.find(worth);
  lookup[Symbol.dispose]();
  await settle();
  assertEquals([store.opened, store.closed], [1, 1]);
});
