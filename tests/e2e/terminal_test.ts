/**
 * The program on a terminal, as people have it: Ctrl-C, Ctrl-Z, a window that is closed, a command
 * that reads what is typed.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import {
  hasPseudoTerminals,
  type OnTerminal,
  startOnTerminal,
} from "../support/pseudo_terminal.ts";
import { openSandbox, PROGRAM, type Sandbox } from "../support/sandbox.ts";
import { ask, policyOf, sessionsIn, whileRunning } from "../support/serving.ts";

const REQUIRED = policyOf({ effect: "require_server_session" });
const ignore = !(await hasPseudoTerminals());
if (ignore) console.log("Tests on a terminal are ignored: there is no python3 with pty.");

/** Tells where the endpoint is, counts Ctrl-C, and ends with 40 more than that. */
const COMMAND = `
import os, signal, sys
count = 0
def interrupt(*_):
    global count
    count += 1
    print("interrupted", count, flush=True)
signal.signal(signal.SIGINT, interrupt)
print("serving", os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
      os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"], "end", flush=True)
for line in sys.stdin:
    if line.strip() == "quit":
        sys.exit(40 + count)
    print("<" + line.strip().upper() + ">", sys.stdin.isatty(), flush=True)
`;

async function commandLine(sandbox: Sandbox, table: string | null): Promise<readonly string[]> {
  await Deno.writeTextFile(`${sandbox.home}/command.py`, COMMAND);
  return [
    ...[Deno.execPath(), ...PROGRAM, "exec", "--server", "--profile", "prod"],
    ...(table === null ? [] : ["--session-table", table]),
    ...["--", "python3", `${sandbox.home}/command.py`],
  ];
}

/** Waits until the terminal shows `text`, after the first `from` characters. */
async function shown({ process }: OnTerminal, text: string, from = 0): Promise<void> {
  await whileRunning(
    { process, what: `${text} on the terminal` },
    () => process.stdout().slice(from).includes(text),
  );
}

async function endpointOf(terminal: OnTerminal): Promise<readonly [url: string, token: string]> {
  await shown(terminal, " end\r\n");
  const [, url = "", token = ""] = /serving (\S+) (\S+) end/.exec(terminal.process.stdout()) ?? [];
  return [url, token];
}

Deno.test({
  name: "one Ctrl-C reaches the command once, and ends neither the server nor the session",
  ignore,
  async fn() {
    await using sandbox = await openSandbox(REQUIRED);
    const table = `sqlite:${sandbox.home}/sessions.db`;
    await using terminal = startOnTerminal(await commandLine(sandbox, table), sandbox);
    const endpoint = await endpointOf(terminal);
    await terminal.type("hello\r");
    await shown(terminal, "<HELLO> True");
    for (const count of [1, 2]) {
      await terminal.type("\x03");
      await shown(terminal, `interrupted ${count}`);
      // A second delivery would be here before the answer.
      assertEquals((await ask(...endpoint)).status, 200);
    }
    assertEquals((await sessionsIn(table)).map(({ status }) => status), ["active"]);
    await terminal.type("quit\r");
    const { code, stdout } = await terminal.process.finished;
    assertEquals(code, 42, stdout);
    assertEquals((await sessionsIn(table)).map(({ status }) => status), ["expired"]);
  },
});

Deno.test({
  name: "a window that is closed ends the command and the session",
  ignore,
  async fn() {
    await using sandbox = await openSandbox(REQUIRED);
    const table = `sqlite:${sandbox.home}/sessions.db`;
    await using terminal = startOnTerminal(await commandLine(sandbox, table), sandbox);
    const [url, token] = await endpointOf(terminal);
    await terminal.close();
    assertEquals((await terminal.process.finished).code, 129);
    assertEquals((await sessionsIn(table)).map(({ status }) => status), ["expired"]);
    assert(await ask(url, token).then(() => false, () => true), "the endpoint is still there");
  },
});

Deno.test({
  name: "Ctrl-Z gives the shell back, and fg the command",
  ignore,
  async fn() {
    await using sandbox = await openSandbox(REQUIRED);
    const table = `sqlite:${sandbox.home}/sessions.db`;
    const line = await commandLine(sandbox, table);
    await Deno.writeTextFile(
      `${sandbox.home}/rc`,
      `PS1='prompt> '\nrun() { ${line.map((word) => `'${word}'`).join(" ")}; }\n`,
    );
    const shell = ["bash", "--rcfile", `${sandbox.home}/rc`, "-i"];
    await using terminal = startOnTerminal(shell, sandbox);
    await shown(terminal, "prompt> ");
    await terminal.type("run; echo status=$?.\r");
    const endpoint = await endpointOf(terminal);
    await terminal.type("\x1a");
    await shown(terminal, "Stopped");
    const from = terminal.process.stdout().length;
    await terminal.type("fg; echo status=$?.\r");
    // Bash reads what is typed before it has shown the command that it goes on with.
    await shown(terminal, "command.py", from);
    await terminal.type("again\r");
    await shown(terminal, "<AGAIN> True");
    assertEquals((await ask(...endpoint)).status, 200);
    await terminal.type("quit\r");
    await shown(terminal, "status=40.");
    assertEquals((await sessionsIn(table)).map(({ status }) => status), ["expired"]);
    await terminal.type("exit 0\r");
    assertEquals((await terminal.process.finished).code, 0);
  },
});

Deno.test({
  name: "what a running server has given up is refused, never asked for on the terminal",
  ignore,
  async fn() {
    await using sandbox = await openSandbox(policyOf({ effect: "require_server" }));
    await using terminal = startOnTerminal(await commandLine(sandbox, null), sandbox);
    const endpoint = await endpointOf(terminal);
    const session_table = `sqlite:${sandbox.home}/late.db`;
    for (const effect of ["allow", "require_server_session"] as const) {
      await sandbox.writePolicy(policyOf({ effect, session_table }));
      const { status, body } = await ask(...endpoint);
      assertEquals(
        [status, body["Code"]],
        effect === "allow" ? [200, undefined] : [503, "SESSION_STORE_UNAVAILABLE"],
      );
    }
    await terminal.type("quit\r");
    const { code, stdout } = await terminal.process.finished;
    assertEquals(code, 40);
    assertStringIncludes(stdout, "this server gave up writing files when it started");
    assert(!/permission|prompt|\?/i.test(stdout.replace(/[?&]\w+=/g, "")), stdout);
  },
});
