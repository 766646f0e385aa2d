/**
 * The policy of a server from Parameter Store, on time that is moved by hand: what AWS confirmed
 * counts, for as long as it may, and what AWS has taken back never.
 *
 * @module
 */
import { createSsmPolicy, OUTAGE_LIMIT_MS } from "../../src/aws/policy_ssm.ts";
import { createSsmPolicyRun, type RememberedParameter } from "../../src/aws/policy_ssm_run.ts";
import type { ParameterReading } from "../../src/aws/parameter_store.ts";
import { SentinelError } from "../../src/errors.ts";
import type { LoadedPolicy } from "../../src/gate/ports.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const NAME = "/sentinel/policies/prod";
const REFRESH_MS = 30_000;

/** A version whose text is `text`; a text that begins with "bad" is no policy. */
function version(text: string, number: number, modifiedAt = number): ParameterReading {
  return { kind: "read", parameter: { text, version: number, modifiedAt } };
}

const OUTAGE: ParameterReading = {
  kind: "outage",
  reason: "no answer",
  suggestion: "",
  cause: null,
};
const GONE: ParameterReading = {
  kind: "refused",
  reason: "it is gone",
  suggestion: "",
  cause: null,
};

function prepare(text: string, source: string): Promise<LoadedPolicy> {
  return text.startsWith("bad")
    ? Promise.reject(new SentinelError("POLICY_INVALID", `Cannot load policy "${source}"`))
    : Promise.resolve({
      source,
      digest: text,
      evaluate: () => {
        throw new Error("never asked");
      },
      overrides: { approvalFor: () => null, breakGlassFor: () => null },
    });
}

/** A server's source whose answers are given one by one; the last one is given again. */
function server(...answers: (ParameterReading | Promise<ParameterReading>)[]) {
  const clock = new ManualClock();
  const asked: number[] = [];
  const source = createSsmPolicy({
    name: NAME,
    read: () => {
      asked.push(clock.monotonic());
      return Promise.resolve(answers.length > 1 ? answers.shift()! : answers[0]!);
    },
    prepare,
    clock,
    refreshMs: REFRESH_MS,
    random: () => 0.5,
  });
  return { clock, asked, source, answers };
}

/** What a request gets at once: a version's source, or the code of the refusal; `waits` if neither. */
function now(source: ReturnType<typeof createSsmPolicy>): string {
  try {
    const loaded = source.load();
    if (!(loaded instanceof Promise)) return loaded.source;
    loaded.catch(() => {});
    return "waits";
  } catch (error) {
    return (error as SentinelError).code;
  }
}

Deno.test("the first load waits for the parameter, and says which version decides", async () => {
  const { source, clock } = server(version("a", 7));
  const loaded = await source.load();
  assertEquals([loaded.source, loaded.digest], [`ssm:${NAME}:7`, "a"]);
  source[Symbol.dispose]();
  assertEquals(clock.timers, 0, "nothing keeps the process alive");
});

Deno.test("what is closed while it asks does not ask again, and keeps nothing alive", async () => {
  const slow = Promise.withResolvers<ParameterReading>();
  const { source, clock, asked } = server(version("a", 1), slow.promise);
  await source.load();
  await clock.advance(REFRESH_MS);
  source[Symbol.dispose]();
  slow.resolve(version("b", 2));
  await settle();
  assertEquals([asked.length, clock.timers], [2, 0]);
});

Deno.test("a change counts within the refresh time, and no request waits for it", async () => {
  const { source, clock, asked, answers } = server(version("a", 1));
  await source.load();
  answers.push(version("b", 2));
  answers.shift();
  for (let second = 0; second < 30; second++) {
    await clock.advance(1000);
    assert(now(source) !== "waits", `after ${second} s`);
  }
  assertEquals(now(source), `ssm:${NAME}:2`);
  await clock.advance(300_000);
  assert(asked.length >= 11 && asked.length <= 15, `${asked.length} looks in 330 s`);
  source[Symbol.dispose]();
});

Deno.test("while Parameter Store does not answer, the last policy counts for five minutes, and not longer", async () => {
  const { source, clock, answers } = server(version("a", 1), OUTAGE);
  await source.load();
  for (let ms = 0; ms < OUTAGE_LIMIT_MS; ms += 10_000) {
    assertEquals(now(source), `ssm:${NAME}:1`, `after ${ms} ms`);
    await clock.advance(10_000);
  }
  assertEquals(now(source), `ssm:${NAME}:1`);
  await clock.advance(1);
  assertEquals(now(source), "POLICY_UNREADABLE");
  answers.push(version("a", 1));
  answers.shift();
  await clock.advance(REFRESH_MS);
  assertEquals(now(source), `ssm:${NAME}:1`, "it counts again when it is confirmed");
  source[Symbol.dispose]();
});

