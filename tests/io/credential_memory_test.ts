import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { lifetimeSeconds } from "../../src/gate/lifetime.ts";
import type { CredentialRequest, CredentialSource, Issued } from "../../src/gate/ports.ts";
import { createCredentialMemory, leastLifeMs } from "../../src/io/credential_memory.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { sure } from "../support/sure_source.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const MINUTE = 60_000;
const REQUEST: CredentialRequest = {
  durationSeconds: 900,
  sourceIdentity: "sentinel=alice=direct=00112233445566ff",
};
const DOWN = new SentinelError("AWS_UNAVAILABLE", "STS does not answer");

/** STS as the memory sees it, with a clock of its own that may differ. */
class FakeSts implements CredentialSource {
  calls = 0;
  state: "up" | "down" | "throws" | "hangs" = "up";
  latencyMs = 0;
  skewMs = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  issue(asked: CredentialRequest): Promise<Issued> {
    const durationSeconds = lifetimeSeconds(asked, this.#clock.now());
    if (durationSeconds === null) return Promise.resolve(null);
    const request = { ...asked, durationSeconds };
    this.calls++;
    const number = this.calls;
    if (this.state === "throws") throw DOWN;
    if (this.state === "hangs") return new Promise(() => {});
    const fails = this.state === "down";
    return new Promise((resolve, reject) => {
      const answer = () =>
        fails ? reject(DOWN) : resolve({
          accessKeyId: `ASIA${number}`,
          secretAccessKey: "secret",
          sessionToken: "token",
          expiresAt: this.#clock.now() + this.skewMs + request.durationSeconds * 1000,
          durationSeconds: request.durationSeconds,
          accountId: null,
          roleArn: null,
          sourceIdentity: request.sourceIdentity,
        });
      if (this.latencyMs === 0) answer();
      else this.#clock.after(this.latencyMs, answer);
    });
  }
}

function memoryFixture() {
  const clock = new ManualClock();
  const sts = new FakeSts(clock);
  const memory = sure(createCredentialMemory(sts, clock));
  /** What a request gets, or the code of its fault; `pending` when time must pass first. */
  async function ask(request: CredentialRequest = REQUEST): Promise<string> {
    let outcome = "pending";
    Promise.resolve(memory.issue(request)).then(
      ({ accessKeyId }) => outcome = accessKeyId,
      (error) => outcome = error.code,
    );
    await settle();
    return outcome;
  }
  return { clock, sts, memory, ask };
}

Deno.test("P9: ten thousand requests in a row make one call of STS", async () => {
  const { sts, memory } = memoryFixture();
  for (let i = 0; i < 10_000; i++) {
    const issued = memory.issue(REQUEST);
    assertEquals((issued instanceof Promise ? await issued : issued).accessKeyId, "ASIA1");
  }
  assertEquals(sts.calls, 1);
});

Deno.test("P9: a thousand requests at a time make one call of STS", async () => {
  const { clock, sts, memory } = memoryFixture();
  sts.latencyMs = 200;
  const issued = Array.from({ length: 1000 }, () => memory.issue(REQUEST));
  await clock.advance(200);
  const keys = (await Promise.all(issued)).map(({ accessKeyId }) => accessKeyId);
  assertEquals([...new Set(keys)], ["ASIA1"]);
  assertEquals([sts.calls, clock.timers], [1, 0]);
});

Deno.test("P9: once they are there, credentials come without a promise", async () => {
  const { memory } = memoryFixture();
  await memory.issue(REQUEST);
  assert(!(memory.issue(REQUEST) instanceof Promise));
});

Deno.test("P9: a busy hour renews ahead, and nobody waits or gets old credentials", async () => {
  for (const durationSeconds of [900, 1200, 1800, 3600, 43_200]) {
    const { clock, sts, memory } = memoryFixture();
    sts.latencyMs = 300;
    const request = { ...REQUEST, durationSeconds };
    const first = memory.issue(request);
    await clock.advance(300);
    await first;
    let leastLeft = Infinity;
    for (let second = 0; second < 3600; second++) {
      const issued = memory.issue(request);
      assert(!(issued instanceof Promise), `waited at ${second} s of ${durationSeconds}`);
      leastLeft = Math.min(leastLeft, issued.expiresAt! - clock.now());
      await clock.advance(1000);
    }
    assert(leastLeft >= leastLifeMs(durationSeconds), `${leastLeft} of ${durationSeconds}`);
    const renewals = 3600_000 / (durationSeconds * 1000 - leastLifeMs(durationSeconds) - 90_000);
    assert(sts.calls <= Math.ceil(renewals) + 1, `${sts.calls} calls for ${durationSeconds}`);
  }
});

Deno.test("P9: what is handed out, no SDK brings straight back", () => {
  // botocore blocks below 10 minutes; Java and botocore refresh below 15.
  assertEquals(leastLifeMs(900), 11 * MINUTE);
  assertEquals(leastLifeMs(1200), 16 * MINUTE);
  assertEquals(leastLifeMs(3600), 16 * MINUTE);
});

Deno.test("memory: after a pause new credentials are made before anything is handed out", async () => {
  const { clock, sts, ask } = memoryFixture();
  assertEquals(await ask(), "ASIA1");
  await clock.advance(5 * MINUTE);
  assertEquals(await ask(), "ASIA2");
  clock.sleep(20 * MINUTE);
  assertEquals(await ask(), "ASIA3");
  assertEquals(sts.calls, 3);
});

for (const state of ["down", "throws", "hangs"] as const) {
  Deno.test(`P9: when STS ${state}, old credentials do down to two minutes, then it is a fault`, async () => {
    const { clock, sts, memory } = memoryFixture();
    await memory.issue(REQUEST);
    sts.state = state;
    const outcomes: { readonly left: number; readonly outcome: string; readonly ms: number }[] = [];
    for (let second = 0; second < 15 * 60; second++) {
      const askedAt = clock.monotonic();
      const left = 15 * MINUTE - askedAt;
      Promise.resolve(memory.issue(REQUEST)).then(
        (issued) =>
          outcomes.push({ left, outcome: issued.accessKeyId, ms: clock.monotonic() - askedAt }),
        (error) => outcomes.push({ left, outcome: error.code, ms: clock.monotonic() - askedAt }),
      );
      await clock.advance(1000);
    }
    for (const { left, outcome, ms } of outcomes) {
      assertEquals(outcome, left >= 2 * MINUTE ? "ASIA1" : "AWS_UNAVAILABLE", `${left} ms left`);
      if (left >= 2 * MINUTE) assert(ms <= 400, `waited ${ms} ms with ${left} left`);
    }
    assertEquals(outcomes.filter(({ left }) => left >= 2 * MINUTE).length, 13 * 60 + 1);
    // At most one call in five seconds while there is something to hand out, then one a second.
    assert(sts.calls <= 1 + 12.5 * 60 / 5 + 2 * 60 + 3, `${sts.calls} calls`);
    sts.state = "up";
    await clock.advance(MINUTE);
    const issued = await memory.issue(REQUEST);
    assert(issued.accessKeyId !== "ASIA1");
  });
}

Deno.test("memory: a fault answers a second long for all, then STS is asked again", async () => {
  const { clock, sts, ask } = memoryFixture();
  sts.state = "down";
  for (let i = 0; i < 100; i++) {
    assertEquals(await ask(), "AWS_UNAVAILABLE");
    await clock.advance(9);
  }
  assertEquals(sts.calls, 1);
  await clock.advance(100);
  sts.state = "up";
  assertEquals(await ask(), "ASIA2");
});

Deno.test("memory: a source that throws before it promises is asked again", async () => {
  const { clock, sts, memory, ask } = memoryFixture();
  sts.state = "throws";
  await assertRejects(async () => await memory.issue(REQUEST), SentinelError, "STS");
  sts.state = "up";
  await clock.advance(1000);
  assertEquals(await ask(), "ASIA2");
});

Deno.test("memory: a source that never answers is asked again after a minute", async () => {
  const { clock, sts, ask } = memoryFixture();
  sts.state = "hangs";
  assertEquals(await ask(), "pending");
  await clock.advance(59_000);
  sts.state = "up";
  assertEquals(await ask(), "pending");
  await clock.advance(2000);
  assertEquals(await ask(), "ASIA2");
  assertEquals([sts.calls, clock.timers], [2, 0]);
});

Deno.test("memory: a slow renewal keeps nobody waiting for longer than 400 ms, and not twice", async () => {
  const { clock, sts, memory } = memoryFixture();
  await memory.issue(REQUEST);
  await clock.advance(5 * MINUTE);
  sts.latencyMs = 3000;
  const first = Promise.resolve(memory.issue(REQUEST));
  let firstAt = NaN;
  first.then(() => firstAt = clock.monotonic() - 5 * MINUTE);
  await clock.advance(1000);
  assertEquals([(await first).accessKeyId, firstAt], ["ASIA1", 400]);
  assertEquals((await memory.issue(REQUEST)).accessKeyId, "ASIA1");
  await clock.advance(2000);
  assertEquals((await memory.issue(REQUEST)).accessKeyId, "ASIA2");
  assertEquals([sts.calls, clock.timers], [2, 0]);
});

Deno.test("memory: a clock that differs from AWS's by an hour does not hammer STS", async () => {
  for (const skewMs of [-60 * MINUTE, 60 * MINUTE]) {
    const { clock, sts, ask } = memoryFixture();
    sts.skewMs = skewMs;
    for (let second = 0; second < 150; second++) {
      assertEquals(await ask(), "ASIA1");
      await clock.advance(999);
    }
    assertEquals(sts.calls, 1);
  }
});

Deno.test("memory: a clock that is set costs one call of STS at most", async () => {
  for (const ms of [60 * MINUTE, -60 * MINUTE]) {
    const { clock, sts, ask } = memoryFixture();
    await ask();
    clock.setWall(ms);
    for (let i = 0; i < 100; i++) {
      await ask();
      await clock.advance(1000);
    }
    assert(sts.calls <= 2, `${sts.calls}`);
  }
});

Deno.test("memory: the time on the way counts as life spent", async () => {
  const { clock, sts, memory } = memoryFixture();
  sts.latencyMs = 30_000;
  const first = memory.issue(REQUEST);
  await clock.advance(30_000);
  await first;
  await clock.advance(4 * MINUTE - 30_000 + 1);
  assert(memory.issue(REQUEST) instanceof Promise, "less than eleven minutes are left");
});

Deno.test("memory: a source that gives less life than was asked for is not hammered", async () => {
  const clock = new ManualClock();
  const sts = new FakeSts(clock);
  const memory = sure(createCredentialMemory({
    issue: (request) => sts.issue({ ...request, durationSeconds: 900 }),
  }, clock));
  const request = { ...REQUEST, durationSeconds: 43_200 };
  for (let second = 0; second < 140; second++) {
    await memory.issue(request);
    await clock.advance(1000);
  }
  assertEquals(sts.calls, 1);
});

Deno.test("memory: a source that gives minutes only is used to the last resort, not beyond", async () => {
  const clock = new ManualClock();
  const sts = new FakeSts(clock);
  const memory = sure(createCredentialMemory({
    issue: (request) => sts.issue({ ...request, durationSeconds: 200 }),
  }, clock));
  for (let second = 0; second < 600; second++) {
    const { expiresAt } = await memory.issue(REQUEST);
    assert(expiresAt! - clock.now() >= 2 * MINUTE, `${second}`);
    await clock.advance(1000);
  }
});

Deno.test("memory: another duration, marker or session is another credential", async () => {
  const { sts, ask } = memoryFixture();
  const requests = [
    REQUEST,
    { ...REQUEST, durationSeconds: 1200 },
    { ...REQUEST, sourceIdentity: "sentinel=alice=approved=00112233445566ff" },
    { ...REQUEST, sourceIdentity: "sentinel=alice=direct=00112233445566fe" },
  ];
  const keys = ["ASIA1", "ASIA2", "ASIA3", "ASIA4"];
  for (let i = 0; i < 3; i++) {
    for (const [index, request] of requests.entries()) {
      assertEquals(await ask(request), keys[index]);
    }
  }
  assertEquals(sts.calls, 4);
});

Deno.test("memory: a fault of one kind of credential is not a fault of another", async () => {
  const { sts, ask } = memoryFixture();
  sts.state = "down";
  assertEquals(await ask(), "AWS_UNAVAILABLE");
  sts.state = "up";
  assertEquals(await ask({ ...REQUEST, durationSeconds: 1800 }), "ASIA2");
});

Deno.test("memory: credentials without an end are never kept", async () => {
  let calls = 0;
  const memory = sure(createCredentialMemory({
    issue: () => ({
      accessKeyId: `AKIA${++calls}`,
      secretAccessKey: "secret",
      sessionToken: null,
      expiresAt: null,
      durationSeconds: null,
      accountId: null,
      roleArn: null,
      sourceIdentity: null,
    }),
  }, new ManualClock()));
  for (const key of ["AKIA1", "AKIA2"]) {
    assertEquals((await memory.issue(REQUEST)).accessKeyId, key);
  }
});

Deno.test("memory: whatever STS and the clocks do, nothing dead is handed out", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 5 * MINUTE }) }),
    fc.record({
      kind: fc.constant("sleep" as const),
      ms: fc.integer({ min: 0, max: 20 * MINUTE }),
    }),
    fc.record({
      kind: fc.constant("forward" as const),
      ms: fc.integer({ min: 0, max: 60 * MINUTE }),
    }),
    fc.record({
      kind: fc.constant("sts" as const),
      state: fc.constantFrom("up" as const, "down" as const, "hangs" as const),
    }),
    fc.record({ kind: fc.constant("latency" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, sts, memory } = memoryFixture();
      // Real time, by which AWS lets credentials die.
      let slept = 0;
      const dies = new Map<string, number>();
      const source = sts.issue.bind(sts);
      sts.issue = async (request) => {
        const begun = clock.monotonic() + slept;
        const issued = (await source(request))!;
        dies.set(issued.accessKeyId, begun + 15 * MINUTE);
        return issued;
      };
      const outcomes: string[] = [];
      for (const next of steps) {
        if (next.kind === "wait") await clock.advance(next.ms);
        else if (next.kind === "sleep") {
          // No call survives a night: what is under way ends before.
          await clock.advance(20_000);
          clock.sleep(next.ms);
          slept += next.ms;
        } else if (next.kind === "forward") clock.setWall(next.ms);
        else if (next.kind === "latency") sts.latencyMs = next.ms;
        else sts.state = next.state;
        Promise.resolve(memory.issue(REQUEST)).then(({ accessKeyId }) => {
          const left = dies.get(accessKeyId)! - clock.monotonic() - slept;
          outcomes.push(left > MINUTE ? "alive" : `${accessKeyId} has ${left} ms left`);
        }, (error) => outcomes.push(error.code));
        await settle();
      }
      await clock.advance(2 * MINUTE);
      assertEquals(outcomes.length, steps.length);
      for (const outcome of outcomes) {
        assert(["alive", "AWS_UNAVAILABLE"].includes(outcome), outcome);
      }
    }),
    { numRuns: 500 },
  );
});
