/**
 * Sets of requests as rules cut them out: everything a request may be, one dimension after the
 * other. Subtracting one rule from another leaves disjoint regions, each with a request in it.
 *
 * @module
 */
import { ARN_PREFIX } from "./caller_list.ts";
import { findMoment, type MomentQuery, type MomentSearch } from "./moment_search.ts";
import {
  type Conditions,
  CREDENTIAL_MODES,
  type CredentialMode,
  type EvaluationRequest,
  type TimeCondition,
} from "./policy.ts";
import { TextCondition, TextSet } from "./text_set.ts";

/** Attributes of a request that conditions compare as text. */
const TEXTS = ["profile", "user", "arn", "role", "account"] as const;
type TextAttribute = typeof TEXTS[number];

/** When nothing is said of the time, an example is of this one. */
const SOME_MOMENT = Date.UTC(2026, 0, 5, 12);

/**
 * Conditions of which all must hold. A rule comes to two of them where its users are names and
 * ARNs: these are alternatives, and a region knows none.
 */
export interface Box {
  readonly texts: Readonly<Record<TextAttribute, TextCondition | null>>;
  /** Absent: every mode. */
  readonly mode: readonly CredentialMode[] | null;
  readonly time: TimeCondition | null;
}

/** The boxes of a rule with these conditions: it matches what one of them holds. */
export function boxesOf(conditions: Conditions): readonly Box[] {
  const { profiles, users = [], roles, accounts, mode = [], time } = conditions;
  const shared = {
    profile: conditionOn(profiles, "text"),
    role: conditionOn(roles, "text"),
    account: conditionOn(accounts, "text"),
  };
  const names = conditionOn(users.filter((item) => !item.startsWith(ARN_PREFIX)), "name");
  const arns = conditionOn(users.filter((item) => item.startsWith(ARN_PREFIX)), "text");
  const callers = names === null || arns === null
    ? [{ user: names, arn: arns }]
    : [{ user: names, arn: null }, { user: null, arn: arns }];
  return callers.map((caller): Box => ({
    texts: { ...shared, ...caller },
    mode: mode.length === 0 ? null : mode,
    time: time ?? null,
  }));
}

function conditionOn(
  patterns: readonly string[] | undefined,
  kind: "text" | "name",
): TextCondition | null {
  return patterns === undefined || patterns.length === 0 ? null : new TextCondition(patterns, kind);
}

/** Requests that differ from each other in nothing but what stands in these sets. Never empty. */
export class Region {
  readonly #texts: Readonly<Record<TextAttribute, TextSet>>;
  readonly #modes: readonly CredentialMode[];
  readonly #time: MomentSet;

  private constructor(
    texts: Readonly<Record<TextAttribute, TextSet>>,
    modes: readonly CredentialMode[],
    time: MomentSet,
  ) {
    this.#texts = texts;
    this.#modes = modes;
    this.#time = time;
  }

  /** Every request there is. */
  static everything(search: MomentSearch): Region {
    const { budget } = search;
    const optional = TextSet.all("text", { canLack: true, budget });
    return new Region(
      {
        profile: TextSet.all("text", { canLack: false, budget }),
        user: TextSet.all("name", { canLack: false, budget }),
        arn: optional,
        role: optional,
        account: optional,
      },
      CREDENTIAL_MODES,
      MomentSet.all(search),
    );
  }

  /** A request of the region. */
  get example(): EvaluationRequest {
    return {
      profile: this.#texts.profile.member!,
      user: this.#texts.user.member!,
      arn: this.#texts.arn.member,
      role: this.#texts.role.member,
      account: this.#texts.account.member,
      mode: this.#modes[0]!,
      time: new Date(this.#time.member),
    };
  }

  /** The part of the region in `box`, or `null` when there is none. */
  inside(box: Box): Region | null {
    return this.#cut(box).inside;
  }

  /** Disjoint regions that are together what of this one is not in `box`. */
  outside(box: Box): readonly Region[] {
    const { inside, outside } = this.#cut(box);
    return inside === null ? [this] : outside;
  }

  /** The part of the region that is asked for in `mode`, or `null`. */
  inMode(mode: CredentialMode): Region | null {
    return this.#modes.includes(mode) ? new Region(this.#texts, [mode], this.#time) : null;
  }

  /** Cuts along one dimension after the other: off goes what is outside, the rest is cut on. */
  #cut(box: Box): { readonly inside: Region | null; readonly outside: readonly Region[] } {
    const outside: Region[] = [];
    let texts = this.#texts;
    for (const name of TEXTS) {
      const condition = box.texts[name];
      if (condition === null) continue;
      const rest = texts[name].outside(condition);
      if (!rest.isEmpty) {
        outside.push(new Region({ ...texts, [name]: rest }, this.#modes, this.#time));
      }
      const kept = texts[name].inside(condition);
      if (kept.isEmpty) return { inside: null, outside };
      texts = { ...texts, [name]: kept };
    }
    const modes = this.#modes.filter((mode) => box.mode?.includes(mode) ?? true);
    const others = this.#modes.filter((mode) => !modes.includes(mode));
    if (others.length > 0) outside.push(new Region(texts, others, this.#time));
    if (modes.length === 0) return { inside: null, outside };
    if (box.time === null) return { inside: new Region(texts, modes, this.#time), outside };
    const later = this.#time.outside(box.time);
    if (later !== null) outside.push(new Region(texts, modes, later));
    const time = this.#time.inside(box.time);
    return { inside: time === null ? null : new Region(texts, modes, time), outside };
  }
}

/** Moments in all of some windows and in none of others. Never empty. */
class MomentSet {
  readonly #search: MomentSearch;
  readonly #within: readonly TimeCondition[];
  readonly #without: readonly TimeCondition[];
  /** One of them, in ms. */
  readonly member: number;

  private constructor(
    search: MomentSearch,
    query: MomentQuery,
    member: number,
  ) {
    this.#search = search;
    this.#within = query.within;
    this.#without = query.without;
    this.member = member;
  }

  static all(search: MomentSearch): MomentSet {
    return new MomentSet(search, { within: [], without: [] }, SOME_MOMENT);
  }

  inside(window: TimeCondition): MomentSet | null {
    return this.#narrow({ within: [...this.#within, window], without: this.#without });
  }

  outside(window: TimeCondition): MomentSet | null {
    return this.#narrow({ within: this.#within, without: [...this.#without, window] });
  }

  #narrow(query: MomentQuery): MomentSet | null {
    const member = findMoment(query, this.#search);
    return member === null ? null : new MomentSet(this.#search, query, member);
  }
}
