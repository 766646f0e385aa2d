import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import type { DecisionRecord } from "../../src/gate/decision_record.ts";
import {
  combineDecisionLogs,
  createDecisionLogStream,
  formatDecisionRecord,
  openDecisionLogFile,
} from "../../src/io/decision_log.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { IS_ROOT, NOBODY, TemporaryDirectory } from "../support/temporary_directory.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const RECORD: DecisionRecord = {
  timestamp: "2026-06-17T12:00:00.000Z",
  request_id: "aaaaaaaaaaaaaaaa",
  user: "alice",
  arn: "arn:aws:iam::123456789012:user/alice",
  account: "123456789012",
  profile: "prod",
  mode: "server",
  effect: "allow",
  outcome: "issued",
  rule: "office",
  rule_index: 0,
  reason: "Office hours",
  policy: { source: "policy.yaml", digest: "sha256:00" },
  duration_seconds: 900,
  host: "host",
  pid: 42,
};

function linesOf(path: string): DecisionRecord[] {
  const text = Deno.readTextFileSync(path);
  assert(text === "" || text.endsWith("\n"));
  // On a busy machine a half-written line may look cut short: then a blank line follows it.
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The refusal of a log, which must name the file and have the code. */
function refusal(action: () => unknown, path: string): string {
  const error = assertThrows(action, SentinelError);
  assertEquals(error.code, "LOG_UNWRITABLE");
  assertStringIncludes(error.message, "Cannot write decision log ");
  const [, reason] = error.message.split(`"${path}": `);
  return reason ?? error.message;
}

Deno.test("decision log: a record is one line of JSON, in the order of its fields", () => {
  const line = formatDecisionRecord(RECORD);
  assertEquals(line, `${JSON.stringify(RECORD)}\n`);
  assertMatch(line, /^[^\n]*\n$/);
});

/** Moves a cursor, ends a line or changes the direction of text; a line's own end excepted. */
// deno-lint-ignore no-control-regex
const MOVES = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** Text from outside, far from harmless. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(
    fc.oneof(
      fc.constantFrom("\n", "\r\n", '"', "\\", "\\u000a", "\u2028", "\u2029", "\u202e", "\u0085"),
      fc.constantFrom("\x1b[2J", "\x9b", "\x00", "\x7f", "\ufeff", "\u{e0041}", "🙂", "❤️", "日本"),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 20 },
  ).map((parts) => parts.join("")),
);
const record = fc.record({
  user: hostile,
  arn: hostile,
  profile: hostile,
  role_arn: hostile,
  rule: hostile,
  reason: hostile,
  session_table: hostile,
  command: hostile,
  host: hostile,
  policy: fc.record({ source: hostile, digest: hostile }),
});

Deno.test("decision log: whatever the input, a line reads back as its record and moves no cursor", () => {
  fc.assert(
    fc.property(record, (texts) => {
      const whole: DecisionRecord = { ...RECORD, ...texts };
      const line = formatDecisionRecord(whole);
      assertEquals(JSON.parse(line), whole);
      assertEquals(line.indexOf("\n"), line.length - 1);
      assert(line.isWellFormed());
      assert(!MOVES.test(line), line);
    }),
    { numRuns: 1500 },
  );
});

Deno.test("decision log: ordinary text of any language can be searched for", () => {
  for (const user of ["Jürgen", "日本語", "عربي", "👩🏽‍💻", "❤️"]) {
    assertStringIncludes(formatDecisionRecord({ ...RECORD, user }), `"user":"${user}"`);
  }
});

Deno.test("decision log: lines are bounded, and no character is cut in two", () => {
  const long = formatDecisionRecord({
    ...RECORD,
    user: "x".repeat(1e6),
    reason: `x${"🙂".repeat(5000)}`,
    rule: "\u202e".repeat(1e6),
    command: "x".repeat(2048),
  });
  assert(long.length < 30_000, `${long.length}`);
  const { user, reason, rule, command } = JSON.parse(long);
  assertEquals(user, `${"x".repeat(2048)}…`);
  assertEquals(reason, `x${"🙂".repeat(1023)}…`);
  assertEquals(rule, `${"\u202e".repeat(2048)}…`);
  assertEquals(command, "x".repeat(2048));
  const everything = Object.fromEntries(
    Object.keys(RECORD).map((key) => [key, "\x00".repeat(1e5)]),
  ) as unknown as DecisionRecord;
  assert(formatDecisionRecord(everything).length < 300_000);
});

