/**
 * Every way to sign in × every door, through the program: whose the keys are that the command
 * gets, or why it gets none. The clients are the JavaScript SDK and, where this machine has them,
 * botocore and the AWS command line.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { runHere } from "../support/in_process.ts";
import type { Running } from "../support/sandbox.ts";
import { ask, policyOf } from "../support/serving.ts";
import { openSignInWorld, type SignInWorld, SSO_ROLE } from "../support/sign_in_world.ts";
import { waitFor } from "../support/wait.ts";
import { AWS_WHO_AM_I, BOTOCORE, hasAwsCommand, hasBotocore, JAVASCRIPT } from "./consumers.ts";

const ALLOW = policyOf({ effect: "allow" });
const PROD = "arn:aws:sts::123456789012:assumed-role/Prod";
const SSO = SSO_ROLE.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");

/** Who the command is; or, after `!`, what the refusal says. */
interface Row {
  readonly profile: string;
  readonly exec: string;
  readonly server: string;
  readonly credentials: string;
}

const TEMPORARY = "! its keys are temporary already";
const SERVED = "! a server hands out only what it can renew and end";

const ROWS: readonly Row[] = [
  // Long-term keys: a session of them, in every door.
  row("base", "arn:aws:iam::123456789012:user/alice"),
  row("longterm", "arn:aws:iam::123456789012:user/keychain"),
  // Temporary keys that live to their own end.
  { ...row("sso", `${SSO}/alice`), server: SERVED },
  { ...row("legacy", `${SSO}/alice`), server: SERVED },
  { ...row("process", "arn:aws:sts::123456789012:assumed-role/Tool/tool"), server: SERVED },
  row("temporary", TEMPORARY),
  // The role of a token can be assumed for as long as is wanted.
  row("web", "arn:aws:sts::123456789012:assumed-role/Web/pod"),
  // A role of ours can always be shortened, and carries the source identity.
  ...["base", "longterm", "sso", "legacy", "process", "temporary", "web"]
    .map((source) => row(`${source}-role`, `${PROD}/sentinel=`)),
  ...["environment", "instance", "container"].map((source) =>
    row(`${source}-role`, `${PROD}/sentinel=`)
  ),
];

function row(profile: string, arn: string): Row {
  return { profile, exec: arn, server: arn, credentials: arn };
}

function environmentOf(world: SignInWorld): Record<string, string> {
  const keys = world.session("Task", { name: "env" });
  return {
    ...world.env,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: world.metadata.containerUrl,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: world.metadata.containerToken,
  };
}

async function openWorld(): Promise<SignInWorld> {
  const world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  return world;
}

function check(
  outcome: { readonly code: number; readonly stdout: string; readonly stderr: string },
  expected: string,
  who: (stdout: string) => string,
): void {
  if (expected.startsWith("! ")) {
    assertEquals(outcome.code, 78, outcome.stderr);
    assertEquals(outcome.stdout, "");
    assertStringIncludes(outcome.stderr, expected.slice(2));
    assertMatch(outcome.stderr, /^hint: Add a (?:profile with a )?role_arn/m);
    return;
  }
  assertEquals(outcome.code, 0, outcome.stderr);
  assert(who(outcome.stdout).startsWith(expected), `${outcome.stdout} ${outcome.stderr}`);
}

/** What a door made of a profile: the access key is on standard output. */
type Outcome = Parameters<typeof check>[0];

const DOORS: Readonly<
  Record<
    "exec" | "server" | "credentials",
    (
      world: SignInWorld,
      options: { profile: string; env: Record<string, string> },
    ) => Promise<Outcome>
  >
> = {
  async exec({ sandbox }, { profile, env }) {
    const file = `${sandbox.home}/key-of-${profile}`;
    const tell = ["sh", "-c", 'printenv AWS_ACCESS_KEY_ID > "$0"', file];
    const outcome = await runHere(sandbox, ["exec", "--profile", profile, "--", ...tell], { env });
    assertEquals(outcome.stdout, "");
    const stdout = await Deno.readTextFile(file).catch(() => "");
    return { ...outcome, stdout };
  },
  async server({ sandbox }, { profile, env }) {
    // The endpoint is asked as an SDK does, without the half second that it takes to load one.
    const tell =
      'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; read end; true';
    const args = ["exec", "--server", "--profile", profile, "--", "sh", "-c", tell];
    const process = sandbox.start(args, { env, stdin: "piped" });
    const [url = "", token = ""] = await lineOf(process);
    const stdout = url === "" ? "" : (await ask(url, token)).body["AccessKeyId"] ?? "";
    await process.stdin!.close().catch(() => {});
    return { ...await process.finished, stdout };
  },
  async credentials({ sandbox }, { profile, env }) {
    const outcome = await runHere(sandbox, ["credentials", "--profile", profile], { env });
    return outcome.code === 0
      ? { ...outcome, stdout: JSON.parse(outcome.stdout).AccessKeyId }
      : outcome;
  },
};

/** The words that a process says first; none when it ends before. */
async function lineOf(process: Running): Promise<readonly string[]> {
  let isOver = false;
  process.finished.then(() => isOver = true);
  await waitFor("a line, or the end", () => isOver || process.stdout().includes("\n"));
  return process.stdout().trim().split(" ");
}

for (const door of ["exec", "server", "credentials"] as const) {
  Deno.test(`${door}: each kind of profile gives its credentials, or says why not`, async () => {
    await using world = await openWorld();
    const env = environmentOf(world);
    const { sts } = world.sandbox;
    const run = async (row: Row) => {
      const outcome = await DOORS[door](world, { profile: row.profile, env });
      check(outcome, row[door], (stdout) => sts.ownerOf(stdout.trim()) ?? "nobody");
      for (const secret of sts.secrets()) assert(!outcome.stderr.includes(secret), outcome.stderr);
    };
    // Two at a time, as there are processors.
    const left = [...ROWS];
    await Promise.all(Array.from({ length: 2 }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next);
    }));
  });
}

const OTHERS = [
  {
    name: "the JavaScript SDK",
    ignore: false,
    command: JAVASCRIPT,
    who: (text: string) => JSON.parse(text).arn,
  },
  {
    name: "botocore",
    ignore: !hasBotocore(),
    command: BOTOCORE,
    who: (text: string) => JSON.parse(text).arn,
  },
  {
    name: "the aws command",
    ignore: !hasAwsCommand(),
    command: AWS_WHO_AM_I,
    who: (text: string) => text.trim(),
  },
];

for (const { name, ignore, command, who } of OTHERS) {
  Deno.test({
    name: `${name} takes what single sign-on gave, alone and below a role`,
    ignore,
    async fn() {
      await using world = await openWorld();
      const env = world.env;
      const alone = ["exec", "--profile", "sso", "--", ...command];
      check(await world.sandbox.run(alone, { env }), `${SSO}/alice`, who);
      const served = ["exec", "--server", "--profile", "sso-role", "--", ...command];
      check(await world.sandbox.run(served, { env }), `${PROD}/sentinel=alice`, who);
    },
  });
}
