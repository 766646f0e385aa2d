/**
 * The file in which the sign-in of one session is kept, where the aws command keeps it, and what
 * processes of this user tell one another about it: who is at it, and that somebody gave up. It
 * gives no meaning to what is in the file.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import { lockFile } from "./file_lock.ts";
import { cacheDirectory, homeDirectory, type PlatformOptions } from "./platform_paths.ts";
import { ensurePrivateDirectory, readPrivateFile, writePrivateFile } from "./private_file.ts";

/** Where it is, and who waits. */
export interface SignInFileOptions extends PlatformOptions {
  readonly clock: Pick<Clock, "after">;
}

/** One sign-in on disk. */
export class SignInFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #clock: SignInFileOptions["clock"];
  readonly #cache: string;
  readonly #marks: string;

  /** `name`: of the file, as every AWS tool computes it. Nothing is read yet. */
  constructor(name: string, options: SignInFileOptions) {
    this.#clock = options.clock;
    this.#directory = `${homeDirectory(options)}/.aws/sso/cache`;
    this.#path = `${this.#directory}/${name}`;
    // Beside our own caches: the aws command clears out all that is in its directory.
    this.#cache = cacheDirectory(options);
    this.#marks = `${this.#cache}/sign-in/${name}`;
  }

  /** What is kept, or `null`. What others could have written is not believed. */
  read(): string | null {
    try {
      return readPrivateFile(this.#path, { readableByOthers: true });
    } catch {
      return null;
    }
  }

  /**
   * Makes sure that something can be kept, before a person takes the trouble to sign in. Throws
   * `CONFIG_INVALID`.
   */
  prepare(): void {
    this.#keep(() => Deno.removeSync(Deno.makeTempFileSync({ dir: this.#directory })));
  }

  /** Keeps `text`, 0600. Throws `CONFIG_INVALID` when that cannot be. */
  write(text: string): void {
    this.#keep(() => writePrivateFile(this.#path, text));
  }

  #keep(action: () => void): void {
    try {
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      action();
    } catch (cause) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot keep the sign-in in ${quote(this.#path)}: ${describeFault(cause)}`,
        { suggestion: "Make its directory writable.", cause },
      );
    }
  }

  /** One process at a time; `null` when others were at it all the time. Dies with its holder. */
  async lock(timeoutMs: number): Promise<Disposable | null> {
    try {
      ensurePrivateDirectory(this.#cache);
      ensurePrivateDirectory(`${this.#cache}/sign-in`);
      return await lockFile(`${this.#marks}.lock`, { timeoutMs, clock: this.#clock });
    } catch {
      // Without a lock several processes may do the same, and that is all.
      return { [Symbol.dispose]: () => {} };
    }
  }

  /** Leaves a mark for those who wait: this sign-in was given up. */
  giveUp(): void {
    try {
      writePrivateFile(`${this.#marks}.given-up`, crypto.randomUUID());
    } catch {
      // They will each ask the person again.
    }
  }

  /** The mark of the last sign-in that was given up, or `null`; each has its own. */
  givenUp(): string | null {
    try {
      return readPrivateFile(`${this.#marks}.given-up`);
    } catch {
      return null;
    }
  }
}
