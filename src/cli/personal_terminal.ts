/**
 * The terminal of the person who runs this process, whatever its three streams are connected to:
 * for questions that must never be read from standard input or written where machines read.
 *
 * @module
 */
import { readLine } from "./prompt.ts";

/** A terminal to ask at. */
export interface PersonalTerminal extends Disposable {
  /** Shows `text` as far as it can. Never throws. */
  tell(text: string): void;
  /** The line that the person types, or `null` when they end the input. */
  readLine(): Promise<string | null>;
}

const DEVICES: Readonly<Record<"windows" | "posix", readonly [input: string, output: string]>> = {
  windows: ["CONIN$", "CONOUT$"],
  posix: ["/dev/tty", "/dev/tty"],
};

/** The terminal, or `null` where there is none: in CI, in a service, without the permission. */
export function openPersonalTerminal(os: typeof Deno.build.os): PersonalTerminal | null {
  const [input, output] = DEVICES[os === "windows" ? "windows" : "posix"];
  // Deno would ask the person for a permission that is missing.
  if (!isPermitted("read", input) || !isPermitted("write", output)) return null;
  let reader: Deno.FsFile | null = null;
  try {
    reader = Deno.openSync(input, { read: true, ...input === output && { write: true } });
    const writer = input === output ? reader : Deno.openSync(output, { write: true });
    return overFiles(reader, writer);
  } catch {
    reader?.close();
    return null;
  }
}

function isPermitted(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

function overFiles(reader: Deno.FsFile, writer: Deno.FsFile): PersonalTerminal {
  const encoder = new TextEncoder();
  return {
    tell(text) {
      try {
        const bytes = encoder.encode(text);
        for (let offset = 0; offset < bytes.length;) {
          offset += writer.writeSync(bytes.subarray(offset));
        }
      } catch {
        // The window was closed: nobody reads it.
      }
    },
    async readLine() {
      try {
        return await readLine(reader);
      } catch {
        return null;
      }
    },
    [Symbol.dispose]() {
      reader.close();
      if (writer !== reader) writer.close();
    },
  };
}
