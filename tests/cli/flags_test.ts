/**
 * The parser: what the description says is what is accepted, typed; everything else is a usage
 * error and nothing but a usage error.
 *
 * @module
 */
import fc from "fast-check";
import {
  type CommandDescription,
  environmentName,
  type Flag,
  flagKey,
  type Invocation,
} from "../../src/cli/command.ts";
import { description as credentials } from "../../src/cli/descriptions/credentials.ts";
import { description as exec } from "../../src/cli/descriptions/exec.ts";
import { asksForHelp } from "../../src/cli/arguments.ts";
import { parseFlags } from "../../src/cli/flags.ts";
import { SentinelError } from "../../src/errors.ts";
import { formatDuration } from "../../src/text/duration.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** A flag of every kind, and operands. */
const FLAGS = [
  { kind: "string", name: "name", short: "N", valueName: "NAME", required: true, summary: "" },
  { kind: "string", name: "free-text", valueName: "TEXT", summary: "" },
  { kind: "string", name: "colour", valueName: "C", default: "blue", summary: "" },
  { kind: "boolean", name: "verbose", short: "v", negatable: true, summary: "" },
  { kind: "boolean", name: "quick", short: "q", summary: "" },
  {
    kind: "duration",
    name: "max-age",
    short: "m",
    valueName: "TIME",
    minSeconds: 60,
    maxSeconds: 7200,
    summary: "",
  },
  { kind: "integer", name: "limit", valueName: "N", min: 0, max: 99, default: 10, summary: "" },
  {
    kind: "duration",
    name: "wait",
    short: "w",
    valueName: "TIME",
    minSeconds: 60,
    maxSeconds: 7200,
    bare: 600,
    summary: "",
  },
  {
    kind: "choice",
    name: "output",
    short: "o",
    valueName: "FORM",
    choices: ["human", "json", "csv"],
    default: "human",
    summary: "",
  },
] as const satisfies readonly Flag[];

const SAMPLE: CommandDescription<typeof FLAGS> = {
  name: "init sample",
  summary: "",
  description: [],
  flags: FLAGS,
  operands: [
    { name: "FIRST", summary: "", required: true },
    { name: "REST", summary: "", many: true },
  ],
  examples: [],
  load: () => Promise.reject(new Error("never loaded here")),
};

/** Without a value for the required ones, so that one flag can be looked at alone. */
function parse(argv: readonly string[], env: Record<string, string> = {}) {
  return parseFlags(SAMPLE, {
    argv: ["--name", "n", "first", ...argv],
    env: fakeHost({ env }).env,
  });
}

function refuse(argv: readonly string[], env: Record<string, string> = {}): SentinelError {
  const error = assertThrows(() => parse(argv, env), SentinelError);
  assertEquals(error.code, "USAGE");
  return error;
}

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

Deno.test("values are typed by the description", () => {
  type Expected = {
    readonly name: string;
    readonly freeText: string | null;
    readonly colour: string;
    readonly verbose: boolean;
    readonly quick: boolean;
    readonly maxAgeSeconds: number | null;
    readonly waitSeconds: number | null;
    readonly limit: number;
    readonly output: "human" | "json" | "csv";
  };
  const same: Same<Invocation<typeof FLAGS>["flags"], Expected> = true;
  assert(same);
  assertEquals(parse([]).flags, {
    name: "n",
    freeText: null,
    colour: "blue",
    verbose: false,
    quick: false,
    maxAgeSeconds: null,
    waitSeconds: null,
    limit: 10,
    output: "human",
  });
});

