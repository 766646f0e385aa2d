import { run, type Steps, when } from "../../src/gate/steps.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";

function* sum(a: number | Promise<number>, b: number | Promise<number>): Steps<number> {
  return (yield* when(a)) + (yield* when(b));
}

Deno.test("steps that wait for nothing are done at once", () => {
  assertEquals(run(sum(1, 2)), 3);
});

Deno.test("steps wait from the first promise on, wherever it stands", async () => {
  for (const [a, b] of [[Promise.resolve(1), 2], [1, Promise.resolve(2)]] as const) {
    const result = run(sum(a, b));
    assert(result instanceof Promise);
    assertEquals(await result, 3);
  }
});

Deno.test("a fault is thrown at once or rejects later, and steps can catch either", async () => {
  function* failing(fault: () => number | Promise<number>, caught: string[]): Steps<number> {
    try {
      return yield* when(fault());
    } catch (thrown) {
      caught.push((thrown as Error).message);
      throw new Error("told");
    }
  }
  const caught: string[] = [];
  const now = () => {
    throw new Error("now");
  };
  assertThrows(() => run(failing(now, caught)), Error, "told");
  const later = run(failing(() => Promise.reject(new Error("later")), caught));
  await assertRejects(() => Promise.resolve(later), Error, "told");
  assertEquals(caught, ["now", "later"]);
});
