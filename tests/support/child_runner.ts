/**
 * Runs `runChild` in a process of its own, so that signals and terminals can be tried on it:
 * `child_runner.ts OPTIONS COMMAND [ARG...]`. Ends with the child's exit status.
 *
 * @module
 */
import { runChild } from "../../src/cli/child.ts";
import { listenForSignals } from "../../src/cli/signals.ts";

/** Options of the runner, as JSON. */
export interface ChildRunnerOptions {
  readonly killAfterMs?: number;
  /** A signal that this process sends itself before it starts the command. */
  readonly interruptedBy?: Deno.Signal;
}

if (import.meta.main) {
  const [json = "{}", command = "", ...args] = Deno.args;
  const { interruptedBy, ...options }: ChildRunnerOptions = JSON.parse(json);
  using signals = listenForSignals();
  if (interruptedBy !== undefined) {
    const interrupted = new Promise((resolve) =>
      signals.interrupted.addEventListener("abort", resolve)
    );
    Deno.kill(Deno.pid, interruptedBy);
    await interrupted;
  }
  const env = { PATH: Deno.env.get("PATH") ?? "", ONLY: "this" };
  const { exitStatus } = await runChild([command, ...args], { ...options, env, signals });
  Deno.exit(exitStatus);
}
