/**
 * The space of all requests, cut along what the conditions of rules can tell apart: for each
 * dimension finitely many choices that stand for all there are. Whether a condition holds is
 * always asked of the rules' own evaluator.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { findAtoms } from "./atoms.ts";
import { ARN_PREFIX } from "./caller_list.ts";
import { CompiledRule } from "./compiled_rule.ts";
import { PatternIndex } from "./pattern_index.ts";
import {
  type Conditions,
  CREDENTIAL_MODES,
  type EvaluationRequest,
  type Rule,
  type TimeCondition,
} from "./policy.ts";
import { findTimeAtoms, type TimeSpan } from "./time_atoms.ts";
import type { ZoneClock } from "./time_window.ts";

/** What requests differ in. The caller is username and ARN together: `users` looks at both. */
export const DIMENSIONS = ["profile", "caller", "role", "account", "mode", "time"] as const;
/** One of {@linkcode DIMENSIONS}. */
export type Dimension = typeof DIMENSIONS[number];

/** The attributes of a request in one dimension. */
export type Choice = Partial<EvaluationRequest>;

/** Choices that stand for all in one dimension. */
export interface Choices {
  readonly choices: readonly Choice[];
  /** Whether there is one of every kind. */
  readonly isComplete: boolean;
}

/** A request where no condition cares, in every dimension. */
export function indifferentRequest(span: TimeSpan): EvaluationRequest {
  return {
    user: "anyone",
    profile: "default",
    mode: "server",
    time: new Date(span.from),
    sessionTableName: null,
    role: null,
    // As good as an account, or an ARN, that no rule names.
    account: null,
    arn: null,
  };
}

/** What a rule demands in one dimension; rules that demand the same share one. */
export interface Demand {
  readonly id: number;
  readonly conditions: Conditions;
  /** Whether `request` meets it. */
  isMet(request: EvaluationRequest): boolean;
}

/** A rule whose conditions alone are asked. */
const SOME_RULE: Omit<Rule, "conditions"> = {
  name: "",
  effect: "allow",
  sessionTable: null,
  maxServerDurationSeconds: null,
  reason: null,
};

/** The demands of rules, each kept once. */
export class Demands {
  readonly #byText = new Map<string, Demand>();
  readonly #clocks = new Map<string, ZoneClock>();