/** Arguments and what they make of the values. */
const ACCEPTED: readonly (readonly [string[], Record<string, unknown>])[] = [
  [["--colour", "red"], { colour: "red" }],
  [["--colour=red"], { colour: "red" }],
  [["--colour=a=b"], { colour: "a=b" }],
  [["--colour=-x"], { colour: "-x" }],
  [["--colour=--verbose"], { colour: "--verbose" }],
  [["--colour", "-"], { colour: "-" }],
  [["--colour", "two words"], { colour: "two words" }],
  [["--free-text", "é\u{1f600}"], { freeText: "é\u{1f600}" }],
  [["--verbose"], { verbose: true }],
  [["--no-verbose"], { verbose: false }],
  [["-v"], { verbose: true }],
  [["-vq"], { verbose: true, quick: true }],
  [["-m", "5m"], { maxAgeSeconds: 300 }],
  [["-m5m"], { maxAgeSeconds: 300 }],
  [["-m=5m"], { maxAgeSeconds: 300 }],
  [["-vqm", "1h30m"], { verbose: true, quick: true, maxAgeSeconds: 5400 }],
  [["-vm1h"], { verbose: true, maxAgeSeconds: 3600 }],
  [["--max-age", "60s"], { maxAgeSeconds: 60 }],
  [["--max-age", "2h"], { maxAgeSeconds: 7200 }],
  [["--wait"], { waitSeconds: 600 }],
  [["--wait=30m"], { waitSeconds: 1800 }],
  [["--wait", "--quick"], { waitSeconds: 600, quick: true }],
  [["--wait", "an-operand"], { waitSeconds: 600 }],
  [["--no-wait"], { waitSeconds: 0 }],
  [["-w"], { waitSeconds: 600 }],
  [["-w=30m"], { waitSeconds: 1800 }],
  [["-wv"], { waitSeconds: 600, verbose: true }],
  [["-vw"], { waitSeconds: 600, verbose: true }],
  [["--limit", "0"], { limit: 0 }],
  [["--limit", "99"], { limit: 99 }],
  [["--output", "json"], { output: "json" }],
  [["-ocsv"], { output: "csv" }],
];

Deno.test("every way to give a flag is understood", async (t) => {
  const defaults = parse([]).flags;
  for (const [argv, expected] of ACCEPTED) {
    await t.step(argv.join(" "), () => {
      const { flags, origins } = parse(argv);
      assertEquals<unknown>(flags, { ...defaults, ...expected });
      for (const key of Object.keys(expected)) {
        assertEquals(origins[key as keyof typeof origins], "flag");
      }
    });
  }
});

