/**
 * The edge where every fault ends: what is told, what is kept to ourselves, and which exit status
 * it gives.
 *
 * @module
 */
import fc from "fast-check";
import { type CommandEntry, COMMANDS } from "../../src/cli/command_table.ts";
import { VERSION } from "../../src/version.ts";
import { run } from "../../src/cli/run.ts";
import { ERROR_CATALOGUE, type ErrorCode, SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** A program whose only command, `fail`, throws `thrown`. */
function failing(thrown: unknown): { readonly commands: readonly CommandEntry[] } {
  return {
    commands: [{
      name: "fail",
      describe: () =>
        Promise.resolve({
          description: {
            name: "fail",
            summary: "Fails",
            description: [],
            flags: [],
            examples: [],
            load: () => Promise.resolve({ run: () => Promise.reject(thrown) }),
          },
        }),
    }],
  };
}

Deno.test("every code of the catalogue gives its exit status, its message and its hint", async () => {
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const host = fakeHost();
    const status = await run(["fail"], host, failing(new SentinelError(code, "Cannot: because")));
    assertEquals(status, ERROR_CATALOGUE[code].exitStatus);
    assertEquals(
      host.stderr,
      `error: Cannot: because\nhint: ${ERROR_CATALOGUE[code].suggestion}\n`,
    );
    assertEquals(host.stdout, "");
  }
});

Deno.test("an unknown fault is 70, and tells neither message nor stack nor cause", async () => {
  const cause = new Error("AKIASECRET cause");
  for (
    const thrown of [
      new TypeError("AKIASECRET", { cause }),
      new SentinelError("INTERNAL", "Unexpected fault (Error)", { cause }),
      "AKIASECRET",
      { toString: () => "AKIASECRET" },
      null,
      undefined,
    ]
  ) {
    const host = fakeHost();
    assertEquals(await run(["fail"], host, failing(thrown)), 70);
    assertEquals(host.stderr.split("\n").length, 3, host.stderr);
    assertStringIncludes(host.stderr, "error: Unexpected fault (");
    assert(!host.stderr.includes("AKIASECRET"), host.stderr);
  }
});

Deno.test("SENTINEL_DEBUG=1 shows where a defect is, never what it said", async () => {
  const cause = new RangeError("first AKIASECRET\n    at AKIASECRET (file.ts:1:1)");
  const fault = new TypeError("AKIASECRET", { cause });
  cause.cause = fault;
  const host = fakeHost({ env: { SENTINEL_DEBUG: "1" } });
  assertEquals(await run(["fail"], host, failing(fault)), 70);
  assertStringIncludes(host.stderr, "\nTypeError\n    at ");
  assertStringIncludes(host.stderr, "\nRangeError\n    at ");
  assertStringIncludes(host.stderr, "run_test.ts");
  assert(!host.stderr.includes("AKIASECRET"), host.stderr);
  assert(host.stderr.length < 100_000, "a cycle of causes ends");

  const known = fakeHost({ env: { SENTINEL_DEBUG: "1" } });
  await run(["fail"], known, failing(new SentinelError("USAGE", "no")));
  assert(!known.stderr.includes("    at "), "a known error needs no frames");
});

Deno.test("a permission that Deno withholds is a setting, not a defect", async () => {
  const host = fakeHost();
  const thrown = new Deno.errors.NotCapable('Requires net access to "a\x1b[2J"');
  assertEquals(await run(["fail"], host, failing(thrown)), 78);
  assertEquals(
    host.stderr,
    'error: Deno does not permit this: Requires net access to "a\\u{1b}[2J"\n' +
      "hint: Give sentinel the permissions it needs: deno run -A\n",
  );
});

Deno.test("nothing typed: help for the person, a usage error for the script", async () => {
  const host = fakeHost();
  assertEquals(await run([], host), 64);
  assertEquals(host.stdout, "");
  assertStringIncludes(host.stderr, "sentinel COMMAND [flags]");
});

Deno.test("help goes to stdout, whatever else is wrong, and loads no command", async () => {
  for (
    const argv of [
      ["--help"],
      ["-h"],
      ["help"],
      ["exec", "--bogus", "--help"],
      ["exec", "-h"],
      ["help", "exec"],
      ["credentials", "--help", "--", "x"],
    ]
  ) {
    const commands = COMMANDS.map((entry) => ({
      name: entry.name,
      describe: async () => {
        const { description } = await entry.describe();
        const load = entry.name === "help"
          ? description.load
          : () => Promise.reject(new Error("loaded"));
        return { description: { ...description, load } };
      },
    }));
    const host = fakeHost({ env: { SENTINEL_SERVER: "nonsense" } });
    assertEquals(await run(argv, host, { commands }), 0, argv.join(" "));
    assertStringIncludes(host.stdout, "Usage:\n  sentinel ");
    assertEquals(host.stderr, "");
  }
});

Deno.test("output that cannot be written is told, whatever the command", async () => {
  const outFails = new SentinelError("OUTPUT_FAILED", "Cannot write to standard output: closed");
  for (const argv of [["--version"], ["--help"], ["exec", "--help"]]) {
    const host = fakeHost({ outFails });
    assertEquals(await run(argv, host), 74);
    assertStringIncludes(host.stderr, "error: Cannot write to standard output: closed\n");
  }
});

Deno.test("property: no argument makes it reject, or prints anything raw", async () => {
  const commands = failing(new Error("reached")).commands;
  const word = fc.oneof(
    fc.constantFrom("fail", "help", "--help", "--version", "--", "version", "-h", ""),
    fc.string({ unit: "binary" }),
  );
  await fc.assert(fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (argv) => {
    const host = fakeHost();
    const status = await run(argv, host, { commands });
    assert([0, 64, 70].includes(status), `status ${status}`);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(host.stdout + host.stderr));
  }));
});

Deno.test("a fault that nobody awaited is told, ends nothing, and keeps its secrets", async () => {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { processHost } from ${module("../../src/cli/host.ts")};
    import { tellStrayFaults } from ${module("../../src/cli/run.ts")};
    tellStrayFaults(processHost());
    Promise.reject(new TypeError("AKIASECRET"));
    setTimeout(() => { throw new RangeError("AKIASECRET"); }, 0);
    setTimeout(() => { console.log("still here"); Deno.exit(7); }, 20);
  `;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
    stdin: "null",
  }).output();
  const told = new TextDecoder().decode(stderr);
  assertStringIncludes(told, "error: Unexpected fault (TypeError)\n");
  assertStringIncludes(told, "error: Unexpected fault (RangeError)\n");
  assert(!told.includes("AKIASECRET") && !told.includes("    at "), told);
  assertEquals([code, new TextDecoder().decode(stdout)], [7, "still here\n"]);
});

Deno.test("without permissions: the version is told, and what is missing is named", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const start = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", main, ...args],
      stdin: "null",
    }).output();
    return [code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
  };
  assertEquals(await start("--version"), [0, `sentinel ${VERSION}\n`, ""]);
  const [code, stdout, stderr] = await start("exec", "--profile", "p", "--", "true");
  assertEquals([code, stdout], [78, ""]);
  assertStringIncludes(String(stderr), "error: Deno does not permit this: Requires read access");
});

Deno.test("the version is the package's", async () => {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  assertEquals(VERSION, JSON.parse(config).version);
});
