/**
 * The real program when STS refuses, fails, stalls or is not STS: what the person is told, which
 * exit status a script sees, and that it is over in bounded time.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { runHere } from "../support/in_process.ts";
import { type Finished, openSandbox, PROD_ROLE, type Sandbox } from "../support/sandbox.ts";
import type { StsFault } from "../support/sts_endpoint.ts";
import { policyOf } from "./policies.ts";
import { exists, readRecords } from "./traces.ts";

/** A door, as far as it can in this process; where the command would leave a trace is at home. */
async function through(sandbox: Sandbox, args: readonly string[]) {
  if (args.includes("--server")) return await sandbox.run(args, { cwd: sandbox.home });
  return await runHere(sandbox, args.map((arg) => arg === "ran" ? `${sandbox.home}/ran` : arg));
}

/** Both doors without a server; the third asks STS with the same code at its start. */
const DOORS: readonly (readonly string[])[] = [
  ["credentials", "--profile", "prod"],
  ["exec", "--profile", "prod", "--", "touch", "ran"],
  ["exec", "--server", "--profile", "prod", "--", "touch", "ran"],
];

function assertTold(
  sandbox: Sandbox,
  { code, stdout, stderr }: Pick<Finished, "code" | "stdout" | "stderr">,
  expected: readonly [status: number, reason: string, hint: string],
): void {
  const [status, reason, hint] = expected;
  assertEquals([code, stdout], [status, ""], stderr);
  assertMatch(stderr, /^error: [^\n]+\nhint: [^\n]+\n$/);
  assert(!/^\s*at |file:\/\/|Uncaught/m.test(stderr), stderr);
  assertStringIncludes(stderr, reason);
  assertStringIncludes(stderr, hint);
  for (const secret of sandbox.sts.secrets()) assert(!stderr.includes(secret), "a secret is told");
}

/** An error of STS, the exit status and the words that it must become. */
type Case = readonly [
  fault: StsFault,
  expected: readonly [status: number, reason: string, hint: string],
];

const ERRORS: readonly Case[] = [
  [
    {
      kind: "error",
      status: 403,
      code: "AccessDenied",
      message:
        `User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole on resource: ${PROD_ROLE}`,
    },
    [78, `Cannot assume role "${PROD_ROLE}"`, '"sts:SetSourceIdentity"]'],
  ],
  [
    { kind: "error", status: 400, code: "ExpiredToken" },
    [78, "these credentials have expired", 'Renew the credentials of profile "base"'],
  ],
  [
    { kind: "error", status: 403, code: "InvalidClientTokenId" },
    [78, "AWS does not know the access key", "another partition"],
  ],
  [
    { kind: "error", status: 403, code: "SignatureDoesNotMatch" },
    [78, "the secret key does not belong to the access key", "this machine's clock"],
  ],
  [{ kind: "throttle" }, [69, "STS throttled the call twice (Throttling)", "Wait a moment"]],
  [
    { kind: "error", status: 500, code: "InternalFailure" },
    [69, "STS failed (InternalFailure)", "Try again"],
  ],
  [
    { kind: "error", status: 400, code: "Odd\nCode", message: "evil \u009b2J\u202e text\nat x" },
    [78, "evil \\u{9b}2J\\u{202e} text\\u{a}at x", "trust policy"],
  ],
  [{ kind: "reset" }, [69, "STS could not be reached", "check the network"]],
];

Deno.test("each error of STS becomes a reason, a hint and a status, at every door", async () => {
  await using sandbox = await openSandbox(policyOf());
  const log = `${sandbox.home}/decisions.jsonl`;
  // Who the caller is was asked before: what follows is about the role.
  assertEquals((await sandbox.run(["credentials", "--profile", "base"])).code, 0);
  for (const [fault, expected] of ERRORS) {
    sandbox.sts.fault(fault, { action: "AssumeRole" });
    const ended = await Promise.all(
      DOORS.map(([command, ...args]) => through(sandbox, [command!, "--log-file", log, ...args])),
    );
    for (const each of ended) assertTold(sandbox, each, expected);
  }
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
  const records = await readRecords(log);
  assertEquals(records.length, ERRORS.length * DOORS.length);
  for (const record of records) {
    assertEquals([record.outcome, record.access_key_id], ["failed", undefined]);
    assertMatch(record.error_code!, /^AWS_(?:REFUSED|UNAVAILABLE)$/);
  }
});

