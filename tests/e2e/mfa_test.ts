/**
 * Roles that demand the code of a device, at every door: where the code may come from, how often
 * it is asked for, and that nothing else is touched by it.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { hasPseudoTerminals, startOnTerminal } from "../support/pseudo_terminal.ts";
import { runHere } from "../support/in_process.ts";
import { openSandbox, PROD_ROLE, PROGRAM, type Sandbox, startProcess } from "../support/sandbox.ts";
import { policyOf, serve, whileRunning } from "../support/serving.ts";
import { withoutTerminal } from "../support/signed_out_home.ts";

const ALLOW = policyOf({ effect: "allow" });
const DENY = policyOf({ effect: "deny" });
const ignore = !(await hasPseudoTerminals());

/** A sandbox whose profile `guarded` demands a code of alice's device. */
async function openWorld(policy = ALLOW) {
  const sandbox = await openSandbox(policy);
  const { sts, home } = sandbox;
  const device = sts.addMfaDevice({ arn: "arn:aws:iam::123456789012:user/alice" });
  sts.addRole({ name: "Guarded", account: "123456789012", requiresCode: true });
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `
[profile guarded]
role_arn = arn:aws:iam::123456789012:role/Guarded
source_profile = base
mfa_serial = ${device.serial}
region = eu-west-1
`,
    { append: true },
  );
  /** A program that prints a code, and counts how often it was run. */
  async function program(code: string): Promise<string> {
    const path = `${home}/code`;
    await Deno.writeTextFile(path, `#!/bin/sh\necho run >> ${home}/runs\necho ${code}\n`, {
      mode: 0o700,
    });
    return path;
  }
  return {
    sandbox,
    device,
    program,
    runs: () => Deno.readTextFile(`${home}/runs`).then((text) => text.trim().split("\n").length),
    /** Runs `sentinel ...args` where nobody can be asked. */
    run: (...args: readonly string[]) => runUnattended(sandbox, args),
    /** The same in this process, but for a server. */
    here: (...args: readonly string[]) =>
      args.includes("--server") ? runUnattended(sandbox, args) : runHere(sandbox, args),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

function runUnattended(sandbox: Sandbox, args: readonly string[]) {
  const [first, ...rest] = withoutTerminal([Deno.execPath(), ...PROGRAM, ...args]);
  return startProcess(first, rest, { env: sandbox.env }).finished;
}

const EXEC = ["exec", "--profile", "guarded"];
const CREDENTIALS = ["credentials", "--profile", "guarded"];

Deno.test("a code of the command line opens the role, at each door", async () => {
  await using world = await openWorld();
  for (const args of [EXEC, [...EXEC, "--server"], CREDENTIALS]) {
    const end = args[0] === "exec" ? ["--", "true"] : [];
    const { code, stderr } = await world.here(...args, "--mfa-token", world.device.code(), ...end);
    assertEquals(code, 0, stderr);
  }
});

Deno.test("without a code and without a terminal nothing is asked, and the error says how", async () => {
  await using world = await openWorld();
  for (const args of [[...EXEC, "--", "true"], [...EXEC, "--server", "--", "true"], CREDENTIALS]) {
    const { code, stdout, stderr } = await world.run(...args);
    assertEquals([code, stdout], [78, ""], stderr);
    assertStringIncludes(stderr, `it needs a code of the device "${world.device.serial}"`);
    assertStringIncludes(stderr, "--mfa-token");
  }
  assertEquals(world.sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("who the policy refuses is not asked for a code", async () => {
  await using world = await openWorld(DENY);
  const program = await world.program("123456");
  for (
    const args of [[...EXEC, "--mfa-process", program, "--", "true"], [
      ...EXEC,
      "--server",
      "--mfa-process",
      program,
      "--",
      "true",
    ], [...CREDENTIALS, "--mfa-process", program]]
  ) {
    assertEquals((await world.here(...args)).code, 77);
  }
  assertEquals(await world.runs().catch(() => 0), 0);
});

Deno.test("a program gives the code to credentials once, while what it got is fresh", async () => {
  await using world = await openWorld();
  const program = await world.program(world.device.code());
  for (let run = 0; run < 3; run++) {
    const { code, stdout, stderr } = await world.here(...CREDENTIALS, "--mfa-process", program);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).Version, 1);
  }
  assertEquals(await world.runs(), 1);
});

Deno.test("a program that prints a code cannot read what is meant for the command", async () => {
  await using world = await openWorld();
  const program = await world.program(world.device.code());
  await Deno.writeTextFile(program, "cat > /dev/null\n", { append: true });
  const args = [...EXEC, "--mfa-process", program, "--", "/bin/cat"];
  const process = world.sandbox.start(args, { stdin: "piped" });
  const input = process.stdin!.getWriter();
  await input.write(new TextEncoder().encode("data"));
  await input.close();
  const { stdout, stderr } = await process.finished;
  assertEquals(stdout, "data", stderr);
});

Deno.test("mfa_process of the profile gives the code, too", async () => {
  await using world = await openWorld();
  const program = await world.program(world.device.code());
  await Deno.writeTextFile(`${world.sandbox.home}/.aws/config`, `mfa_process = ${program}\n`, {
    append: true,
  });
  const { code, stderr } = await world.here(...EXEC, "--", "true");
  assertEquals(code, 0, stderr);
  assertEquals(await world.runs(), 1);
});

Deno.test("ten credential processes at once have one code asked for", async () => {
  await using world = await openWorld();
  const program = await world.program(world.device.code());
  const all = await Promise.all(
    Array.from({ length: 10 }, () => world.run(...CREDENTIALS, "--mfa-process", program)),
  );
  for (const { code, stderr } of all) assertEquals(code, 0, stderr);
  assertEquals(await world.runs(), 1);
});

Deno.test("a code that AWS does not take is told, and not repeated", async () => {
  await using world = await openWorld();
  const { code, stderr } = await world.here(...EXEC, "--mfa-token", "000000", "--", "true");
  assertEquals(code, 78, stderr);
  assertStringIncludes(stderr, "code");
  assert(!stderr.includes("000000"), stderr);
});

Deno.test("a server asks nobody for a code that temporary keys could not keep", async () => {
  await using world = await openWorld();
  const { sandbox, device } = world;
  const { accessKeyId, secretAccessKey, sessionToken } = sandbox.sts.addRoleSession({
    roleArn: PROD_ROLE,
    sessionName: "pasted",
    durationSeconds: 3600,
  });
  const keys = `[base]\naws_access_key_id = ${accessKeyId}\n` +
    `aws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`;
  await Deno.writeTextFile(`${sandbox.home}/.aws/credentials`, keys);
  const program = await world.program(device.code());
  const args = [...EXEC, "--server", "--mfa-process", program, "--", "true"];
  const { code, stderr } = await world.run(...args);
  assertEquals(code, 78);
  assertStringIncludes(stderr, "only a user's own keys can keep it");
  assertEquals(await world.runs().catch(() => 0), 0);
  assertEquals(sandbox.sts.count("GetSessionToken"), 0);
});

Deno.test("a server asks for one code, before the command starts", async () => {
  await using world = await openWorld();
  const program = await world.program(world.device.code());
  await using server = await serve(world.sandbox, {
    profile: "guarded",
    flags: ["--mfa-process", program],
  });
  assertEquals((await server.ask()).status, 200);
  assertEquals(await world.runs(), 1);
  assertEquals(world.sandbox.sts.count("GetSessionToken"), 1);
  assertEquals((await server.end()).code, 0);
});

for (const flags of [[], ["--server"]]) {
  Deno.test({
    name: `Ctrl-C at the question ends the program: ${["exec", ...flags].join(" ")}`,
    ignore,
    async fn() {
      await using world = await openWorld();
      const program = [Deno.execPath(), ...PROGRAM, ...EXEC, ...flags, "--", "/bin/true"];
      await using terminal = startOnTerminal(program, { env: world.sandbox.env });
      const { process } = terminal;
      await whileRunning(
        { process, what: "the question" },
        () => process.stdout().includes('for profile "guarded": '),
      );
      await terminal.type("\x03");
      assertEquals((await process.finished).code, 130);
    },
  });
}

Deno.test({
  name: "a person types the code at the terminal; the pipes of the command are left alone",
  ignore,
  async fn() {
    await using world = await openWorld();
    const { home, env } = world.sandbox;
    // The streams are pipes and files; only the terminal itself is left to ask at.
    const program = [Deno.execPath(), ...PROGRAM, ...EXEC, "--", "/bin/cat"];
    await using terminal = startOnTerminal(
      [
        ...["/bin/sh", "-c", `echo data | "$@" > ${home}/out 2> ${home}/err; echo "ended $?"`],
        ...["sh", ...program],
      ],
      { env },
    );
    const { process } = terminal;
    const asks = (count: number) =>
      whileRunning(
        { process, what: `question ${count}` },
        () => process.stdout().split('for profile "guarded": ').length === count + 1,
      );
    await asks(1);
    await terminal.type("12345\r");
    await asks(2);
    assertStringIncludes(process.stdout(), "A code has six digits.");
    await terminal.type(`${world.device.code()}\r`);
    await whileRunning({ process, what: "the end" }, () => process.stdout().includes("ended 0"));
    assertEquals(await Deno.readTextFile(`${home}/out`), "data\n");
    assertEquals(await Deno.readTextFile(`${home}/err`), "");
  },
});
