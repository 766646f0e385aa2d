import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { loadParsedPolicy } from "../../src/io/parsed_policy_cache.ts";
import { isPolicy } from "../../src/io/policy_shape.ts";
import { ownUid } from "../../src/io/private_file.ts";
import { sha256Hex } from "../../src/gate/source_identity.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { wholePolicies } from "../policy/policy_arbitrary.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { VERSION } from "../../src/version.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const TEXT = `
version: "1"
rules:
  - name: office
    effect: require_server_session
    conditions:
      profiles: [prod, "prod-*"]
      users: [alice]
      roles: ["arn:aws:iam::123456789012:role/Prod*"]
      accounts: ["123456789012"]
      mode: [server]
      time: { days: [monday], hours: { start: "09:00", end: "18:00" }, timezone: Europe/Berlin }
    session_table: sessions
    max_server_duration: 30m
    reason: Office hours
  - { name: rest, effect: deny }
approvals:
  - name: prod
    profiles: [prod]
    approvers: [lead]
    auto_approve: { users: [alice], time: { days: [monday] }, max_duration: 1h }
break_glass:
  - name: oncall
    roles: ["arn:*"]
    users: [alice]
    time: { hours: { start: "09:00", end: "18:00" } }
    limits: { cooldown: 30m, max_per_user: 3, max_per_profile: 9, escalation_threshold: 2 }
