import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runHere } from "../support/in_process.ts";
import { openSandbox } from "../support/sandbox.ts";

Deno.test("sentinel whoami shows what the guide shows", async () => {
  const guide = await Deno.readTextFile(new URL("../../docs/guide/profiles.md", import.meta.url));
  const shown = /^\$ sentinel whoami --profile prod\n([\s\S]*?)^```$/m.exec(guide)?.[1];
  await using sandbox = await openSandbox("rules: []");
  const { code, stdout, stderr } = await runHere(sandbox, ["whoami", "--profile", "prod"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, shown!);
});

Deno.test("sentinel whoami asks AWS once for a set of keys, and assumes nothing", async () => {
  await using sandbox = await openSandbox("rules: []");
  for (const profile of ["prod", "base", "chain", "prod"]) {
    const { code, stderr } = await runHere(sandbox, ["whoami", "--profile", profile]);
    assertEquals(code, 0, stderr);
  }
  assertEquals(sandbox.sts.calls.map(({ action }) => action), ["GetCallerIdentity"]);
});

Deno.test("sentinel whoami finds its caller as every door and every administrative command does", async () => {
  await using sandbox = await openSandbox("rules: []");
  const bob = sandbox.sts.addUser({ name: "bob" });
  const keys = {
    AWS_ACCESS_KEY_ID: bob.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bob.secretAccessKey,
  };
  const look = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { stdout, stderr } = await runHere(sandbox, ["whoami", "-o", "json", ...args], { env });
    assert(stdout !== "", stderr);
    const { policy_username: user, role_arn: role, profile } = JSON.parse(stdout);
    return [user, role, profile];
  };
  const prod = "arn:aws:iam::123456789012:role/Prod";
  assertEquals(await look(["--profile", "prod"], keys), ["alice", prod, "prod"]);
  assertEquals(await look([], keys), ["bob", null, null]);
  assertEquals(await look([], { AWS_PROFILE: "prod" }), ["alice", prod, null]);
  assertEquals(await look(["--aws-profile", "prod"], keys), ["alice", prod, null]);
  assertEquals(await look([], { SENTINEL_PROFILE: "prod" }), ["alice", prod, "prod"]);
});

Deno.test("sentinel whoami says whose key AWS does not know", async () => {
  await using sandbox = await openSandbox("rules: []");
  const { code, stdout, stderr } = await runHere(sandbox, ["whoami"], {
    env: { AWS_ACCESS_KEY_ID: "AKIAUNKNOWN000000000", AWS_SECRET_ACCESS_KEY: "x".repeat(40) },
  });
  assertEquals([code, stdout], [78, ""]);
  assertStringIncludes(stderr, "AWS does not know the access key");
  assert(!stderr.includes("x".repeat(40)));
});