Deno.test("in an outage no request waits, however long each look takes to fail", async () => {
  const clock = new ManualClock();
  let isAway = false;
  const source = createSsmPolicy({
    name: NAME,
    read: () =>
      isAway
        ? new Promise((resolve) => clock.after(6500, () => resolve(OUTAGE)))
        : Promise.resolve(version("a", 1)),
    prepare,
    clock,
    refreshMs: 5000,
    random: () => 0,
  });
  await source.load();
  isAway = true;
  for (let ms = 0; ms < OUTAGE_LIMIT_MS - 5000; ms += 100) {
    assertEquals(now(source), `ssm:${NAME}:1`, `after ${ms} ms`);
    await clock.advance(100);
  }
  source[Symbol.dispose]();
});

Deno.test("the refusal after a long outage says the same each time: it is told once", async () => {
  const { source, clock } = server(version("a", 1), OUTAGE);
  await source.load();
  await clock.advance(OUTAGE_LIMIT_MS + 1);
  const messages = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const error = await assertRejects(async () => await source.load(), SentinelError);
    messages.add(error.message);
    await clock.advance(7000);
  }
  assertEquals(messages.size, 1, [...messages].join("\n"));
  assertStringIncludes([...messages][0]!, "version 1 was last confirmed more than 5m ago");
  source[Symbol.dispose]();
});

for (
  const [what, answer, code] of [
    ["an invalid version", version("bad", 2), "POLICY_INVALID"],
    ["a parameter that is gone or denied", GONE, "POLICY_UNREADABLE"],
  ] as const
) {
  Deno.test(`${what} refuses from then on, also in an outage that follows`, async () => {
    const { source, clock, answers } = server(version("a", 1), answer, OUTAGE);
    await source.load();
    await clock.advance(REFRESH_MS);
    assertEquals(now(source), code);
    await clock.advance(2 * REFRESH_MS);
    assertEquals(now(source), code, "the outage brings nothing back");
    answers.push(version("c", 3));
    answers.shift();
    await clock.advance(REFRESH_MS);
    assertEquals(now(source), `ssm:${NAME}:3`);
    source[Symbol.dispose]();
  });
}

Deno.test("after sleep the policy is asked for before it counts, and an answer that stays away is not waited for", async () => {
  const slow = Promise.withResolvers<ParameterReading>();
  const { source, clock } = server(version("a", 1), slow.promise);
  await source.load();
  // Timers stand still while the machine sleeps.
  clock.sleep(120_000);
  const waiting = Promise.resolve(source.load());
  let decided: string | null = null;
  waiting.then(({ source }) => decided = source);
  await settle();
  assertEquals(decided, null, "it waits for the answer");
  await clock.advance(500);
  assertEquals(decided, `ssm:${NAME}:1`, "but not for longer than a request may");
  slow.resolve(version("b", 2));
  await settle();
  assertEquals(now(source), `ssm:${NAME}:2`);
  source[Symbol.dispose]();
});

Deno.test("after a long sleep nothing counts that was not confirmed again", async () => {
  const { source, clock } = server(version("a", 1), OUTAGE);
  await source.load();
  clock.sleep(OUTAGE_LIMIT_MS + 1);
  await assertRejects(async () => await source.load(), SentinelError, "last confirmed");
  source[Symbol.dispose]();
});

Deno.test("a thousand requests after sleep ask once", async () => {
  const { source, clock, asked } = server(version("a", 1));
  await source.load();
  clock.sleep(60_000);
  await Promise.all(Array.from({ length: 1000 }, () => source.load()));
  assertEquals(asked.length, 2);
  source[Symbol.dispose]();
});

Deno.test("a copy that lags behind takes nothing back; a parameter made anew counts", async () => {
  const { source, clock, answers } = server(version("new", 8, 800), version("old", 7, 700));
  await source.load();
  await clock.advance(REFRESH_MS);
  assertEquals(now(source), `ssm:${NAME}:8`);
  answers.push(version("anew", 1, 900));
  answers.shift();
  await clock.advance(REFRESH_MS);
  assertEquals(now(source), `ssm:${NAME}:1`);
  source[Symbol.dispose]();
});

