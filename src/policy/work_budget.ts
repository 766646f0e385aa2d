/**
 * How much may be done for one question and for all of them together. Some questions about patterns
 * have answers that no time would be enough for: those are given up, never guessed.
 *
 * @module
 */

/** A question would have taken more than it may: it remains open. */
export class WorkExhausted extends Error {
  override readonly name = "WorkExhausted";
}

/** What a budget allows, in steps of some 50 to 100 ns. */
export interface WorkLimits {
  /** For one question. */
  readonly perQuestion: number;
  /** For all of them. */
  readonly inAll: number;
}

/** What may still be done. */
export class WorkBudget {
  readonly #limits: WorkLimits;
  #question: number;
  #all: number;

  /** A budget of which nothing is spent. */
  constructor(limits: WorkLimits) {
    this.#limits = limits;
    this.#question = limits.perQuestion;
    this.#all = limits.inAll;
  }

  /** Begins a new question. */
  begin(): void {
    this.#question = this.#limits.perQuestion;
  }

  /** Takes `steps` away before they are done. Throws {@linkcode WorkExhausted}. */
  spend(steps: number): void {
    this.#question -= steps;
    this.#all -= steps;
    if (this.#question < 0 || this.#all < 0) throw new WorkExhausted();
  }
}
