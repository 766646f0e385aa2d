/**
 * `sentinel help`: explains the program or one command, exactly as `--help` does.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import type { Host } from "../host.ts";
import { run as runProgram } from "../run.ts";

/** Prints the help of the command that the operands name. */
export function run({ operands }: Invocation<readonly []>, host: Host): Promise<number> {
  return runProgram([...operands, "--help"], host);
}
