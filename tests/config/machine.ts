/**
 * A machine with configuration files, in a directory of the test's.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { assertEquals } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

/** A machine with a user's file, a file of its own, or both. */
export class Machine extends TemporaryDirectory {
  /** Writes the user's file. */
  user(text: string, mode = 0o600): string {
    Deno.mkdirSync(this.at("xdg/sentinel"), { recursive: true });
    return this.write("xdg/sentinel/config.yaml", text, mode);
  }

  /** Writes the machine's file. */
  system(text: string, mode = 0o644): string {
    Deno.mkdirSync(this.at("etc"), { recursive: true, mode: 0o755 });
    return this.write("etc/config.yaml", text, mode);
  }

  /** Runs `sentinel ...args` on it. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const host = fakeHost({
      env: {
        HOME: this.at("home"),
        XDG_CONFIG_HOME: this.at("xdg"),
        XDG_CACHE_HOME: this.at("cache"),
        ...env,
      },
      systemConfig: { path: this.at("etc/config.yaml"), owner: Deno.uid()! },
    });
    const status = await run(args, host);
    return { status, stdout: host.stdout, stderr: host.stderr };
  }

  /** Each setting that counts as `value < place`. */
  async shown(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Readonly<Record<string, string>>> {
    const { status, stdout, stderr } = await this.run(
      ["config", "show", "--output", "json", ...args],
      env,
    );
    assertEquals(status, 0, stderr);
    const { settings } = JSON.parse(stdout) as {
      settings: { setting: string; value: string | null; origin: string; place: string | null }[];
    };
    return Object.fromEntries(
      settings.map(({ setting, value, origin, place }) => [
        setting,
        `${value} < ${(place ?? origin).replace(`${this.path}/`, "")}`,
      ]),
    );
  }
}
