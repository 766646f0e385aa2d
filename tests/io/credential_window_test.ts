/**
 * Credentials that an override let out: they end with it, by whichever clock, and serve to its end.
 *
 * @module
 */
import fc from "fast-check";
import { lifetimeSeconds } from "../../src/gate/lifetime.ts";
import type { CredentialRequest, CredentialSource, Issued } from "../../src/gate/ports.ts";
import { createCredentialCache } from "../../src/io/credential_cache.ts";
import { createCredentialMemory } from "../../src/io/credential_memory.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20261121 });

const MINUTE = 60_000;

/** STS, with the true time: that of AWS, which no clock of this machine moves. */
class TrueSts implements CredentialSource {
  readonly clock = new ManualClock();
  calls = 0;
  latencyMs = 0;
  sleptMs = 0;
  /** True moments at which credentials die, by their key. */
  readonly #deaths = new Map<string, number>();

  get trueNow(): number {
    return this.clock.monotonic() + this.sleptMs;
  }

  async issue(request: CredentialRequest): Promise<Issued> {
    const seconds = lifetimeSeconds(request, this.clock.now());
    if (seconds === null) return null;
    const accessKeyId = `ASIA${++this.calls}`;
    const expiresAt = this.clock.now() + seconds * 1000;
    this.#deaths.set(accessKeyId, this.trueNow + seconds * 1000);
    if (this.latencyMs > 0) {
      await new Promise<void>((resolve) => this.clock.after(this.latencyMs, resolve));
    }
    return {
      accessKeyId,
      secretAccessKey: "secret",
      sessionToken: "token",
      expiresAt,
      durationSeconds: seconds,
      accountId: null,
      roleArn: null,
      sourceIdentity: request.sourceIdentity,
    };
  }

  /** What is truly left of the life of credentials, in milliseconds. */
  leftMs({ accessKeyId }: NonNullable<Issued>): number {
    return this.#deaths.get(accessKeyId)! - this.trueNow;
  }
}

function requestFor(
  { clock }: TrueSts,
  { asked = 900, windowMs, allowMinimum = false }: {
    readonly asked?: number;
    readonly windowMs: number;
    readonly allowMinimum?: boolean;
  },
): CredentialRequest & { readonly within: { readonly notAfter: number } } {
  return {
    durationSeconds: asked,
    sourceIdentity: "sentinel=alice=approved=00112233445566ff",
    within: { notAfter: clock.now() + windowMs, allowMinimum },
  };
}

for (const asked of [900, 1200, 3600, 43_200]) {
  for (const minutes of [16, 20, 31, 60, 90, 480]) {
    Deno.test(`window: ${minutes} minutes of ${asked} s serve a busy server to the end`, async () => {
      const sts = new TrueSts();
      using memory = createCredentialMemory(sts, sts.clock);
      const request = requestFor(sts, { asked, windowMs: minutes * MINUTE + 700 });
      const { notAfter } = request.within;
      await memory.issue(request);
      const STEP_MS = 5000;
      while (sts.clock.now() < notAfter) {
        const issued = await memory.issue(request);
        const leftMs = notAfter - sts.clock.now();
        if (issued === null) assert(leftMs <= 30_000, `refused with ${leftMs} ms left`);
        else assert(sts.leftMs(issued) <= leftMs && sts.leftMs(issued) > 0, `${leftMs}`);
        await sts.clock.advance(STEP_MS);
      }
      // P9: as without a window, and one more for its end.
      const perCall = asked === 900 ? 2.5 : asked / 60 - 18;
      assert(sts.calls <= minutes / Math.max(perCall, 2) + 3, `${sts.calls} calls`);
    });
  }
}

Deno.test("window: an idle server has credentials for the last quarter of an hour all the same", async () => {
  const sts = new TrueSts();
  using memory = createCredentialMemory(sts, sts.clock);
  const request = requestFor(sts, { windowMs: 60 * MINUTE });
  await memory.issue(request);
  await sts.clock.advance(58 * MINUTE);
  const issued = await memory.issue(request);
  assert(issued !== null, "made ahead of time, when that was still possible");
  assertEquals(sts.calls, 2);
});

Deno.test("window: with less than 15 minutes left nothing is made, and nothing asked of STS", async () => {
  for (const windowMs of [0, 1, 899_999]) {
    const sts = new TrueSts();
    using memory = createCredentialMemory(sts, sts.clock);
    for (let second = 0; second < 20; second++) {
      assertEquals(await memory.issue(requestFor(sts, { windowMs })), null);
    }
    assertEquals([sts.calls, sts.clock.timers], [0, 0]);
  }
  const sts = new TrueSts();
  using memory = createCredentialMemory(sts, sts.clock);
  assertEquals((await memory.issue(requestFor(sts, { windowMs: 900_000 })))?.durationSeconds, 900);
});

Deno.test("window: allow_minimum makes 15 minutes at the end, once", async () => {
  const sts = new TrueSts();
  using memory = createCredentialMemory(sts, sts.clock);
  const request = requestFor(sts, { asked: 3600, windowMs: 3 * MINUTE, allowMinimum: true });
  for (let second = 0; second < 170; second++) {
    assertEquals((await memory.issue(request))?.durationSeconds, 900);
    await sts.clock.advance(1000);
  }
  assertEquals([sts.calls, sts.clock.timers], [1, 0]);
});

