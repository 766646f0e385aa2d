import type { CredentialRequest, IssuedCredentials } from "../../src/gate/ports.ts";
import { createCredentialCache } from "../../src/io/credential_cache.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { sure } from "../support/sure_source.ts";
import { IS_ROOT, NOBODY, TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

const MINUTE = 60_000;
const HOUR_REQUEST: CredentialRequest = {
  durationSeconds: 3600,
  sourceIdentity: "sentinel=alice=direct=00112233445566ff",
};
const KEY = ["prod", "arn:aws:iam::123456789012:role/Prod", "AKIACALLER", "eu-west-1", null];

/** A cache, the directory it is in, and the source behind it. */
function cacheFixture(directory: TemporaryDirectory, changes: Partial<IssuedCredentials> = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const issued: CredentialRequest[] = [];
  /** A process of its own: another run of the program. */
  const open = (key: readonly (string | null)[] = KEY) =>
    sure(createCredentialCache({
      issue(request) {
        issued.push(request);
        return {
          accessKeyId: `ASIA${issued.length}`,
          secretAccessKey: "canary-secret",
          sessionToken: "canary-token",
          expiresAt: clock.now() + request.durationSeconds * 1000,
          durationSeconds: request.durationSeconds,
          accountId: "123456789012",
          roleArn: "arn:aws:iam::123456789012:role/Prod",
          sourceIdentity: request.sourceIdentity,
          ...changes,
        };
      },
    }, {
      directory: directory.at("cache"),
      key,
      clock,
      warn: (message) => warnings.push(message),
    }));
  const keyOf = async (request = HOUR_REQUEST, key = KEY) =>
    (await open(key).issue(request)).accessKeyId;
  return { clock, warnings, issued, open, keyOf };
}

function kept(directory: TemporaryDirectory): string {
  const [name, ...others] = directory.list("cache/credentials").filter((file) =>
    file.endsWith(".json")
  );
  assert(name !== undefined && others.length === 0, "one file is kept");
  return directory.at(`cache/credentials/${name}`);
}

Deno.test("cache: what was issued is handed out again, whole, to the next run", async () => {
  using directory = new TemporaryDirectory();
  const { open, issued, warnings } = cacheFixture(directory);
  const first = await open().issue(HOUR_REQUEST);
  const again = { ...HOUR_REQUEST, sourceIdentity: "sentinel=alice=direct=ffffffffffffffff" };
  assertEquals(await open().issue(again), first);
  assertEquals([issued.length, warnings], [1, []]);
  assertEquals(first.sourceIdentity, HOUR_REQUEST.sourceIdentity, "as CloudTrail will show it");
});

/** Life in seconds, and for how many minutes of it credentials are reused. */
const REUSED = [[900, 10], [1800, 20], [2700, 30], [3600, 45], [43_200, 705]] as const;

for (const [durationSeconds, minutes] of REUSED) {
  Deno.test(`cache: ${durationSeconds} s are reused for ${minutes} minutes and not longer`, async () => {
    using directory = new TemporaryDirectory();
    const { clock, keyOf } = cacheFixture(directory);
    const request = { ...HOUR_REQUEST, durationSeconds };
    await keyOf(request);
    await clock.advance(minutes * MINUTE);
    assertEquals(await keyOf(request), "ASIA1");
    await clock.advance(1);
    assertEquals(await keyOf(request), "ASIA2");
    assertEquals(await keyOf(request), "ASIA2");
  });
}

Deno.test("cache: what has less life left than is wanted is made anew, and the new is kept", async () => {
  using directory = new TemporaryDirectory();
  const { clock, keyOf } = cacheFixture(directory);
  await keyOf();
  await clock.advance(20 * MINUTE);
  assertEquals(await keyOf({ ...HOUR_REQUEST, minTtlSeconds: 40 * 60 }), "ASIA1");
  assertEquals(await keyOf({ ...HOUR_REQUEST, minTtlSeconds: 40 * 60 + 1 }), "ASIA2");
  assertEquals(await keyOf(), "ASIA2");
});

Deno.test("cache: whatever tells credentials apart has a file of its own", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf, issued } = cacheFixture(directory);
  const keys: (string | null)[][] = [KEY];
  for (const index of KEY.keys()) {
    keys.push(KEY.with(index, "other"), KEY.with(index, null), KEY.with(index, ""));
  }
  keys.push([...KEY, null], KEY.slice(0, -1), ["prod,arn", "x"], ["prod", "arn,x"]);
  const requests = [
    HOUR_REQUEST,
    { ...HOUR_REQUEST, durationSeconds: 3599 },
    { ...HOUR_REQUEST, sourceIdentity: "sentinel=alice=approved=00112233445566ff" },
    { ...HOUR_REQUEST, sourceIdentity: "sentinel=bob=direct=00112233445566ff" },
  ];
  const asked = new Map<string, string>();
  for (const key of keys) {
    for (const request of requests) {
      const name = JSON.stringify([key, request]);
      if (!asked.has(name)) asked.set(name, await keyOf(request, key));
    }
  }
  assertEquals(new Set(asked.values()).size, asked.size);
  assertEquals(issued.length, asked.size);
  assert(asked.size > 60);
});

