/**
 * Whether the terminal itself sends its Ctrl-C to the child. It does when this process is in the
 * terminal's foreground group, which the child shares; forwarding it then would be a second one.
 *
 * @module
 */

/** Answers for the life of the process; what it needs is opened once. */
export interface Foreground extends Disposable {
  /** Whether keyboard signals reach this process and its child alike, right now. */
  receivesKeyboard(): boolean;
}

/** Whether the process's group is the foreground group of its terminal, in a line of proc(5). */
function isForeground(stat: string): boolean {
  // The second field is the program's name in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const group = fields[2];
  // -1 without a terminal.
  const foregroundGroup = fields[5];
  return group === foregroundGroup;
}

/**
 * Opens what it takes to know the foreground group. Open it before permissions are given up: the
 * file stays readable. Where there is no such file (macOS, Windows, narrow permissions), a
 * standard stream that is a terminal has to serve as the sign.
 */
export function openForeground(): Foreground {
  let stat: Deno.FsFile | null = null;
  try {
    stat = Deno.openSync("/proc/self/stat");
  } catch {
    // Told apart by the streams below.
  }
  return {
    receivesKeyboard() {
      if (stat === null) {
        return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
      }
      const buffer = new Uint8Array(1024);
      stat.seekSync(0, Deno.SeekMode.Start);
      const length = stat.readSync(buffer) ?? 0;
      return isForeground(new TextDecoder().decode(buffer.subarray(0, length)));
    },
    [Symbol.dispose]() {
      stat?.close();
      stat = null;
    },
  };
}
