/**
 * What an audit makes of decisions: per profile, whether credentials were issued with the session
 * that the policy requires, and, for one key, who got it. Decisions are judged one by one, so that
 * a log of any length can be audited. Pure.
 *
 * @module
 */

/** What an audit needs of a decision: the fields of the decision record. */
export interface AuditedDecision {
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly request_id: string;
  readonly user: string;
  readonly profile: string;
  readonly mode: string;
  readonly outcome: "issued" | "denied" | "failed";
  readonly rule?: string;
  readonly session_table?: string;
  readonly session_id?: string;
  readonly source_identity?: string;
  readonly access_key_id?: string;
  readonly approved_request_id?: string;
  readonly break_glass_event_id?: string;
  readonly command?: string;
  readonly host: string;
  readonly pid: number;
}

/** A session that the policy requires; `table`: where, or `null` when any table will do. */
export interface SessionRequirement {
  readonly table: string | null;
}

/** What became of one profile's requests. */
export interface ProfileCompliance {
  readonly profile: string;
  /** Decisions with which credentials were issued. */
  readonly issued: number;
  readonly withSession: number;
  readonly withoutSession: number;
  /** Of those issued, for how many the policy requires a session. */
  readonly required: number;
  /** Of those required, how many had none, or one in another table than the policy names. */
  readonly gaps: number;
}

interface Tally {
  issued: number;
  withSession: number;
  required: number;
  gaps: number;
}

/** Counts decisions by profile. */
export class ComplianceTally {
  readonly #tallies = new Map<string, Tally>();

  /**
   * Counts a decision; `requirement` is what the policy requires of it, or `null`. Returns whether
   * it is a gap: credentials were issued without the session that the policy requires.
   */
  add(decision: AuditedDecision, requirement: SessionRequirement | null): boolean {
    if (decision.outcome !== "issued") return false;
    const { profile, session_id, session_table } = decision;
    let tally = this.#tallies.get(profile);
    if (tally === undefined) {
      tally = { issued: 0, withSession: 0, required: 0, gaps: 0 };
      this.#tallies.set(profile, tally);
    }
    const hasSession = session_id !== undefined && session_table !== undefined;
    tally.issued++;
    if (hasSession) tally.withSession++;
    if (requirement === null) return false;
    tally.required++;
    const { table } = requirement;
    const isGap = !hasSession || (table !== null && table !== session_table);
    if (isGap) tally.gaps++;
    return isGap;
  }

  /** What was counted, by profile, in the order of their names. */
  profiles(): ProfileCompliance[] {
    return [...this.#tallies].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([profile, { issued, withSession, required, gaps }]) => ({
        profile,
        issued,
        withSession,
        withoutSession: issued - withSession,
        required,
        gaps,
      }));
  }
}

/** Part of the required sessions that were there, from 0 to 1; `null` when none was required. */
export function compliance({ required, gaps }: ProfileCompliance): number | null {
  return required === 0 ? null : (required - gaps) / required;
}

/**
 * Whether a decision is about `key`: an access key id, a source identity, or the id of a session, a
 * request, an approval or a break-glass event, exactly.
 */
export function concerns(decision: AuditedDecision, key: string): boolean {
  return decision.access_key_id === key || decision.session_id === key ||
    decision.request_id === key || decision.source_identity === key ||
    decision.approved_request_id === key || decision.break_glass_event_id === key;
}

/** Decisions that differ in nothing but their time. */
export interface Access {
  /** The newest of them. */
  readonly decision: AuditedDecision;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** Joins decisions that differ in nothing but their time; the newest comes first. */
export function groupAccesses<D extends AuditedDecision>(
  decisions: Iterable<D>,
): (Access & { readonly decision: D })[] {
  const groups = new Map<string, Access & { readonly decision: D }>();
  for (const decision of decisions) {
    const { timestamp: _at, request_id: _id, ...rest } = decision;
    const key = JSON.stringify(Object.entries(rest).sort(([a], [b]) => a < b ? -1 : 1));
    const at = Date.parse(decision.timestamp);
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined ? { decision, first: at, last: at, count: 1 } : {
        decision: at >= known.last ? decision : known.decision,
        first: Math.min(at, known.first),
        last: Math.max(at, known.last),
        count: known.count + 1,
      },
    );
  }
  return [...groups.values()].sort((a, b) => b.last - a.last);
}
