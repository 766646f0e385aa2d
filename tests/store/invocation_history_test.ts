/**
 * The history by which break-glass invocations are limited: what counts, what is forgotten, and that
 * neither a lost answer nor a hostile item makes a limit wrong.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { Invocation } from "../../src/state/break_glass_event.ts";
import type { BreakGlassStore } from "../../src/store/override_store.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { sampleEvent, sampleInvocation } from "./override_samples.ts";
import { OVERRIDE_SETUPS, type OverrideSubject } from "./override_subject.ts";
import { idOf, MINUTE, T0 } from "./session_samples.ts";

const DAY = 24 * 60 * MINUTE;

function test(
  name: string,
  body: (store: BreakGlassStore, subject: OverrideSubject<BreakGlassStore>) => Promise<void>,
  places: "everywhere" | "DynamoDB" = "everywhere",
): void {
  for (const { where, breakGlass } of OVERRIDE_SETUPS) {
    if (places === "DynamoDB" && where !== "DynamoDB") continue;
    Deno.test(`${where}: ${name}`, async () => {
      await using subject = await breakGlass();
      await using store = await subject.open();
      await body(store, subject);
    });
  }
}

/** Counts it, and gives what it was judged by. */
async function count(
  store: BreakGlassStore,
  changes: Partial<Invocation>,
): Promise<readonly Invocation[]> {
  let seen: readonly Invocation[] = [];
  const refusal = await store.countInvocation(sampleInvocation(changes), (earlier) => {
    seen = earlier;
    return null;
  });
  assertEquals(refusal, null);
  return seen;
}

test("each invocation is judged by those before it, oldest first, whatever their clocks", async (store) => {
  const invocations = [
    sampleInvocation({ id: idOf(1), at: T0 }),
    sampleInvocation({ id: idOf(2), user: 'b"o\u001bb', profile: "[", at: T0 + 2 * MINUTE }),
    sampleInvocation({ id: idOf(3), account: "210987654321", at: T0 + MINUTE }),
  ];
  assertEquals(await count(store, invocations[0]!), []);
  assertEquals(await count(store, invocations[1]!), invocations.slice(0, 1));
  assertEquals(await count(store, invocations[2]!), invocations.slice(0, 2));
  const [first, second, third] = invocations;
  assertEquals(await count(store, { id: idOf(4) }), [first!, third!, second!]);
});

test("what a refusal answers is the result, and nothing is counted", async (store, subject) => {
  await count(store, { id: idOf(1) });
  subject.service?.reset();
  const refusal = { code: "COOLDOWN" };
  assertEquals(
    await store.countInvocation(sampleInvocation({ id: idOf(2) }), () => refusal),
    refusal,
  );
  if (subject.service !== null) {
    assertEquals(subject.service.count("GetItem"), 1);
    assertEquals(subject.service.count(), 1, "it wrote nothing");
  }
  assertEquals((await count(store, { id: idOf(3) })).map(({ id }) => id), [idOf(1)]);
});

test("an invocation counts once, however often it is counted", async (store) => {
  await count(store, { id: idOf(1) });
  let asked = 0;
  const again = await store.countInvocation(sampleInvocation({ id: idOf(1) }), () => {
    asked++;
    return "refused";
  });
  assertEquals([again, asked], [null, 0]);
  assertEquals((await count(store, { id: idOf(2) })).map(({ id }) => id), [idOf(1)]);
});

test("what is 30 days old counts no more, and is forgotten", async (store) => {
  await count(store, { id: idOf(1), at: T0 });
  await count(store, { id: idOf(2), at: T0 + 1 });
  assertEquals((await count(store, { id: idOf(3), at: T0 + 30 * DAY })).map(({ id }) => id), [
    idOf(2),
  ]);
  assertEquals((await count(store, { id: idOf(4), at: T0 + 30 * DAY })).map(({ id }) => id), [
    idOf(2),
    idOf(3),
  ]);
});

test("a clock that is set forward empties nothing: the newest stay, however old", async (store) => {
  for (let number = 1; number <= 3; number++) {
    await count(store, { id: idOf(number), at: T0 + number });
  }
  assertEquals(await count(store, { id: idOf(9), at: T0 + 300 * DAY }), []);
  const counted = (await store.invocations()).map(({ id }) => id);
  assertEquals(counted, [1, 2, 3, 9].map((number) => idOf(number)));
  const seen = await count(store, { id: idOf(4), at: T0 + 4 });
  assertEquals(seen.map(({ id }) => id), counted);
});

test("invocations() are those that were counted, and none before the first", async (store) => {
  assertEquals(await store.invocations(), []);
  const later = sampleInvocation({ id: idOf(1), at: T0 + MINUTE });
  const earlier = sampleInvocation({ id: idOf(2), at: T0 });
  await count(store, later);
  await count(store, earlier);
  await store.countInvocation(sampleInvocation({ id: idOf(3) }), () => "refused");
  assertEquals(await store.invocations(), [earlier, later]);
});

test("an event that is closed, or never came to be, counts as long", async (store) => {
  await count(store, { id: idOf(1) });
  const event = sampleEvent();
  await store.create(event);
  const closure = { by: event.invoker, at: T0 + 1, reason: "over" };
  await store.replace(event, { ...event, status: "closed", updatedAt: T0 + 1, closure });
  assertEquals((await count(store, { id: idOf(2) })).map(({ id }) => id), [idOf(1)]);
});

test("an invocation that does not say who, for what and when is not counted", async (store) => {
  const bad: Partial<Invocation>[] = [
    { id: "guard" },
    { user: "" },
    { profile: "a\0" },
    { account: "1" },
    { at: NaN },
    { at: Infinity },
  ];
  for (const changes of bad) {
    const error = await assertRejects(() => count(store, changes), SentinelError);
    assertEquals(error.code, "OVERRIDE_RECORD_INVALID");
  }
  assertEquals(await count(store, {}), []);
});

