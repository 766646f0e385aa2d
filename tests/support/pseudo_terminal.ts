/**
 * Programs on a terminal of their own, as a person has them: Python opens the pseudo-terminal and
 * passes on what is typed and shown.
 *
 * @module
 */
import { type Running, startProcess } from "./sandbox.ts";

// The command becomes the leader of the terminal's session. At the end of the input the terminal
// is closed, as a window is.
const RELAY = `
import os, pty, select, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    ready, _, _ = select.select([0, master], [], [])
    if 0 in ready:
        typed = os.read(0, 65536)
        if not typed:
            os.close(master)
            break
        os.write(master, typed)
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
`;

/** A program on a terminal. */
export interface OnTerminal extends AsyncDisposable {
  /** What was shown so far, echoes included; with the exit status of the program at its end. */
  readonly process: Running;
  /** Types `text`. */
  type(text: string): Promise<void>;
  /** Closes the window. */
  close(): Promise<void>;
}

/** Whether this machine can do it. */
export async function hasPseudoTerminals(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("python3", {
      args: ["-c", "import os, pty; os.waitstatus_to_exitcode"],
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Starts `command` on a new terminal. */
export function startOnTerminal(
  command: readonly string[],
  options: { readonly env: Readonly<Record<string, string>> },
): OnTerminal {
  const process = startProcess("python3", ["-c", RELAY, ...command], {
    ...options,
    stdin: "piped",
  });
  const keyboard = process.stdin!.getWriter();
  const close = () => keyboard.close().catch(() => {});
  return {
    process,
    type: (text) => keyboard.write(new TextEncoder().encode(text)),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await process.finished;
    },
  };
}
