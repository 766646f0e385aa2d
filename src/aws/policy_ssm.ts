/**
 * The policy of a running server from Parameter Store: read at the start, and again and again in
 * the background, so that no request waits for AWS. It must never answer with a policy that AWS
 * has taken back, nor with one that nobody could confirm for longer than the bound.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import type { LoadedPolicy, PolicySource } from "../gate/ports.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import type { ParameterFault } from "./parameter_fault.ts";
import type { Parameter, ParameterReading } from "./parameter_store.ts";

/** For so long after it was last confirmed a policy is used while Parameter Store does not answer. */
export const OUTAGE_LIMIT_MS = 5 * 60_000;

/** A request waits so long for a policy when it has none that it may use. */
const WAIT_MS = 500;

/** After so long each look has come to its end, its second attempt included. */
const LONGEST_LOOK_MS = 10_000;

/** What the policy is made of. */
export interface SsmPolicyOptions {
  /** Name of the parameter. */
  readonly name: string;
  /** Asks Parameter Store. Does not reject. */
  readonly read: () => Promise<ParameterReading>;
  /** The policy in a text; `source` names it. Rejects with `POLICY_INVALID`. */
  readonly prepare: (text: string, source: string) => Promise<LoadedPolicy>;
  readonly clock: Clock;
  /** A policy that was confirmed longer ago than this is not used before AWS was asked again. */
  readonly refreshMs: number;
  /** A number in [0, 1) that spreads the looks of many servers. Default: `Math.random`. */
  readonly random?: () => number;
}

/** A version that was read and proved valid. */
interface Good {
  readonly kind: "good";
  readonly parameter: Parameter;
  readonly loaded: LoadedPolicy;
  /** When AWS was asked whether it is still the one in force. */
  readonly at: Moment;
}

/** What is known: nothing yet, a policy, or that there is none. */
type Known = { readonly kind: "nothing" } | Good | {
  readonly kind: "refused";
  readonly error: SentinelError;
};

/** A question to AWS that is under way. */
interface Look {
  readonly done: Promise<void>;
  readonly since: Moment;
}

/** How a version is named in records and messages: as AWS itself writes it. */
export function sourceOf(name: string, { version }: Parameter): string {
  return `ssm:${name}:${version}`;
}

/** The fault of a parameter as the gate tells it. */
export function unreadableParameter(
  name: string,
  { reason, suggestion, cause }: ParameterFault,
): SentinelError {
  return new SentinelError(
    "POLICY_UNREADABLE",
    `Cannot read policy ${quote(`ssm:${name}`)}: ${reason}`,
    { suggestion, cause },
  );
}

/** Whether `now` was written before `then`: an answer that a copy gave which lags behind. */
export function isOutdated(now: Parameter, then: Parameter): boolean {
  return now.modifiedAt !== null && then.modifiedAt !== null && now.modifiedAt < then.modifiedAt;
}

/** What such an answer is worth. */
export function outdated(now: Parameter, then: Parameter): ParameterFault {
  return {
    kind: "outage",
    reason: `the answer is version ${now.version}, older than version ${then.version}`,
    suggestion: "Try again.",
    cause: null,
  };
}