Deno.test("a copy that lags behind does not bring back what an invalid version replaced", async () => {
  const { source, clock, answers } = server(
    version("old", 7, 700),
    version("bad", 8, 800),
    version("old", 7, 700),
  );
  await source.load();
  await clock.advance(REFRESH_MS);
  assertEquals(now(source), "POLICY_INVALID");
  await clock.advance(2 * REFRESH_MS);
  assertEquals(now(source), "POLICY_INVALID");
  answers.push(version("old", 9, 900));
  answers.shift();
  await clock.advance(REFRESH_MS);
  assertEquals(now(source), `ssm:${NAME}:9`);
  source[Symbol.dispose]();
});

Deno.test("a machine that fell asleep in the middle of a look asks again, and hears the newer answer", async () => {
  const lost = Promise.withResolvers<ParameterReading>();
  const fresh = Promise.withResolvers<ParameterReading>();
  const { source, clock, asked } = server(version("a", 1), lost.promise, fresh.promise);
  await source.load();
  await clock.advance(REFRESH_MS);
  assertEquals(asked.length, 2, "a look is under way");
  clock.sleep(120_000);
  const waiting = Promise.resolve(source.load());
  assertEquals(asked.length, 3);
  fresh.resolve(version("b", 2));
  assertEquals((await waiting).source, `ssm:${NAME}:2`);
  lost.resolve(GONE);
  await settle();
  assertEquals(now(source), `ssm:${NAME}:2`, "the answer of before the sleep comes too late");
  source[Symbol.dispose]();
  assertEquals(clock.timers, 0);
});

Deno.test("without a policy from the start, the fault is told and the next load asks again", async () => {
  const { source } = server(OUTAGE, version("a", 1));
  await assertRejects(async () => await source.load(), SentinelError, "no answer");
  assertEquals((await source.load()).source, `ssm:${NAME}:1`);
  source[Symbol.dispose]();
});

/** Runs that share a memory. */
function runs(...answers: ParameterReading[]) {
  const clock = new ManualClock();
  const state = { kept: null as RememberedParameter | null, asked: 0, warnings: [] as string[] };
  const memory = {
    recall: () => state.kept,
    keep: (kept: RememberedParameter) => void (state.kept = kept),
    forget: () => void (state.kept = null),
  };
  const run = async () => {
    const source = createSsmPolicyRun({
      name: NAME,
      read: () => {
        state.asked++;
        return Promise.resolve(answers.length > 1 ? answers.shift()! : answers[0]!);
      },
      prepare,
      clock,
      refreshMs: REFRESH_MS,
      memory,
      warn: (message) => state.warnings.push(message),
    });
    try {
      return (await source.load()).source;
    } catch (error) {
      return (error as SentinelError).code;
    }
  };
  return { clock, state, run, answers };
}

Deno.test("runs share an answer for the refresh time, and five minutes of an outage", async () => {
  const { clock, state, run } = runs(version("a", 1), OUTAGE);
  assertEquals([await run(), await run(), state.asked], [`ssm:${NAME}:1`, `ssm:${NAME}:1`, 1]);
  clock.sleep(REFRESH_MS);
  assertEquals([await run(), state.asked], [`ssm:${NAME}:1`, 2]);
  assertStringIncludes(state.warnings[0]!, "version 1, confirmed 30s ago, still decides");
  clock.sleep(OUTAGE_LIMIT_MS - REFRESH_MS);
  assertEquals(await run(), `ssm:${NAME}:1`);
  clock.sleep(1);
  assertEquals(await run(), "POLICY_UNREADABLE");
});

Deno.test("a run that is refused forgets what was allowed before", async () => {
  const { clock, run, state } = runs(version("a", 1), GONE, OUTAGE);
  await run();
  clock.sleep(REFRESH_MS);
  assertEquals(await run(), "POLICY_UNREADABLE");
  assertEquals([await run(), state.kept], ["POLICY_UNREADABLE", null]);
});

Deno.test("a run that asks a copy which lags behind keeps to what is newer, and says so", async () => {
  const { clock, run, state } = runs(version("new", 8, 800), version("old", 7, 700));
  await run();
  clock.sleep(REFRESH_MS);
  assertEquals(await run(), `ssm:${NAME}:8`);
  assertStringIncludes(state.warnings[0]!, "the answer is version 7, older than version 8");
});

Deno.test("a memory from the future is not believed: somebody set the clock", async () => {
  const { clock, run, state } = runs(version("a", 1), OUTAGE);
  await run();
  clock.setWall(-1);
  assertEquals([await run(), state.asked], ["POLICY_UNREADABLE", 2]);
});
