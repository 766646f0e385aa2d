import { SentinelError } from "../../src/errors.ts";
import type { BreakGlassEvent, Invocation } from "../../src/state/break_glass_event.ts";
import { CountedEvents } from "../../src/store/counted_events.ts";
import type { BreakGlassStore } from "../../src/store/override_store.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { sampleEvent, sampleInvocation } from "./override_samples.ts";
import { idOf, MINUTE, T0 } from "./session_samples.ts";

/** A store of `items` and a `history`, which may be broken. */
class FakeStore {
  items: readonly BreakGlassEvent[] = [sampleEvent()];
  history: readonly Invocation[] | SentinelError = [];
  reads = 0;

  events(): CountedEvents {
    return new CountedEvents(this as unknown as BreakGlassStore);
  }

  get(id: string): Promise<BreakGlassEvent | null> {
    return Promise.resolve(this.items.find((item) => item.id === id) ?? null);
  }

  async *listByUser(): AsyncIterable<BreakGlassEvent> {
    yield* this.items;
  }

  invocations(): Promise<readonly Invocation[]> {
    this.reads++;
    return this.history instanceof SentinelError
      ? Promise.reject(this.history)
      : Promise.resolve(this.history);
  }
}

const BEFORE = sampleInvocation({ id: idOf(7), at: T0 - MINUTE });
const OWN = sampleInvocation({ id: sampleEvent().id, at: sampleEvent().createdAt });
const AFTER = sampleInvocation({ id: idOf(8), at: T0 + MINUTE });

Deno.test("counted events: each comes with those before it; the history is read once for it", async () => {
  const store = new FakeStore();
  store.history = [BEFORE, OWN, AFTER];
  const events = store.events();
  const counted = { ...sampleEvent(), earlier: [BEFORE] };
  assertEquals(await events.get(OWN.id), counted);
  assertEquals(await events.get(OWN.id), counted);
  assertEquals(await Array.fromAsync(events.listByUser("alice")), [counted]);
  assertEquals(store.reads, 1);
  assertEquals(await events.get(idOf(99)), null);
});

Deno.test("counted events: what was not counted is looked for again, and a listing looks once", async () => {
  const store = new FakeStore();
  store.items = [1, 2, 3].map((number) => sampleEvent({ id: idOf(number) }));
  const events = store.events();
  const earlier = (await Array.fromAsync(events.listByUser("alice"))).map(({ earlier }) => earlier);
  assertEquals([earlier, store.reads], [[null, null, null], 1]);
  store.history = [{ ...OWN, id: idOf(1) }];
  assertEquals((await events.get(idOf(1)))?.earlier, []);
});

Deno.test("counted events: one that is rewritten is not the one that was counted", async () => {
  const store = new FakeStore();
  store.history = [OWN];
  const events = store.events();
  assertEquals((await events.get(OWN.id))?.earlier, []);
  const rewritten: readonly Partial<BreakGlassEvent>[] = [
    { createdAt: T0 + MINUTE },
    { profile: "vault" },
    { account: "999999999999" },
    { invoker: { user: "mallory", arn: "arn:aws:iam::123456789012:user/mallory" } },
  ];
  for (const changes of rewritten) {
    store.items = [sampleEvent(changes)];
    assertEquals((await events.get(OWN.id))?.earlier, null);
  }
});

Deno.test("counted events: a history that is nonsense holds nothing, one that is away is a fault", async () => {
  const store = new FakeStore();
  store.history = new SentinelError("OVERRIDE_RECORD_INVALID", "nonsense");
  assertEquals((await store.events().get(OWN.id))?.earlier, null);
  store.history = new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "away");
  await assertRejects(() => store.events().get(OWN.id), SentinelError);
  // What gives nothing anyhow needs none.
  const closure = { by: sampleEvent().invoker, at: T0, reason: "over" };
  store.items = [sampleEvent({ status: "closed", closure })];
  assertEquals((await store.events().get(OWN.id))?.earlier, null);
});
