/**
 * A directory that is there as long as a test.
 *
 * @module
 */

/** A temporary directory, and a few things that are awkward to put into one. */
export class TemporaryDirectory implements Disposable {
  readonly path: string = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "sentinel-test-" }));

  /** The path of `name` in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file with exactly `mode` (default 0600) and returns its path. */
  write(name: string, content: string | Uint8Array, mode = 0o600): string {
    const path = this.at(name);
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    Deno.chmodSync(path, mode);
    return path;
  }

  /** Makes a named pipe and returns its path. */
  async pipe(name: string): Promise<string> {
    const path = this.at(name);
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    if (!success) throw new Error("mkfifo failed");
    return path;
  }

  /** Permission bits of `name`. */
  modeOf(name: string): number {
    return (Deno.lstatSync(this.at(name)).mode ?? 0) & 0o777;
  }

  /** Names of the files in `name` (default: in this directory itself), sorted. */
  list(name = "."): string[] {
    return Array.from(Deno.readDirSync(this.at(name)), (entry) => entry.name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Whether this process may give files to other users, and is not stopped by their modes. */
export const IS_ROOT = Deno.build.os !== "windows" && Deno.uid() === 0;

/** Anybody but this user. */
export const NOBODY = 65_534;