  /** What `all` of a rule's conditions demand in `dimension`; `null`: it takes anything. */
  of(all: Conditions, dimension: Dimension): Demand | null {
    const conditions = conditionsIn(all, dimension);
    if (conditions === null) return null;
    const text = JSON.stringify(conditions);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    // Compiled when it is first asked: of a large policy most never are.
    let alone: CompiledRule | null = null;
    const compile = () =>
      new CompiledRule({ ...SOME_RULE, conditions }, { ruleIndex: 0, clocks: this.#clocks });
    const demand: Demand = {
      id: this.#byText.size,
      conditions,
      isMet: (request) => (alone ??= compile()).matches(request),
    };
    this.#byText.set(text, demand);
    return demand;
  }
}

function conditionsIn(conditions: Conditions, dimension: Dimension): Conditions | null {
  const { profiles, users, roles, accounts, mode, time } = conditions;
  switch (dimension) {
    case "profile":
      return profiles === undefined ? null : { profiles };
    case "caller":
      return users === undefined ? null : { users };
    case "role":
      return roles === undefined ? null : { roles };
    case "account":
      return accounts === undefined ? null : { accounts };
    case "mode":
      return mode === undefined ? null : { mode };
    case "time":
      return time === undefined ? null : { time };
    default:
      return assertNever(dimension);
  }
}

/** Choices of `dimension` that stand for all, as far as `demands` can tell. */
export function choicesIn(
  dimension: Dimension,
  { demands, span }: { readonly demands: readonly Demand[]; readonly span: TimeSpan },
): Choices {
  const values = (of: (conditions: Conditions) => readonly string[] | undefined) => [
    ...new Set(demands.flatMap(({ conditions }) => of(conditions) ?? [])),
  ];
  switch (dimension) {
    case "profile": {
      const { witnesses, isComplete } = findAtoms(values(({ profiles }) => profiles));
      return { choices: witnesses.map((profile) => ({ profile })), isComplete };
    }
    case "caller":
      return callers(values(({ users }) => users));
    case "role": {
      const { witnesses, isComplete } = findAtoms(values(({ roles }) => roles), {
        within: `${ARN_PREFIX}*`,
      });
      return { choices: [null, ...witnesses].map((role) => ({ role })), isComplete };
    }
    case "account": {
      const accounts = values(({ accounts }) => accounts);
      return {
        choices: [...accounts, otherAccount(accounts)].map((account) => ({ account })),
        isComplete: true,
      };
    }
    case "mode":
      return { choices: CREDENTIAL_MODES.map((mode) => ({ mode })), isComplete: true };
    case "time": {
      const windows = demands.flatMap(({ conditions }) => conditions.time ?? []);
      const { moments, isComplete } = findTimeAtoms(windows satisfies TimeCondition[], span);
      return { choices: moments.map((moment) => ({ time: new Date(moment) })), isComplete };
    }
    default:
      return assertNever(dimension);
  }
}

/** Callers that stand for all, by `items`: a username and an ARN are told apart independently. */
export function callers(items: readonly string[]): Choices {
  const names = items.filter((item) => !item.startsWith(ARN_PREFIX));
  const arns = items.filter((item) => item.startsWith(ARN_PREFIX));
  // Names with a slash are matched by other rules than those without.
  const users = findAtoms(names.length === 0 ? [] : [...names, "*/*"]);
  if (arns.length === 0) {
    return { choices: users.witnesses.map((user) => ({ user })), ...users };
  }
  const callers = findAtoms(arns, { within: `${ARN_PREFIX}*` });
  return {
    // A caller without an ARN is one that no item names, also where one names all ARNs.
    choices: users.witnesses.flatMap((user) =>
      [null, ...callers.witnesses].map((arn) => ({ user, arn }))
    ),
    isComplete: users.isComplete && callers.isComplete,
  };
}

/** An account that is none of `accounts`. */
function otherAccount(accounts: readonly string[]): string {
  const taken = new Set(accounts);
  for (let number = 0;; number++) {
    const account = String(number).padStart(12, "0");
    if (!taken.has(account)) return account;
  }
}

/** How many demands are asked one by one rather than found by their patterns. */
const FEW = 16;

/** Finds those among many demands of one dimension that a request meets. */
export class DemandFinder {
  readonly #demands: readonly Demand[];
  readonly #index: PatternIndex<Demand[]> | null;

  constructor(demands: readonly Demand[]) {
    this.#demands = demands;
    const isText = demands.every(({ conditions }) => conditions.time === undefined);
    this.#index = isText && demands.length > FEW ? new PatternIndex(() => []) : null;
    if (this.#index === null) return;
    for (const demand of demands) {
      for (const pattern of patternsOf(demand.conditions)) this.#index.at(pattern).push(demand);
    }
  }

  /** The ids of the demands that `request` meets, given what it was changed by. */
  met(request: EvaluationRequest, choice: Choice): ReadonlySet<number> {
    const met = new Set<number>();
    for (const demand of this.#candidates(choice)) {
      if (!met.has(demand.id) && demand.isMet(request)) met.add(demand.id);
    }
    return met;
  }

  #candidates(choice: Choice): readonly Demand[] {
    if (this.#index === null) return this.#demands;
    const found: Demand[][] = [];
    const { profile, user, arn, role, account, mode } = choice;
    for (const text of [profile, user, arn, role, account, mode]) {
      if (typeof text === "string") this.#index.find(text, found);
    }
    return found.flat();
  }
}

function patternsOf({ profiles, users, roles, accounts, mode }: Conditions): readonly string[] {
  return profiles ?? users ?? roles ?? accounts ?? mode ?? [];
}
