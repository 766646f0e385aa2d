/**
 * What differs between two entries of `approvals`, or of `break_glass`, that are in charge of the
 * same target: term by term, and whether it lets more in or less. Lists of people and windows of time
 * are compared by whom and what they hold, not by how they are written.
 *
 * @module
 */
import { formatDuration } from "../text/duration.ts";
import { type Caller, CallerList } from "./caller_list.ts";
import type { ApprovalRule, AutoApproval, BreakGlassRule, TimeCondition } from "./policy.ts";
import { callers } from "./request_space.ts";
import { findTimeAtoms, type TimeSpan } from "./time_atoms.ts";
import { compileTime } from "./time_window.ts";

/** Whether a difference lets more in, or less, or neither. */
export type LiftChangeKind = "opens" | "closes" | "other";

/** One term of an entry that differs. */
export interface TermChange {
  /** Its key in the document: `approvers`, `auto_approve.users`. */
  readonly term: string;
  readonly kind: LiftChangeKind;
  /** As the documents have it, in words; `null`: there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Somebody, or a moment, for whom it differs; `null` where that says nothing. */
  readonly example: string | null;
}

/** Gathers the differences of two entries. */
export class TermComparison {
  readonly changes: TermChange[] = [];
  readonly #span: TimeSpan;
  #isExhaustive = true;

  /** Compares over `span`. */
  constructor(span: TimeSpan) {
    this.#span = span;
  }

  /** Whether all that could differ was compared. */
  get isExhaustive(): boolean {
    return this.#isExhaustive;
  }

  /** Compares two entries of `approvals`. */
  approvals(before: ApprovalRule, after: ApprovalRule): void {
    this.#people("approvers", before.approvers, after.approvers);
    this.#number("required", [before.required, after.required], { opens: "less", format: String });
    this.#duration("max_duration", [before.maxDurationSeconds, after.maxDurationSeconds]);
    this.#autoApproval(before.autoApproval, after.autoApproval);
    this.#flag("allow_minimum", before.allowMinimum, after.allowMinimum);
  }

  /** Compares two entries of `break_glass`, whose users are a part of what they cover. */
  breakGlass(before: BreakGlassRule, after: BreakGlassRule): void {
    this.#words("lifts", before.lifts, after.lifts);
    this.#words("allowed_reason_codes", before.allowedReasonCodes, after.allowedReasonCodes);
    this.#time("time", before.time, after.time);
    this.#duration("max_duration", [before.maxDurationSeconds, after.maxDurationSeconds]);
    const [old, changed] = [before.limits, after.limits];
    const cooldowns = [old.cooldownSeconds, changed.cooldownSeconds] as const;
    this.#number("limits.cooldown", cooldowns, { opens: "less", format: formatDuration });
    for (
      const [term, key] of [["max_per_user", "maxPerUser"], [
        "max_per_profile",
        "maxPerProfile",
      ]] as const
    ) {
      this.#number(`limits.${term}`, [old[key], changed[key]], { opens: "more", format: String });
    }
    const windows = [old.quotaWindowSeconds, changed.quotaWindowSeconds] as const;
    this.#number("limits.quota_window", windows, { opens: "less", format: formatDuration });
    const thresholds = [old.escalationThreshold, changed.escalationThreshold] as const;
    this.#number("limits.escalation_threshold", thresholds, { opens: null, format: String });
    this.#flag("allow_minimum", before.allowMinimum, after.allowMinimum);
  }

