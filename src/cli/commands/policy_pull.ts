/**
 * `sentinel policy pull`: a policy from Parameter Store, byte for byte. It changes nothing there,
 * and replaces a file as a whole or not at all.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import { asSentinelError, SentinelError } from "../../errors.ts";
import { describeFault } from "../../io/file_fault.ts";
import { prepareLoadedPolicy } from "../../io/loaded_policy.ts";
import { writePrivateFile } from "../../io/private_file.ts";
import { printable, quote } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_PULL_FLAGS } from "../descriptions/policy_pull.ts";
import type { Host } from "../host.ts";
import { digestOf, parameterError, requireParameter } from "../policy_parameter.ts";
import { openInteraction } from "../interaction.ts";
import { surroundingsOf } from "../surroundings.ts";
import { tellWarning } from "../terminal.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_PULL_FLAGS>,
  host: Host,
): Promise<number> {
  const { name, version } = requireParameter(description, operands[0]!, { withVersion: true });
  if (flags.to !== null) refuseOddFile(flags.to);
  const administration = openAdministration(
    flags,
    surroundingsOf(host, openInteraction(flags, host)),
  );
  using store = await administration.openParameterStore();
  const reading = await store.read(name, version ?? undefined);
  if (reading.kind !== "read") throw parameterError("read", name, reading);
  const { parameter } = reading;
  const source = `ssm:${name}:${parameter.version}`;
  const { terminal } = host;
  if (flags.to === null) {
    terminal.out(terminal.stdoutIsTerminal ? shownText(parameter.text) : parameter.text);
  } else write(flags.to, parameter.text);
  terminal.err(`${source} ${await digestOf(parameter.text)}\n`);
  await warnWhenInvalid(parameter.text, { source, host });
  return 0;
}

/** A device or a link is not what somebody means to replace. Throws `USAGE`. */
function refuseOddFile(path: string): void {
  try {
    if (Deno.lstatSync(path).isFile) return;
  } catch {
    // There is none, or writing will say what is wrong.
    return;
  }
  throw new SentinelError("USAGE", `Cannot write to ${quote(path)}: it is not a regular file`, {
    suggestion: "Name another file with --to, or leave it out to print the policy.",
  });
}

function write(path: string, text: string): void {
  try {
    writePrivateFile(path, text);
  } catch (error) {
    throw new SentinelError(
      "OUTPUT_FAILED",
      `Cannot write ${quote(path)}: ${describeFault(error)}`,
      { suggestion: "Check the directory and the disk.", cause: error },
    );
  }
}

/** What comes from outside must not move a cursor. */
function shownText(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

async function warnWhenInvalid(
  text: string,
  { source, host }: { readonly source: string; readonly host: Host },
): Promise<void> {
  try {
    await prepareLoadedPolicy(text, { source, owner: null, directory: null });
  } catch (error) {
    tellWarning(host.terminal, `it grants nothing: ${asSentinelError(error).message}`);
  }
}
