/**
 * The child's exit status is ours, its environment is exactly what it is given, and what cannot
 * be started is told (P11).
 *
 * @module
 */
import { defaultShell, runChild } from "../../src/cli/child.ts";
import type { ChildRunnerOptions } from "../support/child_runner.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";

const UNIX = Deno.build.os !== "windows";
const PATH = Deno.env.get("PATH") ?? "";
const RUNNER = new URL("../support/child_runner.ts", import.meta.url).pathname;

function sh(script: string, options: Partial<Parameters<typeof runChild>[1]> = {}) {
  return runChild(["sh", "-c", script], { env: { PATH }, ...options });
}

Deno.test({
  name: "exit status N is N, a signal is 128 + its number, even one without a name",
  ignore: !UNIX,
  fn: async () => {
    for (const status of [0, 1, 77, 126, 127, 128, 255]) {
      assertEquals(await sh(`exit ${status}`), { exitStatus: status, signal: null });
    }
    assertEquals(await sh("kill -TERM $$"), { exitStatus: 143, signal: "SIGTERM" });
    assertEquals(await sh("kill -KILL $$"), { exitStatus: 137, signal: "SIGKILL" });
    if (Deno.build.os !== "linux") return;
    assertEquals(await sh("kill -40 $$"), { exitStatus: 168, signal: "40" });
  },
});

Deno.test({
  name: "what cannot be started is told by its reason: 127 not there, 126 not executable",
  ignore: !UNIX,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const file = async (name: string, content: string, mode: number) => {
      await Deno.writeTextFile(`${directory}/${name}`, content);
      await Deno.chmod(`${directory}/${name}`, mode);
      return `${directory}/${name}`;
    };
    try {
      const plain = await file("plain", "true\n", 0o644);
      const noInterpreter = await file("bad", "#!/no/such/interpreter\n", 0o755);
      for (
        const [command, code, reason] of [
          ["no-such-command-at-all", "COMMAND_NOT_FOUND", "not found in PATH"],
          ["", "COMMAND_NOT_FOUND", 'Cannot run "": not found in PATH'],
          [`${directory}/none`, "COMMAND_NOT_FOUND", "no such file"],
          ["\x1b[31m", "COMMAND_NOT_FOUND", 'Cannot run "\\u{1b}[31m"'],
          [plain, "COMMAND_NOT_EXECUTABLE", "it is not executable"],
          [directory, "COMMAND_NOT_EXECUTABLE", "it is a directory"],
          [noInterpreter, "COMMAND_NOT_EXECUTABLE", "the interpreter named in its first line"],
          [`${plain}/below`, "COMMAND_NOT_FOUND", "no such file"],
        ] as const
      ) {
        const error = await assertRejects(
          () => runChild([command], { env: { PATH } }),
          SentinelError,
          reason,
        );
        assertEquals(error.code, code, command);
      }
      const huge = await assertRejects(
        () => runChild(["true", "x".repeat(4_000_000)], { env: { PATH } }),
        SentinelError,
        "its arguments and environment are too long",
      );
      assertEquals([huge.code, huge.exitStatus], ["COMMAND_NOT_EXECUTABLE", 126]);
      assert(huge.message.length < 200);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "a NUL in an argument or a variable is refused without repeating its value",
  ignore: !UNIX,
  fn: async () => {
    for (
      const start of [
        () => runChild(["true", "hunter2\0"], { env: { PATH } }),
        () => runChild(["true"], { env: { PATH, KEY: "hunter2\0" } }),
      ]
    ) {
      const error = await assertRejects(start, SentinelError);
      assertEquals(error.code, "COMMAND_NOT_EXECUTABLE");
      assert(!error.message.includes("hunter2"));
    }
  },
});

Deno.test({
  name: "a command that is told to stop ends by SIGTERM, or by SIGKILL when it does not care",
  ignore: !UNIX,
  fn: async () => {
    const polite = new AbortController();
    const ended = sh("exec sleep 60", { stop: polite.signal });
    polite.abort();
    assertEquals(await ended, { exitStatus: 143, signal: "SIGTERM" });

    const directory = await Deno.makeTempDir();
    try {
      const deaf = new AbortController();
      const killed = sh(
        `trap "" TERM; : > ready; while :; do sleep 1; done`.replace(
          "ready",
          `'${directory}/ready'`,
        ),
        { stop: deaf.signal, killAfterMs: 50 },
      );
      while (!await exists(`${directory}/ready`)) await new Promise((go) => setTimeout(go, 5));
      deaf.abort();
      assertEquals(await killed, { exitStatus: 137, signal: "SIGKILL" });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
    assertEquals(
      await sh("exec sleep 60", { stop: AbortSignal.abort() }),
      { exitStatus: 143, signal: "SIGTERM" },
    );
  },
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "no zombie and no timer is left behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      await sh(`echo $$ > '${directory}/pid'`, { killAfterMs: 60_000 });
      const pid = (await Deno.readTextFile(`${directory}/pid`)).trim();
      assert(/^\d+$/.test(pid), pid);
      assertEquals(await exists(`/proc/${pid}`), false);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("the default shell is the user's", () => {
  const env = (variables: Record<string, string>) => ({ get: (name: string) => variables[name] });
  assertEquals(defaultShell(env({ SHELL: "/bin/zsh" }), "linux"), "/bin/zsh");
  assertEquals(defaultShell(env({ SHELL: "" }), "darwin"), "/bin/sh");
  assertEquals(defaultShell(env({}), "linux"), "/bin/sh");
  assertEquals(
    defaultShell(env({ COMSPEC: "C:\\x.exe", SHELL: "/bin/sh" }), "windows"),
    "C:\\x.exe",
  );
  assertEquals(defaultShell(env({}), "windows"), "cmd.exe");
});

/** A process that runs `command` through `runChild`, with all three streams piped. */
function start(command: readonly string[], options: ChildRunnerOptions = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", RUNNER, JSON.stringify(options), ...command],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test({
  name: "streams pass through untouched, and the environment is exactly the one given",
  ignore: !UNIX,
  fn: async () => {
    const process = start(["sh", "-c", "cat; echo err >&2; exec env"]);
    const writer = process.stdin.getWriter();
    await writer.write(new Uint8Array([0, 255, 10]));
    await writer.close();
    const { code, stdout, stderr } = await process.output();
    assertEquals([...stdout.subarray(0, 3)], [0, 255, 10]);
    assertEquals(new TextDecoder().decode(stderr), "err\n");
    assertEquals(code, 0);
    const names = new TextDecoder().decode(stdout.subarray(3)).trim().split("\n")
      .map((line) => line.split("=")[0]!)
      // What a shell sets by itself.
      .filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name));
    assertEquals(names.sort(), ["ONLY", "PATH"]);
  },
});

Deno.test({
  name: "a signal before the command starts ends everything: the command never runs",
  ignore: !UNIX,
  fn: async () => {
    for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
      const process = start(["echo", "ran"], { interruptedBy: signal });
      await process.stdin.close();
      const { code, stdout, stderr } = await process.output();
      assertEquals([code, stdout.length], [status, 0], new TextDecoder().decode(stderr));
    }
  },
});

