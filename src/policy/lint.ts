/**
 * The linter: what a valid policy does that its author may not think. It says only what it can
 * prove; where that would take too long it says so.
 *
 * @module
 */
import { canGrant, remarksOn, requiresServer, type RuleRemark } from "./lint_conditions.ts";
import { LiftReach } from "./lift_reach.ts";
import type { LintFinding, LintLevel, LintReport, RuleReference } from "./lint_finding.ts";
import { lintEntries } from "./lint_overrides.ts";
import { describeRequest, MAX_OTHERS, nameAll } from "./lint_words.ts";
import type { EvaluationRequest, Policy, Rule } from "./policy.ts";
import { decideAlike, isDuplicate } from "./rule_likeness.ts";
import { OverlapFiles } from "./rule_files.ts";
import { type Reach, RuleReach } from "./rule_reach.ts";

/** Most grants that are tried on one deny, and on all. */
const MAX_TRIED = 1000;
const MAX_TRIED_IN_ALL = 100_000;

/** How {@linkcode lintPolicy} works. */
export interface LintOptions {
  /** Told now and then how many rules of how many are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** So many rules are looked at before progress is told. */
const PROGRESS_STEP = 1000;

/**
 * Looks for what is probably not meant: rules that never decide, denials that come too late,
 * grants that are bound to nothing, settings that never count, entries of `approvals` and
 * `break_glass` that lift nothing, rules that nobody can lift.
 *
 * A rule is reported as one that never decides when, and only when, no request at all is decided
 * by it: whatever the profile, user, ARN, role, account, mode and moment. Where that takes too much
 * work to know, the rule is among the `undecided`.
 *
 * @param policy A valid policy, such as `parsePolicy` returns.
 * @returns What was found, in the order of the rules.
 * @throws {SentinelError} `POLICY_INVALID` when a rule names a time zone that does not exist.
 *
 * @example
 * ```ts
 * const rule = { sessionTable: null, maxServerDurationSeconds: null, reason: null };
 * const { findings } = lintPolicy({
 *   version: "1",
 *   rules: [
 *     { ...rule, name: "people", effect: "allow", conditions: { accounts: ["123456789012"] } },
 *     {
 *       ...rule,
 *       name: "too-late",
 *       effect: "deny",
 *       conditions: { accounts: ["123456789012"], users: ["mallory"] },
 *     },
 *   ],
 * });
 * if (findings[0]?.code !== "unreachable-rule") throw new Error("not found");
 * ```
 */
export function lintPolicy(policy: Policy, options: LintOptions = {}): LintReport {
  const linter = new Linter(policy);
  const all = policy.rules.length;
  for (let index = 0; index < all; index++) {
    if (index % PROGRESS_STEP === 0) options.onProgress?.(index, all);
    linter.look(index);
  }
  linter.lookAtEntries();
  return { findings: linter.findings, undecided: linter.undecided };
}

/** A rule that grants what a later one denies, and a request of which that is true. */
interface GrantBefore {
  readonly grant: number;
  readonly example: EvaluationRequest;
}

/** The grants before a deny. */
interface GrantsBefore {
  /** They grant nothing but what the deny would deny. */
  readonly exceptions: GrantBefore[];
  readonly others: GrantBefore[];
  /** Whether there are no more. */
  readonly isWhole: boolean;
}

/** Looks at the rules of one policy. */
class Linter {
  readonly findings: LintFinding[] = [];
  readonly undecided: RuleReference[] = [];
  readonly #rules: readonly Rule[];
  readonly #policy: Policy;
  readonly #reach: RuleReach;
  readonly #lifts: LiftReach;
  readonly #grants: OverlapFiles;
  #tried = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#rules = policy.rules;
    this.#reach = new RuleReach(policy);
    this.#lifts = new LiftReach(policy, this.#reach);
    this.#grants = new OverlapFiles(policy.rules, canGrant);
  }

  look(index: number): void {
    const rule = this.#rules[index]!;
    const reach = this.#reach.reach(index);
    if (reach.kind === "unknown") this.#addUndecided(index);
    if (reach.kind === "decides nothing") this.#addUnreachable(index, reach.by);
    for (const remark of remarksOn(rule)) {
      // What never decides grants nothing to anybody.
      if (reach.kind === "decides nothing" && remark.level !== "error") continue;
      this.#add(index, remark);
    }
    if (rule.effect === "deny" && reach.kind === "decides") this.#lookForGrants(index);
    if (rule.effect === "require_approval" && reach.kind === "decides") this.#lookForWayOut(index);
    this.#lookAtSettings(index, reach);
  }

