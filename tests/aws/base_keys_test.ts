/**
 * Keys at the end of a chain: from environment variables and programs, kept while they last, got
 * anew ahead of their end, and never asked for in a storm.
 *
 * @module
 */
import type { BaseCredentials, ProcessCredentials } from "../../src/aws/base_credentials.ts";
import { type BaseKeysNow, openBaseKeys } from "../../src/aws/base_keys.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { runCredentialProcess } from "../../src/aws/process_keys.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

const AT = { profile: "dev", file: "/home/alice/.aws/config", line: 3 } as const;
const SECRETS = ["CANARY"];

/** The keys of `base`, with variables; nobody is signed in. */
function open(base: BaseCredentials, variables: Readonly<Record<string, string>> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 5, 17, 12));
  const env = new Map(Object.entries(variables));
  const keys = openBaseKeys(base, {
    env,
    os: "linux",
    clock,
    sts: { region: null, endpoint: null },
    ssoEndpoint: null,
    tokens: { current: (sso) => UNATTENDED.login(sso) as Promise<never> },
  });
  return { keys, env, clock };
}

async function assertRefused(work: () => Promise<unknown>, code: string, says: string) {
  const error = await assertRejects(work, SentinelError, says);
  assertEquals(error.code, code);
  const told = `${error.message} ${error.suggestion} ${JSON.stringify(error.details)}`;
  for (const secret of SECRETS) assert(!told.includes(secret), told);
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u001f]/.test(told), told);
}

const PAIR = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "CANARY" };

Deno.test("keys of the environment, whole and as they are", async () => {
  const { keys } = open({ kind: "environment", ...AT }, {
    ...PAIR,
    AWS_SESSION_TOKEN: "CANARY-TOKEN",
    AWS_CREDENTIAL_EXPIRATION: "2026-06-17T13:00:00Z",
  });
  assertEquals(await keys.current(), {
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: "CANARY",
    sessionToken: "CANARY-TOKEN",
    expiresAt: Date.UTC(2026, 5, 17, 13),
    arn: null,
  });
});

const VARIABLES: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{}, 'config" line 3: its credential_source is the environment, and AWS_ACCESS_KEY_ID'],
  [{ AWS_ACCESS_KEY_ID: "AKIA" }, "half a key pair: AWS_SECRET_ACCESS_KEY is not set"],
  [{ AWS_SECRET_ACCESS_KEY: "CANARY" }, "half a key pair: AWS_ACCESS_KEY_ID is not set"],
  [{ ...PAIR, AWS_SECURITY_TOKEN: "CANARY" }, "use AWS_SESSION_TOKEN"],
  [{ ...PAIR, AWS_SESSION_TOKEN: "CANARY\r\nx" }, "visible ASCII"],
  [{ ...PAIR, AWS_CREDENTIAL_EXPIRATION: "tomorrow" }, "AWS_CREDENTIAL_EXPIRATION is not a time"],
];

for (const [variables, says] of VARIABLES) {
  Deno.test(`the environment is not guessed at: ${says}`, async () => {
    const { keys } = open({ kind: "environment", ...AT }, variables);
    await assertRefused(() => keys.current(), "CONFIG_INVALID", says);
  });
}

Deno.test("keys whose end has passed are an error here, not later at AWS", async () => {
  const { keys } = open({ kind: "environment", ...AT }, {
    ...PAIR,
    AWS_CREDENTIAL_EXPIRATION: "2026-06-17T11:59:59Z",
  });
  await assertRefused(() => keys.current(), "AWS_UNAVAILABLE", "are over already");
});

/** Keys that each look at the environment replaces. */
function renewing(lifeMinutes: number) {
  const world = open({ kind: "environment", ...AT });
  const renew = (id: string) => {
    const end = new Date(world.clock.now() + lifeMinutes * 60_000).toISOString();
    for (const [name, value] of Object.entries({ ...PAIR, AWS_ACCESS_KEY_ID: id })) {
      world.env.set(name, value);
    }
    world.env.set("AWS_CREDENTIAL_EXPIRATION", end);
  };
  const current = async () => (await world.keys.current()).accessKeyId;
  return { ...world, renew, current, fail: () => world.env.clear() };
}

Deno.test("keys are kept while they last, and got anew ahead of their end by nobody's waiting", async () => {
  const { clock, renew, current } = renewing(60);
  renew("A");
  assertEquals(await current(), "A");
  renew("B");
  await clock.advance(44 * 60_000);
  assertEquals(await current(), "A");
  await clock.advance(2 * 60_000);
  renew("B");
  // The old ones are good for another quarter of an hour: they are handed out at once…
  assertEquals(await current(), "A");
  // …and the new ones when they have come.
  assertEquals(await current(), "B");
});

Deno.test("where no others can be had the old ones do, to their last minute", async () => {
  const { clock, renew, current, fail } = renewing(60);
  renew("A");
  assertEquals(await current(), "A");
  fail();
  await clock.advance(58 * 60_000);
  assertEquals(await current(), "A");
  await clock.advance(61_000);
  await assertRejects(current, SentinelError, "is not set");
  renew("B");
  assertEquals(await current(), "B");
});

