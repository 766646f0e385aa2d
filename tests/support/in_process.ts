/**
 * The program in the test's own process: quicker by far than one of its own, for guarantees that no
 * process, signal, terminal or permission is part of. A server gives up permissions for good, so it
 * never runs here.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { fakeHost } from "./fake_host.ts";
import type { Finished, Sandbox } from "./sandbox.ts";

/** Runs `sentinel ...args` in the world of `sandbox`, where nobody can be asked, to its end. */
export async function runHere(
  sandbox: Pick<Sandbox, "env">,
  args: readonly string[],
  { env = {}, browse }: {
    readonly env?: Readonly<Record<string, string>>;
    /** The browser; default: there is none. */
    readonly browse?: (url: string) => boolean;
  } = {},
): Promise<Omit<Finished, "stdoutBytes">> {
  if (args.includes("--server")) throw new TypeError("a server takes a process of its own");
  const host = fakeHost({
    env: { ...sandbox.env, ...env },
    ...(browse !== undefined && { browse }),
  });
  const code = await run(args, host);
  return { code, stdout: host.stdout, stderr: host.stderr };
}
