/**
 * Questions to a person: what counts as yes, who can be asked, and how a line is read.
 *
 * @module
 */
import { confirm, type InputStream, readLine } from "../../src/cli/prompt.ts";
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

const QUESTION = { question: "Do it?", suggestion: "Add --yes." };

Deno.test("only a clear yes is one", async () => {
  for (
    const [line, answer] of [
      ["y", true],
      ["Y", true],
      ["yes", true],
      ["  YES ", true],
      ["", false],
      ["n", false],
      ["yy", false],
      ["yes please", false],
      ["no", false],
      ["ÿ", false],
    ] as const
  ) {
    const host = fakeHost({ isTerminal: true, lines: [line] });
    assertEquals(await confirm(host, QUESTION), answer, JSON.stringify(line));
    assertEquals([host.stderr, host.stdout], ["Do it? [y/N]: ", ""]);
  }
  const ended = fakeHost({ isTerminal: true });
  assertEquals([await confirm(ended, QUESTION), ended.stderr], [false, "Do it? [y/N]: \n"]);
});

Deno.test("without a terminal nobody is asked and nothing is read", async () => {
  const host = fakeHost({ lines: ["y"] });
  const error = await assertRejects(() => confirm(host, QUESTION), SentinelError, '"Do it?"');
  assertEquals([error.code, error.suggestion, host.stderr], ["USAGE", "Add --yes.", ""]);
  assertEquals(await host.readLine(), "y");
});

/** Gives `text` in pieces of one byte, and in between nothing. */
function input(text: string): InputStream & { readonly left: () => string } {
  const bytes = [...new TextEncoder().encode(text)];
  let turn = 0;
  return {
    read(buffer) {
      if (turn++ % 3 === 1) return Promise.resolve(0);
      const byte = bytes.shift();
      if (byte === undefined) return Promise.resolve(null);
      buffer[0] = byte;
      return Promise.resolve(1);
    },
    left: () => new TextDecoder().decode(Uint8Array.from(bytes)),
  };
}

Deno.test("a line is read to its end and not further", async () => {
  const two = input("jä\r\nnext\n");
  assertEquals([await readLine(two), two.left()], ["jä", "next\n"]);
  assertEquals(await readLine(input("y")), "y");
  assertEquals(await readLine(input("\n")), "");
  assertEquals(await readLine(input("")), null);
  const long = input(`${"x".repeat(9000)}\nrest`);
  assertEquals([(await readLine(long))?.length, long.left()], [4096, "rest"]);
});