Deno.test("window: a closed gate leaves no timer behind", async () => {
  const sts = new TrueSts();
  const memory = createCredentialMemory(sts, sts.clock);
  for (let index = 0; index < 40; index++) {
    await memory.issue(requestFor(sts, { windowMs: 60 * MINUTE + index }));
  }
  assert(sts.clock.timers <= 16, "what is long past is forgotten");
  memory[Symbol.dispose]();
  assertEquals(sts.clock.timers, 0);
});

Deno.test("window: a shorter override gets nothing of a longer one, nor direct access of either", async () => {
  const sts = new TrueSts();
  using directory = new TemporaryDirectory();
  using memory = createCredentialMemory(sts, sts.clock);
  const cache = createCredentialCache(sts, {
    directory: directory.at("cache"),
    key: ["prod"],
    clock: sts.clock,
    warn: () => {},
  });
  for (const source of [memory, cache]) {
    const before = sts.calls;
    await source.issue(requestFor(sts, { asked: 3600, windowMs: 120 * MINUTE }));
    const short = await source.issue(requestFor(sts, { asked: 3600, windowMs: 30 * MINUTE }));
    assert(sts.leftMs(short!) <= 30 * MINUTE);
    const direct = {
      durationSeconds: 3600,
      sourceIdentity: "sentinel=alice=direct=00112233445566ff",
    };
    assertEquals((await source.issue(direct))?.durationSeconds, 3600);
    assertEquals(sts.calls - before, 3);
  }
});

Deno.test("window: what the cache holds is handed out to the end of the window, by each run", async () => {
  const sts = new TrueSts();
  using directory = new TemporaryDirectory();
  const open = () =>
    createCredentialCache(sts, {
      directory: directory.at("cache"),
      key: ["prod"],
      clock: sts.clock,
      warn: () => {},
    });
  const request = requestFor(sts, { asked: 3600, windowMs: 40 * MINUTE });
  const first = await open().issue(request);
  for (let minute = 0; minute < 39; minute++) {
    assertEquals((await open().issue(request))?.accessKeyId, first!.accessKeyId, `${minute}`);
    await sts.clock.advance(MINUTE);
  }
  assertEquals(sts.calls, 1);
});

/** One thing that happens to a machine. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("wait"), fc.integer({ min: 0, max: 300_000 })) },
    fc.tuple(fc.constant("sleep"), fc.integer({ min: 0, max: 30 * MINUTE })),
    fc.tuple(fc.constant("set"), fc.integer({ min: -40 * MINUTE, max: 40 * MINUTE })),
    fc.tuple(fc.constant("latency"), fc.integer({ min: 0, max: 20_000 })),
    fc.tuple(fc.constant("window"), fc.integer({ min: 0, max: 120 * MINUTE })),
  ),
  { maxLength: 30 },
);

Deno.test("window: whatever the clocks do, nothing from memory outlives the override", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(900, 1800, 7200), async (steps, asked) => {
      const sts = new TrueSts();
      using memory = createCredentialMemory(sts, sts.clock);
      let request = requestFor(sts, { asked, windowMs: 50 * MINUTE });
      for (const [kind, ms] of steps) {
        if (kind === "wait") await sts.clock.advance(ms);
        else if (kind === "latency") sts.latencyMs = ms;
        else if (kind === "set") sts.clock.setWall(ms);
        else if (kind === "window") request = requestFor(sts, { asked, windowMs: ms });
        else {
          // No call survives a night: what is under way ends before.
          await sts.clock.advance(20_000);
          sts.clock.sleep(ms);
          sts.sleptMs += ms;
        }
        const { notAfter } = request.within;
        if (sts.clock.now() >= notAfter) continue;
        Promise.resolve(memory.issue(request)).then((issued) => {
          if (issued === null) return;
          const outlives = sts.leftMs(issued) - (notAfter - sts.clock.now());
          assert(outlives <= 0, `outlives the override by ${outlives} ms`);
        });
        await settle();
      }
      await sts.clock.advance(30_000);
    }),
    { numRuns: 300 },
  );
});

Deno.test("window: nor does anything from the cache, while the clock only goes on or is set", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(900, 3600), async (steps, asked) => {
      using directory = new TemporaryDirectory();
      const sts = new TrueSts();
      const cache = createCredentialCache(sts, {
        directory: directory.at("cache"),
        key: ["prod"],
        clock: sts.clock,
        warn: () => {},
      });
      // By the clock of the moment at which they were asked for: a file knows no other.
      const promised = new Map<string, number>();
      const issue = sts.issue.bind(sts);
      sts.issue = async (request) => {
        const asked = sts.clock.now();
        const issued = await issue(request);
        if (issued !== null) {
          promised.set(issued.accessKeyId, asked + issued.durationSeconds! * 1000);
        }
        return issued;
      };
      let request = requestFor(sts, { asked, windowMs: 50 * MINUTE });
      for (const [kind, ms] of steps) {
        if (kind === "wait" || kind === "sleep") await sts.clock.advance(ms);
        else if (kind === "set") sts.clock.setWall(ms);
        else if (kind === "window") request = requestFor(sts, { asked, windowMs: ms });
        const issued = await cache.issue(request);
        if (issued === null) continue;
        assert(promised.get(issued.accessKeyId)! <= request.within.notAfter);
        assert(promised.get(issued.accessKeyId)! > sts.clock.now());
      }
    }),
    { numRuns: 60 },
  );
});
