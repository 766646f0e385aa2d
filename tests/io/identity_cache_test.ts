import { cachedIdentity, type KnownIdentity } from "../../src/io/identity_cache.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const KEY = ["AKIAEXAMPLE", "canary-secret", null, null];
const HOUR = 3_600_000;

function fixture(directory: TemporaryDirectory) {
  const clock = new ManualClock();
  let calls = 0;
  const ask = (key: readonly (string | null)[] = KEY): Promise<KnownIdentity> =>
    cachedIdentity({ directory: directory.at("cache"), key, clock }, () => {
      calls++;
      const arn = `arn:aws:iam::123456789012:user/${key[0]}-${calls}`;
      return Promise.resolve({ arn, account: "123456789012" });
    });
  return { clock, ask, calls: () => calls };
}

function files(directory: TemporaryDirectory): string[] {
  return directory.list("cache/identities").map((name) => directory.at(`cache/identities/${name}`));
}

Deno.test("identity cache: STS is asked once in twelve hours", async () => {
  using directory = new TemporaryDirectory();
  const { clock, ask, calls } = fixture(directory);
  const first = await ask();
  await clock.advance(12 * HOUR - 1);
  assertEquals([await ask(), calls()], [first, 1]);
  await clock.advance(1);
  await ask();
  assertEquals(calls(), 2);
  clock.setWall(-HOUR);
  await ask();
  assertEquals(calls(), 3, "an entry from the future is of unknown age");
});

Deno.test("identity cache: other keys, another endpoint are another identity", async () => {
  using directory = new TemporaryDirectory();
  const { ask, calls } = fixture(directory);
  const keys = [KEY, ...KEY.map((_, index) => KEY.with(index, "other")), [...KEY, null]];
  for (const key of keys) await ask(key);
  for (const key of keys) await ask(key);
  assertEquals(calls(), keys.length);
});

Deno.test("identity cache: only the digest of the secret is kept, privately", async () => {
  using directory = new TemporaryDirectory();
  const { ask } = fixture(directory);
  await ask();
  const [path, ...others] = files(directory);
  assertEquals(others, []);
  assertMatch(path!, /\/[0-9a-f]{64}\.json$/);
  assert(!Deno.readTextFileSync(path!).includes("canary-secret"));
  assertEquals((Deno.statSync(path!).mode ?? 0) & 0o777, 0o600);
  assertEquals(directory.modeOf("cache/identities"), 0o700);
});

Deno.test("identity cache: what is broken or could be forged is asked anew and replaced", async () => {
  const spoil: readonly ((path: string) => void)[] = [
    (path) => Deno.writeTextFileSync(path, ""),
    (path) => Deno.writeTextFileSync(path, "null"),
    (path) => Deno.writeTextFileSync(path, '{"arn":'),
    (path) => edit(path, /"arn":"[^"]*"/, '"arn":["x"]'),
    (path) => edit(path, /"account":"[^"]*"/, '"account":1'),
    (path) => edit(path, /"keptAt":\d+/, '"keptAt":"1"'),
    (path) => edit(path, /"keptAt":\d+/, '"keptAt":null'),
    (path) => edit(path, /"digest":"./, '"digest":"_'),
    (path) => Deno.chmodSync(path, 0o644),
    (path) => Deno.chmodSync(path, 0o602),
    (path) => {
      Deno.renameSync(path, `${path}.real`);
      Deno.symlinkSync(`${path}.real`, path);
    },
  ];
  for (const [index, damage] of spoil.entries()) {
    using directory = new TemporaryDirectory();
    const { ask, calls } = fixture(directory);
    await ask();
    damage(files(directory)[0]!);
    await ask();
    await ask();
    assertEquals(calls(), 2, `damage ${index}`);
  }
});

function edit(path: string, from: RegExp, to: string): void {
  const text = Deno.readTextFileSync(path);
  const edited = text.replace(from, to);
  assert(edited !== text);
  Deno.writeTextFileSync(path, edited);
}

Deno.test("identity cache: an identity that was moved to other keys is not theirs", async () => {
  using directory = new TemporaryDirectory();
  const { ask } = fixture(directory);
  await ask(["alice"]);
  const [alice] = files(directory);
  await ask(["bob"]);
  const bob = files(directory).find((path) => path !== alice)!;
  Deno.renameSync(alice!, bob);
  assertMatch((await ask(["bob"])).arn, /bob/);
});

Deno.test("identity cache: without a directory, and when STS fails", async () => {
  using directory = new TemporaryDirectory();
  directory.write("cache", "not a directory");
  const { clock, ask, calls } = fixture(directory);
  await ask();
  await ask();
  assertEquals(calls(), 2);
  const options = { directory: directory.at("none"), key: KEY, clock };
  await assertRejects(
    () => cachedIdentity(options, () => Promise.reject(new RangeError("no"))),
    RangeError,
  );
  assertEquals(directory.list(), ["cache"], "a fault is not kept");
});

Deno.test("identity cache: temporary keys that came and went do not pile up", async () => {
  using directory = new TemporaryDirectory();
  const { ask } = fixture(directory);
  for (let index = 0; index < 100; index++) await ask([`ASIA${index}`]);
  assertEquals(files(directory).length, 64);
});
