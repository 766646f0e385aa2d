import { DecisionLogReader } from "../../src/io/decision_log_reader.ts";
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

const LINE = JSON.stringify({
  timestamp: "2026-03-01T12:00:00.000Z",
  user: "ünï\u{1f600}",
  profile: "p",
  mode: "cli",
  outcome: "issued",
});

async function read(...texts: (string | Uint8Array)[]) {
  const directory = await Deno.makeTempDir();
  try {
    const paths = texts.map((_, index) => `${directory}/${index}.jsonl`);
    for (const [index, text] of texts.entries()) {
      await Deno.writeFile(
        paths[index]!,
        typeof text === "string" ? new TextEncoder().encode(text) : text,
      );
    }
    const reader = new DecisionLogReader(paths);
    const users = (await Array.fromAsync(reader.read())).map(({ user }) => user);
    assertEquals(users.length, reader.records);
    assertEquals([...new Set(users)].length <= 1, true, "no text is broken");
    return [reader.records, reader.unreadable];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("decision log reader: lines of every size and end are read", async () => {
  assertEquals(await read(""), [0, 0]);
  assertEquals(await read(LINE), [1, 0], "the last line needs no end");
  assertEquals(await read(`${LINE}\r\n\n  \n${LINE}\n`), [2, 0]);
  // Every record crosses the edge of a block somewhere.
  assertEquals(await read(`${LINE}\n`.repeat(3000)), [3000, 0]);
  assertEquals(await read(`${LINE}\n`, `${LINE}\n${LINE}`), [3, 0]);
});

Deno.test("decision log reader: torn, foreign and endless lines are counted, not kept", async () => {
  assertEquals(await read(`${LINE.slice(0, 40)}\n${LINE}\nnull\n[]\n{}\n`), [1, 4]);
  assertEquals(await read(`${"x".repeat(1_000_000)}\n${LINE}\n`), [1, 1]);
  assertEquals(await read(`${LINE}\n${"x".repeat(300_000)}`), [1, 1]);
  assertEquals(await read(new Uint8Array([0xff, 0xfe, 0x0a, 0x00, 0x0a])), [0, 2]);
});

Deno.test("decision log reader: what happened to approvals is passed over, and nothing like it", async () => {
  const event = { event: "request.approved", event_id: "0123456789abcdef" };
  assertEquals(await read(`${JSON.stringify(event)}\n${LINE}\n`), [1, 0]);
  const others = [{ ...event, event: "made.up" }, { ...event, event_id: 1 }, [event], "event"];
  assertEquals(await read(others.map((other) => JSON.stringify(other)).join("\n")), [0, 4]);
});

Deno.test("decision log reader: what is no file is an error, before and after others", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const path of [directory, `${directory}/none`]) {
      const reader = new DecisionLogReader([path]);
      const error = await assertRejects(() => Array.fromAsync(reader.read()), SentinelError);
      assertEquals(error.code, "LOG_UNREADABLE");
    }
  } finally {
    await Deno.remove(directory);
  }
});