Deno.test("cache: files are 0600, directories 0700, and names say nothing", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf, warnings } = cacheFixture(directory);
  await keyOf();
  assertEquals(directory.modeOf("cache"), 0o700);
  assertEquals(directory.modeOf("cache/credentials"), 0o700);
  const names = directory.list("cache/credentials");
  assertEquals(names.length, 2);
  for (const name of names) {
    assertMatch(name, /^[0-9a-f]{64}\.json(\.lock)?$/);
    assertEquals(directory.modeOf(`cache/credentials/${name}`), 0o600);
  }
  assertEquals(warnings, []);
});

Deno.test("cache: what has no end is never kept", async () => {
  for (const changes of [{ expiresAt: null }, { durationSeconds: null }]) {
    using directory = new TemporaryDirectory();
    const { keyOf } = cacheFixture(directory, { ...changes, sessionToken: null });
    assertEquals([await keyOf(), await keyOf()], ["ASIA1", "ASIA2"]);
    for (const name of directory.list("cache/credentials")) assertMatch(name, /\.lock$/);
  }
});

Deno.test("cache: clocks that differ or were set never make old credentials look new", async () => {
  using directory = new TemporaryDirectory();
  // This machine's clock is an hour behind AWS's: the expiry looks an hour too far.
  const behind = cacheFixture(directory, { expiresAt: new ManualClock().now() + 120 * MINUTE });
  await behind.keyOf();
  await behind.clock.advance(45 * MINUTE + 1);
  assertEquals(await behind.keyOf(), "ASIA2");

  using other = new TemporaryDirectory();
  const { clock, keyOf } = cacheFixture(other);
  await keyOf();
  clock.setWall(-MINUTE);
  assertEquals(await keyOf(), "ASIA2", "made in the future: nobody knows how old");
  clock.setWall(50 * MINUTE);
  assertEquals(await keyOf(), "ASIA3");
});

Deno.test("cache: an expiry that is sooner than the life says counts", async () => {
  using directory = new TemporaryDirectory();
  const expiresAt = new ManualClock().now() + 20 * MINUTE;
  const { clock, keyOf } = cacheFixture(directory, { expiresAt });
  await keyOf();
  await clock.advance(5 * MINUTE);
  assertEquals(await keyOf(), "ASIA1");
  await clock.advance(1);
  assertEquals(await keyOf(), "ASIA2");
});

const BROKEN: readonly (readonly [string, (text: string) => string | Uint8Array])[] = [
  ["empty", () => ""],
  ["half", (text) => text.slice(0, text.length / 2)],
  ["not JSON", () => "\x00\x01"],
  ["not UTF-8", () => new Uint8Array([0xff, 0xfe])],
  ["another type", () => "[]"],
  ["null", () => "null"],
  ["another format", (text) => text.replace('"format":1', '"format":2')],
  ["another key", (text) => text.replace("prod", "dev")],
  ["no credentials", (text) => text.replace('"credentials"', '"x"')],
  ["no secret", (text) => text.replace('"canary-secret"', "null")],
  ["an empty token", (text) => text.replace('"canary-token"', '""')],
  ["no expiry", (text) => text.replace(/"expiresAt":\d+/, '"expiresAt":null')],
  ["an expiry that is text", (text) => text.replace(/"expiresAt":(\d+)/, '"expiresAt":"$1"')],
  ["an endless expiry", (text) => text.replace(/"expiresAt":\d+/, '"expiresAt":1e999')],
  ["no life", (text) => text.replace(/"durationSeconds":\d+/, '"durationSeconds":null')],
  ["no beginning", (text) => text.replace(/"since":\d+,/, "")],
  ["a role that is none", (text) => text.replace(/"roleArn":"[^"]*"/, '"roleArn":7')],
];

Deno.test("cache: a file that is broken is passed over and replaced", async () => {
  for (const [how, breakIt] of BROKEN) {
    using directory = new TemporaryDirectory();
    const { keyOf, warnings } = cacheFixture(directory);
    await keyOf();
    const path = kept(directory);
    const text = Deno.readTextFileSync(path);
    const broken = breakIt(text);
    assert(broken !== text, how);
    if (typeof broken === "string") Deno.writeTextFileSync(path, broken);
    else Deno.writeFileSync(path, broken);
    assertEquals([await keyOf(), await keyOf()], ["ASIA2", "ASIA2"], how);
    assertEquals(warnings, [], how);
  }
});

Deno.test("cache: a file that others could have written or read is not believed, but replaced", async () => {
  for (const mode of [0o644, 0o660, 0o606]) {
    using directory = new TemporaryDirectory();
    const { keyOf } = cacheFixture(directory);
    await keyOf();
    Deno.chmodSync(kept(directory), mode);
    assertEquals([await keyOf(), await keyOf()], ["ASIA2", "ASIA2"]);
    assertEquals((Deno.statSync(kept(directory)).mode ?? 0) & 0o777, 0o600);
  }
});

Deno.test("cache: a link in the place of the file is not followed, in either direction", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf } = cacheFixture(directory);
  await keyOf();
  const path = kept(directory);
  const elsewhere = directory.write("elsewhere", Deno.readTextFileSync(path));
  const before = Deno.readTextFileSync(elsewhere);
  Deno.removeSync(path);
  Deno.symlinkSync(elsewhere, path);
  assertEquals([await keyOf(), await keyOf()], ["ASIA2", "ASIA2"]);
  assertEquals(Deno.readTextFileSync(elsewhere), before);
  assert(Deno.lstatSync(path).isFile);
});