Deno.test("while the old ones do, others are not asked for more than once in five seconds", async () => {
  using directory = new TemporaryDirectory();
  const runs = directory.at("runs");
  const count = async () => (await Deno.readTextFile(runs)).length;
  // Ten minutes: got anew beside their use. Three: before it, where that is not too soon.
  for (const minutes of [10, 3]) {
    const Expiration = new Date(Date.UTC(2026, 5, 17, 12, minutes)).toISOString();
    const document = { ...DOCUMENT, SessionToken: "CANARY-T", Expiration };
    const { keys, clock } = open(program(`printf x >> ${runs}; ${print(document)}`));
    await Deno.writeTextFile(runs, "");
    for (let asked = 0; asked < 3; asked++) await keys.current();
    assertEquals(await count(), 1);
    await clock.advance(5000);
    for (let asked = 0; asked < 3; asked++) await keys.current();
    await waitFor("the second run", async () => await count() === 2);
  }
});

Deno.test("keys without an end stay when the way to them fails", async () => {
  const { env, keys, clock } = open({ kind: "environment", ...AT }, PAIR);
  assertEquals((await keys.current()).accessKeyId, "AKIAEXAMPLE");
  env.clear();
  await clock.advance(3600_000);
  assertEquals((await keys.current()).accessKeyId, "AKIAEXAMPLE");
});

Deno.test("a machine that slept does not take old keys for fresh ones", async () => {
  const { clock, renew, current } = renewing(60);
  renew("A");
  await current();
  clock.sleep(2 * 3600_000);
  renew("B");
  assertEquals(await current(), "B");
});

Deno.test("keys that are of no use are forgotten", async () => {
  const { keys, renew, current } = renewing(60);
  renew("A");
  await current();
  renew("B");
  keys.forget();
  assertEquals(await current(), "B");
});

/** A program of shell `text`. */
function program(text: string): ProcessCredentials {
  return { kind: "process", ...AT, command: ["/bin/sh", "-c", text] };
}

const DOCUMENT = { Version: 1, AccessKeyId: "AKIA1", SecretAccessKey: "CANARY" };
const print = (document: unknown) => `printf '%s' '${JSON.stringify(document)}'`;
const run = (text: string, options: { readonly timeoutMs?: number } = {}) =>
  runCredentialProcess(program(text), { env: new Map(), ...options });

Deno.test("a program's keys, long-term and temporary", async () => {
  const long: BaseKeysNow = {
    accessKeyId: "AKIA1",
    secretAccessKey: "CANARY",
    sessionToken: null,
    expiresAt: null,
    arn: null,
  };
  assertEquals(await run(print(DOCUMENT)), long);
  assertEquals(await run(print({ ...DOCUMENT, SessionToken: null, Expiration: null })), long);
  assertEquals(
    await run(print({
      ...DOCUMENT,
      SessionToken: "CANARY-T",
      Expiration: "2026-06-17T14:00:00+02:00",
      AccountId: "123456789012",
    })),
    { ...long, sessionToken: "CANARY-T", expiresAt: Date.UTC(2026, 5, 17, 12) },
  );
});

const PRINTED: readonly (readonly [string, string, string])[] = [
  ["true", "CONFIG_INVALID", "not one JSON object"],
  [`${print(DOCUMENT)}; ${print(DOCUMENT)}`, "CONFIG_INVALID", "not one JSON object"],
  [print({ ...DOCUMENT, Version: "1" }), "CONFIG_INVALID", "no Version"],
  [print({ ...DOCUMENT, Version: true }), "CONFIG_INVALID", "no Version"],
  [print({ ...DOCUMENT, Version: 2 }), "CONFIG_INVALID", "no Version"],
  [print({ ...DOCUMENT, AccessKeyId: undefined }), "CONFIG_INVALID", "AccessKeyId is missing"],
  [print({ ...DOCUMENT, SecretAccessKey: "" }), "CONFIG_INVALID", "SecretAccessKey is missing"],
  [print({ ...DOCUMENT, SessionToken: 1 }), "CONFIG_INVALID", "SessionToken is missing"],
  [print({ ...DOCUMENT, Expiration: "soon" }), "CONFIG_INVALID", "Expiration is not a time"],
  [`${print(DOCUMENT)}; exit 3`, "AWS_REFUSED", "it ended with status 3"],
  [
    "printf 'one\\nerror: \\033[31mno keys\\n\\nhint: log in\\n' >&2; exit 1",
    "AWS_REFUSED",
    "status 1 and said: error: \\u{1b}[31mno keys; hint: log in",
  ],
  ["yes CANARY", "CONFIG_INVALID", "more than a document"],
];

for (const [text, code, says] of PRINTED) {
  Deno.test(`a program that prints no keys: ${text.slice(0, 70)}`, async () => {
    await assertRefused(() => run(text), code, says);
  });
}

