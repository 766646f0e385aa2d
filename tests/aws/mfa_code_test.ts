import { parseMfaCode, runMfaProcess } from "../../src/aws/mfa_code.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const NO_VARIABLES = { get: () => undefined };

Deno.test("a code is six ASCII digits, white space around them aside", () => {
  assertEquals(parseMfaCode("123456"), "123456");
  assertEquals(parseMfaCode(" 012345\r\n"), "012345");
  for (
    const text of ["", "12345", "1234567", "123 456", "12345a", "１２３４５６", "123456\n654321"]
  ) {
    assertEquals(parseMfaCode(text), null, text);
  }
});

/** A script that runs `body`, and what comes of it. */
async function withScript<T>(body: string, use: (path: string) => Promise<T>): Promise<T> {
  using directory = new TemporaryDirectory();
  const path = directory.at("code");
  Deno.writeTextFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o700 });
  return await use(path);
}

Deno.test("a program's code is taken, its arguments as they were written", async () => {
  const code = await withScript(
    '[ "$1" = "a b" ] && [ "$2" = "x" ] && echo 123456',
    (path) => runMfaProcess(`${path} 'a b' x`, { source: "--mfa-process", env: NO_VARIABLES }),
  );
  assertEquals(code, "123456");
});

Deno.test("a program gets no standard input: it is not the program's to read", async () => {
  const code = await withScript(
    "read line && echo 111111 || echo 222222",
    (path) => runMfaProcess(path, { source: "--mfa-process", env: NO_VARIABLES }),
  );
  assertEquals(code, "222222");
});

for (
  const [what, body, code, reason] of [
    ["ends with a status", "echo 123456; exit 3", "CONFIG_INVALID", "it ended with status 3"],
    ["prints too few digits", "echo 12345", "CONFIG_INVALID", "something else than six digits"],
    ["prints words", "echo code 123456", "CONFIG_INVALID", "something else than six digits"],
    ["prints nothing", "true", "CONFIG_INVALID", "something else than six digits"],
    ["prints without end", "yes 123456", "CONFIG_INVALID", "something else than six digits"],
    ["does not end", "exec sleep 60", "TIMED_OUT", "it did not end within 0.2 s"],
    ["leaves a child that holds its output", "sleep 2 & exit 0", "TIMED_OUT", "within 0.2 s"],
  ] as const
) {
  Deno.test(`a program that ${what} gives no code, in bounded time`, async () => {
    const begun = performance.now();
    const error = await withScript(body, (path) =>
      assertRejects(
        () =>
          runMfaProcess(path, {
            source: "--mfa-process",
            env: NO_VARIABLES,
            timeoutMs: code === "TIMED_OUT" ? 200 : 5000,
          }),
        SentinelError,
        reason,
      ));
    assertEquals(error.code, code);
    assert(performance.now() - begun < 4000);
    assert(!error.message.includes("123456"), "what was printed is not repeated");
  });
}

for (
  const [what, line, reason] of [
    ["does not exist", "/nonexistent/code", "there is no such program"],
    ["is empty", "''", "use plain words"],
    ["needs a shell", "code | tail -1", "no shell runs it"],
    ["is expanded by a shell", "code $SECRET", "no shell runs it"],
  ] as const
) {
  Deno.test(`a program line that ${what} is refused, and not repeated`, async () => {
    const error = await assertRejects(
      () => runMfaProcess(line, { source: "--mfa-process", env: NO_VARIABLES }),
      SentinelError,
      reason,
    );
    assertEquals(error.code, "CONFIG_INVALID");
    assert(!error.message.includes("$SECRET"));
  });
}

Deno.test("a program that leads back to this program is stopped", async () => {
  const env = { get: (name: string) => name === "SENTINEL_PROCESS_DEPTH" ? "4" : undefined };
  const error = await assertRejects(
    () => runMfaProcess("true", { source: "--mfa-process", env }),
    SentinelError,
  );
  assertEquals(error.code, "CREDENTIAL_PROCESS_RECURSION");
});
