/**
 * What the contracts of all stores assert alike: codes of faults, and listings that may lag.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertRejects, equal } from "../support/assert.ts";

interface Identified {
  readonly id: string;
}

/** The ids of a listing, in its order. */
export async function ids(records: AsyncIterable<Identified>): Promise<string[]> {
  return (await Array.fromAsync(records)).map(({ id }) => id);
}

/** Indexes may lag: waits until the listing is as expected, then asserts it. */
export async function assertListed(
  list: () => AsyncIterable<Identified>,
  expected: readonly string[],
): Promise<void> {
  let actual: string[] = [];
  for (let attempt = 0; attempt < 20; attempt++) {
    actual = await ids(list());
    if (equal(actual, expected)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assertEquals(actual, expected);
}

/** Asserts that `body` rejects with the code; returns the error. */
export async function assertCode(
  code: string,
  body: () => Promise<unknown>,
): Promise<SentinelError> {
  const error = await assertRejects(body, SentinelError);
  assertEquals(error.code, code, error.message);
  return error;
}
