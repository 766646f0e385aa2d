/**
 * `sentinel credentials` in many runs: what is kept between them, who gets it again, and that
 * nothing kept outlives a refusal.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";
import { exists, readTree } from "./traces.ts";

/** The access key of one run that must succeed. */
async function keyOf(sandbox: Sandbox, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.run(["credentials", ...args]);
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout).AccessKeyId;
}

/** The files that hold credentials. */
async function kept(sandbox: Sandbox) {
  const files = await readTree(`${sandbox.home}/.cache/sentinel/credentials`);
  return files.filter(({ path }) => path.endsWith(".json"));
}

Deno.test("ten processes at once make one AssumeRole; the next ones none", async () => {
  await using sandbox = await openSandbox(policyOf());
  const keys = await Promise.all(
    Array.from({ length: 10 }, () => keyOf(sandbox, "--profile", "prod")),
  );
  assertEquals(new Set(keys).size, 1);
  const calls = sandbox.sts.calls.length;
  assertEquals(await keyOf(sandbox, "--profile", "prod"), keys[0]);
  assertEquals([sandbox.sts.count("AssumeRole"), sandbox.sts.calls.length], [1, calls]);
});

Deno.test("what is kept is private, holds what was issued and never the base keys", async () => {
  await using sandbox = await openSandbox(policyOf());
  await keyOf(sandbox, "--profile", "prod");
  const cache = `${sandbox.home}/.cache/sentinel`;
  for (const directory of [cache, `${cache}/credentials`, `${cache}/identities`]) {
    assertEquals(((await Deno.stat(directory)).mode ?? 0) & 0o777, 0o700, directory);
  }
  const files = await readTree(cache);
  assert(files.length >= 3, `${files.length} files`);
  for (const { path, mode } of files) assertEquals(mode, 0o600, path);
  const secrets = sandbox.sts.secrets();
  const holders = files.filter(({ text }) => secrets.some((secret) => text.includes(secret)));
  assertEquals(holders.map(({ path }) => path), (await kept(sandbox)).map(({ path }) => path));
  assert(!files.some(({ text }) => text.includes(sandbox.keys.secretAccessKey)));
});

