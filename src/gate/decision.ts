/**
 * What the gate answers, and the words in which a refusal is told. A refusal is a value: it never
 * carries credentials, and the same refusal reads the same at every door.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { CredentialMode, Verdict } from "../policy/policy.ts";
import { printable, quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { Lift } from "./lift.ts";
import type { IssuedCredentials } from "./ports.ts";

/** Why the gate refused. Codes are public: they stand in decision records and HTTP answers. */
export type RefusalCode =
  | "POLICY_DENIED"
  | "NO_MATCHING_RULE"
  | "APPROVAL_REQUIRED"
  | "SERVER_REQUIRED"
  | "SESSION_REQUIRED"
  | "SESSION_REVOKED"
  | "SESSION_EXPIRED"
  | "OVERRIDE_TOO_SHORT";

/** The gate's yes: credentials to hand over, already recorded. */
export interface Allowed {
  readonly kind: "allow";
  readonly credentials: IssuedCredentials;
  readonly verdict: Verdict;
  /** Effective session table, or `null`. */
  readonly sessionTable: string | null;
}

/** The gate's no. */
export interface Refused {
  readonly kind: "deny";
  readonly code: RefusalCode;
  /** One line for the person at the terminal: which rule, why. Printable. */
  readonly message: string;
  /** The next command to run, or `null` when there is none. Printable. */
  readonly suggestion: string | null;
  readonly verdict: Verdict;
  /** What was tried to lift the refusal; `null` where nothing could. */
  readonly lifted: Lift | null;
}

/** What the gate answers. A fault is neither: the gate rejects with `SentinelError`. */
export type Decision = Allowed | Refused;

/** The words of a refusal. */
interface RefusalWords {
  readonly message: string;
  readonly suggestion: string | null;
}

/** What a refusal is about. */
interface RefusalContext {
  readonly verdict: Verdict;
  readonly request: { readonly mode: CredentialMode; readonly profile: string };
  /** What was tried to lift it; absent where that is not known. */
  readonly lifted?: Lift;
}

/** The gate's no, in words. */
export function refused(code: RefusalCode, context: RefusalContext): Refused {
  const { verdict, lifted = null } = context;
  return { kind: "deny", code, ...refusalWords(code, context), verdict, lifted };
}

/** Refusals of `require_server*`, worded as users of the earlier program know them. */
function requirementWords(
  verdict: Verdict,
  request: { readonly mode: CredentialMode; readonly profile: string },
): string {
  const { mode } = request;
  const profile = quote(request.profile);
  const word = shellWord(request.profile);
  const exec = `Use: sentinel exec --server`;
  if (verdict.requiresServerMode && verdict.requiresSessionTracking) {
    return `policy requires server mode with session tracking for profile ${profile}. ` +
      (mode === "credential_process"
        ? "credential_process doesn't support session tracking. "
        : "") +
      `${exec} --session-table <table> --profile ${word} -- <cmd>`;
  }
  if (verdict.requiresSessionTracking) {
    return `policy requires session tracking for profile ${profile}. Add --session-table <table> flag`;
  }
  return `policy requires server mode for profile ${profile}. ` +
    (mode === "credential_process" ? `${exec} --profile ${word} -- <cmd>` : "Add --server flag");
}

/** Code of a verdict that is not `allow`. */
export function refusalCode(verdict: Verdict): RefusalCode {
  if (verdict.requiresServerMode) return "SERVER_REQUIRED";
  if (verdict.requiresSessionTracking) return "SESSION_REQUIRED";
  if (verdict.effect === "require_approval") return "APPROVAL_REQUIRED";
  return verdict.matchedRule === null ? "NO_MATCHING_RULE" : "POLICY_DENIED";
}

/** How to ask for an approval, or to break the glass, and what is in the way of either. */
function liftingStep(
  request: { readonly profile: string },
  lifted: Lift | undefined,
): string | null {
  const { approval = null, breakGlass = null } = lifted?.entries ?? {};
  const profile = shellWord(request.profile);
  if (approval !== null && lifted !== undefined) {
    const { requestTable: table, pendingRequestId: pending } = lifted;
    const where = table === null ? "" : ` --request-table ${shellWord(table)}`;
    if (pending !== null) return `See who decides: sentinel check ${pending}${where}`;
    const ask = `Ask: sentinel request --profile ${profile}${where} --justification '...'`;
    return table === null
      ? `${ask}; then name its table here: --request-table TABLE`
      : `${ask}; or ask and wait: sentinel exec --wait${where} --profile ${profile} -- COMMAND`;
  }
  if (breakGlass !== null && lifted !== undefined) {
    const { breakGlassTable: table } = lifted;
    const where = table === null ? "" : ` --breakglass-table ${shellWord(table)}`;
    const [reason] = breakGlass.rule.allowedReasonCodes;
    const step = `In an emergency: sentinel breakglass --profile ${profile}${where} ` +
      `--reason-code ${reason} --justification '...'`;
    return table === null ? `${step}; then name its table here: --breakglass-table TABLE` : step;
  }
  return null;
}

/** Message and next step of a refusal. */
function refusalWords(
  code: RefusalCode,
  { verdict, request, lifted }: RefusalContext,
): RefusalWords {
  const profile = quote(request.profile);
  const rule = verdict.matchedRule === null
    ? "no rule"
    : `rule ${quote(verdict.matchedRule)} (${verdict.ruleIndex + 1})`;
  const reason = printable(verdict.reason);
  const finding = lifted === undefined || lifted.finding === null ? "" : `; ${lifted.finding}`;
  switch (code) {
    case "SERVER_REQUIRED":
    case "SESSION_REQUIRED":
      return { message: requirementWords(verdict, request), suggestion: null };
    case "POLICY_DENIED":
      return {
        message: `policy denies profile ${profile}: ${rule}: ${reason}`,
        suggestion: "An explicit deny is final; ask whoever keeps the policy.",
      };
    case "NO_MATCHING_RULE":
      return {
        message: `policy denies profile ${profile}: no rule matches this request${finding}`,
        suggestion: liftingStep(request, lifted) ??
          "Ask whoever keeps the policy for a rule that allows it.",
      };
    case "APPROVAL_REQUIRED":
      return {
        message: `policy requires an approval for profile ${profile}: ${rule}: ${reason}${finding}`,
        suggestion: lifted === undefined
          ? `Ask: sentinel request --profile ${shellWord(request.profile)} --justification '...'`
          : liftingStep(request, lifted) ??
            "Nobody can approve it: ask whoever keeps the policy for an entry under approvals.",
      };
    case "SESSION_REVOKED":
      return {
        message: `session for profile ${profile} was revoked`,
        suggestion: "Ask the administrator who revoked it, then start sentinel exec again.",
      };
    case "SESSION_EXPIRED":
      return {
        message: `session for profile ${profile} has expired`,
        suggestion: "Leave this shell and start sentinel exec again.",
      };
    case "OVERRIDE_TOO_SHORT":
      return {
        message:
          `the approval or break-glass for profile ${profile} ends sooner than the shortest credentials AWS issues (15m)`,
        suggestion: "Ask for another one.",
      };
    default:
      return assertNever(code);
  }
}
