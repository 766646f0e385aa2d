import { showLive } from "../../src/cli/live_view.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

/** Shows these frames one after the other; an error is thrown instead of shown. */
async function show(frames: readonly (string | Error)[]) {
  const host = fakeHost({ isTerminal: true, columns: 20 });
  let next = 0;
  await showLive({
    terminal: host.terminal,
    frame: () => {
      const frame = frames[next++]!;
      return typeof frame === "string" ? Promise.resolve(frame) : Promise.reject(frame);
    },
    pause: () => Promise.resolve(next < frames.length),
  });
  return host.stdout;
}

/** What stands on a screen of 20 by 24 after `output`. */
function screenOf(output: string): string[] {
  const last = output.split("\x1b[H").at(-1)!;
  assert(last.endsWith("\x1b[J"));
  return last.slice(0, -3).split("\x1b[K\n").slice(0, -1);
}

Deno.test("a live view draws over itself and leaves nothing of the frame before", async () => {
  const output = await show(["one\ntwo\n", "three\n"]);
  assertEquals(screenOf(output), ["three"]);
  // Nothing but moving home and clearing: no mode of the terminal is changed.
  for (const sequence of output.split("\x1b").slice(1)) assert(/^\[[HKJ]/.test(sequence));
});

Deno.test("a live view never draws beyond the screen", async () => {
  const rows = Array.from({ length: 60 }, (_, index) => `row ${index}`);
  const screen = screenOf(await show([`${rows.join("\n")}\n`]));
  assertEquals(screen.length, 23);
  assertEquals(screen.at(-1), "… 38 more");
  assertEquals(screenOf(await show(["x".repeat(99)])), [`${"x".repeat(19)}…`]);
});

Deno.test("a live view goes on after a fault, and says so until it is over", async () => {
  const fault = new SentinelError("SESSION_STORE_UNAVAILABLE", "away");
  assertEquals(
    screenOf(await show(["list", fault])),
    ["error: away (trying…", "list"],
  );
  assertEquals(screenOf(await show(["list", fault, "new"])), ["new"]);
  const error = await assertRejects(() => show([fault]), SentinelError);
  assertStringIncludes(error.message, "away");
});