Deno.test("a refusal hands out nothing that was kept; an invalid or missing policy neither", async () => {
  await using sandbox = await openSandbox(policyOf());
  const key = await keyOf(sandbox, "--profile", "prod");
  for (
    const [policy, code] of [
      [policyOf("deny"), 77],
      [policyOf("require_server"), 77],
      ["rules: nonsense\n", 78],
      ["", 78],
      [null, 78],
    ] as const
  ) {
    if (policy === null) await Deno.remove(sandbox.policyFile);
    else await sandbox.writePolicy(policy);
    const ended = await sandbox.run(["credentials", "--profile", "prod"]);
    assertEquals([ended.code, ended.stdout], [code, ""], ended.stderr);
    assertMatch(ended.stderr, /^error: /);
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
  await sandbox.writePolicy(policyOf());
  assertEquals(await keyOf(sandbox, "--profile", "prod"), key);
});

Deno.test("another user, profile, life, region or endpoint gets other credentials", async () => {
  await using sandbox = await openSandbox(policyOf());
  const bob = sandbox.sts.addUser({ name: "bob" });
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    `[bob]\naws_access_key_id = ${bob.accessKeyId}\naws_secret_access_key = ${bob.secretAccessKey}\n`,
    { append: true },
  );
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/config`,
    `[profile twin]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = base\nregion = eu-west-1\n`,
    { append: true },
  );
  const variants = [
    ["--profile", "prod"],
    ["--profile", "prod", "--aws-profile", "bob"],
    ["--profile", "prod", "--duration", "30m"],
    ["--profile", "prod", "--region", "eu-west-2"],
    ["--profile", "twin"],
    ["--profile", "chain"],
    ["--profile", "base"],
  ];
  const keys = await Promise.all(variants.map((args) => keyOf(sandbox, ...args)));
  assertEquals(new Set(keys).size, variants.length);
  assertEquals(await Promise.all(variants.map((args) => keyOf(sandbox, ...args))), keys);
});

Deno.test("credentials are renewed when less than a quarter of an hour is left", async () => {
  await using sandbox = await openSandbox(policyOf());
  const key = await keyOf(sandbox, "--profile", "prod");
  const { path, text } = (await kept(sandbox))[0]!;
  const withLeft = async (minutes: number) => {
    const entry = JSON.parse(text);
    entry.credentials.expiresAt = Date.now() + minutes * 60_000;
    await Deno.writeTextFile(path, JSON.stringify(entry));
    return await keyOf(sandbox, "--profile", "prod");
  };
  assertEquals(await withLeft(16), key);
  const renewed = await withLeft(14);
  assert(renewed !== key, "the old ones were handed out");
  assertEquals(await keyOf(sandbox, "--profile", "prod"), renewed);
});

Deno.test("a kept file that is damaged, exposed, a link or another profile's is not believed", async () => {
  await using sandbox = await openSandbox(policyOf());
  let last = await keyOf(sandbox, "--profile", "prod");
  const { path } = (await kept(sandbox))[0]!;
  await keyOf(sandbox, "--profile", "chain");
  const others = (await kept(sandbox)).find((file) => file.path !== path)!;
  const good = await Deno.readTextFile(path);
  const damages: readonly (readonly [name: string, damage: () => Promise<void>])[] = [
    ["empty", () => Deno.writeTextFile(path, "")],
    ["half", () => Deno.writeTextFile(path, good.slice(0, good.length / 2))],
    ["no entry", () => Deno.writeTextFile(path, "null")],
    ["another profile's", () => Deno.writeTextFile(path, others.text)],
  ];
  for (const [name, damage] of damages) {
    await damage();
    const key = await keyOf(sandbox, "--profile", "prod");
    assert(key !== last && !others.text.includes(key), name);
    last = key;
  }
  const elsewhere = `${sandbox.home}/elsewhere.json`;
  const untrusted: readonly (readonly [name: string, damage: () => Promise<void>])[] = [
    ["accessible by others", () => Deno.chmod(path, 0o644)],
    ["a link", async () => {
      await Deno.rename(path, elsewhere);
      await Deno.symlink(elsewhere, path);
    }],
  ];
  for (const [name, damage] of untrusted) {
    await damage();
    const key = await keyOf(sandbox, "--profile", "prod");
    assert(key !== last, name);
    last = key;
    // Replaced, and not written through.
    const { isFile, mode } = await Deno.lstat(path);
    assertEquals([isFile, (mode ?? 0) & 0o777], [true, 0o600], name);
    assertEquals(await keyOf(sandbox, "--profile", "prod"), key);
  }
  assert(!(await Deno.readTextFile(elsewhere)).includes(last), "the link was followed");
});

Deno.test("a cache that cannot be used costs a warning, not the credentials", async () => {
  await using sandbox = await openSandbox(policyOf());
  const cache = `${sandbox.home}/.cache/sentinel`;
  const obstacles: readonly (() => Promise<void>)[] = [
    async () => {
      await Deno.mkdir(`${sandbox.home}/.cache`);
      await Deno.writeTextFile(cache, "a file in its place");
    },
    async () => {
      await Deno.remove(cache);
      await Deno.mkdir(cache, { mode: 0o755 });
      await Deno.chmod(cache, 0o755);
    },
    async () => {
      await Deno.remove(cache, { recursive: true });
      await Deno.symlink("/nowhere", cache);
    },
  ];
  for (const [index, obstruct] of obstacles.entries()) {
    await obstruct();
    const { code, stdout, stderr } = await sandbox.run(["credentials", "--profile", "prod"]);
    assertEquals([code, JSON.parse(stdout).Version], [0, 1]);
    assertMatch(stderr, /^warning: [^\n]*\bcache[^\n]*: [^\n]+\n$/);
    assertEquals(sandbox.sts.count("AssumeRole"), index + 1);
  }
  assert(!await exists("/nowhere"));
});

Deno.test("a lock that cannot be taken does not stand in the way of credentials", async () => {
  await using sandbox = await openSandbox(policyOf());
  await keyOf(sandbox, "--profile", "prod");
  const { path } = (await kept(sandbox))[0]!;
  await Deno.remove(path);
  await Deno.remove(`${path}.lock`);
  await Deno.mkdir(`${path}.lock`);
  const { code, stdout, stderr } = await sandbox.run(["credentials", "--profile", "prod"]);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).Version, 1);
  assert(!stderr.includes("error:"), stderr);
});