`;

/** A changed rule, to be told from what the parser makes. */
const FORGED = parsePolicy('version: "1"\nrules: [{ name: forged, effect: allow }]\n');

async function fixture(directory: TemporaryDirectory) {
  const digest = await sha256Hex(TEXT);
  const options = {
    digest,
    source: "policy.yaml",
    owner: ownUid(),
    directory: directory.at("cache"),
  };
  const path = directory.at(`cache/policies/${digest}.${VERSION}.1.json`);
  return {
    path,
    load: (changes: Partial<typeof options> = {}) =>
      loadParsedPolicy(TEXT, { ...options, ...changes }),
    /** Puts another policy where the cache looks. */
    plant: (text = JSON.stringify({ digest, policy: FORGED }), mode = 0o600) => {
      Deno.mkdirSync(directory.at("cache/policies"), { recursive: true, mode: 0o700 });
      Deno.writeTextFileSync(path, text);
      Deno.chmodSync(path, mode);
    },
    digest,
  };
}

const PARSED = parsePolicy(TEXT);

Deno.test({
  name: "parsed policy: kept once, found again, the same and frozen",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const { load, path, plant } = await fixture(directory);
    assertEquals(await load(), PARSED);
    assertEquals(directory.modeOf(path.slice(directory.path.length)), 0o600);
    assertEquals(directory.modeOf("cache/policies"), 0o700);
    const again = await load();
    assertEquals(again, PARSED);
    assert(Object.isFrozen(again.rules[0]!.conditions.time));
    // It is the file that answers: what stands there is what comes.
    plant();
    assertEquals(await load(), FORGED);
  },
});

Deno.test("parsed policy: what this user could not write is parsed anew, and never kept", async () => {
  using directory = new TemporaryDirectory();
  const { load, plant, path } = await fixture(directory);
  for (const changes of [{ owner: (ownUid() ?? 0) + 1 }, { owner: null }, { directory: null }]) {
    assertEquals(await load(changes as never), PARSED);
    assertEquals(directory.list(), []);
  }
  plant();
  for (const changes of [{ owner: (ownUid() ?? 0) + 1 }, { owner: null }, { directory: null }]) {
    assertEquals(await load(changes as never), PARSED);
  }
  assertStringIncludes(Deno.readTextFileSync(path), "forged");
});

Deno.test("parsed policy: a file that others could have written is parsed anew and replaced", async () => {
  for (const mode of [0o644, 0o620, 0o602, 0o666]) {
    using directory = new TemporaryDirectory();
    const { load, plant, path } = await fixture(directory);
    plant(undefined, mode);
    assertEquals(await load(), PARSED);
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assertEquals(await load(), PARSED);
  }
  using directory = new TemporaryDirectory();
  const { load, plant, path } = await fixture(directory);
  plant();
  Deno.renameSync(path, directory.at("elsewhere"));
  Deno.symlinkSync(directory.at("elsewhere"), path);
  assertEquals(await load(), PARSED);
  assert(Deno.lstatSync(path).isFile);
});

Deno.test("parsed policy: a file in a directory that others can write is not replaced", async () => {
  using directory = new TemporaryDirectory();
  const { load } = await fixture(directory);
  Deno.mkdirSync(directory.at("cache"));
  Deno.chmodSync(directory.at("cache"), 0o777);
  assertEquals(await load(), PARSED);
  assertEquals(directory.list("cache"), []);
});

Deno.test("parsed policy: what was moved from another text, or is no policy, is parsed anew", async () => {
  const text = (policy: unknown) => (digest: string) => JSON.stringify({ digest, policy });
  const rule = { ...FORGED.rules[0]! };
  const planted: readonly ((digest: string) => string)[] = [
    () => JSON.stringify({ digest: "0".repeat(64), policy: FORGED }),
    () => JSON.stringify(FORGED),
    () => "",
    () => "null",
    () => "{",
    text(null),
    text([]),
    text({ version: "1" }),
    text({ version: "2", rules: [rule] }),
    text({ ...FORGED, more: 1 }),
    // A condition of a later version of the program must not get lost.
    text({ version: "1", rules: [{ ...rule, conditions: { mfa: true } }] }),
    text({ version: "1", rules: [{ ...rule, until: "2030-01-01" }] }),
  ];
  for (const plantedText of planted) {
    using directory = new TemporaryDirectory();
    const { load, plant, digest, path } = await fixture(directory);
    plant(plantedText(digest));
    assertEquals(await load(), PARSED, plantedText(digest));
    assertEquals(
      JSON.parse(Deno.readTextFileSync(path)).policy,
      JSON.parse(JSON.stringify(PARSED)),
    );
  }
});

Deno.test("parsed policy: a file of an older format is not looked at", async () => {
  using directory = new TemporaryDirectory();
  const { load, plant, path } = await fixture(directory);
  plant();
  Deno.renameSync(path, path.replace(".1.json", ".0.json"));
  assertEquals(await load(), PARSED);
});

Deno.test("parsed policy: only so many are kept", async () => {
  using directory = new TemporaryDirectory();
  for (let index = 0; index < 40; index++) {
    const text = `version: "1"\nrules: [{ name: r${index}, effect: deny }]\n`;
    await loadParsedPolicy(text, {
      digest: await sha256Hex(text),
      source: "policy.yaml",
      owner: ownUid(),
      directory: directory.at("cache"),
    });
  }
  assertEquals(directory.list("cache/policies").length, 32);
});

Deno.test("parsed policy: mistakes name the file, are all told, and are not kept", async () => {
  using directory = new TemporaryDirectory();
  const text =
    'version: "1"\nrules:\n  - { name: a, effect: Deny }\n  - { nam: b, effect: deny }\n';
  for (let i = 0; i < 2; i++) {
    const error = await assertRejects(
      () =>
        loadParsedPolicy(text, {
          digest: "0".repeat(64),
          source: "dir/\x1b[2Jpolicy.yaml",
          owner: ownUid(),
          directory: directory.at("cache"),
        }),
      SentinelError,
      'Cannot load policy "dir/\\u{1b}[2Jpolicy.yaml": 2 problems\n',
    );
    assertEquals(error.code, "POLICY_INVALID");
    assertStringIncludes(error.message, "dir/\\u{1b}[2Jpolicy.yaml:3:24: rules[0].effect: ");
    assertEquals((error.details["problems"] as unknown[]).length, 2);
  }
  assertEquals(directory.list(), []);
});

Deno.test("isPolicy() takes every policy that the parser makes, also after JSON", () => {
  assert(isPolicy(PARSED));
  fc.assert(fc.property(wholePolicies(), (policy) => {
    assert(isPolicy(JSON.parse(JSON.stringify(policy))));
  }));
});

/** Every object and list in `value`, and how to get to it. */
function* places(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  yield path;
  for (const key of Object.keys(value)) {
    yield* places((value as Record<string, unknown>)[key], [...path, key]);
  }
}

function changed(
  path: readonly string[],
  change: (place: Record<string, unknown>) => void,
): unknown {
  const copy = JSON.parse(JSON.stringify(PARSED));
  change(path.reduce((place, key) => place[key], copy));
  return copy;
}

Deno.test("isPolicy() refuses whatever has a key too many, a wrong type or an empty list", () => {
  let tried = 0;
  for (const path of places(PARSED)) {
    const place = path.reduce<unknown>(
      (value, key) => (value as Record<string, unknown>)[key],
      PARSED,
    );
    const isList = Array.isArray(place);
    const bad: unknown[] = [];
    if (isList && path.at(-1) !== "rules") bad.push(changed(path, (list) => list["length"] = 0));
    if (!isList) bad.push(changed(path, (object) => object["extra"] = "x"));
    for (const key of Object.keys(place as object)) {
      for (const wrong of [7.5, -1, true, {}, [], ""]) {
        if (key === "conditions" && JSON.stringify(wrong) === "{}") continue; // matches anything
        if (key === "rules" && Array.isArray(wrong)) continue; // denies everything
        if (key === "allowMinimum" && wrong === true) continue;
        bad.push(changed(path, (object) => object[key] = wrong));
      }
    }
    for (const policy of bad) {
      assert(!isPolicy(policy), JSON.stringify(policy));
      tried++;
    }
  }
  assert(tried > 150, `${tried}`);
  const bare: Policy = { version: "1", rules: [] };
  assert(isPolicy(bare));
});
