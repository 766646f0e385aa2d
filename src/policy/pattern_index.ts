/**
 * Finds, among things filed by patterns, those whose patterns may match a text, without looking at
 * the others. It proposes and never decides.
 *
 * @module
 */
import { literalPrefix, literalSuffix } from "./pattern.ts";

/** Things filed by the text with which patterns begin, or end. */
class AffixIndex<T> {
  readonly #filed = new Map<string, T>();
  readonly #lengths: number[] = [];
  readonly #isSuffix: boolean;

  constructor(side: "prefix" | "suffix") {
    this.#isSuffix = side === "suffix";
  }

  at(affix: string, create: () => T): T {
    const found = this.#filed.get(affix) ?? create();
    this.#filed.set(affix, found);
    if (!this.#lengths.includes(affix.length)) this.#lengths.push(affix.length);
    return found;
  }

  find(text: string, into: T[]): void {
    for (const length of this.#lengths) {
      const affix = this.#isSuffix ? text.slice(-length) : text.slice(0, length);
      const found = this.#filed.get(affix);
      if (found !== undefined) into.push(found);
    }
  }
}

/**
 * Things filed by patterns: exact texts as they are, `prod-*` by its beginning, `*@example.com` by
 * its end, and what has neither under "any".
 */
export class PatternIndex<T> {
  readonly #create: () => T;
  readonly #exact = new Map<string, T>();
  #prefixes: AffixIndex<T> | null = null;
  #suffixes: AffixIndex<T> | null = null;
  #any: T | null = null;

  /** What is not filed yet is made by `create`. */
  constructor(create: () => T) {
    this.#create = create;
  }

  /** What is filed under `pattern`. */
  at(pattern: string): T {
    if (!pattern.includes("*")) {
      const found = this.#exact.get(pattern) ?? this.#create();
      this.#exact.set(pattern, found);
      return found;
    }
    const prefix = literalPrefix(pattern);
    if (prefix !== "") {
      return (this.#prefixes ??= new AffixIndex("prefix")).at(prefix, this.#create);
    }
    const suffix = literalSuffix(pattern);
    if (suffix !== "") {
      return (this.#suffixes ??= new AffixIndex("suffix")).at(suffix, this.#create);
    }
    return this.#any ??= this.#create();
  }

  /** Adds to `into` all that is filed under patterns that may match `text`. */
  find(text: string, into: T[]): void {
    const exact = this.#exact.get(text);
    if (exact !== undefined) into.push(exact);
    this.#prefixes?.find(text, into);
    this.#suffixes?.find(text, into);
    if (this.#any !== null) into.push(this.#any);
  }
}
