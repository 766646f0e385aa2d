/**
 * Whether a stored record gives access now, in words: what the gate would make of it for whoever it
 * is of. It grants nothing, and what cannot be judged here is said to be unknown.
 *
 * @module
 */
import { asSentinelError, SentinelError } from "../errors.ts";
import { judgeRequest } from "../gate/approval_proof.ts";
import { judgeEvent } from "../gate/break_glass_proof.ts";
import type { Judgement } from "../gate/override.ts";
import type { LoadedPolicy } from "../gate/ports.ts";
import type { ApprovalRequest } from "../state/approval_request.ts";
import type { CountedEvent } from "../state/break_glass_event.ts";
import {
  allowedWords,
  askForApproval,
  askForBreakGlass,
  type LiftAnswer,
  type Subject,
} from "./policy_question.ts";
import { formatExact } from "./relative_time.ts";

/** What a record comes to. */
export interface Standing {
  /** `null`: the policy cannot be read here, so nobody knows. */
  readonly givesAccess: boolean | null;
  /** Why, or until when: a printable sentence. */
  readonly reason: string;
}

/** When it is judged, and by which policy. */
export interface StandingOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly load: () => Promise<LoadedPolicy>;
}

/** What the gate makes of `request` now, by the policy in force. */
export async function requestStanding(
  request: ApprovalRequest,
  { now, load }: StandingOptions,
): Promise<Standing> {
  const subject: Subject = { ...request.requester, ...targetOf(request), time: now };
  return await standing(subject, {
    load,
    ask: askForApproval,
    judge: (entry) => judgeRequest(request, { request: subject, entry }),
  });
}

/** What the gate makes of `event` now, by the policy in force. */
export async function eventStanding(
  event: CountedEvent,
  { now, load }: StandingOptions,
): Promise<Standing> {
  const subject: Subject = { ...event.invoker, ...targetOf(event), time: now };
  return await standing(subject, {
    load,
    ask: askForBreakGlass,
    judge: (entry) => judgeEvent(event, { request: subject, entry }),
  });
}

function targetOf({ profile, role, account }: Pick<Subject, "profile" | "role" | "account">) {
  return { profile, role, account };
}

async function standing<Entry>(
  subject: Subject,
  { load, ask, judge }: {
    readonly load: () => Promise<LoadedPolicy>;
    readonly ask: (policy: LoadedPolicy, subject: Subject) => LiftAnswer<Entry>;
    readonly judge: (entry: Entry) => Judgement;
  },
): Promise<Standing> {
  let policy: LoadedPolicy;
  try {
    policy = await load();
  } catch (thrown) {
    const { message } = asSentinelError(thrown);
    return { givesAccess: null, reason: `Whether it gives access is not known here: ${message}` };
  }
  try {
    const answer = ask(policy, subject);
    if (answer.kind === "allowed") {
      return { givesAccess: false, reason: `${allowedWords(answer, subject)} It is not needed.` };
    }
    const judgement = judge(answer.entry);
    return judgement.kind === "lifts"
      ? {
        givesAccess: true,
        reason: `It gives access until ${formatExact(judgement.override.expiresAt)}.`,
      }
      : { givesAccess: false, reason: `It gives no access now: it ${judgement.reason}.` };
  } catch (thrown) {
    if (!(thrown instanceof SentinelError) || thrown.code !== "OVERRIDE_REFUSED") throw thrown;
    return { givesAccess: false, reason: `It gives no access now: ${thrown.message}.` };
  }
}
