/**
 * A lock among the processes of one user: held until it is released or its holder ends, however
 * that ends. It never blocks for longer than it was told to.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { quote } from "../text/printable.ts";
import { UntrustedFileError } from "./private_file.ts";

/** Pause between two attempts: a refresh takes ten times as long. */
const POLL_MS = 25;

/** How long a lock is waited for. */
export interface FileLockOptions {
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "after">;
}

/**
 * Locks the file at `path`, which is created (0600) where it is missing. Resolves to `null` when
 * others held the lock all the time; rejects when it cannot be locked at all.
 */
export async function lockFile(path: string, options: FileLockOptions): Promise<Disposable | null> {
  const file = openLock(path);
  try {
    // INVARIANT: no attempt waits inside the system, where nothing could call it off.
    for (let waitedMs = 0; !file.tryLockSync(true); waitedMs += POLL_MS) {
      if (waitedMs >= options.timeoutMs) {
        file.close();
        return null;
      }
      await new Promise<void>((resolve) => options.clock.after(POLL_MS, resolve));
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return { [Symbol.dispose]: () => file.close() };
}

function openLock(path: string): Deno.FsFile {
  try {
    // A pipe would never open.
    if (!Deno.lstatSync(path).isFile) throw new UntrustedFileError(`${quote(path)} is not a file`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return Deno.openSync(path, { write: true, create: true, mode: 0o600 });
}
