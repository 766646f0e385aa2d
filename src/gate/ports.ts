/**
 * What the gate needs from the world, as interfaces. `app.ts` picks the adapters.
 *
 * @module
 */
import type { OverrideRules } from "../policy/override_rules.ts";
import type { EvaluationRequest, Verdict } from "../policy/policy.ts";
import type { ApprovalRequest } from "../state/approval_request.ts";
import type { CountedEvent } from "../state/break_glass_event.ts";
import type { DecisionRecord } from "./decision_record.ts";

/** A policy that was read, proved valid and made ready to answer. */
export interface LoadedPolicy {
  /** Where it came from, as the user named it. */
  readonly source: string;
  /** `sha256:` and the hex digest of its text. */
  readonly digest: string;
  /** The verdict on a request: pure, the same for the same request. */
  evaluate(request: EvaluationRequest): Verdict;
  /** Who may lift a refusal, by the sections `approvals` and `break_glass`. */
  readonly overrides: OverrideRules;
}

/** Where the policy in force comes from. */
export interface PolicySource {
  /**
   * The policy in force now; a change of the source is seen by the next call. Rejects (or
   * throws) `POLICY_UNREADABLE` or `POLICY_INVALID`.
   */
  load(): LoadedPolicy | Promise<LoadedPolicy>;
}

/** What a record is worth to whoever looks: nothing, the last minutes of an access, or all it takes. */
export type RecordWorth = "nothing" | "little" | "enough";

/** Records of one kind that somebody stored for the caller and the profile of this gate. */
export interface RecordLookup<Stored> {
  /** The table's name as the user gave it. */
  readonly table: string;
  /**
   * Such records, up to the first that is worth enough. What is worth anything was then read
   * strongly consistent; that read began less than a second before the call. Rejects (or throws)
   * `SentinelError` when the store does not answer.
   */
  find(worth: (record: Stored) => RecordWorth): readonly Stored[] | Promise<readonly Stored[]>;
}

/**
 * Where approvals and break-glass events are found; `null` where no table was named. What is found
 * is no more than what somebody wrote: the gate proves it.
 */
export interface OverrideRecords {
  readonly requests: RecordLookup<ApprovalRequest> | null;
  readonly events: RecordLookup<CountedEvent> | null;
}

/** What is known of this server's session in one table. */
export type SessionState =
  | { readonly kind: "active" }
  /** Someone revoked it, or its record is gone or cannot be understood. Final. */
  | { readonly kind: "revoked"; readonly detail: string }
  /** It ended or its expiry passed. */
  | { readonly kind: "expired" }
  /** The store did not answer; never returned where the session is required. */
  | { readonly kind: "unknown" };

/** The session of this server process. Absent in doors that are not servers. */
export interface SessionTracker {
  /** 16 hex digits: the record's id in every table. */
  readonly sessionId: string;
  /**
   * The session's state in `table`, created there when it does not exist yet; with `null`, only
   * whether it was revoked in a table that was named before. With `required`, the answer rests on
   * a read that began less than a second before the call and a store that fails rejects; without,
   * it never rejects and hardly waits. A session that was revoked in one table is revoked in all.
   */
  check(
    table: string | null,
    options: { readonly required: boolean },
  ): SessionState | Promise<SessionState>;
  /** Counts one answer with credentials. Never waits, never throws. */
  touch(table: string): void;
}

/** The window of an override. */
export interface CredentialWindow {
  /**
   * Nothing is issued that lives on afterwards, counted from when it was asked for, by this
   * machine's clock (milliseconds since the epoch).
   */
  readonly notAfter: number;
  /** Where less is left than STS's shortest life, that life may be issued all the same. */
  readonly allowMinimum: boolean;
}

/** What credentials are asked of AWS. */
export interface CredentialRequest {
  /** Life in seconds (900–43200): what is issued lives no longer, unless `ownLife` allows it. */
  readonly durationSeconds: number;
  /** `SourceIdentity` and session name, legal for STS. */
  readonly sourceIdentity: string;
  /** What is kept from before is good enough only with so much life left, in seconds. */
  readonly minTtlSeconds?: number;
  /** What becomes of credentials that cannot be shortened. Default: `refused`. */
  readonly ownLife?: OwnLife;
  /** The window of the override that lets them out; absent where none does. */
  readonly within?: CredentialWindow;
}

/**
 * Whether credentials whose life somebody else has set may be handed over as they are: to their own
 * end, where nothing limits the life; when that comes within `durationSeconds`; or never, because
 * what is handed over must end soon and be asked for again.
 */
export type OwnLife = "allowed" | "within" | "refused";

/** Credentials ready to be handed over. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `null` only for long-term keys, handed out on explicit demand. */
  readonly sessionToken: string | null;
  /** End of life in milliseconds since the epoch; `null` when they have none that is known. */
  readonly expiresAt: number | null;
  /** Life in seconds at the moment they were made; `null` when unknown. */
  readonly durationSeconds: number | null;
  /** Account they belong to, or `null` when unknown. */
  readonly accountId: string | null;
  /** The assumed role, or `null`. */
  readonly roleArn: string | null;
  /** What CloudTrail will show as their source identity; `null` when they carry none. */
  readonly sourceIdentity: string | null;
}

/** What a credential source answers: `null` when too little is left of the window. */
export type Issued = IssuedCredentials | null;

/** Makes (or still has) credentials of the profile. Rejects with `SentinelError`. */
export interface CredentialSource {
  issue(request: CredentialRequest): Issued | Promise<Issued>;
}

/** Takes one record a decision; throws `LOG_UNWRITABLE` when it cannot. */
export interface DecisionLog {
  append(record: DecisionRecord): void;
}

/** Wall-clock time in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}
