/**
 * `sentinel policy pull` and `push` against a strict Parameter Store: what is written is valid, was
 * seen, and covers nothing that nobody looked at.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { fakeHost, type FakeHostOptions } from "../support/fake_host.ts";
import { type SsmEndpoint, startSsmEndpoint } from "../support/ssm_endpoint.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const NAME = "/sentinel/policies/prod";
const TARGET = `ssm:${NAME}`;
const KEYS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "canary-secret-key" };

/** A policy with one rule of this name; another name is another digest. */
function policy(rule: string): string {
  return `rules:\n  - name: ${rule}\n    effect: allow\n`;
}

/** An administrator with Parameter Store and a directory. */
class World implements AsyncDisposable {
  readonly ssm: SsmEndpoint = startSsmEndpoint({ keys: KEYS });
  readonly directory = new TemporaryDirectory();

  file(text: string): string {
    return this.directory.write("policy.yaml", text);
  }

  async run(args: readonly string[], options: FakeHostOptions = {}) {
    const host = fakeHost({
      ...options,
      env: {
        HOME: this.directory.at("home"),
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        AWS_REGION: "eu-west-1",
        AWS_ENDPOINT_URL_SSM: this.ssm.url,
        ...options.env,
      },
    });
    const status = await run(["policy", ...args], host);
    const { stdout, stderr } = host;
    assert(!`${stdout}${stderr}`.includes(KEYS.secretAccessKey));
    return { status, stdout, stderr };
  }

  async [Symbol.asyncDispose]() {
    await this.ssm[Symbol.asyncDispose]();
    this.directory[Symbol.dispose]();
  }
}

Deno.test("pull prints the policy byte for byte, and says which version it is", async () => {
  await using world = new World();
  const text = "\ufeffrules: # ümlaut\r\n  - { name: a, effect: allow }";
  world.ssm.put(NAME, policy("old"));
  world.ssm.put(NAME, text, { type: "SecureString" });
  const now = await world.run(["pull", TARGET]);
  assertEquals([now.status, now.stdout], [0, text]);
  assertMatch(now.stderr, /^ssm:\/sentinel\/policies\/prod:2 sha256:[0-9a-f]{64}\n$/);
  assertEquals((await world.run(["pull", `${TARGET}:1`])).stdout, policy("old"));
  const none = await world.run(["pull", `${TARGET}:9`]);
  assertEquals(none.status, 78);
  assertStringIncludes(none.stderr, "there is no such version");
});

Deno.test("pull shows what it cannot trust printable on a terminal, and warns of what grants nothing", async () => {
  await using world = new World();
  world.ssm.put(NAME, "rules: [\x1b[2J]\n");
  const { status, stdout, stderr } = await world.run(["pull", TARGET], { isTerminal: true });
  assertEquals([status, stdout], [0, "rules: [\\u{1b}[2J]\n"]);
  assertStringIncludes(stderr, "warning: it grants nothing");
});

Deno.test("pull --to replaces a file as a whole, for its owner alone, and nothing but a file", async () => {
  await using world = new World();
  const { directory } = world;
  world.ssm.put(NAME, policy("new"));
  const path = directory.write("here.yaml", "old", 0o644);
  assertEquals((await world.run(["pull", TARGET, "--to", path])).status, 0);
  assertEquals(Deno.readTextFileSync(path), policy("new"));
  assertEquals(directory.modeOf("here.yaml"), 0o600);
  Deno.symlinkSync(path, directory.at("link"));
  for (const odd of [directory.path, directory.at("link"), "/dev/null"]) {
    const { status, stderr } = await world.run(["pull", TARGET, "--to", odd]);
    assertEquals(status, 64, odd);
    assertStringIncludes(stderr, "it is not a regular file");
  }
  const nowhere = await world.run(["pull", TARGET, "--to", directory.at("none/x.yaml")]);
  assertEquals(nowhere.status, 74, nowhere.stderr);
  assertEquals(directory.list(), ["here.yaml", "link"]);
});