Deno.test("cache: an entry that was moved to another's place is not handed out", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf } = cacheFixture(directory);
  await keyOf(HOUR_REQUEST, ["prod"]);
  const prod = kept(directory);
  await keyOf(HOUR_REQUEST, ["dev"]);
  const dev = directory.list("cache/credentials").map((name) =>
    directory.at(`cache/credentials/${name}`)
  )
    .find((path) => path.endsWith(".json") && path !== prod)!;
  Deno.renameSync(prod, dev);
  assertEquals(await keyOf(HOUR_REQUEST, ["dev"]), "ASIA3");
});

/** Directories in which nothing may be kept. */
const UNFIT: readonly (readonly [string, (directory: TemporaryDirectory) => void])[] = [
  ["readable by others", (directory) => Deno.mkdirSync(directory.at("cache"), { mode: 0o755 })],
  ["writable by others", (directory) => {
    Deno.mkdirSync(directory.at("cache"));
    Deno.chmodSync(directory.at("cache"), 0o777);
  }],
  ["a link", (directory) => {
    Deno.mkdirSync(directory.at("real"), { mode: 0o700 });
    Deno.symlinkSync(directory.at("real"), directory.at("cache"));
  }],
  ["a file", (directory) => directory.write("cache", "")],
  ["below a file", (directory) => {
    Deno.mkdirSync(directory.at("cache"), { mode: 0o700 });
    directory.write("cache/credentials", "");
  }],
  ...IS_ROOT
    ? [
      ["another user's", (directory: TemporaryDirectory) => {
        Deno.mkdirSync(directory.at("cache"), { mode: 0o700 });
        Deno.chownSync(directory.at("cache"), NOBODY, NOBODY);
      }] as const,
    ]
    : [
      ["read-only", (directory: TemporaryDirectory) => {
        Deno.mkdirSync(directory.at("cache"), { mode: 0o500 });
      }] as const,
    ],
];

Deno.test("cache: without a fit directory credentials are made anew, with one warning a run", async () => {
  for (const [how, spoil] of UNFIT) {
    using directory = new TemporaryDirectory();
    const { keyOf, open, warnings } = cacheFixture(directory);
    spoil(directory);
    assertEquals([await keyOf(), await keyOf()], ["ASIA1", "ASIA2"], how);
    assertEquals(warnings.length, 2, how);
    const run = open();
    await run.issue(HOUR_REQUEST);
    await run.issue(HOUR_REQUEST);
    assertEquals(warnings.length, 3, how);
    for (const warning of warnings) {
      assertMatch(warning, /^Cannot use the cache, so credentials are made anew each time: /);
      assert(!/canary|AKIACALLER/.test(warning));
    }
    const real = how === "a link" ? directory.list("real") : [];
    assertEquals(real, [], "nothing is written through a link");
    if (how === "read-only") Deno.chmodSync(directory.at("cache"), 0o700);
  }
});

Deno.test("cache: a lock and a file that cannot be written are no reason to fail", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf, warnings } = cacheFixture(directory);
  await keyOf();
  const path = kept(directory);
  for (const place of [path, `${path}.lock`]) {
    Deno.removeSync(place);
    Deno.mkdirSync(`${place}/full`, { recursive: true });
  }
  assertEquals([await keyOf(), await keyOf()], ["ASIA2", "ASIA3"]);
  assertEquals(warnings.length, 2);
  assertMatch(
    warnings[0]!,
    /^Cannot write to ".*credentials", so credentials .*: it is a directory$/,
  );
});