Deno.test("an error when the caller is not known yet: told as well, and nothing is granted", async () => {
  await using sandbox = await openSandbox(policyOf());
  for (const [fault, [status]] of ERRORS.slice(1)) {
    sandbox.sts.fault(fault, { action: "GetCallerIdentity" });
    const ended = await runHere(sandbox, ["credentials", "--profile", "prod"]);
    assertTold(sandbox, ended, [
      status,
      "error: Cannot ask AWS whose credentials ",
      "hint: ",
    ]);
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("one throttled call or one lost connection is made again, unseen", async () => {
  await using sandbox = await openSandbox(policyOf());
  for (const fault of [{ kind: "throttle" }, { kind: "reset" }] as const) {
    sandbox.sts.fault(fault, { action: "AssumeRole", times: 1 });
    const { code, stderr } = await sandbox.run(["exec", "--profile", "prod", "--", "true"]);
    assertEquals([code, stderr], [0, ""], fault.kind);
  }
});

Deno.test("a clock that is wrong is named, with how wrong it is", async () => {
  await using sandbox = await openSandbox(policyOf(), {
    sts: { now: () => Date.now() + 3 * 3600_000 },
  });
  const ended = await sandbox.run(["credentials", "--profile", "prod"]);
  assertEquals([ended.code, ended.stdout], [78, ""]);
  assertMatch(ended.stderr, /this machine's clock is (?:2h59m5\ds|3h\w*) behind/);
  assertStringIncludes(ended.stderr, "hint: Set the clock");
});

Deno.test("an STS that is not there, or is something else, is told at once", async () => {
  await using sandbox = await openSandbox(policyOf());
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dead = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const stranger = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/moved/"
        ? Response.redirect(`${sandbox.sts.url}/`, 307)
        : new Response("<html>Please sign in to the network</html>", {
          headers: { "content-type": "text/html" },
        }),
  );
  const strange = `http://127.0.0.1:${stranger.addr.port}`;
  try {
    const cases: readonly (readonly [url: string, reason: string, hint: string])[] = [
      [dead, "STS could not be reached", "AWS_ENDPOINT_URL"],
      [strange, "Cannot use the answer of STS: it lacks ", "AWS_ENDPOINT_URL"],
      [`${strange}/moved/`, "the answer is not one of STS", "AWS_ENDPOINT_URL"],
    ];
    for (const [url, reason, hint] of cases) {
      const ended = await runHere(sandbox, ["credentials", "--profile", "prod"], {
        env: { AWS_ENDPOINT_URL_STS: url },
      });
      assertTold(sandbox, ended, [69, reason, hint]);
    }
    assertEquals(sandbox.sts.calls.length, 0);
  } finally {
    await stranger.shutdown();
  }
});

Deno.test("an STS that never answers is given up in bounded time, at every door", async () => {
  await using sandbox = await openSandbox(policyOf());
  assertEquals((await sandbox.run(["credentials", "--profile", "base"])).code, 0);
  sandbox.sts.fault({ kind: "hang" }, { action: "AssumeRole" });
  const started = performance.now();
  const ended = await Promise.all(DOORS.map((args) => sandbox.run(args, { cwd: sandbox.home })));
  const seconds = (performance.now() - started) / 1000;
  assert(seconds < 15, `it took ${seconds} s`);
  for (const each of ended) {
    assertTold(sandbox, each, [69, "STS did not answer in time", "check the network"]);
  }
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});