  #autoApproval(before: AutoApproval | null, after: AutoApproval | null): void {
    if (before === null || after === null) {
      if (before !== after) {
        this.#add("auto_approve", before === null ? "opens" : "closes", {
          before: before && listed(before.users),
          after: after && listed(after.users),
        });
      }
      return;
    }
    this.#people("auto_approve.users", before.users, after.users);
    this.#time("auto_approve.time", before.time, after.time);
    const longest = [before.maxDurationSeconds, after.maxDurationSeconds] as const;
    this.#duration("auto_approve.max_duration", longest);
  }

  #people(term: string, before: readonly string[], after: readonly string[]): void {
    if (listed(before) === listed(after)) return;
    const { choices, isComplete } = callers([...new Set([...before, ...after])]);
    if (!isComplete) this.#isExhaustive = false;
    const [old, changed] = [new CallerList(before), new CallerList(after)];
    const found = (isNew: boolean) =>
      (choices as readonly Caller[]).find((caller) =>
        old.includes(caller) !== isNew && changed.includes(caller) === isNew
      );
    const [joins, leaves] = [found(true), found(false)];
    const texts = { before: listed(before), after: listed(after) };
    if (joins !== undefined) this.#add(term, "opens", { ...texts, example: nameOf(joins) });
    if (leaves !== undefined) this.#add(term, "closes", { ...texts, example: nameOf(leaves) });
  }

  #time(term: string, before: TimeCondition | null, after: TimeCondition | null): void {
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const windows = [before, after].filter((window) => window !== null);
    const { moments, isComplete } = findTimeAtoms(windows, this.#span);
    if (!isComplete) this.#isExhaustive = false;
    const clocks = new Map();
    const [old, changed] = [before, after].map((window) =>
      window === null ? null : compileTime(window, clocks)
    );
    const isIn = (window: typeof old, moment: number) => window?.contains(moment) ?? true;
    const found = (isNew: boolean) =>
      moments.find((moment) => isIn(old, moment) !== isNew && isIn(changed, moment) === isNew);
    const [opens, closes] = [found(true), found(false)];
    const texts = { before: before && describeTime(before), after: after && describeTime(after) };
    if (opens !== undefined) this.#add(term, "opens", { ...texts, example: atMoment(opens) });
    if (closes !== undefined) this.#add(term, "closes", { ...texts, example: atMoment(closes) });
  }

  #words(term: string, before: readonly string[], after: readonly string[]): void {
    const texts = { before: listed(before), after: listed(after) };
    const lacks = (words: readonly string[], others: readonly string[]) =>
      words.find((word) => !others.includes(word));
    const [more, less] = [lacks(after, before), lacks(before, after)];
    if (more !== undefined) this.#add(term, "opens", { ...texts, example: more });
    if (less !== undefined) this.#add(term, "closes", { ...texts, example: less });
  }

  #duration(term: string, values: readonly [number, number]): void {
    this.#number(term, values, { opens: "more", format: formatDuration });
  }

  /** A number, of which more or less lets more in. No limit is the one that lets most in. */
  #number(
    term: string,
    [before, after]: readonly [number | null, number | null],
    { opens, format }: {
      readonly opens: "more" | "less" | null;
      readonly format: (value: number) => string;
    },
  ): void {
    if (before === after) return;
    const unlimited = opens === "less" ? -Infinity : Infinity;
    const isMore = (after ?? unlimited) > (before ?? unlimited);
    const kind = opens === null ? "other" : isMore === (opens === "more") ? "opens" : "closes";
    const text = (value: number | null) => value === null ? null : format(value);
    this.#add(term, kind, { before: text(before), after: text(after) });
  }

  #flag(term: string, before: boolean, after: boolean): void {
    if (before === after) return;
    this.#add(term, after ? "opens" : "closes", { before: `${before}`, after: `${after}` });
  }

  #add(
    term: string,
    kind: LiftChangeKind,
    { example = null, ...texts }: {
      readonly before: string | null;
      readonly after: string | null;
      readonly example?: string | null;
    },
  ): void {
    this.changes.push({ term, kind, ...texts, example });
  }
}

function listed(items: readonly string[]): string {
  return items.join(", ");
}

function nameOf({ user, arn }: Caller): string {
  return arn ?? user;
}

function atMoment(moment: number): string {
  return new Date(moment).toISOString().replace(".000Z", "Z");
}

function describeTime({ days = [], hours, timezone }: TimeCondition): string {
  const span = hours === undefined ? [] : [`${hours.start} to ${hours.end}`];
  return [...days.length === 0 ? [] : [listed(days)], ...span, timezone].join(" ");
}