Deno.test("decision log: a new file is 0600 and gets one write a line", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("decisions.jsonl");
  const write = Deno.FsFile.prototype.writeSync;
  const written: number[] = [];
  Deno.FsFile.prototype.writeSync = function (bytes) {
    written.push(bytes.length);
    return write.call(this, bytes);
  };
  try {
    using log = openDecisionLogFile(path);
    assertEquals(directory.modeOf("decisions.jsonl"), 0o600);
    for (let i = 0; i < 3; i++) log.append({ ...RECORD, request_id: `${i}` });
  } finally {
    Deno.FsFile.prototype.writeSync = write;
  }
  assertEquals(written.length, 3);
  assertEquals(linesOf(path).map(({ request_id }) => request_id), ["0", "1", "2"]);
});

Deno.test("decision log: an existing file is appended to, and closed to others", () => {
  using directory = new TemporaryDirectory();
  for (const mode of [0o600, 0o644, 0o666, 0o620]) {
    const path = directory.write("decisions.jsonl", '{"request_id":"old"}\n', mode);
    using log = openDecisionLogFile(path);
    log.append(RECORD);
    assertEquals(linesOf(path).map(({ request_id }) => request_id), ["old", RECORD.request_id]);
    assertEquals(directory.modeOf("decisions.jsonl"), 0o600);
  }
});

Deno.test("decision log: what cannot take a line refuses at once", async () => {
  using directory = new TemporaryDirectory();
  const file = directory.write("file", "");
  Deno.symlinkSync(directory.at("loop"), directory.at("loop"));
  Deno.mkdirSync(directory.at("directory"));
  Deno.symlinkSync(directory.at("directory"), directory.at("link"));
  const cases: readonly (readonly [string, string])[] = [
    [directory.at("missing/log"), "no such file or directory"],
    [directory.at("directory"), "it is a directory"],
    [directory.at("link"), "it is a directory"],
    [directory.at("loop"), "its links form a loop"],
    [`${file}/log`, "a part of its path is not a directory"],
    [directory.at("x".repeat(300)), "its name is too long"],
    [await directory.pipe("pipe"), "it is not a regular file"],
    ["/dev/null", "it is not a regular file"],
    ["/dev/full", "it is not a regular file"],
    ["", "no such file or directory"],
  ];
  for (const [path, reason] of cases) {
    assertEquals(refusal(() => openDecisionLogFile(path), path), reason);
  }
  const { message } = assertThrows(() => openDecisionLogFile("/\x1b[2J\n/log"));
  assertStringIncludes(message, '"/\\u{1b}[2J\\u{a}/log"');
});

Deno.test({
  name: "decision log: a file that may not be written, or is another user's, refuses",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const path = directory.write("log", "", IS_ROOT ? 0o600 : 0o400);
    // Even one that is open to all, or that root may write.
    for (const mode of IS_ROOT ? [0o600, 0o666] : [0o400]) {
      Deno.chmodSync(path, mode);
      if (IS_ROOT) Deno.chownSync(path, NOBODY, NOBODY);
      const reason = refusal(() => openDecisionLogFile(path), path);
      assertEquals(reason, IS_ROOT ? "it belongs to another user" : "permission denied");
      assertEquals(directory.modeOf("log"), mode);
    }
  },
});

Deno.test("decision log: a directory that is missing is named, and not made", () => {
  using directory = new TemporaryDirectory();
  const error = assertThrows(
    () => openDecisionLogFile(directory.at("new/place/log")),
    SentinelError,
  );
  assertStringIncludes(error.suggestion, `mkdir -p "${directory.at("new/place/")}"`);
  assertEquals(directory.list("."), []);
});

Deno.test("decision log: one that was deleted refuses, one that was moved goes on", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("log");
  using log = openDecisionLogFile(path);
  log.append(RECORD);
  Deno.renameSync(path, directory.at("log.1"));
  log.append(RECORD);
  assertEquals(linesOf(directory.at("log.1")).length, 2);
  Deno.removeSync(directory.at("log.1"));
  assertEquals(refusal(() => log.append(RECORD), path), "it was deleted");
  directory.write("log", "");
  assertEquals(refusal(() => log.append(RECORD), path), "it was deleted");
});