/** Arguments, and a part of the message and of the suggestion. */
const REFUSED: readonly (readonly [string[], string, string])[] = [
  [["--colour"], "--colour needs a value", "--help"],
  [["--colour", "--quick"], "--colour needs a value", "--colour=VALUE"],
  [["--colour", "-x"], "--colour needs a value", "--colour=VALUE"],
  [["-m", "-q"], "-m needs a value", "--max-age=VALUE"],
  [["-m"], "-m needs a value: -m TIME", "--help"],
  [["--colour="], "--colour has an empty value", "leave it out"],
  [["--colour", ""], "--colour has an empty value", "leave it out"],
  [["-m="], "-m has an empty value", "leave it out"],
  [["--colour", "a", "--colour", "a"], "--colour is given twice", "once"],
  [["-q", "--quick"], "--quick is given twice", "once"],
  [["-qq"], "--quick is given twice", "once"],
  [["--verbose", "--no-verbose"], "--verbose is given twice", "once"],
  [["--no-verbose=1"], "--no-verbose takes no value", "--verbose or --no-verbose"],
  [["--quick=false"], "--quick takes no value", "Write --quick."],
  [["-q=1"], "-q takes no value", "Write --quick."],
  [["--no-quick"], 'unknown flag "--no-quick"', "--help"],
  [["--color", "red"], 'unknown flag "--color"', "Did you mean --colour?"],
  [["--COLOUR", "red"], 'unknown flag "--COLOUR"', "Did you mean --colour?"],
  [["--nonsense=hunter2"], 'unknown flag "--nonsense"', "--help"],
  [["--__proto__"], 'unknown flag "--__proto__"', "--help"],
  [["--constructor=x"], 'unknown flag "--constructor"', "--help"],
  [["--=x"], 'unknown flag "--"', "--help"],
  [["---quick"], 'unknown flag "---quick"', "Did you mean --quick?"],
  [["-x"], 'unknown flag "-x"', "--help"],
  [["-vx"], 'unknown flag "-x"', "--help"],
  [["-limit"], 'unknown flag "-l"', "Did you mean --limit?"],
  [["-\u{1f600}"], 'unknown flag "-\u{1f600}"', "--help"],
  [["--\x1b[31m"], 'unknown flag "--\\u{1b}[31m"', "--help"],
  [["--max-age", "90"], '--max-age is "90"', "for example 1m30s (from 1m to 2h)"],
  [["--max-age", "0"], '--max-age is "0"', "for example 1h30m"],
  [["--max-age", "1.5h"], "not a duration", "for example 1h30m"],
  [["--max-age", "5 m"], "not a duration", "for example 1h30m"],
  [["--max-age", "30m1h"], "not a duration", "for example 1h30m"],
  [["--max-age", "59s"], "out of bounds", "from 1m to 2h"],
  [["--max-age", "2h1s"], "out of bounds", "from 1m to 2h"],
  [["--wait", "30m"], "--wait takes its value attached", "Write --wait=30m."],
  [["--wait="], "--wait has an empty value", "leave it out"],
  [["--wait=0s"], "out of bounds", "from 1m to 2h"],
  [["--wait=3h"], "out of bounds", "from 1m to 2h"],
  [["--wait=maybe"], "not a duration", "for example 1h30m"],
  [["--no-wait=1m"], "--no-wait takes no value", "--wait or --no-wait"],
  [["--wait", "--no-wait"], "--wait is given twice", "once"],
  [["--no-wiat"], 'unknown flag "--no-wiat"', "Did you mean --no-wait?"],
  [["--max-age", "999999h"], "out of bounds", "from 1m to 2h"],
  [["--limit", "100"], "not a whole number from 0 to 99", "--help"],
  [["--limit=-1"], "not a whole number from 0 to 99", "--help"],
  [["--limit", "1e1"], "not a whole number", "--help"],
  [["--limit", "0x10"], "not a whole number", "--help"],
  [["--limit", "010"], "not a whole number", "--help"],
  [["--limit", "+1"], "not a whole number", "--help"],
  [["--limit", "1.0"], "not a whole number", "--help"],
  [["--limit", "٣"], "not a whole number", "--help"],
  [["--limit", "9".repeat(400)], "not a whole number", "--help"],
  [["--output", "jsno"], "none of human, json, csv", "Did you mean json?"],
  [["--output", "JSON"], "none of human, json, csv", "Did you mean json?"],
  [["--output", "toString"], "none of human, json, csv", "--help"],
];

Deno.test("every mistake is told, with what to type instead", async (t) => {
  for (const [argv, message, suggestion] of REFUSED) {
    await t.step(argv.join(" ").slice(0, 60), () => {
      const error = refuse(argv);
      assertStringIncludes(error.message, message);
      assertStringIncludes(error.suggestion, suggestion);
      assert(!error.message.includes("hunter2"), error.message);
      assert(error.message.length < 200, "a long value is cut");
    });
  }
});

Deno.test("a flag wins over its variable, which is then not even understood", () => {
  const { flags, origins } = parse(["--limit", "5", "--no-verbose"], {
    SENTINEL_LIMIT: "nonsense",
    SENTINEL_VERBOSE: "nonsense",
    SENTINEL_OUTPUT: "csv",
  });
  assertEquals([flags.limit, flags.verbose, flags.output], [5, false, "csv"]);
  assertEquals([origins.limit, origins.output, origins.colour], ["flag", "environment", "default"]);
});

Deno.test("variables are understood as their flags are, and named in what is wrong", () => {
  assertEquals(parse([], { SENTINEL_MAX_AGE: "5m" }).flags.maxAgeSeconds, 300);
  for (const [text, seconds] of [["1", 600], ["true", 600], ["0", 0], ["false", 0], ["2m", 120]]) {
    assertEquals(parse([], { SENTINEL_WAIT: String(text) }).flags.waitSeconds, Number(seconds));
  }
  assertStringIncludes(refuse([], { SENTINEL_WAIT: "3h" }).message, "SENTINEL_WAIT is");
  for (const [text, expected] of [["1", true], ["true", true], ["0", false], ["false", false]]) {
    assertEquals(parse([], { SENTINEL_QUICK: String(text) }).flags.quick, expected === true);
  }
  for (const text of ["yes", "no", "TRUE", "on", "2", " 1", "-q"]) {
    assertStringIncludes(
      refuse([], { SENTINEL_QUICK: text }).message,
      `SENTINEL_QUICK is "${text}"`,
    );
  }
  assertStringIncludes(refuse([], { SENTINEL_LIMIT: "100" }).message, "SENTINEL_LIMIT is");
  assertStringIncludes(refuse([], { SENTINEL_OUTPUT: "xml" }).message, "SENTINEL_OUTPUT is");
});

