/**
 * `--min-ttl` through the real program: a long run is begun with enough time, or not at all.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";

Deno.test("exec --min-ttl asks for what it needs, and says so when less is asked for", async () => {
  await using sandbox = await openSandbox(policyOf());
  sandbox.sts.addRole({ name: "Prod", account: "123456789012", maxSessionDurationSeconds: 43_200 });
  const enough = await sandbox.run(
    ["exec", "--profile", "prod", "--min-ttl", "90m", "--", "sh", "-c", "echo ran"],
  );
  assertEquals([enough.code, enough.stdout, enough.stderr], [0, "ran\n", ""]);
  assertEquals(sandbox.sts.calls.at(-1)!.parameters["DurationSeconds"], "5400");
  const calls = sandbox.sts.calls.length;
  const less = await sandbox.run(
    ["exec", "--profile", "prod", "--min-ttl", "90m", "-d", "1h", "--", "sh", "-c", "echo ran"],
  );
  assertEquals([less.code, less.stdout], [75, ""]);
  assertEquals(
    less.stderr,
    "error: --min-ttl asks for 1h30m, and 1h is left: that is the life that was asked for\n" +
      "hint: Ask for more: --duration 1h30m\n",
  );
  assertEquals(sandbox.sts.calls.length, calls, "AWS was not asked");
});

Deno.test("--min-ttl over a chain of roles tells that AWS allows an hour", async () => {
  await using sandbox = await openSandbox(policyOf());
  const wanted = ["--profile", "chain", "--min-ttl", "2h"];
  for (
    const args of [["exec", ...wanted, "--", "sh", "-c", "echo ran"], ["credentials", ...wanted]]
  ) {
    const { code, stdout, stderr } = await sandbox.run(args);
    assertEquals([code, stdout], [75, ""]);
    assertMatch(
      stderr,
      /error: --min-ttl asks for 2h, and AWS gives less\. .* for 2h: AWS allows 1h at most to another role/,
    );
    assertStringIncludes(stderr, "hint: Ask for 1h or less");
  }
  const asked = await sandbox.run(
    ["credentials", "--profile", "chain", "--min-ttl", "30m", "--duration", "2h"],
  );
  assertEquals([asked.code, asked.stdout], [78, ""], "it is the life that is too long");
});

Deno.test("--min-ttl beyond what a role allows ends with its own status", async () => {
  await using sandbox = await openSandbox(policyOf());
  const prod = ["credentials", "--profile", "prod"];
  const { code, stderr } = await sandbox.run([...prod, "--min-ttl", "2h"]);
  assertEquals(code, 75, stderr);
  assertStringIncludes(stderr, "hint: Every role allows 1h: ask for no more");
  const asked = await sandbox.run([...prod, "--min-ttl", "30m", "--duration", "2h"]);
  assertEquals(asked.code, 78, asked.stderr);
});

Deno.test("credentials --min-ttl passes over what is kept and too old", async () => {
  await using sandbox = await openSandbox(policyOf());
  const print = async (...args: string[]) => {
    const { code, stdout, stderr } = await sandbox.run(
      ["credentials", "--profile", "prod", "-d", "1h", ...args],
    );
    assertEquals([code, stderr], [0, ""]);
    return JSON.parse(stdout).AccessKeyId;
  };
  const first = await print();
  assertEquals(await print("--min-ttl", "45m"), first);
  // Life is measured from when they came, so a full hour is never left of what is kept.
  assertEquals(await print("--min-ttl", "1h") === first, false);
});

Deno.test("exec --server --min-ttl is refused when the policy's window closes sooner", async () => {
  // Closed at every time but the minute that is now and the next.
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  const now = Date.now();
  await using sandbox = await openSandbox(
    `rules:\n  - name: short\n    effect: allow\n    conditions:\n` +
      `      time: { hours: { start: "${clock(now)}", end: "${clock(now + 180_000)}" } }\n`,
  );
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--server", "--profile", "prod", "--min-ttl", "45m", "--", "sh", "-c", "echo ran"],
  );
  assertEquals([code, stdout], [75, ""], stderr);
  assertStringIncludes(stderr, "then the policy says deny: no rule matches");
});
