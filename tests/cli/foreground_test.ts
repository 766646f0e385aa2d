/**
 * On a terminal: one Ctrl-C reaches the child once, whatever sentinel does (P11). A real
 * pseudo-terminal, made by python3.
 *
 * @module
 */
import { openForeground } from "../../src/cli/foreground.ts";
import { runsHere } from "../support/available_program.ts";
import { assertEquals } from "../support/assert.ts";

const RUNNER = new URL("../support/child_runner.ts", import.meta.url).pathname;

/**
 * Runs a program on a pseudo-terminal and, each time it says `ready`, types the next key or
 * sends the next signal to it alone, or, for an empty action, does nothing. Prints what it wrote, and its exit status.
 */
const PTY = `
import os, pty, signal, sys
actions = sys.argv[1].split(",")
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
output = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    output += piece
    while actions and output.count(b"ready") > len(sys.argv[1].split(",")) - len(actions):
        action = actions.pop(0)
        if action.startswith("SIG"):
            os.kill(pid, getattr(signal, action))
        elif action:
            os.write(terminal, bytes([int(action)]))
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(output.replace(b"\\r\\n", b"\\n"))
print("status", os.waitstatus_to_exitcode(status))
`;

/** Says \`ready\` and, a moment after the first signal, how often each one came. */
const COUNTER = `
import signal, sys, time
counts = {}
def count(number, frame):
    name = signal.Signals(number).name
    counts[name] = counts.get(name, 0) + 1
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, count)
print("ready", flush=True)
patience = time.monotonic() + 5
while not counts and time.monotonic() < patience:
    time.sleep(0.01)
end = time.monotonic() + 0.3
while time.monotonic() < end:
    time.sleep(0.01)
print(" ".join(f"{name}={times}" for name, times in sorted(counts.items())))
sys.exit(5)
`;

const PYTHON_IS_THERE = Deno.build.os !== "windows" && runsHere("python3", "-c", "import pty");

/** Runs `command` on a pseudo-terminal; returns its lines without what keys echo. */
async function onTerminal(action: string, command: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", PTY, action, ...command],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return text.replaceAll(/\^[CZ\\]/g, "").trim().split("\n").filter((line) => line !== "");
}

const COUNTING = ["python3", "-c", COUNTER];

function terminalTest(name: string, body: () => Promise<void>): void {
  Deno.test({
    name: PYTHON_IS_THERE ? name : `${name} (ignored: python3 is not on the PATH)`,
    ignore: !PYTHON_IS_THERE,
    fn: body,
  });
}

function underSentinel(command: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--no-check", RUNNER, "{}", ...command];
}

terminalTest("Ctrl-C reaches the child once, and sentinel waits for its end", async () => {
  assertEquals(await onTerminal("3", COUNTING), ["ready", "SIGINT=1", "status 5"]);
  assertEquals(await onTerminal("3", underSentinel(COUNTING)), ["ready", "SIGINT=1", "status 5"]);
});

terminalTest("Ctrl-\\ reaches the child once as well", async () => {
  assertEquals(await onTerminal("28", underSentinel(COUNTING)), ["ready", "SIGQUIT=1", "status 5"]);
});

/** What a shell does with a job: gives it the terminal, and continues it when it is stopped. */
const JOB_CONTROL = `
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
status = os.waitpid(job, os.WUNTRACED)[1]
if os.WIFSTOPPED(status):
    print("stopped", flush=True)
    os.killpg(job, signal.SIGCONT)
    status = os.waitpid(job, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status))
`;

terminalTest("Ctrl-Z stops sentinel and child; continued, both go on", async () => {
  const child = ["sh", "-c", "echo ready; sleep 0.2; echo on; exit 5"];
  const command = ["python3", "-c", JOB_CONTROL, ...underSentinel(child)];
  assertEquals(await onTerminal("26", command), ["ready", "stopped", "on", "status 5"]);
});

terminalTest("a SIGTERM for sentinel alone is passed on once, terminal or not", async () => {
  const lines = await onTerminal("SIGTERM", underSentinel(COUNTING));
  assertEquals(lines, ["ready", "SIGTERM=1", "status 5"]);
});

terminalTest("away from the foreground, an interrupt for sentinel is passed on", async () => {
  // A group of its own that does not hold the terminal: what `sentinel ... &` is in a shell.
  const background = `
import os, signal, subprocess, sys
child = subprocess.Popen(sys.argv[1:], preexec_fn=os.setpgrp, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE)
print(child.stdout.readline().decode().strip(), flush=True)
child.send_signal(signal.SIGINT)
print(child.stdout.read().decode().strip(), flush=True)
sys.exit(child.wait())
`;
  const command = ["python3", "-c", background, ...underSentinel(COUNTING)];
  assertEquals(await onTerminal("", command), ["ready", "SIGINT=1", "status 5"]);
});

Deno.test({
  name: "a process without a terminal is not in a foreground",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const script = `
      import { openForeground } from ${
      JSON.stringify(new URL("../../src/cli/foreground.ts", import.meta.url).href)
    };
      using foreground = openForeground();
      for (const name of ["read", "write", "run", "env"]) await Deno.permissions.revoke({ name });
      console.log(foreground.receivesKeyboard());
    `;
    const { stdout } = await new Deno.Command("setsid", {
      args: [Deno.execPath(), "eval", "--no-check", script],
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "false\n");
    using here = openForeground();
    assertEquals(typeof here.receivesKeyboard(), "boolean");
  },
});