const ENTRY = JSON.stringify(sampleInvocation());

test(
  "a history that cannot be understood refuses every invocation, and stays as it is",
  async (store, subject) => {
    await count(store, { id: idOf(1) });
    const hostile: readonly (readonly [version: unknown, invocations: unknown])[] = [
      [1, ""],
      [1, "null"],
      [1, "{}"],
      [1, "[null]"],
      [1, "[1e999]"],
      [1, `[${ENTRY},{"id":"guard"}]`],
      [1, `[${ENTRY.replace(/"at":\d+/, '"at":1e999')}]`],
      [1, `[${ENTRY.replace(/"at":\d+/, '"at":"now"')}]`],
      [1, `[${ENTRY.replace('"user":"alice"', '"user":null')}]`],
      [1, "[".repeat(500_000)],
      [1.5, `[${ENTRY}]`],
      ["1", { L: [] }],
      [{ BOOL: true }, `[${ENTRY}]`],
      [null, `[${ENTRY}]`],
    ];
    let refused = 0;
    for (const [version, invocations] of hostile) {
      try {
        await subject.put({ id: "guard", version, invocations } as never);
      } catch {
        continue;
      }
      refused++;
      const error = await assertRejects(() => count(store, { id: idOf(2) }), SentinelError);
      assertEquals(error.code, "OVERRIDE_RECORD_INVALID", String(invocations).slice(0, 60));
      const unread = await assertRejects(() => store.invocations(), SentinelError);
      assertEquals(unread.code, "OVERRIDE_RECORD_INVALID");
      assert(error.suggestion.includes("deleting"), error.suggestion);
    }
    assert(refused >= 8);
  },
);

test("a history that is full says so, and what is in it stays", async (store, subject) => {
  const invocations = Array.from(
    { length: 1500 },
    (_, number) => sampleInvocation({ id: idOf(number), user: `user-${number}`.padEnd(60, "x") }),
  );
  await subject.put({ id: "guard", version: 7, invocations: JSON.stringify(invocations) });
  const error = await assertRejects(() => count(store, { id: idOf(9999) }), SentinelError);
  assertEquals(error.code, "OVERRIDE_STORE_UNAVAILABLE");
  assert(error.message.includes("is full (1500 invocations)"), error.message);
  // A month later there is room again.
  assertEquals(await count(store, { id: idOf(9999), at: T0 + 31 * DAY }), []);
});

test("lost answers: nothing counts twice, nothing is lost", async (store, subject) => {
  const service = subject.service!;
  service.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  assertEquals(await count(store, { id: idOf(1) }), [], "the SDK tried again");
  assertEquals(service.count("UpdateItem"), 2);
  assertEquals((await count(store, { id: idOf(2) })).map(({ id }) => id), [idOf(1)]);

  // Between the lost answer and the second attempt somebody else is counted.
  await using other = await subject.open();
  service.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  service.before("UpdateItem", () => count(other, { id: idOf(4) }), { times: 1 });
  service.before("UpdateItem", () => {}, { times: 1 });
  await count(store, { id: idOf(3) });
  const history = await count(store, { id: idOf(5) });
  assertEquals(history.map(({ id }) => id).toSorted(), [1, 2, 3, 4].map(idOf));
}, "DynamoDB");

test(
  "an answer that never comes is a fault; the next attempt finds it counted",
  async (store, subject) => {
    const service = subject.service!;
    service.inject("UpdateItem", { kind: "lose-answer" }, { times: 2 });
    // The first attempt applied, the second found it so: both answers were lost.
    const error = await assertRejects(() => count(store, { id: idOf(1) }), SentinelError);
    assertEquals(error.code, "OVERRIDE_STORE_UNAVAILABLE");
    assertEquals((await count(store, { id: idOf(2) })).map(({ id }) => id), [idOf(1)]);
  },
  "DynamoDB",
);

test("the one that is overtaken is judged again, by all before it", async (store, subject) => {
  const service = subject.service!;
  await using other = await subject.open();
  let overtaker = 10;
  service.before("UpdateItem", async () => {
    if (overtaker === 13) return;
    const id = idOf(overtaker++);
    await count(other, { id });
  }, { times: 3 });
  const judged: number[] = [];
  const refusal = await store.countInvocation(sampleInvocation({ id: idOf(1) }), (earlier) => {
    judged.push(earlier.length);
    return earlier.length < 2 ? null : "too many";
  });
  assertEquals(refusal, "too many");
  assertEquals(judged, judged.toSorted((one, two) => one - two));
  assert(judged.at(-1)! >= 2);
  assert(!(await count(store, { id: idOf(99) })).some(({ id }) => id === idOf(1)));
}, "DynamoDB");

test(
  "an invocation is a read and a write; the history is in no index and has no end",
  async (store, subject) => {
    const service = subject.service!;
    await count(store, { id: idOf(1) });
    service.reset();
    await count(store, { id: idOf(2) });
    assertEquals(service.requests.map(({ operation }) => operation), ["GetItem", "UpdateItem"]);
    assertEquals([service.readUnits(), service.writeUnits()], [1, 1]);
    const { Item } = await service.call("GetItem", {
      TableName: subject.table,
      Key: { id: { S: "guard" } },
    });
    assertEquals(Object.keys(Item as object).toSorted(), ["id", "invocations", "version"]);
    assertEquals(await Array.fromAsync(store.listByUser("alice")), []);
  },
  "DynamoDB",
);
