/**
 * Opens the person's browser. No shell sees the address, and the browser sees no AWS credentials;
 * whether it is there is found out by trying.
 *
 * @module
 */

const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};
const DEFAULT_OPENER = ["xdg-open"] as const;

/** An opener that fails does so at once; one that becomes the browser stays. */
const SETTLE_MS = 1500;

/** What {@linkcode openBrowser} needs to know. */
export interface BrowserOptions {
  readonly os: typeof Deno.build.os;
  /** Variables of this process; those of AWS and of this program are not passed on. */
  readonly env: Readonly<Record<string, string>>;
}

/** Opens `url` (https, or http on loopback); `false` where that cannot be done. */
export async function openBrowser(url: string, { os, env }: BrowserOptions): Promise<boolean> {
  const [program, ...args] = OPENERS[os] ?? DEFAULT_OPENER;
  // Deno would ask the person for a permission that is missing.
  if (Deno.permissions.querySync({ name: "run", command: program }).state !== "granted") {
    return false;
  }
  let opener: Deno.ChildProcess;
  try {
    opener = new Deno.Command(program, {
      args: [...args, url],
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name))),
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch {
    return false;
  }
  // It may become the browser: neither is it waited for, nor ended with us.
  opener.unref();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settled = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), SETTLE_MS);
  });
  const ended = opener.status.then(({ success }) => success, () => true);
  try {
    return await Promise.race([ended, settled]);
  } finally {
    clearTimeout(timer);
  }
}

function isOurs(name: string): boolean {
  return /^(?:AWS|SENTINEL)_/i.test(name);
}