Deno.test("an empty variable counts as unset, whatever its kind", () => {
  const env = Object.fromEntries(FLAGS.map((flag) => [environmentName(flag), ""]));
  const { flags, origins } = parse([], env);
  assertEquals(flags, parse([]).flags);
  assertEquals(origins.quick, "default");
});

Deno.test("a required flag may come from the environment; missing, both are named", () => {
  const { env } = fakeHost({ env: { SENTINEL_NAME: "e" } });
  assertEquals(parseFlags(SAMPLE, { argv: ["first"], env }).flags.name, "e");
  const error = assertThrows(
    () => parseFlags(SAMPLE, { argv: ["first"], env: fakeHost().env }),
    SentinelError,
    "sentinel init sample needs --name NAME",
  );
  assertStringIncludes(error.suggestion, "SENTINEL_NAME");
});

Deno.test("operands stand anywhere; after -- everything is one", () => {
  const { operands, passthrough } = parse(["-q", "b", "--limit", "3", "-", "--", "--name", "-h"]);
  assertEquals(operands, ["first", "b", "-", "--name", "-h"]);
  assertEquals(passthrough, []);
  const { env } = fakeHost();
  const missing = assertThrows(
    () => parseFlags(SAMPLE, { argv: ["--name", "n"], env }),
    SentinelError,
    "needs FIRST",
  );
  assertEquals(missing.code, "USAGE");
  assertThrows(
    () => parseFlags({ ...SAMPLE, operands: [] }, { argv: ["--name", "n", "surplus"], env }),
    SentinelError,
    'takes no argument "surplus" here',
  );
});

Deno.test("the command after -- is passed on untouched", () => {
  const { env } = fakeHost();
  const command = ["sh", "-c", "echo $1", "--", "--server", "-n", "", "--help", "--profile=x"];
  const invocation = parseFlags(exec, { argv: ["--profile", "p", "--", ...command], env });
  assertEquals(invocation.passthrough, command);
  assertEquals(invocation.flags.server, false);
  assertEquals(parseFlags(exec, { argv: ["--profile", "p", "--"], env }).passthrough, []);
  assertEquals(parseFlags(exec, { argv: ["--profile", "p"], env }).passthrough, []);
});

Deno.test("what only the environment says is ignored where it does not apply", () => {
  const plain = fakeHost({
    env: {
      SENTINEL_PROFILE: "p",
      SENTINEL_SESSION_TABLE: "t",
      SENTINEL_SERVER_PORT: "not even a number",
      SENTINEL_LAZY: "1",
    },
  });
  const cli = parseFlags(exec, { argv: [], env: plain.env });
  assertEquals(cli.flags.sessionTable, null);
  assertEquals(cli.origins.sessionTable, "default");
  assertEquals([cli.flags.serverPort, cli.flags.lazy], [0, false]);
  const server = fakeHost({
    env: {
      SENTINEL_PROFILE: "p",
      SENTINEL_SESSION_TABLE: "t",
      SENTINEL_DURATION: "2h",
      SENTINEL_NO_SESSION: "true",
    },
  });
  const served = parseFlags(exec, { argv: ["-s"], env: server.env });
  assertEquals(served.flags.sessionTable, "t");
  assertEquals([served.flags.durationSeconds, served.flags.noSession], [3600, false]);
  assertEquals(
    parseFlags(credentials, { argv: [], env: server.env }).flags.durationSeconds,
    7200,
    "where there is no server, the variable counts",
  );
});

