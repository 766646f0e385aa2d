/**
 * What the policy says of somebody's access before there is a door: whether it needs to be lifted at
 * all, and by which entry it could. It grants nothing; the gate asks again.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { OverrideSubject } from "../gate/approval_proof.ts";
import { refusalCode, refused } from "../gate/decision.ts";
import { liftableBy, type LiftingEntries, liftingEntries } from "../gate/override.ts";
import type { LoadedPolicy } from "../gate/ports.ts";
import type { CompiledApproval, CompiledBreakGlass } from "../policy/override_rules.ts";
import { CREDENTIAL_MODES, type CredentialMode, type Verdict } from "../policy/policy.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";

/** What the policy says at one door. */
interface Answer {
  readonly mode: CredentialMode;
  readonly verdict: Verdict;
  readonly entries: LiftingEntries;
}

/** What {@linkcode askForApproval} and {@linkcode askForBreakGlass} answer. */
export type LiftAnswer<Entry> =
  /** The policy allows it as it is, at this door. */
  | { readonly kind: "allowed"; readonly mode: CredentialMode; readonly verdict: Verdict }
  /** It is refused, and this entry may lift the refusal. */
  | { readonly kind: "liftable"; readonly entry: Entry; readonly verdict: Verdict };

/** Who asks for what, and when. */
export type Subject = OverrideSubject;

function answersOf(policy: LoadedPolicy, subject: Subject): readonly Answer[] {
  return CREDENTIAL_MODES.map((mode) => {
    const verdict = policy.evaluate({
      user: subject.user,
      arn: subject.arn,
      profile: subject.profile,
      role: subject.role,
      account: subject.account,
      time: new Date(subject.time),
      mode,
    });
    return {
      mode,
      verdict,
      entries: liftingEntries(verdict, subject, policy.overrides),
    };
  });
}

/** Which entry would approve this access. Throws `OVERRIDE_REFUSED` where no approval can lift it. */
export function askForApproval(
  policy: LoadedPolicy,
  subject: Subject,
): LiftAnswer<CompiledApproval> {
  const answers = answersOf(policy, subject);
  const wanting = answers.find(({ verdict }) => verdict.effect === "require_approval");
  if (wanting === undefined) return allowedOrThrow(answers, subject, "an approval cannot lift it");
  const { entries: { approval: entry }, verdict } = wanting;
  if (entry !== null) return { kind: "liftable", entry, verdict };
  throw new SentinelError(
    "OVERRIDE_REFUSED",
    `Nobody can approve access to profile ${quote(subject.profile)}: ` +
      `no entry under approvals of policy ${quote(policy.source)} covers it`,
    { suggestion: "Ask whoever keeps the policy." },
  );
}

/** By which entry the glass may be broken. Throws `OVERRIDE_REFUSED` where it may not. */
export function askForBreakGlass(
  policy: LoadedPolicy,
  subject: Subject,
): LiftAnswer<CompiledBreakGlass> {
  const answers = answersOf(policy, subject);
  for (const { entries: { breakGlass: entry }, verdict } of answers) {
    if (entry !== null) return { kind: "liftable", entry, verdict };
  }
  const isLiftable = answers.some(({ verdict }) => liftableBy(verdict).includes("breakglass"));
  if (!isLiftable || answers.some(({ verdict }) => verdict.effect === "allow")) {
    return allowedOrThrow(answers, subject, "break-glass cannot lift it");
  }
  throw new SentinelError(
    "OVERRIDE_REFUSED",
    `You (${quote(subject.user)}) cannot break the glass for profile ${quote(subject.profile)}: ` +
      `no entry under break_glass of policy ${quote(policy.source)} lets you`,
    { suggestion: "Ask whoever keeps the policy." },
  );
}

function allowedOrThrow(
  answers: readonly Answer[],
  subject: Subject,
  consequence: string,
): { readonly kind: "allowed"; readonly mode: CredentialMode; readonly verdict: Verdict } {
  // The door that asks least of the person comes first.
  const allowed = ["cli", "credential_process", "server"]
    .map((mode) => answers.find((answer) => answer.mode === mode)!)
    .find(({ verdict }) => verdict.effect === "allow");
  if (allowed !== undefined) {
    return { kind: "allowed", mode: allowed.mode, verdict: allowed.verdict };
  }
  const { verdict } = answers.find(({ mode }) => mode === "cli")!;
  const { message, suggestion } = refused(refusalCode(verdict), {
    verdict,
    request: { mode: "cli", profile: subject.profile },
  });
  throw new SentinelError("OVERRIDE_REFUSED", `${message}; ${consequence}`, {
    suggestion: suggestion ?? "Run it as the policy demands.",
  });
}

/** How an access is got that the policy allows without more, in a sentence. */
export function allowedWords(
  { mode, verdict }: { readonly mode: CredentialMode; readonly verdict: Verdict },
  { profile }: Pick<Subject, "profile">,
): string {
  const rule = verdict.matchedRule === null ? "" : ` (rule ${quote(verdict.matchedRule)})`;
  const how = mode === "server" ? " in server mode" : "";
  return `The policy allows profile ${quote(profile)}${how} as it is${rule}.`;
}

/** Throws `USAGE` when `seconds` is longer than the policy allows; the maximum is named. */
export function refuseLongerThan(
  maxSeconds: number,
  { seconds, entry, flag = "duration" }: {
    readonly seconds: number;
    /** Name of the policy's entry. */
    readonly entry: string;
    /** The flag that asks for it; default: `duration`. */
    readonly flag?: string;
  },
): void {
  if (seconds <= maxSeconds) return;
  const longest = formatDuration(maxSeconds);
  throw new SentinelError(
    "USAGE",
    `${formatDuration(seconds)} is longer than ${longest}, the most that the policy's entry ` +
      `${quote(entry)} allows`,
    { suggestion: `Ask for ${longest} or less: --${flag} ${longest}` },
  );
}
