/**
 * Progress: plain lines where nobody looks, one line that goes away on a terminal.
 *
 * @module
 */
import { startProgress } from "../../src/cli/progress.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

Deno.test("without a terminal: one line for each thing, not for each look", () => {
  const host = fakeHost();
  {
    using progress = startProgress(host.terminal);
    for (const doing of ["Create", "Wait", "Wait", "Done"]) progress.show(doing);
  }
  assertEquals([host.stderr, host.stdout], ["Create...\nWait...\nDone...\n", ""]);
});

Deno.test("on a terminal: a line that fits and is taken away", () => {
  const host = fakeHost({ isTerminal: true, columns: 30 });
  {
    using progress = startProgress(host.terminal);
    progress.show("x".repeat(100));
    progress.show("\x1b[2Jshort");
  }
  const drawn = host.stderr.split("\r\x1b[K");
  assertEquals(drawn.shift(), "");
  assertEquals(drawn.pop(), "");
  for (const line of drawn) {
    assert(line.length <= 30, line);
    assert(!line.includes("\x1b") && !line.includes("\n"), JSON.stringify(line));
  }
  assertEquals(host.stdout, "");
  const untouched = fakeHost({ isTerminal: true });
  startProgress(untouched.terminal)[Symbol.dispose]();
  assertEquals(untouched.stderr, "");
});