Deno.test("--no-server takes back what the environment says", () => {
  const { env } = fakeHost({ env: { SENTINEL_PROFILE: "p", SENTINEL_SERVER: "1" } });
  assertEquals(parseFlags(exec, { argv: [], env }).flags.server, true);
  const back = parseFlags(exec, { argv: ["--no-server", "--no-session"], env });
  assertEquals([back.flags.server, back.flags.noSession], [false, true]);
  assertThrows(
    () => parseFlags(exec, { argv: ["--no-session"], env }),
    SentinelError,
    "--no-session cannot be used with SENTINEL_SERVER",
  );
  assertThrows(
    () => parseFlags(exec, { argv: ["--no-server", "--session-table", "t"], env }),
    SentinelError,
    "--session-table needs --server",
  );
});

Deno.test("help is asked for before --, and only there", () => {
  assert(asksForHelp(["--bogus", "--help"]));
  assert(asksForHelp(["-h"]));
  assert(!asksForHelp(["--", "-h"]));
  assert(!asksForHelp(["--helpful"]));
});

/** Words that hit the grammar more often than random text does. */
const argument = fc.oneof(
  fc.constantFrom(
    ...FLAGS.flatMap((flag) => [`--${flag.name}`, `--no-${flag.name}`, `--${flag.name}=`]),
    ...["-v", "-q", "-vq", "-m", "-m5m", "-o", "--", "-", "", "5m", "json", "7"],
  ),
  fc.string({ unit: "binary" }),
  fc.string().map((text) => `--${text}`),
  fc.string().map((text) => `-${text}`),
);

Deno.test("property: whatever is typed, it is understood or a usage error", () => {
  fc.assert(fc.property(
    fc.array(argument, { maxLength: 8 }),
    fc.dictionary(fc.constantFrom(...FLAGS.map(environmentName)), fc.string()),
    (argv, env) => {
      try {
        const { flags } = parseFlags(SAMPLE, { argv, env: fakeHost({ env }).env });
        assertEquals(Object.keys(flags).sort(), FLAGS.map(flagKey).sort());
      } catch (error) {
        assert(error instanceof SentinelError, String(error));
        assertEquals(error.code, "USAGE");
        // deno-lint-ignore no-control-regex
        assert(!/[\x00-\x1f\x7f-\x9f]/.test(error.message), "nothing unprintable");
      }
    },
  ));
});

/** Values as a person could mean them. */
const meant = fc.record({
  name: fc.string({ minLength: 1, unit: "grapheme" }),
  freeText: fc.option(fc.string({ minLength: 1 })),
  colour: fc.string({ minLength: 1 }),
  verbose: fc.boolean(),
  quick: fc.boolean(),
  maxAgeSeconds: fc.option(fc.integer({ min: 60, max: 7200 })),
  waitSeconds: fc.option(fc.integer({ min: 60, max: 7200 })),
  limit: fc.integer({ min: 0, max: 99 }),
  output: fc.constantFrom("human" as const, "json" as const, "csv" as const),
});

/** How `flags` is typed on a command line. */
function print(flags: Readonly<Record<string, unknown>>): string[] {
  return FLAGS.flatMap((flag) => {
    const value = flags[flagKey(flag)];
    if (value === null || value === false) return [];
    if (value === true) return [`--${flag.name}`];
    return [`--${flag.name}=${flag.kind === "duration" ? formatDuration(Number(value)) : value}`];
  });
}

Deno.test("property: what is printed is read back, in any order", () => {
  fc.assert(fc.property(
    meant.chain((flags) =>
      fc.tuple(
        fc.constant(flags),
        fc.shuffledSubarray(print(flags), { minLength: print(flags).length }),
      )
    ),
    ([flags, argv]) => {
      const { env } = fakeHost();
      assertEquals<unknown>(parseFlags(SAMPLE, { argv: [...argv, "x"], env }).flags, flags);
    },
  ));
});

Deno.test("property: variables say the same as flags", () => {
  fc.assert(fc.property(meant, (flags) => {
    const env: Record<string, string> = {};
    for (const flag of FLAGS) {
      const value = (flags as Record<string, unknown>)[flagKey(flag)];
      if (value === null) continue;
      env[environmentName(flag)] = flag.kind === "duration"
        ? formatDuration(Number(value))
        : String(value);
    }
    const parsed = parseFlags(SAMPLE, { argv: ["x"], env: fakeHost({ env }).env });
    assertEquals<unknown>(parsed.flags, flags);
  }));
});
