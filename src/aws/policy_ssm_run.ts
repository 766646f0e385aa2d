/**
 * The policy of one run from Parameter Store: asked for once, or remembered from a run of a moment
 * ago. The same bounds hold as in a server, and what the memory holds can only be as trustworthy as
 * its file.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { LoadedPolicy, PolicySource } from "../gate/ports.ts";
import { formatDuration } from "../text/duration.ts";
import type { Parameter, ParameterReading } from "./parameter_store.ts";
import {
  isOutdated,
  OUTAGE_LIMIT_MS,
  outdated,
  sourceOf,
  type SsmPolicyOptions,
  unreadableParameter,
} from "./policy_ssm.ts";

/** A version, and when AWS was asked whether it is in force: milliseconds since the epoch. */
export interface RememberedParameter {
  readonly parameter: Parameter;
  readonly confirmedAt: number;
}

/** What earlier runs left. No method throws. */
export interface ParameterMemory {
  /** What was kept last, or `null`. */
  recall(): RememberedParameter | null;
  keep(remembered: RememberedParameter): void;
  forget(): void;
}

/** What the policy of one run is made of. */
export interface SsmPolicyRunOptions extends Omit<SsmPolicyOptions, "clock" | "random"> {
  readonly clock: Pick<Clock, "now">;
  /** `null`: AWS is asked every time. */
  readonly memory: ParameterMemory | null;
  readonly warn: (message: string) => void;
}

/** A policy source that asks at each load, unless a run asked less than `refreshMs` ago. */
export function createSsmPolicyRun(options: SsmPolicyRunOptions): PolicySource {
  const { name, clock, memory, refreshMs } = options;
  const prepare = (parameter: Parameter): Promise<LoadedPolicy> =>
    options.prepare(parameter.text, sourceOf(name, parameter));
  return {
    async load() {
      const now = clock.now();
      const known = recall(memory, now);
      if (known !== null && now - known.confirmedAt < refreshMs) {
        return await prepare(known.parameter);
      }
      const answer = unlessOutdated(await options.read(), known);
      switch (answer.kind) {
        case "read":
          memory?.keep({ parameter: answer.parameter, confirmedAt: now });
          return await prepare(answer.parameter);
        case "refused":
          // INVARIANT: what AWS has taken back does not come back in the next outage.
          memory?.forget();
          throw unreadableParameter(name, answer);
        case "outage": {
          if (known === null) throw unreadableParameter(name, answer);
          const age = formatDuration((now - known.confirmedAt) / 1000);
          options.warn(
            `${unreadableParameter(name, answer).message}; version ${known.parameter.version}, ` +
              `confirmed ${age} ago, still decides`,
          );
          return await prepare(known.parameter);
        }
        default:
          return answer satisfies never;
      }
    },
  };
}

/** What is kept, unless it is too old, or from a time that has not come. */
function recall(memory: ParameterMemory | null, now: number): RememberedParameter | null {
  const known = memory?.recall() ?? null;
  const age = known === null ? Infinity : now - known.confirmedAt;
  return age >= 0 && age <= OUTAGE_LIMIT_MS ? known : null;
}

function unlessOutdated(
  reading: ParameterReading,
  known: RememberedParameter | null,
): ParameterReading {
  if (reading.kind !== "read" || known === null) return reading;
  return isOutdated(reading.parameter, known.parameter)
    ? outdated(reading.parameter, known.parameter)
    : reading;
}
