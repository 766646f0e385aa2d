/**
 * Several people decide on one request in the same instant, several break the glass at once: from
 * this process, over handles of their own, and from other processes.
 *
 * @module
 */
import type { Invocation } from "../../src/state/break_glass_event.ts";
import type { BreakGlassStore, RequestStore } from "../../src/store/override_store.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type Contender, startProcess } from "./contenders.ts";
import { type Act, actOn, invokeWithin, type RaceReport, type RaceTask } from "./override_races.ts";
import { sampleRequest } from "./override_samples.ts";
import { OVERRIDE_SETUPS, type OverrideSubject } from "./override_subject.ts";
import { idOf } from "./session_samples.ts";

const approve = (user: string, required = 1): Act => ({ act: "approve", user, required });
const deny = (user: string): Act => ({ act: "deny", user, required: 1 });
const CANCEL: Act = { act: "cancel", user: "alice", required: 1 };

/** Acts that meet, how many of them may apply, and the statuses that may come of it. */
const MEETINGS: Readonly<
  Record<string, { readonly acts: readonly Act[]; readonly applied: number; readonly ends: RegExp }>
> = {
  "two approvers, of whom one is needed": {
    acts: [approve("bob"), approve("carol")],
    applied: 1,
    ends: /^approved$/,
  },
  "two approvers, of whom both are needed": {
    acts: [approve("bob", 2), approve("carol", 2)],
    applied: 2,
    ends: /^approved$/,
  },
  "one approves, one denies": {
    acts: [approve("bob"), deny("carol")],
    applied: 1,
    ends: /^(approved|denied)$/,
  },
  "an approver and the requester, who cancels": {
    acts: [approve("bob"), CANCEL],
    applied: 1,
    ends: /^(approved|cancelled)$/,
  },
  "the last of two approvers and the requester, who cancels": {
    acts: [approve("bob", 2), approve("carol", 2), CANCEL],
    applied: -1,
    ends: /^(approved|cancelled)$/,
  },
};

/** That the request tells what was done, all of it and nothing else. */
async function assertOneTruth(
  store: RequestStore,
  id: string,
  done: readonly Act[],
  ends: RegExp,
): Promise<void> {
  const request = (await store.get(id))!;
  assert(ends.test(request.status), request.status);
  const decisions = request.decisions.map(({ kind, by }) => `${kind} ${by.user}`);
  const told = done.filter(({ act }) => act !== "cancel").map(({ act, user }) => `${act} ${user}`);
  assertEquals(decisions.toSorted(), told.toSorted());
  assertEquals(request.status === "cancelled", done.some(({ act }) => act === "cancel"));
  const last = request.decisions.at(-1);
  assertEquals(request.approvedAt, request.status === "approved" ? last!.at : null);
}

async function startContenders(tasks: readonly RaceTask[]): Promise<Contender<RaceReport>[]> {
  const script = new URL("./override_contender.ts", import.meta.url);
  return await Promise.all(tasks.map((task) => startProcess<RaceReport>(script, task)));
}

async function race(tasks: readonly RaceTask[]): Promise<readonly RaceReport[]> {
  const contenders = await startContenders(tasks);
  try {
    for (const contender of contenders) contender.go();
    return await Promise.all(contenders.map((contender) => contender.report()));
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]();
  }
}

/** Requests on which the same contenders meet. */
const ROUNDS = 8;

function ids(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, number) => idOf(from + number));
}

async function invocationsOf(store: BreakGlassStore): Promise<readonly Invocation[]> {
  let found: readonly Invocation[] = [];
  await store.countInvocation(
    { id: idOf(0xffff), user: "nobody", profile: "p", account: "123456789012", at: 0 },
    (earlier) => {
      found = earlier;
      return "only looking";
    },
  );
  return found;
}

for (const { where, requests, breakGlass } of OVERRIDE_SETUPS) {
  for (const [name, { acts, applied, ends }] of Object.entries(MEETINGS)) {
    Deno.test(`${where}: ${name}: one truth`, async () => {
      await using subject = await requests();
      await using store = await subject.open();
      await using other = await subject.open();
      for (const id of ids(ROUNDS)) {
        await store.create(sampleRequest({ id }));
        const outcomes = await Promise.all(
          acts.map((act, number) => actOn(number % 2 === 0 ? store : other, id, act)),
        );
        const done = acts.filter((_, number) => outcomes[number] === "applied");
        if (applied >= 0) assertEquals(done.length, applied);
        await assertOneTruth(store, id, done, ends);
      }
    });
  }

  Deno.test(`${where}: four processes decide on the same requests: one truth each`, async () => {
    await using subject = await requests();
    await using store = await subject.open();
    const all = ids(25);
    for (const id of all) await store.create(sampleRequest({ id }));
    const acts = [approve("bob", 2), approve("carol", 2), deny("dave"), CANCEL];
    const reports = await race(
      acts.map((act) => ({ ...place(subject), kind: "decide", ids: all, ...act })),
    );
    for (const id of all) {
      const done = acts.filter((_, number) => reports[number]!.applied.includes(id));
      await assertOneTruth(store, id, done, /^(approved|denied|cancelled)$/);
    }
  });

  Deno.test(`${where}: of 50 invocations at once exactly as many pass as may`, async () => {
    await using subject = await breakGlass();
    const stores = await Promise.all([subject.open(), subject.open(), subject.open()]);
    const answers = await Promise.all(
      ids(50).map((id, number) => invokeWithin(stores[number % 3]!, id, 7)),
    );
    const passed = ids(50).filter((_, number) => answers[number] === null);
    assertEquals(passed.length, 7);
    const history = await invocationsOf(stores[0]!);
    assertEquals(history.map(({ id }) => id).toSorted(), passed.toSorted());
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  Deno.test(`${where}: 30 invocations at once without a limit are all counted`, async () => {
    await using subject = await breakGlass();
    const stores = await Promise.all([subject.open(), subject.open(), subject.open()]);
    await Promise.all(ids(30).map((id, number) => invokeWithin(stores[number % 3]!, id, Infinity)));
    const history = await invocationsOf(stores[0]!);
    assertEquals(history.map(({ id }) => id).toSorted(), ids(30));
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  Deno.test(`${where}: of the invocations of four processes exactly as many pass as may`, async () => {
    await using subject = await breakGlass();
    await using store = await subject.open();
    const reports = await race([0, 1, 2, 3].map((number) => ({
      ...place(subject),
      kind: "invoke",
      ids: ids(13, 100 * number),
      limit: 20,
    })));
    const passed = reports.flatMap((report) => report.applied);
    assertEquals(passed.length, 20);
    const history = await invocationsOf(store);
    assertEquals(history.map(({ id }) => id).toSorted(), passed.toSorted());
  });
}

function place<T>({ table, endpoint }: OverrideSubject<T>) {
  return { table, endpoint };
}