Deno.test("cache: a pipe in the place of a lock does not hold anybody up", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf } = cacheFixture(directory);
  await keyOf();
  const lock = `${kept(directory)}.lock`;
  Deno.removeSync(lock);
  await directory.pipe(lock.slice(directory.path.length + 1));
  Deno.removeSync(kept(directory));
  assertEquals(await keyOf(), "ASIA2");
});

Deno.test("cache: a fault of the source is the caller's, and leaves no lock", async () => {
  using directory = new TemporaryDirectory();
  const { clock } = cacheFixture(directory);
  let fail = true;
  const cache = sure(createCredentialCache({
    issue() {
      if (fail) throw new RangeError("no");
      return { accessKeyId: "ASIA" } as IssuedCredentials;
    },
  }, { directory: directory.at("cache"), key: KEY, clock, warn: () => {} }));
  await assertRejects(async () => await cache.issue(HOUR_REQUEST), RangeError, "no");
  fail = false;
  assertEquals((await cache.issue(HOUR_REQUEST)).accessKeyId, "ASIA");
});

Deno.test("cache: a lock that is held for too long is not waited for", async () => {
  using directory = new TemporaryDirectory();
  const { clock, keyOf, issued } = cacheFixture(directory);
  await keyOf();
  const path = kept(directory);
  Deno.removeSync(path);
  using holder = Deno.openSync(`${path}.lock`, { write: true });
  holder.lockSync(true);
  let got: string | null = null;
  keyOf().then((key) => got = key);
  const cacheHasBegun = () => clock.timers > 0;
  await waitFor("the cache to wait for the lock", cacheHasBegun);
  await clock.advance(19_000);
  assertEquals([got, issued.length], [null, 1]);
  await clock.advance(2000);
  assertEquals([got, clock.timers], ["ASIA2", 0]);
});

Deno.test("cache: what the holder of the lock made is taken by those who waited", async () => {
  using directory = new TemporaryDirectory();
  const { clock, keyOf, issued } = cacheFixture(directory);
  await keyOf();
  const path = kept(directory);
  const text = Deno.readTextFileSync(path);
  Deno.removeSync(path);
  const holder = Deno.openSync(`${path}.lock`, { write: true });
  holder.lockSync(true);
  const waiting = [keyOf(), keyOf(), keyOf()];
  await waitFor("all to wait", () => clock.timers === 3);
  Deno.writeTextFileSync(path, text, { mode: 0o600 });
  holder.close();
  await clock.advance(200);
  assertEquals(await Promise.all(waiting), ["ASIA1", "ASIA1", "ASIA1"]);
  assertEquals(issued.length, 1);
});

Deno.test("cache: old files go when there are too many", async () => {
  using directory = new TemporaryDirectory();
  const { keyOf } = cacheFixture(directory);
  await keyOf();
  for (let index = 0; index < 300; index++) {
    const path = directory.write(`cache/credentials/${index}.tmp`, "");
    Deno.utimeSync(path, index, index);
  }
  await keyOf({ ...HOUR_REQUEST, durationSeconds: 1800 });
  assertEquals(directory.list("cache/credentials").length, 256);
  assertEquals(await keyOf(), "ASIA1");
});

function start(directory: TemporaryDirectory, ms: number): Deno.ChildProcess {
  const script = new URL("./credential_cache_process.ts", import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "-A",
      script,
      directory.at("cache"),
      directory.at("count"),
      `${ms}`,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function calls(directory: TemporaryDirectory): number {
  try {
    return Deno.readTextFileSync(directory.at("count")).split("\n").length - 1;
  } catch {
    return 0;
  }
}

Deno.test("P9: ten processes at a time make one call of STS", async () => {
  using directory = new TemporaryDirectory();
  const processes = Array.from({ length: 10 }, () => start(directory, 150));
  const outputs = await Promise.all(processes.map((process) => process.output()));
  const texts = outputs.map(({ stdout, stderr }) =>
    new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)
  );
  assertEquals(calls(directory), 1, texts.join());
  assertEquals(new Set(texts).size, 1, texts.join());
  assertMatch(texts[0]!, /^ASIA\d+\n$/);
});

Deno.test("cache: a process that is killed while it asks blocks nobody and leaves nothing half", async () => {
  using directory = new TemporaryDirectory();
  const victim = start(directory, 600_000);
  await waitFor("the victim to ask", () => calls(directory) === 1);
  const successor = start(directory, 0);
  // The successor waits for the lock as long as the victim lives.
  await waitFor(
    "the successor to be there",
    () => directory.list("cache/credentials").length === 1,
  );
  victim.kill("SIGKILL");
  const [{ code, stderr }] = await Promise.all([successor.output(), victim.output()]);
  assertEquals([code, new TextDecoder().decode(stderr), calls(directory)], [0, "", 2]);
  JSON.parse(Deno.readTextFileSync(kept(directory)));
});
