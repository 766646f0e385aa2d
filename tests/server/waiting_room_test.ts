import fc from "fast-check";
import { WaitingRoom } from "../../src/server/waiting_room.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

function setUp({ capacity = 10, deadlineMs = 900 } = {}) {
  const clock = new ManualClock();
  const room = new WaitingRoom({ clock, capacity, deadlineMs });
  const expired: string[] = [];
  const enter = (name: string) => room.enter(() => expired.push(name));
  return { clock, room, expired, enter };
}

Deno.test("WaitingRoom expires each one at its own deadline, not before", async () => {
  const { clock, expired, enter } = setUp();
  enter("a");
  await clock.advance(400);
  enter("b");
  await clock.advance(499);
  assertEquals(expired, []);
  await clock.advance(1);
  assertEquals(expired, ["a"]);
  await clock.advance(399);
  assertEquals(expired, ["a"]);
  await clock.advance(1);
  assertEquals(expired, ["a", "b"]);
});

Deno.test("WaitingRoom never expires who left, and says who was too late", async () => {
  const { clock, room, expired, enter } = setUp();
  const early = enter("early");
  const late = enter("late");
  assert(early !== null && late !== null);
  assert(room.leave(early));
  assert(!room.leave(early));
  await clock.advance(900);
  assertEquals(expired, ["late"]);
  assert(!room.leave(late));
});

Deno.test("WaitingRoom lets in no more than its capacity, and again when one has left", async () => {
  const { clock, room, enter } = setUp({ capacity: 2 });
  const first = enter("1");
  enter("2");
  assertEquals(enter("3"), null);
  assert(first !== null && room.leave(first));
  assert(enter("4") !== null);
  assertEquals(enter("5"), null);
  await clock.advance(900);
  assert(enter("6") !== null, "an expired one gives its place back");
});

Deno.test("WaitingRoom sets one timer for any number of visitors", async () => {
  const { clock, room, enter } = setUp({ capacity: 1000 });
  for (let index = 0; index < 1000; index++) {
    const waiting = enter(`${index}`);
    if (waiting !== null && index % 2 === 0) room.leave(waiting);
    assertEquals(clock.timers, 1);
  }
  await clock.advance(900);
  assertEquals(clock.timers, 0);
});

Deno.test("WaitingRoom.close() lets nobody in and resolves when the last has left", async () => {
  const { clock, room, enter } = setUp();
  const first = enter("first");
  enter("second");
  let closed = false;
  const closing = room.close().then(() => closed = true);
  assert(room.closed);
  assertEquals(enter("third"), null);
  assert(first !== null && room.leave(first));
  await Promise.resolve();
  assert(!closed);
  await clock.advance(900);
  await closing;
  assertEquals(clock.timers, 0);
});

Deno.test("WaitingRoom.close() of an empty room resolves at once and leaves no timer", async () => {
  const { clock, room, enter } = setUp();
  const waiting = enter("a");
  assert(waiting !== null && room.leave(waiting));
  await room.close();
  await room.close();
  assertEquals(clock.timers, 0);
});

Deno.test("WaitingRoom: everyone who enters either leaves or expires at the deadline, once", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("enter" as const) }),
    fc.record({ kind: fc.constant("leave" as const), index: fc.nat(50) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(400) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const { clock, room } = setUp({ capacity: 1000 });
    const guests: { entered: number; left?: number; expired?: number }[] = [];
    const tickets: ReturnType<WaitingRoom["enter"]>[] = [];
    for (const taken of steps) {
      if (taken.kind === "enter") {
        const guest: typeof guests[number] = { entered: clock.monotonic() };
        guests.push(guest);
        tickets.push(room.enter(() => {
          assertEquals(guest.expired, undefined);
          guest.expired = clock.monotonic();
        }));
      } else if (taken.kind === "leave") {
        const ticket = tickets[taken.index] ?? null;
        if (ticket !== null && room.leave(ticket)) guests[taken.index]!.left = clock.monotonic();
      } else {
        await clock.advance(taken.ms);
      }
    }
    await clock.advance(900);
    for (const { entered, left, expired } of guests) {
      if (left === undefined) assertEquals(expired, entered + 900);
      else assert(expired === undefined && left < entered + 900);
    }
  }));
});