/** A shell that says `ready`, reports each of `signals` by name, and ends with 9 on SIGUSR2. */
function reporter(signals: readonly string[]): string[] {
  const traps = signals.map((name) => `trap 'echo ${name}' ${name};`).join(" ");
  return ["sh", "-c", `${traps} trap 'exit 9' USR2; echo ready; while :; do sleep 0.02; done`];
}

/** Reads `stream` line by line. */
function lines(stream: ReadableStream<Uint8Array>): () => Promise<string | null> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  return async () => {
    while (!buffer.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return buffer === "" ? null : buffer;
      buffer += value;
    }
    const end = buffer.indexOf("\n");
    const line = buffer.slice(0, end);
    buffer = buffer.slice(end + 1);
    return line;
  };
}

Deno.test({
  name: "without a terminal every signal is passed on, each once",
  ignore: !UNIX,
  fn: async () => {
    const process = start(reporter(["TERM", "HUP", "QUIT", "INT", "USR1"]));
    await process.stdin.close();
    const next = lines(process.stdout);
    assertEquals(await next(), "ready");
    // Each is awaited before the next is sent: pending signals would merge.
    for (const name of ["HUP", "INT", "QUIT", "USR1", "INT", "TERM"] as const) {
      process.kill(`SIG${name}`);
      assertEquals(await next(), name);
    }
    process.kill("SIGUSR2");
    assertEquals(await next(), null, "nothing came twice");
    assertEquals(new TextDecoder().decode(await readAll(process.stderr)), "");
    assertEquals((await process.status).code, 9);
  },
});

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test({
  name: "a child that ignores SIGTERM is killed in bounded time; one that ignores Ctrl-C is not",
  ignore: !UNIX,
  fn: async () => {
    const command = ["sh", "-c", "trap '' TERM INT; echo ready; while :; do sleep 0.02; done"];
    const process = start(command, { killAfterMs: 100 });
    await process.stdin.close();
    const next = lines(process.stdout);
    assertEquals(await next(), "ready");
    process.kill("SIGINT");
    const early = await Promise.race([
      process.status,
      new Promise<null>((resolve) => setTimeout(() => resolve(null), 300)),
    ]);
    assertEquals(early, null, "an interrupt does not escalate");
    process.kill("SIGTERM");
    assertEquals((await process.status).code, 137);
    await process.stderr.cancel();
    assertEquals(await next(), null);
  },
});

/** As {@linkcode start}, by a shell that has the program ignore SIGHUP. */
function startIgnoringHangup(command: readonly string[]): Deno.ChildProcess {
  const runner = [Deno.execPath(), "run", "-A", "--no-check", RUNNER, "{}", ...command];
  return new Deno.Command("sh", {
    args: ["-c", `trap '' HUP; exec "$@"`, "sh", ...runner],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test({
  name: "what nohup has the program ignore, the child ignores too",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const process = startIgnoringHangup(["sh", "-c", "kill -HUP $$; echo survived; exit 6"]);
    const { code, stdout, stderr } = await process.output();
    assertEquals(new TextDecoder().decode(stdout), "survived\n");
    assertEquals(code, 6, new TextDecoder().decode(stderr));
  },
});

Deno.test({
  name: "an ignored signal ends nothing and is not passed on, even to a child that wants it",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const process = startIgnoringHangup([
      Deno.execPath(),
      "eval",
      `Deno.addSignalListener("SIGHUP", () => console.log("HUP"));
       Deno.addSignalListener("SIGTERM", () => console.log("TERM"));
       Deno.addSignalListener("SIGUSR2", () => Deno.exit(9));
       console.log("ready");
       setInterval(() => {}, 1000);`,
    ]);
    const next = lines(process.stdout);
    assertEquals(await next(), "ready");
    process.kill("SIGHUP");
    process.kill("SIGTERM");
    assertEquals(await next(), "TERM");
    process.kill("SIGUSR2");
    assertEquals(await next(), null);
    await process.stderr.cancel();
    assertEquals((await process.status).code, 9);
  },
});
