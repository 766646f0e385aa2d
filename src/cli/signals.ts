/**
 * Signals while credentials are out: from the moment it listens, none of them ends this process
 * by itself, so that the session can be closed; a command that runs gets them, and before and
 * after it they only ask for an end. It must never deliver one Ctrl-C twice (P11).
 *
 * @module
 */
import { openForeground } from "./foreground.ts";

/** Takes over the signals while a command runs. */
export type SignalReceiver = (signal: Deno.Signal) => void;

/** Listens until it is disposed. */
export interface SignalListener extends Disposable {
  /**
   * Aborted by the first signal that asks for an end while no command runs. Its reason is the
   * signal's name; {@linkcode signalExitStatus} turns it into an exit status.
   */
  readonly interrupted: AbortSignal;
  /**
   * Hands every signal that must be forwarded to `receiver`, until the result is disposed.
   * One receiver at a time.
   */
  deliverTo(receiver: SignalReceiver): Disposable;
  /**
   * Signals that this process was started to ignore. Listening has undone that for the child,
   * which must be started so that it ignores them again.
   */
  readonly ignored: readonly Deno.Signal[];
}

/** Signals that mean "end"; the terminal sends the first two to the child as well. */
const KEYBOARD: readonly Deno.Signal[] = ["SIGINT", "SIGQUIT", "SIGBREAK"];
const ENDING: readonly Deno.Signal[] = [...KEYBOARD, "SIGTERM", "SIGHUP"];

/** The same on Linux and macOS. */
const NUMBERS: Readonly<Partial<Record<Deno.Signal, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
};

/** Exit status of a process that ends because of `signal`, as a shell shows it: 128 + number. */
export function signalExitStatus(signal: Deno.Signal): number {
  return 128 + (NUMBERS[signal] ?? 0);
}

/** Signals that this platform knows and that would end this process. */
function signalsOf(os: typeof Deno.build.os): readonly Deno.Signal[] {
  return os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
}

/** Bit of each signal in the masks of proc(5) on Linux. */
const LINUX_NUMBERS: Readonly<Partial<Record<Deno.Signal, number>>> = {
  ...NUMBERS,
  SIGUSR1: 10,
  SIGUSR2: 12,
};

/**
 * Which of `signals` whoever started this process has it ignore (`nohup`, `cmd &` in a script).
 * Told on Linux only.
 */
function ignoredOf(signals: readonly Deno.Signal[]): readonly Deno.Signal[] {
  try {
    const line = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"));
    const mask = BigInt(`0x${line?.[1] ?? "0"}`);
    return signals.filter((signal) => (mask >> BigInt(LINUX_NUMBERS[signal]! - 1) & 1n) === 1n);
  } catch {
    return [];
  }
}

/** Starts to listen. Nothing is forwarded yet. */
export function listenForSignals(os: typeof Deno.build.os = Deno.build.os): SignalListener {
  const signals = signalsOf(os);
  // Before the first listener: it makes Deno catch SIGHUP, SIGINT and SIGTERM by itself.
  const ignored = ignoredOf(signals);
  const foreground = openForeground();
  const interrupted = new AbortController();
  const stop: (() => void)[] = [() => foreground[Symbol.dispose]()];
  let receiver: SignalReceiver | null = null;

  function take(signal: Deno.Signal): void {
    if (ignored.includes(signal)) return;
    if (receiver === null) {
      if (ENDING.includes(signal)) interrupted.abort(signal);
      return;
    }
    if (KEYBOARD.includes(signal) && foreground.receivesKeyboard()) return;
    receiver(signal);
  }

  for (const signal of signals) {
    const listener = () => take(signal);
    Deno.addSignalListener(signal, listener);
    stop.push(() => Deno.removeSignalListener(signal, listener));
  }
  return {
    interrupted: interrupted.signal,
    ignored,
    deliverTo(next) {
      receiver = next;
      return { [Symbol.dispose]: () => void (receiver = null) };
    },
    [Symbol.dispose]() {
      for (const end of stop.splice(0)) end();
    },
  };
}

/** What `step` resolves to, or `null` when a signal asks for an end before. */
export async function unlessInterrupted<T>(
  { interrupted }: SignalListener,
  step: Promise<T>,
): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const stop = () => resolve(null);
  interrupted.addEventListener("abort", stop);
  if (interrupted.aborted) stop();
  try {
    return await Promise.race([step, promise]);
  } finally {
    interrupted.removeEventListener("abort", stop);
  }
}
