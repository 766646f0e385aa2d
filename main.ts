/**
 * The process edge: arguments in, exit status out. The only place that ends the process.
 *
 * @module
 */
import { processHost } from "./src/cli/host.ts";
import { run } from "./src/cli/run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args, processHost()));
