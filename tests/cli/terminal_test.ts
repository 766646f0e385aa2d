/**
 * Streams that take a little, nothing, or nothing any more; and text that wants to be more than
 * text.
 *
 * @module
 */
import { createTerminal, tellError, tellWarning } from "../../src/cli/terminal.ts";
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

/** What a stream does with one write: takes so many bytes, or throws. */
type Reaction = number | Error;

/** A stream that reacts as told, then takes everything. */
function stream(reactions: Reaction[] = [], isTerminal = false) {
  let written = "";
  return {
    get written() {
      return written;
    },
    writeSync(bytes: Uint8Array): number {
      const reaction = reactions.shift() ?? bytes.length;
      if (reaction instanceof Error) throw reaction;
      written += new TextDecoder().decode(bytes.subarray(0, reaction));
      return Math.min(reaction, bytes.length);
    },
    isTerminal: () => isTerminal,
  };
}

interface FixtureOptions {
  readonly stdout?: Reaction[];
  readonly stderr?: Reaction[];
  readonly isTerminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

function fixture({ stdout = [], stderr = [], isTerminal = false, env = {} }: FixtureOptions) {
  const streams = { stdout: stream(stdout, isTerminal), stderr: stream(stderr, isTerminal) };
  const terminal = createTerminal({
    ...streams,
    stdin: { isTerminal: () => isTerminal },
    env: { get: (name) => env[name] },
    columns: () => {
      if (!isTerminal) throw new Error("not a terminal");
      return 132;
    },
    stuckAfterMs: 20,
  });
  return { terminal, ...streams };
}

const wouldBlock = () => new Deno.errors.WouldBlock("EAGAIN");
const interrupted = () => new Deno.errors.Interrupted("EINTR");
const brokenPipe = () => new Deno.errors.BrokenPipe("EPIPE /secret/path");

Deno.test("stdout gets every byte, from a reader that is slow or interrupted", () => {
  const text = "0123456789é\n";
  const { terminal, stdout } = fixture({
    stdout: [3, wouldBlock(), 1, 0, interrupted(), wouldBlock(), 2, wouldBlock(), 0],
  });
  terminal.out(text);
  assertEquals(stdout.written, text);
});

Deno.test("stdout that is closed, full or stuck is an error in our own words", () => {
  const noSpace = Object.assign(new Error("/secret/path"), { code: "ENOSPC" });
  const other = Object.assign(new Error("/secret/path"), { code: "EIO" });
  for (
    const [reactions, reason] of [
      [[2, brokenPipe()], "the reader has closed the pipe"],
      [[noSpace], "the disk is full"],
      [[other], "EIO"],
      [[new Error("/secret/path")], "the system refused"],
      [Array.from({ length: 50 }, wouldBlock), "its reader takes nothing"],
      [Array.from({ length: 50 }, () => 0), "its reader takes nothing"],
    ] as const
  ) {
    const { terminal } = fixture({ stdout: [...reactions] });
    const error = assertThrows(() => terminal.out("credentials"), SentinelError);
    assertEquals(error.code, "OUTPUT_FAILED");
    assertEquals(error.message, `Cannot write to standard output: ${reason}`);
  }
});

Deno.test("a reader that takes a byte now and then is slow, not stuck", () => {
  const reactions = Array.from({ length: 8 }, () => [wouldBlock(), wouldBlock(), 1]).flat();
  const { terminal, stdout } = fixture({ stdout: reactions });
  terminal.out("0123456789");
  assertEquals(stdout.written, "0123456789");
});

Deno.test("stderr never stops the program, but a decision record must not get lost there", () => {
  const { terminal } = fixture({ stderr: [brokenPipe()] });
  terminal.err("error: nobody hears this\n");
  const log = fixture({ stderr: [5, brokenPipe()] });
  const error = assertThrows(() => log.terminal.log("{}\n{}\n"), SentinelError);
  assertEquals(error.code, "LOG_UNWRITABLE");
  const whole = fixture({ stderr: [1, wouldBlock()] });
  whole.terminal.log('{"a":1}\n');
  assertEquals(whole.stderr.written, '{"a":1}\n');
});

Deno.test("errors and hints are one write, warnings too", () => {
  let writes = 0;
  const { terminal } = fixture({});
  const counting = { ...terminal, colour: false, err: () => void writes++ };
  tellError(counting, { message: "a", suggestion: "b" });
  tellWarning(counting, "c");
  assertEquals(writes, 2);
});

Deno.test("text from outside cannot steer the terminal; lines of ours stay lines", () => {
  const { terminal, stderr } = fixture({});
  tellError(terminal, {
    message: "first\x1b]0;title\x07\r\x9b31m\u202e\nsecond\u2028",
    suggestion: "\x1b[A",
  });
  assertEquals(
    stderr.written,
    "error: first\\u{1b}]0;title\\u{7}\\u{d}\\u{9b}31m\\u{202e}\nsecond\\u{2028}\n" +
      "hint: \\u{1b}[A\n",
  );
});

Deno.test("colours are for terminals that want them", () => {
  const lines = (options: FixtureOptions) => {
    const { terminal, stderr } = fixture(options);
    tellError(terminal, { message: "m", suggestion: null });
    return stderr.written;
  };
  assertEquals(lines({ isTerminal: true }), "\x1b[1;31merror:\x1b[0m m\n");
  assertEquals(lines({ isTerminal: true, env: { NO_COLOR: "" } }), "\x1b[1;31merror:\x1b[0m m\n");
  for (const env of [{ NO_COLOR: "1" }, { NO_COLOR: "0" }, { TERM: "dumb" }]) {
    assertEquals(lines({ isTerminal: true, env }), "error: m\n");
  }
  assertEquals(lines({ isTerminal: false }), "error: m\n");
});

Deno.test("an environment that cannot be read costs the colour, not the message", () => {
  const { stdout, stderr } = { stdout: stream([], true), stderr: stream([], true) };
  const terminal = createTerminal({
    stdin: { isTerminal: () => true },
    stdout,
    stderr,
    env: {
      get: () => {
        throw new SentinelError("USAGE", "NO_COLOR is not valid UTF-8");
      },
    },
    columns: () => 80,
  });
  tellError(terminal, { message: "m", suggestion: null });
  assertEquals(stderr.written, "error: m\n");
});

Deno.test("the width is the terminal's, and 80 without one", () => {
  assertEquals(fixture({ isTerminal: true }).terminal.columns, 132);
  assertEquals(fixture({}).terminal.columns, 80);
});

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Starts a shell script that gets Deno as `$1` and `main.ts` as `$2`. */
function shell(script: string): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", script, "sh", Deno.execPath(), MAIN],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

Deno.test({
  name: "real process: stdout on a full disk, or closed by its reader, fails clearly",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const full = shell('exec "$1" run -A --no-check "$2" --version > /dev/full');
    await full.stdin.close();
    assertEquals(
      await text(full.stderr),
      "error: Cannot write to standard output: the disk is full\n" +
        "hint: Check what reads the output, or the disk it goes to.\n",
    );
    assertEquals((await full.status).code, 74);
    await full.stdout.cancel();

    const closed = shell('read -r go; exec "$1" run -A --no-check "$2" --version');
    await closed.stdout.cancel();
    const writer = closed.stdin.getWriter();
    await writer.write(new TextEncoder().encode("go\n"));
    await writer.close();
    assertStringIncludes(await text(closed.stderr), "the reader has closed the pipe\n");
    assertEquals((await closed.status).code, 74);
  },
});

Deno.test("real process: nobody hears stderr, and the exit status still tells", async () => {
  const deaf = shell('exec "$1" run -A --no-check "$2" exec 2>&-');
  await deaf.stdin.close();
  assertEquals([await text(deaf.stdout), await text(deaf.stderr)], ["", ""]);
  assertEquals((await deaf.status).code, 64);
});
