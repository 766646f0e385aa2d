/**
 * Changing a record that others change: the loser of a race learns what happened, and nobody decides
 * on what they were not shown.
 *
 * @module
 */
import { changeRecord } from "../../src/cli/record_change.ts";
import { SentinelError } from "../../src/errors.ts";
import type { Transition } from "../../src/state/request_transition.ts";
import type { ReplaceResult } from "../../src/store/override_store.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";

interface Sample {
  readonly text: string;
  readonly votes: number;
}

/** Changes a record while `others` do, one before each attempt. */
function change(others: readonly (Sample | null)[]) {
  let attempts = 0;
  let stored: Sample | null = { text: "a", votes: 0 };
  const result = changeRecord<Sample>({ text: "a", votes: 0 }, {
    action: "vote",
    seeAlso: "sentinel check",
    shown: ({ text }) => text,
    change: (record): Transition<Sample> =>
      record.votes < 2
        ? { kind: "changed", record: { ...record, votes: record.votes + 1 } }
        : { kind: "refused", code: "decided", reason: "it is decided" },
    replace(from, to): Promise<ReplaceResult<Sample>> {
      if (attempts < others.length) stored = others[attempts]!;
      attempts++;
      if (stored === null) return Promise.resolve({ outcome: "missing" });
      if (stored.votes !== from.votes) {
        return Promise.resolve({ outcome: "conflict", record: stored });
      }
      stored = to;
      return Promise.resolve({ outcome: "applied", record: to });
    },
  });
  return result;
}

Deno.test("a change that meets another goes on from there", async () => {
  assertEquals(await change([]), { text: "a", votes: 1 });
  assertEquals(await change([{ text: "a", votes: 1 }]), { text: "a", votes: 2 });
});

Deno.test("whoever comes second is told what happened instead", async () => {
  const error = await assertRejects(() => change([{ text: "a", votes: 2 }]), SentinelError);
  assertEquals([error.code, error.exitStatus], ["OVERRIDE_REFUSED", 77]);
  assertEquals(error.message, "Cannot vote: somebody was faster: it is decided");
  assertStringIncludes(error.suggestion, "sentinel check");
});

Deno.test("a record that was rewritten since it was shown is not decided on", async () => {
  const error = await assertRejects(() => change([{ text: "b", votes: 1 }]), SentinelError);
  assertStringIncludes(error.message, "somebody has rewritten it");
});

Deno.test("a record that is gone, or never stands still, is given up", async () => {
  assertStringIncludes(
    (await assertRejects(() => change([null]), SentinelError)).message,
    "gone from the table",
  );
  const restless = Array.from({ length: 40 }, (_, turn) => ({ text: "a", votes: 1 - turn % 2 }));
  assertStringIncludes(
    (await assertRejects(() => change(restless), SentinelError)).message,
    "keep changing it",
  );
});