  /** The entries of the other sections. */
  lookAtEntries(): void {
    const { findings, undecided } = lintEntries(this.#policy, this.#lifts);
    this.findings.push(...findings);
    this.undecided.push(...undecided);
  }

  #addUndecided(index: number): void {
    if (this.undecided.at(-1)?.index !== index) this.undecided.push(this.#refer(index));
  }

  #addUnreachable(index: number, by: readonly number[]): void {
    const rule = this.#rules[index]!;
    const isSame = by.every((other) => decideAlike(this.#rules[other]!, rule));
    const level: LintLevel = isSame ? "warning" : "error";
    const others = this.#name(by);
    const twin = by.length === 1 && isDuplicate(this.#rules[by[0]!]!, rule);
    this.#add(index, {
      code: twin ? "duplicate-rule" : "unreachable-rule",
      level,
      key: null,
      message: twin
        ? `it never decides: ${others} has the same conditions and says ` +
          (isSame ? "the same" : this.#rules[by[0]!]!.effect)
        : `it never decides: ${others} ${coverVerb(by)} all that it matches` +
          (isSame ? ", to the same end" : ""),
    }, by);
  }

  /**
   * Grants that take something away from a deny. One for a part of what is denied is an exception,
   * as policies are written; and a deny of everything is there for the rest.
   */
  #lookForGrants(index: number): void {
    if (Object.keys(this.#rules[index]!.conditions).length === 0) return;
    const found = this.#grantsBefore(index);
    if (!found.isWhole) this.#addUndecided(index);
    const [first] = [...found.others, ...found.exceptions];
    if (first === undefined) return;
    const grants = [...found.others, ...found.exceptions].map(({ grant }) => grant);
    const verb = grants.length === 1 ? "decides" : "decide";
    this.#add(index, {
      code: "deny-after-allow",
      level: found.others.length > 0 ? "warning" : "note",
      key: null,
      message: `it denies less than it says: ${this.#name(grants)} ${verb} first, for example ` +
        `on ${describeRequest(first.example)}`,
    }, grants);
  }

  /** The rules that grant a part of what the deny at `index` matches. */
  #grantsBefore(index: number): GrantsBefore {
    const found: GrantsBefore = { exceptions: [], others: [], isWhole: true };
    let tried = 0;
    for (const grant of this.#grants.near(this.#rules[index]!.conditions)) {
      if (grant >= index) break;
      if (++tried > MAX_TRIED || ++this.#tried > MAX_TRIED_IN_ALL) {
        return { ...found, isWhole: false };
      }
      const mode = requiresServer(this.#rules[grant]!) ? "server" : null;
      const reach = this.#reach.reachWithin(grant, { other: index, mode });
      if (reach.kind !== "decides") continue;
      const { example } = reach;
      const list = this.#reach.isWithin(grant, index) ? found.exceptions : found.others;
      list.push({ grant, example });
    }
    return found;
  }

  #lookForWayOut(index: number): void {
    const isLiftable = this.#lifts.canBeLifted(index);
    if (isLiftable === "unknown") this.#addUndecided(index);
    if (isLiftable !== false) return;
    this.#add(index, {
      code: "dead-end",
      level: "warning",
      key: null,
      message:
        "it refuses whatever it matches: nobody can approve it under approvals, and nobody " +
        "can lift it under break_glass",
    });
  }

  /** Settings for sessions and servers, where no server is ever granted anything. */
  #lookAtSettings(index: number, reach: Reach): void {
    const rule = this.#rules[index]!;
    if (rule.sessionTable === null && rule.maxServerDurationSeconds === null) return;
    const why = this.#whyNoServer(index, reach);
    if (why === null) return;
    if (rule.sessionTable !== null) {
      const message = `it is never used: ${why}`;
      this.#add(index, {
        code: "unused-session-table",
        level: "warning",
        key: "session_table",
        message,
      });
    }
    if (rule.maxServerDurationSeconds !== null) {
      const message = `it caps nothing: ${why}`;
      this.#add(index, {
        code: "unused-server-duration",
        level: "warning",
        key: "max_server_duration",
        message,
      });
    }
  }

  #whyNoServer(index: number, reach: Reach): string | null {
    const { effect, conditions } = this.#rules[index]!;
    if (effect === "deny") return "the rule denies";
    const { mode = [] } = conditions;
    if (mode.length > 0 && !mode.includes("server")) {
      return `the rule is for ${mode.join(" and ")}, and only the server keeps sessions`;
    }
    if (reach.kind === "unknown") return null;
    if (reach.kind === "decides" && reach.example.mode === "server") return null;
    if (reach.kind === "decides nothing") return "the rule never decides";
    const onServer = this.#reach.reachInMode(index, "server");
    if (onServer.kind !== "decides nothing") return null;
    const { by } = onServer;
    return `in server mode ${this.#name(by)} ${coverVerb(by)} all that the rule matches`;
  }

  #add(index: number, remark: RuleRemark, others: readonly number[] = []): void {
    this.findings.push({
      code: remark.code,
      level: remark.level,
      rule: this.#refer(index),
      key: remark.key,
      others: others.slice(0, MAX_OTHERS).map((other) => this.#refer(other)),
      message: remark.message,
    });
  }

  #refer(index: number): RuleReference {
    return { section: "rules", index, name: this.#rules[index]!.name };
  }

  #name(indexes: readonly number[]): string {
    return nameAll(indexes.map((index) => this.#rules[index]!.name), ["rule", "rules"]);
  }
}

/** Not "decides": of what they cover, rules before them may decide a part. */
function coverVerb(rules: readonly number[]): string {
  return rules.length === 1 ? "covers" : "together cover";
}
