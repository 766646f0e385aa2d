/**
 * A list of people in a policy: policy usernames, and patterns of the ARN of their credentials.
 * Rules, approvers and break-glass all mean the same people by the same words.
 *
 * @module
 */
import { compilePatterns, matchesKnown, NameList, type PatternList } from "./pattern.ts";

/** What begins an item that is matched against the caller's ARN, not the username. */
export const ARN_PREFIX = "arn:";

/** Whoever asks, as far as it is known. */
export interface Caller {
  /** Policy username. */
  readonly user: string;
  /** ARN of the base credentials. */
  readonly arn?: string | null;
}

/** A list of people, ready to be asked. */
export class CallerList {
  readonly #names: NameList | null;
  readonly #arns: PatternList | null;

  /** Compiles `items`; an empty list holds nobody. */
  constructor(items: readonly string[]) {
    const names = items.filter((item) => !item.startsWith(ARN_PREFIX));
    this.#names = names.length === 0 ? null : new NameList(names);
    this.#arns = compilePatterns(items.filter((item) => item.startsWith(ARN_PREFIX)));
  }

  /** Whether somebody may be in the list by their ARN: then the name alone does not tell. */
  get hasArns(): boolean {
    return this.#arns !== null;
  }

  /** Whether a person of this name is in the list, or may be by their ARN. */
  mayInclude(user: string): boolean {
    return this.#arns !== null || this.#names !== null && this.#names.matches(user);
  }

  /** Whether the caller is in the list: names and ARNs are alternatives. */
  includes({ user, arn }: Caller): boolean {
    return this.#arns !== null && matchesKnown(this.#arns, arn) ||
      this.#names !== null && this.#names.matches(user);
  }
}
