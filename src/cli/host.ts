/**
 * What a command gets from the process it runs in, so that every command can be run inside a test.
 *
 * @module
 */
import type { SystemConfig } from "../config/config_file.ts";
import { SentinelError } from "../errors.ts";
import { systemConfigPath } from "../io/platform_paths.ts";
import { printable } from "../text/printable.ts";
import type { PersonalTerminal } from "./personal_terminal.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** Environment variables of this process. */
export interface Environment {
  /** The variable's value, or `undefined`. Throws `USAGE` when it is not valid UTF-8. */
  get(name: string): string | undefined;
  /** All variables that are valid UTF-8. */
  toObject(): Record<string, string>;
}

/** The process as commands see it. */
export interface Host {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly os: typeof Deno.build.os;
  /** The configuration of the whole machine. Nothing of the environment can name another. */
  readonly systemConfig: SystemConfig;
  /** The next line of standard input without its end, or `null` when there is none. */
  readLine(): Promise<string | null>;
  /** All of standard input, but at most `maxBytes` and one byte more. */
  readInput(maxBytes: number): Promise<Uint8Array>;
  /** The person's own terminal, whatever the streams are; `null` where there is none. */
  openPersonalTerminal(): Promise<PersonalTerminal | null>;
  /** Opens a page in the person's browser; `false` where that cannot be done. */
  openBrowser(url: string): Promise<boolean>;
}

const processEnvironment: Environment = {
  get(name) {
    try {
      return Deno.env.get(name);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.InvalidData)) throw cause;
      throw new SentinelError("USAGE", `${printable(name)} is not valid UTF-8`, {
        suggestion: `Set ${printable(name)} again, or unset it.`,
        cause,
      });
    }
  },
  toObject: () => Deno.env.toObject(),
};

/** The real process. */
export function processHost(): Host {
  return {
    env: processEnvironment,
    terminal: processTerminal(processEnvironment),
    os: Deno.build.os,
    systemConfig: { path: systemConfigPath(Deno.build.os), owner: 0 },
    async readLine() {
      const { readLine } = await import("./prompt.ts");
      return await readLine(Deno.stdin);
    },
    async readInput(maxBytes) {
      const { readInput } = await import("./policy_input.ts");
      return await readInput(Deno.stdin, maxBytes);
    },
    async openPersonalTerminal() {
      const { openPersonalTerminal } = await import("./personal_terminal.ts");
      return openPersonalTerminal(Deno.build.os);
    },
    async openBrowser(url) {
      const { openBrowser } = await import("./browser.ts");
      return await openBrowser(url, { os: Deno.build.os, env: processEnvironment.toObject() });
    },
  };
}
