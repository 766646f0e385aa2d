/**
 * Steps that wait only where something has to be waited for: written like an async function, done
 * at once when everything is at hand. A busy server answers at once, which halves what an answer
 * costs.
 *
 * @module
 */

/** A function of steps; `yield*` {@linkcode when} in it stands for `await`. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** The value, waited for if it is a promise. */
export function* when<T>(value: T | Promise<T>): Steps<T> {
  return value instanceof Promise ? (yield value) as T : value;
}

/** Runs `steps`: gives its value, or a promise from the first step on that has to wait. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : runOn(steps, first.value);
}

async function runOn<T>(steps: Steps<T>, waiting: Promise<unknown>): Promise<T> {
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      const value = await waiting;
      step = steps.next(value);
    } catch (thrown) {
      // Thrown by what was waited for; what the steps throw themselves has ended them already.
      step = steps.throw(thrown);
    }
    if (step.done === true) return step.value;
    waiting = step.value;
  }
}