/** A policy source over the parameter. Disposing of it ends the looks in the background. */
export function createSsmPolicy(options: SsmPolicyOptions): PolicySource & Disposable {
  const { name, clock, refreshMs, random = Math.random } = options;
  let known: Known = { kind: "nothing" };
  /** What AWS said last, valid or not: nothing that is older counts any more. */
  let latest: Parameter | null = null;
  /** The last look that brought no answer; `null` after one that did. */
  let outage: { readonly error: SentinelError; readonly at: Moment } | null = null;
  let looking: Look | null = null;
  let cancelTimer = () => {};
  let isClosed = false;

  function look(): Look {
    // One that lasts longer began before the machine slept: its answer may never come.
    if (looking !== null && ageMs(looking.since, clock) <= LONGEST_LOOK_MS) return looking;
    cancelTimer();
    const since = momentNow(clock);
    const done = takeAnswer(since).catch((thrown) => {
      if (isLatest(since)) outage = { error: asSentinelError(thrown), at: since };
    }).finally(() => {
      if (!isLatest(since)) return;
      looking = null;
      if (isClosed) return;
      // Early enough for the answer to come before the policy in use is too old.
      const pause = refreshMs * (0.8 + 0.1 * random()) - ageMs(since, clock);
      cancelTimer = clock.after(Math.max(0, pause), () => void look());
    });
    return looking = { done, since };
  }

  /** Whether no other look was begun since: what comes of an older one counts no more. */
  function isLatest(since: Moment): boolean {
    return looking?.since === since;
  }

  async function takeAnswer(at: Moment): Promise<void> {
    const reading = await options.read();
    if (!isLatest(at)) return;
    const answer = reading.kind === "read" && latest !== null &&
        isOutdated(reading.parameter, latest)
      ? outdated(reading.parameter, latest)
      : reading;
    switch (answer.kind) {
      case "outage":
        outage = { error: unreadableParameter(name, answer), at };
        return;
      case "refused":
        outage = null;
        // INVARIANT: what AWS has taken back is not used again, whatever happens next.
        known = { kind: "refused", error: unreadableParameter(name, answer) };
        return;
      case "read": {
        latest = answer.parameter;
        const understood = await understand(latest, at);
        if (!isLatest(at)) return;
        known = understood;
        outage = null;
        return;
      }
      default:
        answer satisfies never;
    }
  }

  async function understand(parameter: Parameter, at: Moment): Promise<Known> {
    const { text, version } = parameter;
    if (known.kind === "good" && known.parameter.text === text) {
      if (known.parameter.version === version) return { ...known, at };
    }
    try {
      const loaded = await options.prepare(text, sourceOf(name, parameter));
      return { kind: "good", parameter, loaded, at };
    } catch (thrown) {
      return { kind: "refused", error: asSentinelError(thrown) };
    }
  }

  /** What is known now, whether or not it was confirmed lately. */
  function decide(): LoadedPolicy {
    switch (known.kind) {
      case "good":
        if (ageMs(known.at, clock) <= OUTAGE_LIMIT_MS) return known.loaded;
        throw tooOld(known);
      case "refused":
        throw known.error;
      case "nothing":
        throw outage?.error ?? unreadableParameter(name, NO_ANSWER);
      default:
        return known satisfies never;
    }
  }

  function tooOld({ parameter }: Good): SentinelError {
    const { message, suggestion } = outage?.error ?? unreadableParameter(name, NO_ANSWER);
    const limit = formatDuration(OUTAGE_LIMIT_MS / 1000);
    return new SentinelError(
      "POLICY_UNREADABLE",
      `${message}; version ${parameter.version} was last confirmed more than ${limit} ago`,
      { suggestion, cause: outage?.error },
    );
  }

  /** What is known after a look, which is not waited for longer than a request may. */
  function decideAfter({ done, since }: Look) {
    const left = WAIT_MS - ageMs(since, clock);
    if (left <= 0) return decide();
    return new Promise<void>((resolve) => {
      const cancel = clock.after(left, resolve);
      done.then(() => {
        cancel();
        resolve();
      });
    }).then(decide);
  }

  return {
    load() {
      if (known.kind === "good" && ageMs(known.at, clock) <= refreshMs) return known.loaded;
      if (known.kind === "refused") return decide();
      // The start waits for as long as it takes; there is no request yet.
      if (known.kind === "nothing") return look().done.then(decide);
      // In an outage the looks of the background are enough: no request waits for one.
      if (outage !== null && ageMs(outage.at, clock) <= refreshMs + LONGEST_LOOK_MS) {
        return decide();
      }
      // The machine slept: what counted before may have been taken back meanwhile.
      return decideAfter(look());
    },
    [Symbol.dispose]() {
      isClosed = true;
      cancelTimer();
    },
  };
}

const NO_ANSWER: ParameterFault = {
  kind: "outage",
  reason: "Parameter Store has not answered yet",
  suggestion: "Try again.",
  cause: null,
};