Deno.test("decision log: after it was closed it refuses", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("log");
  const log = openDecisionLogFile(path);
  log[Symbol.dispose]();
  refusal(() => log.append(RECORD), path);
});

Deno.test("decision log: a line that was cut short does not run into the next one", () => {
  using directory = new TemporaryDirectory();
  const path = directory.write("log", '{"request_id":"old"}\n{"request_id":"cut sh');
  const readable = () =>
    Deno.readTextFileSync(path).split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line).request_id];
      } catch {
        return [];
      }
    });
  using log = openDecisionLogFile(path);
  log.append({ ...RECORD, request_id: "one" });
  assertEquals(readable(), ["old", "one"]);
  // Another process is cut short in between.
  Deno.writeTextFileSync(path, '{"request_id":"cut', { append: true });
  log.append({ ...RECORD, request_id: "two" });
  log.append({ ...RECORD, request_id: "three" });
  assertEquals(readable(), ["old", "one", "two", "three"]);
  assert(!Deno.readTextFileSync(path).includes("\n\n"));
});

Deno.test("decision log: a full disk is told, and the next line stands alone", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("log");
  const write = Deno.FsFile.prototype.writeSync;
  using log = openDecisionLogFile(path);
  log.append({ ...RECORD, request_id: "one" });
  // The disk takes ten bytes more, then nothing.
  Deno.FsFile.prototype.writeSync = function (bytes) {
    return write.call(this, bytes.subarray(0, 10));
  };
  try {
    assertEquals(
      refusal(() => log.append(RECORD), path),
      "the line was cut short (is the disk full?)",
    );
    Deno.FsFile.prototype.writeSync = () => {
      throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    };
    assertEquals(refusal(() => log.append(RECORD), path), "no space left on the device");
  } finally {
    Deno.FsFile.prototype.writeSync = write;
  }
  log.append({ ...RECORD, request_id: "two" });
  const lines = Deno.readTextFileSync(path).split("\n");
  assertEquals(lines.length, 4);
  assertEquals(JSON.parse(lines[2]!).request_id, "two");
});

Deno.test("decision log: one that was emptied by somebody goes on", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("log");
  using log = openDecisionLogFile(path);
  log.append(RECORD);
  Deno.truncateSync(path);
  log.append(RECORD);
  assertEquals(linesOf(path).length, 1);
});

Deno.test("P14: lines of several processes do not mix", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("log");
  const script = new URL("./decision_log_process.ts", import.meta.url).href;
  const count = 400;
  const names = ["a", "b", "c", "d"];
  const statuses = names.map((name) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-A", script, path, name, `${count}`],
    }).spawn().status
  );
  for (const { code } of await Promise.all(statuses)) assertEquals(code, 0);
  const ids = linesOf(path).map(({ request_id }) => request_id);
  assertEquals(ids.length, names.length * count);
  for (const name of names) {
    const own = ids.filter((id) => id.startsWith(name));
    assertEquals(own, Array.from({ length: count }, (_, line) => `${name}-${line}`));
  }
});

Deno.test("decision log: on a stream, a write that fails is a fault of the log", () => {
  const lines: string[] = [];
  createDecisionLogStream((line) => lines.push(line)).append(RECORD);
  assertEquals(lines, [formatDecisionRecord(RECORD)]);
  const broken = createDecisionLogStream(() => {
    throw new Deno.errors.BrokenPipe("x");
  });
  const error = assertThrows(() => broken.append(RECORD), SentinelError, "standard error");
  assertEquals(error.code, "LOG_UNWRITABLE");
});

Deno.test("decision log: of several, each gets the record and the first fault counts", () => {
  const taken: string[] = [];
  const good = (name: string) => ({ append: () => void taken.push(name) });
  const bad = (name: string) => ({
    append() {
      throw new SentinelError("LOG_UNWRITABLE", name);
    },
  });
  assertEquals(combineDecisionLogs([]), null);
  const single = good("one");
  assertEquals(combineDecisionLogs([single]), single);
  combineDecisionLogs([good("a"), good("b")])!.append(RECORD);
  assertThrows(
    () => combineDecisionLogs([bad("x"), good("c"), bad("y")])!.append(RECORD),
    SentinelError,
    "x",
  );
  assertEquals(taken, ["a", "b", "c"]);
});