Deno.test("a program that waits is stopped, and what it left behind is not waited for", async () => {
  const begun = performance.now();
  await assertRefused(
    () => run("sleep 5 & wait", { timeoutMs: 100 }),
    "AWS_UNAVAILABLE",
    "stopped",
  );
  assert(performance.now() - begun < 5000);
});

Deno.test("a program that has ended is not waited for, whatever it left behind", async () => {
  using directory = new TemporaryDirectory();
  const begun = performance.now();
  // What it left behind holds both pipes open until this test removes the directory.
  const leave = `while test -d ${directory.path}; do sleep 0.1; done &`;
  const [keys] = await Promise.all([
    run(`${leave} ${print(DOCUMENT)}`),
    assertRefused(
      () => run(`${leave} echo 'not signed in' >&2; exit 3`),
      "AWS_REFUSED",
      "status 3 and said: not signed in",
    ),
  ]);
  assertEquals(keys.accessKeyId, "AKIA1");
  assert(performance.now() - begun < 5000);
});

Deno.test("a program that closes its output and goes on is bounded all the same", async () => {
  const waits = `${print(DOCUMENT)}; exec >&- 2>&-; sleep 5`;
  await assertRefused(() => run(waits, { timeoutMs: 300 }), "AWS_UNAVAILABLE", "stopped");
});

Deno.test({
  name: "a web identity token that is no file is refused, and nobody waits for it",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const keysOf = (tokenFile: string) =>
      open({
        kind: "web_identity",
        ...AT,
        roleArn: "arn:aws:iam::123456789012:role/Web",
        tokenFile,
        roleSessionName: null,
        durationSeconds: null,
        region: null,
      }).keys;
    for (
      const [path, says] of [
        [await directory.pipe("token"), "is not a regular file"],
        ["/dev/zero", "is not a regular file"],
        [directory.path, "is not a regular file"],
        [directory.at("missing"), "does not exist"],
        [directory.write("large", "t".repeat(70_000)), "holds no token"],
        [directory.write("long", "t".repeat(30_000)), "holds no token"],
      ] as const
    ) {
      await assertRefused(() => keysOf(path).owner(), "CONFIG_INVALID", says);
      await assertRefused(() => keysOf(path).current(), "CONFIG_INVALID", says);
    }
    // Clusters put the token behind links.
    directory.write("real", "a-token\n");
    Deno.symlinkSync("real", directory.at("link"));
    assertEquals(JSON.parse((await keysOf(directory.at("link")).owner()).mark).at(-1), "a-token");
  },
});

Deno.test("a program that says much on standard error is listened to, to its last word", async () => {
  const noise = "yes x | head -c 400000 >&2";
  assertEquals((await run(`${noise}; ${print(DOCUMENT)}`)).accessKeyId, "AKIA1");
  const failed = `${noise}; printf 'the\\nend' >&2; exit 1`;
  await assertRefused(() => run(failed), "AWS_REFUSED", "status 1 and said: the; end");
});

Deno.test("a program gets no input, and a program that does not exist is named", async () => {
  assertEquals((await run(`read line; ${print(DOCUMENT)}`)).accessKeyId, "AKIA1");
  const missing: ProcessCredentials = { kind: "process", ...AT, command: ["/nowhere/keys"] };
  await assertRefused(
    () => runCredentialProcess(missing, { env: new Map() }),
    "CONFIG_INVALID",
    '"/nowhere/keys": there is no such program',
  );
});

Deno.test("programs that run one another come to an end", async () => {
  const env = new Map([["SENTINEL_PROCESS_DEPTH", "4"]]);
  await assertRefused(
    () => runCredentialProcess(program(print(DOCUMENT)), { env }),
    "CREDENTIAL_PROCESS_RECURSION",
    "leads back to itself",
  );
});

Deno.test("a program that gives no keys, or none of use, is left alone for five seconds", async () => {
  using directory = new TemporaryDirectory();
  const runs = directory.at("runs");
  const count = async () => (await Deno.readTextFile(runs)).length;
  const { keys, clock } = open(program(`printf x >> ${runs}; exit 1`));
  for (const expected of [1, 1, 2, 2]) {
    await assertRefused(() => keys.current(), "AWS_REFUSED", "status 1");
    assertEquals(await count(), expected);
    await clock.advance(2600);
  }
  const useless = open(program(`printf x >> ${runs}; ${print(DOCUMENT)}`));
  for (const expected of [3, 3, 4, 4]) {
    await useless.keys.current();
    assertEquals(await count(), expected);
    await useless.clock.advance(2600);
    useless.keys.forget();
  }
});

Deno.test("many who ask at once share one run of the program", async () => {
  using directory = new TemporaryDirectory();
  const { keys } = open(program(`echo x >> ${directory.at("runs")}; ${print(DOCUMENT)}`));
  await Promise.all(Array.from({ length: 20 }, () => keys.current()));
  assertEquals(await Deno.readTextFile(directory.at("runs")), "x\n");
});
