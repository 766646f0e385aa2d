/**
 * Runs a program of the user's own for what it prints: without a shell, without standard input, for
 * a bounded time, and never as a part of itself without end. It gives no meaning to what is printed.
 *
 * @module
 */
import type { Environment } from "./config_files.ts";

/** Counts the programs of this kind that run one another. */
const DEPTH_VARIABLE = "SENTINEL_PROCESS_DEPTH";
/** Nobody nests wrappers deeper on purpose. */
const DEEPEST = 4;

/**
 * What a program wrote before its end is in the pipe, and read at once; only something that it left
 * behind keeps the pipe open longer, and nobody knows for how long.
 */
const GRACE_MS = 500;

const NOT_ALLOWED = "this program was started without the permission to run others (--allow-run)";

/** How a program is run. */
export interface BoundedProgramOptions {
  /** Variables of this process; the program inherits them. */
  readonly env: Environment;
  readonly timeoutMs: number;
  /** More output than this is refused; of standard error the end is kept. */
  readonly maxBytes: number;
  /** `inherit`: what it says on standard error is for the person at the terminal. */
  readonly stderr: "piped" | "inherit";
}

/** What became of a program. */
export type ProgramOutcome =
  /** It could not be started; `reason` says why. */
  | { readonly kind: "not started"; readonly reason: string; readonly cause: unknown }
  /** It was started by itself, again and again. */
  | { readonly kind: "circle" }
  /** It did not end in time, and was stopped. */
  | { readonly kind: "late" }
  | { readonly kind: "too long" }
  | {
    readonly kind: "ended";
    readonly status: number;
    readonly stdout: string;
    /** Empty where it was not piped. */
    readonly stderr: string;
  };

/** Runs `program` with `args`. Never rejects. */
export async function runBounded(
  [program, ...args]: readonly [string, ...string[]],
  options: BoundedProgramOptions,
): Promise<ProgramOutcome> {
  const depth = Number(options.env.get(DEPTH_VARIABLE) ?? 0);
  if (!(depth < DEEPEST)) return { kind: "circle" };
  // Deno would ask the person for a permission that is missing.
  if (Deno.permissions.querySync({ name: "run", command: program }).state !== "granted") {
    return { kind: "not started", reason: NOT_ALLOWED, cause: undefined };
  }
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { [DEPTH_VARIABLE]: String(depth + 1) },
      // Nothing may read what is meant for the command of `exec`.
      stdin: "null",
      stdout: "piped",
      stderr: options.stderr,
    }).spawn();
  } catch (cause) {
    return { kind: "not started", reason: startFault(cause), cause };
  }
  const { maxBytes } = options;
  const stdout = gather(child.stdout, { maxBytes, keepEnd: false });
  const stderr = options.stderr === "piped"
    ? gather(child.stderr, { maxBytes, keepEnd: true })
    : null;
  const hangUp = () => {
    stdout.stop();
    stderr?.stop();
  };
  const { promise: late, resolve } = Promise.withResolvers<ProgramOutcome>();
  const timers = [setTimeout(() => resolve({ kind: "late" }), options.timeoutMs)];
  child.status.then(() => timers.push(setTimeout(hangUp, GRACE_MS)));
  const ended = (async (): Promise<ProgramOutcome> => {
    const out = await stdout.text;
    if (out === null) return { kind: "too long" };
    const [{ code: status }, err] = await Promise.all([child.status, stderr?.text ?? null]);
    return { kind: "ended", status, stdout: out, stderr: err ?? "" };
  })();
  try {
    return await Promise.race([ended, late]);
  } finally {
    hangUp();
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
    await child.status;
    timers.forEach(clearTimeout);
  }
}

/**
 * The text of a stream, to its end or until it is stopped. Where it is too long: `null`, or its end. Then it is read on, because a
 * program that nobody listens to would wait for ever.
 */
function gather(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxBytes, keepEnd }: { readonly maxBytes: number; readonly keepEnd: boolean },
) {
  const reader = stream.getReader();
  const text = (async () => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return new TextDecoder().decode(await new Blob(chunks).bytes());
      chunks.push(value);
      length += value.length;
      if (length > maxBytes && !keepEnd) return null;
      while (length - chunks[0]!.length > maxBytes) length -= chunks.shift()!.length;
    }
  })();
  text.catch(() => {});
  return { text, stop: () => void reader.cancel().catch(() => {}) };
}

function startFault(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such program";
  if (cause instanceof Deno.errors.NotCapable) return NOT_ALLOWED;
  return "it cannot be executed";
}