Deno.test("push shows what it replaces, asks, and writes the next version", async () => {
  await using world = new World();
  world.ssm.put(NAME, policy("old"));
  const file = world.file(policy("new"));
  const no = await world.run(["push", file, TARGET], { isTerminal: true, lines: ["no"] });
  assertEquals([no.status, world.ssm.get(NAME)?.version], [0, 1]);
  assertStringIncludes(no.stderr, "Cancelled.");
  const yes = await world.run(["push", file, TARGET], { isTerminal: true, lines: ["y"] });
  assertEquals(yes.status, 0, yes.stderr);
  assertStringIncludes(
    yes.stderr,
    `${TARGET} in eu-west-1, with the credentials of AWS_ACCESS_KEY_ID`,
  );
  assertStringIncludes(yes.stderr, "is now version 1, not encrypted, sha256:");
  assertStringIncludes(yes.stderr, "-   - name: old\n+   - name: new\n");
  assertMatch(yes.stdout, /^ssm:\/sentinel\/policies\/prod:2 sha256:[0-9a-f]{64}\n$/);
  assertEquals(world.ssm.get(NAME)?.text, policy("new"));
  const again = await world.run(["push", file, TARGET]);
  assertEquals(again.status, 0);
  assertStringIncludes(again.stdout, ":2 says this already; nothing was written");
  assertEquals(world.ssm.get(NAME)?.version, 2);
});

Deno.test("push without a terminal and without --yes writes nothing", async () => {
  await using world = new World();
  const { status, stderr } = await world.run(["push", world.file(policy("a")), TARGET]);
  assertEquals(status, 64);
  assertStringIncludes(stderr, "--yes");
  assertEquals(world.ssm.get(NAME), null);
});

Deno.test("push refuses what is no policy, with every mistake, before anything is called", async () => {
  await using world = new World();
  const file = world.file("rules:\n  - name: a\n    effect: Allow\n  - effect: deny\n");
  const { status, stderr } = await world.run(["push", file, TARGET, "--yes"]);
  assertEquals(status, 78);
  assertStringIncludes(stderr, `${file}:3:13: rules[0].effect: unknown effect "Allow"`);
  assertStringIncludes(stderr, "rules[1].name: is missing");
  const large = world.file(`${policy("a")}#${"x".repeat(8192)}\n`);
  const tooLarge = await world.run(["push", large, TARGET, "--yes"]);
  assertEquals(tooLarge.status, 78);
  assertStringIncludes(tooLarge.stderr, "a parameter holds 8192");
  assertEquals(world.ssm.calls, []);
});

Deno.test("push keeps what the parameter is: its key, its tier, its description", async () => {
  await using world = new World();
  const traits = {
    type: "SecureString",
    keyId: "alias/team",
    tier: "Advanced",
    description: "who may what",
  } as const;
  world.ssm.put(NAME, policy("old"), traits);
  const { status, stderr } = await world.run(["push", world.file(policy("new")), TARGET, "-y"]);
  assertEquals(status, 0, stderr);
  const { type, keyId, tier, description } = world.ssm.get(NAME)!;
  assertEquals({ type, keyId, tier, description }, traits);
});

Deno.test("push makes a parameter, and a larger one where it must", async () => {
  await using world = new World();
  const small = await world.run(["push", world.file(policy("a")), TARGET, "--yes"]);
  assertEquals(small.status, 0, small.stderr);
  assertEquals([world.ssm.get(NAME)?.type, world.ssm.get(NAME)?.tier], ["String", "Standard"]);
  const large = world.file(`${policy("a")}#${"ü".repeat(2048)}\n`);
  const { status, stderr } = await world.run(["push", large, TARGET, "--yes"]);
  assertEquals(status, 0, stderr);
  assertStringIncludes(stderr, "It needs an advanced parameter");
  assertEquals(world.ssm.get(NAME)?.tier, "Advanced");
});

