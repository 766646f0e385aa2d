/**
 * `sentinel policy push`: a policy into Parameter Store. Nothing is written that is not valid, that
 * nobody saw, or over a version that nobody looked at, as far as Parameter Store lets that be known.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import {
  MAX_PARAMETER_BYTES,
  type Parameter,
  type ParameterStore,
  type ParameterTraits,
  STANDARD_BYTES,
} from "../../aws/parameter_store.ts";
import { SentinelError } from "../../errors.ts";
import { prepareLoadedPolicy } from "../../io/loaded_policy.ts";
import { readPolicyText } from "../../io/policy_text.ts";
import { diffLines, formatDiff } from "../../text/line_diff.ts";
import { printable, quote } from "../../text/printable.ts";
import type { FlagValues, Invocation } from "../command.ts";
import { description, type POLICY_PUSH_FLAGS } from "../descriptions/policy_push.ts";
import type { Host } from "../host.ts";
import { digestOf, parameterError, requireParameter } from "../policy_parameter.ts";
import { confirm } from "../prompt.ts";
import { openInteraction } from "../interaction.ts";
import { surroundingsOf } from "../surroundings.ts";

type Flags = FlagValues<typeof POLICY_PUSH_FLAGS>;

/** What the parameter held when it was looked at; without a version there was none. */
interface Seen {
  readonly current: Parameter | null;
  readonly traits: ParameterTraits | null;
}

/** Lines of the difference that a person is shown. */
const DIFF_LINES = 60;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_PUSH_FLAGS>,
  host: Host,
): Promise<number> {
  const [file, target] = operands as [string, string];
  const { name } = requireParameter(description, target);
  const text = await readPolicy(file);
  const administration = openAdministration(
    flags,
    surroundingsOf(host, openInteraction(flags, host)),
  );
  const where = `${await administration.region()}, with the credentials of ${await administration
    .callerName()}`;
  using store = await administration.openParameterStore();
  const seen = await look(store, name);
  requireExpected(seen, { name, flags });
  const { terminal } = host;
  if (seen.current?.text === text) {
    terminal.out(`ssm:${name}:${seen.current.version} says this already; nothing was written.\n`);
    return 0;
  }
  terminal.err(await preview(text, { name, where, seen }));
  const isWanted = flags.yes || await confirm(host, {
    question: seen.current === null ? "Create it?" : "Replace it?",
    suggestion: "Add --yes to write it without being asked.",
  });
  if (!isWanted) {
    terminal.err("Cancelled.\n");
    return 0;
  }
  const version = await write(store, text, { name, seen });
  terminal.out(`ssm:${name}:${version} ${await digestOf(text)}\n`);
  return 0;
}

/** The text of a valid policy that fits. Throws `POLICY_INVALID` with every problem. */
async function readPolicy(file: string): Promise<string> {
  const text = readFile(file);
  await prepareLoadedPolicy(text, { source: file, owner: null, directory: null });
  const size = new TextEncoder().encode(text).length;
  if (size <= MAX_PARAMETER_BYTES) return text;
  throw new SentinelError(
    "POLICY_INVALID",
    `Cannot put ${quote(file)} into Parameter Store: it has ${size} bytes, and a parameter holds ` +
      `${MAX_PARAMETER_BYTES}`,
    { suggestion: "Shorten it: patterns like prod-* instead of lists, comments elsewhere." },
  );
}

function readFile(file: string): string {
  try {
    return readPolicyText(file).text;
  } catch (error) {
    if (!(error instanceof SentinelError) || error.code !== "POLICY_UNREADABLE") throw error;
    throw new SentinelError(error.code, error.message, {
      suggestion: "Check the path: the file comes first, then ssm:/NAME.",
      cause: error,
    });
  }
}

async function look(store: ParameterStore, name: string): Promise<Seen> {
  const described = await store.describe(name);
  if (described.kind !== "done") throw parameterError("read", name, described);
  if (described.value === null) return { current: null, traits: null };
  return { current: await read(store, name), traits: described.value };
}

async function read(store: ParameterStore, name: string): Promise<Parameter> {
  const reading = await store.read(name);
  if (reading.kind !== "read") throw parameterError("read", name, reading);
  return reading.parameter;
}

function requireExpected(
  { current }: Seen,
  { name, flags }: { readonly name: string; readonly flags: Flags },
): void {
  const expected = flags.expectVersion;
  const version = current?.version ?? 0;
  if (expected === null || expected === version) return;
  const found = current === null ? "there is no such parameter" : `version ${version} is in force`;
  throw new SentinelError(
    "POLICY_CONFLICT",
    `Cannot write the policy ${quote(`ssm:${name}`)}: ${found}, not ` +
      (expected === 0 ? "none" : `version ${expected}`),
    { suggestion: `Look at it: sentinel policy pull ssm:${name}` },
  );
}

/** What would be replaced by what. */
async function preview(
  text: string,
  { name, where, seen: { current, traits } }: {
    readonly name: string;
    readonly where: string;
    readonly seen: Seen;
  },
): Promise<string> {
  const lines = [`ssm:${name} in ${printable(where)}`];
  if (current === null) lines.push("There is no such parameter: it will be made, not encrypted.");
  else {
    const kind = traits?.type === "SecureString" ? "encrypted" : "not encrypted";
    lines.push(`is now version ${current.version}, ${kind}, ${await digestOf(current.text)}`);
  }
  lines.push(`will be ${await digestOf(text)}`);
  const isLarge = new TextEncoder().encode(text).length > STANDARD_BYTES;
  if (isLarge && traits?.tier !== "Advanced") {
    lines.push("It needs an advanced parameter (more than 4 KiB), for which AWS charges.");
  }
  const changes = diffLines(current?.text ?? "", text);
  return `${lines.join("\n")}\n\n${formatDiff(changes, { maxLines: DIFF_LINES })}\n`;
}

/** Writes the next version and gives its number. Throws `POLICY_CONFLICT`. */
async function write(
  store: ParameterStore,
  text: string,
  { name, seen: { current, traits } }: { readonly name: string; readonly seen: Seen },
): Promise<number> {
  const conflict = (what: string) =>
    new SentinelError(
      "POLICY_CONFLICT",
      `Cannot write the policy ${quote(`ssm:${name}`)}: ${what}`,
    );
  if (current !== null) {
    // While the person thought about it somebody else may have written.
    const { version, text: now } = await read(store, name);
    if (version !== current.version || now !== current.text) {
      throw conflict(
        `version ${version} is in force now, and version ${current.version} was shown`,
      );
    }
  }
  const outcome = await store.write(name, text, traits);
  switch (outcome.kind) {
    case "exists":
      throw conflict("it was made meanwhile");
    case "done":
      if (outcome.value !== (current?.version ?? 0) + 1) throw covered(name, outcome.value);
      return outcome.value;
    case "refused":
    case "outage":
      throw parameterError("write", name, outcome);
    default:
      return outcome satisfies never;
  }
}

/** It was written to, or deleted, between the last look and the write. */
function covered(name: string, version: number): SentinelError {
  if (version === 1) {
    return new SentinelError(
      "POLICY_CONFLICT",
      `The policy ${quote(`ssm:${name}`)} was made anew, as version 1: somebody else deleted it`,
      { suggestion: "Check with them that it should exist." },
    );
  }
  return new SentinelError(
    "POLICY_CONFLICT",
    `The policy ${quote(`ssm:${name}`)} was written as version ${version}, and covers version ` +
      `${version - 1}, which was written in the same moment`,
    { suggestion: `See what it said: sentinel policy pull ssm:${name}:${version - 1}` },
  );
}
