/**
 * Assertions for tests: small, and loud about what differs.
 *
 * @module
 */

/** A failed assertion. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Fails with `message`. */
export function fail(message = "failed"): never {
  throw new AssertionError(message);
}

/** Fails unless `condition` is truthy. */
export function assert(condition: unknown, message = "expected a truthy value"): asserts condition {
  if (!condition) fail(message);
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 20, sorted: true, strAbbreviateSize: 100_000 });
}

/** Deep equality: same type, same own enumerable keys, same contents; `Object.is` for primitives. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) {
    const plain = (value: object) =>
      [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
    if (!plain(a) || !plain(b)) return false;
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && b instanceof Error) return a.message === b.message;
  if (a instanceof Set && b instanceof Set) return equal([...a], [...b]);
  if (a instanceof Map && b instanceof Map) return equal([...a], [...b]);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keysA = Object.keys(a).sort();
  const keysB = Object.keys(b).sort();
  return keysA.length === keysB.length &&
    keysA.every((key, index) =>
      key === keysB[index] &&
      equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message = ""): void {
  if (equal(actual, expected)) return;
  fail(
    `${message ? `${message}: ` : ""}values differ\n actual: ${show(actual)}\nexpected: ${
      show(expected)
    }`,
  );
}

/** Fails if both are deeply equal. */
export function assertNotEquals(actual: unknown, expected: unknown, message = ""): void {
  if (equal(actual, expected)) fail(`${message ? `${message}: ` : ""}both are ${show(actual)}`);
}

/** Fails unless `text` contains `part`. */
export function assertStringIncludes(text: string, part: string, message = ""): void {
  if (!text.includes(part)) {
    fail(`${message ? `${message}: ` : ""}${show(text)} does not contain ${show(part)}`);
  }
}

/** Fails unless `text` matches `pattern`. */
export function assertMatch(text: string, pattern: RegExp, message = ""): void {
  if (!pattern.test(text)) {
    fail(`${message ? `${message}: ` : ""}${show(text)} does not match ${pattern}`);
  }
}

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function checkThrown<E extends Error>(thrown: unknown, type?: ErrorClass<E>, part?: string): E {
  if (type !== undefined && !(thrown instanceof type)) {
    fail(`expected ${type.name}, but this was thrown: ${show(thrown)}`);
  }
  if (part !== undefined) assertStringIncludes((thrown as Error).message, part);
  return thrown as E;
}

/** Runs `body`, which must throw; returns what it threw. */
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  type?: ErrorClass<E>,
  messagePart?: string,
): E {
  let returned: unknown;
  try {
    returned = body();
  } catch (thrown) {
    return checkThrown(thrown, type, messagePart);
  }
  fail(`nothing was thrown; returned ${show(returned)}`);
}

/** Awaits `body`, which must reject; returns what it rejected with. */
export async function assertRejects<E extends Error = Error>(
  body: () => Promise<unknown>,
  type?: ErrorClass<E>,
  messagePart?: string,
): Promise<E> {
  let returned: unknown;
  try {
    returned = await body();
  } catch (thrown) {
    return checkThrown(thrown, type, messagePart);
  }
  fail(`nothing was thrown; resolved to ${show(returned)}`);
}