Deno.test("push --expect-version writes over that version only", async () => {
  await using world = new World();
  const file = world.file(policy("new"));
  const push = async (version: string) =>
    (await world.run(["push", file, TARGET, "--yes", "--expect-version", version])).status;
  assertEquals(await push("1"), 75);
  assertEquals(world.ssm.count("PutParameter"), 0);
  assertEquals(await push("0"), 0);
  world.ssm.put(NAME, policy("theirs"));
  assertEquals([await push("0"), await push("1")], [75, 75]);
  assertEquals(world.ssm.count("PutParameter"), 1);
  assertEquals([await push("2"), world.ssm.get(NAME)?.version], [0, 3]);
});

Deno.test("push does not cover what somebody wrote while the person thought about it", async () => {
  await using world = new World();
  world.ssm.put(NAME, policy("old"));
  // The second look is the one after the question.
  world.ssm.before("GetParameter", () => {
    world.ssm.before("GetParameter", () => world.ssm.put(NAME, policy("theirs")));
  });
  const { status, stderr } = await world.run(["push", world.file(policy("new")), TARGET, "--yes"]);
  assertEquals(status, 75, stderr);
  assertStringIncludes(stderr, "version 2 is in force now, and version 1 was shown");
  assertEquals(world.ssm.get(NAME)?.text, policy("theirs"));
});

Deno.test("push does not cover what somebody made anew under the number that was shown", async () => {
  await using world = new World();
  world.ssm.put(NAME, policy("old"));
  world.ssm.before("GetParameter", () => {
    world.ssm.before("GetParameter", () => {
      world.ssm.delete(NAME);
      world.ssm.put(NAME, policy("theirs"));
    });
  });
  const { status, stderr } = await world.run(["push", world.file(policy("new")), TARGET, "--yes"]);
  assertEquals(status, 75, stderr);
  assertEquals(world.ssm.get(NAME)?.text, policy("theirs"));
});

Deno.test("push says what it covered when somebody wrote in the same moment", async () => {
  await using world = new World();
  world.ssm.put(NAME, policy("old"));
  world.ssm.before("PutParameter", () => world.ssm.put(NAME, policy("theirs")));
  const file = world.file(policy("new"));
  const { status, stderr } = await world.run(["push", file, TARGET, "--yes"]);
  assertEquals(status, 75, stderr);
  assertStringIncludes(stderr, "was written as version 3, and covers version 2");
  assertStringIncludes(stderr, `sentinel policy pull ${TARGET}:2`);
});

Deno.test("push does not cover a parameter that somebody made in the same moment", async () => {
  await using world = new World();
  world.ssm.before("PutParameter", () => world.ssm.put(NAME, policy("theirs")));
  const { status } = await world.run(["push", world.file(policy("new")), TARGET, "--yes"]);
  assertEquals([status, world.ssm.get(NAME)?.text], [75, policy("theirs")]);
});

Deno.test("faults of Parameter Store name the permission or the way out, and write nothing", async () => {
  await using world = new World();
  const { ssm } = world;
  ssm.put(NAME, policy("old"));
  const file = world.file(policy("new"));
  for (const action of ["DescribeParameters", "GetParameter", "PutParameter"]) {
    ssm.deny(action);
    const { status, stderr } = await world.run(["push", file, TARGET, "--yes"]);
    assertEquals(status, 78, stderr);
    assertStringIncludes(stderr, `Allow ssm:${action}`);
    ssm.deny(action, false);
  }
  ssm.fault({ kind: "error", status: 500, code: "InternalServerError" });
  assertEquals((await world.run(["pull", TARGET])).status, 69);
  const other = await world.run(["pull", TARGET], { env: { AWS_SECRET_ACCESS_KEY: "wrong" } });
  assertStringIncludes(other.stderr, "AWS rejects the signature");
  assertEquals(ssm.get(NAME)?.version, 1);
});
