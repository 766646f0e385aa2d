/**
 * The process edge: arguments in, exit status out. The only place that ends the process.
 *
 * @module
 */
import { processHost } from "./src/cli/host.ts";
import { run, tellStrayFaults } from "./src/cli/run.ts";

/** Runs the command line of this process and ends it. */
export async function main(): Promise<never> {
  const host = processHost();
  tellStrayFaults(host);
  Deno.exit(await run(Deno.args, host));
}

if (import.meta.main) await main();
