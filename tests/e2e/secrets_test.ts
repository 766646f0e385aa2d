/**
 * Secrets are nowhere but where they belong (P13): long-term keys, issued keys and tokens and the
 * server's token are looked for in all output, every file of the home, and every command line.
 *
 * @module
 */
import { assert, assertEquals } from "../support/assert.ts";
import { type Finished, openSandbox, type Running, type Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { policyOf } from "./policies.ts";
import { exists, readRecords, readTree } from "./traces.ts";

/** Runs until a file `go` appears, after it has put the server's token aside. */
const WAITING_CHILD = 'printf %s "$AWS_CONTAINER_AUTHORIZATION_TOKEN" >"$ASIDE/token.part"; ' +
  'mv "$ASIDE/token.part" "$ASIDE/$1"; until [ -e "$ASIDE/go" ]; do sleep 0.02; done';

/** Every secret that a text holds, each named by where it comes from. */
function found(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].filter(([secret]) => text.includes(secret)).map(([, name]) => name);
}

/** The command lines of all processes of this machine, where they can be read. */
async function commandLines(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      lines.push(await Deno.readTextFile(`/proc/${name}/cmdline`));
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
  return lines;
}

interface Evidence {
  readonly finished: readonly Finished[];
  readonly serverToken: string;
  readonly commandLines: readonly string[];
}

/** Lets the program do everything it does, failures included, and gathers what it said. */
async function doEverything(sandbox: Sandbox, aside: string): Promise<Evidence> {
  const { home } = sandbox;
  const log = ["--log-file", `${home}/decisions.jsonl`];
  const env = { ASIDE: aside, SENTINEL_DEBUG: "1" };
  const wait = (name: string) => ["--", "sh", "-c", WAITING_CHILD, "sh", name];
  const running: readonly Running[] = [
    sandbox.start(["exec", "--profile", "prod", ...log, ...wait("plain")], { env }),
    sandbox.start([
      ...["exec", "--server", "--session-table", `sqlite:${home}/sessions.db`],
      ...["--profile", "prod", "--log-stderr", ...log, ...wait("served")],
    ], { env }),
  ];
  for (const name of ["plain", "served"]) {
    await waitFor(`the child ${name}`, () => exists(`${aside}/${name}`));
  }
  const serverToken = await Deno.readTextFile(`${aside}/served`);
  const lines = Deno.build.os === "linux" ? await commandLines() : [];
  await Deno.writeTextFile(`${aside}/go`, "");
  const finished = [...await Promise.all(running.map((each) => each.finished))];
  assertEquals(finished.map(({ code }) => code), [0, 0]);

  const printed = await Promise.all([
    sandbox.run(["credentials", "--profile", "prod", ...log], { env }),
    sandbox.run(["credentials", "--profile", "base", ...log], { env }),
    sandbox.run(["credentials", "--profile", "chain", "--log-stderr"], { env }),
  ]);
  // Their standard output is where secrets belong.
  finished.push(...printed.map((each) => ({ ...each, stdout: "" })));
  finished.push(...await failures(sandbox, log));
  return { finished, serverToken, commandLines: lines };
}

/** Runs that fail where secrets are at hand. */
async function failures(sandbox: Sandbox, log: readonly string[]): Promise<Finished[]> {
  const env = { SENTINEL_DEBUG: "1" };
  const finished: Finished[] = [];
  // An STS that repeats what it was sent, as SignatureDoesNotMatch does.
  const secrets = sandbox.sts.secrets().join(" ");
  for (const code of ["AccessDenied", "SignatureDoesNotMatch", "ValidationError", "Weird"]) {
    sandbox.sts.fault(
      { kind: "error", status: 403, code, message: `You sent ${secrets}` },
      { action: "AssumeRole", times: 1 },
    );
    finished.push(await sandbox.run(["exec", "--profile", "prod", ...log, "--", "true"], { env }));
  }
  const { accessKeyId, secretAccessKey } = sandbox.keys;
  // Mistakes in the very lines that hold keys, and keys where they do not belong.
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    `[half]\naws_secret_access_key = ${secretAccessKey}\n[odd]\naws_access_key_id = ${accessKeyId}\n` +
      `aws_secret_access_key = ${secretAccessKey}\u00e9\n[swap]\nrole_arn = ${secretAccessKey}\n` +
      `source_profile = base\n`,
    { append: true },
  );
  for (const profile of ["half", "odd", "swap"]) {
    finished.push(await sandbox.run(["credentials", "--profile", profile, ...log], { env }));
  }
  finished.push(
    await sandbox.run(["credentials", "--secret-access-key", secretAccessKey], { env }),
    await sandbox.run(["credentials", `--token=${secretAccessKey}`], { env }),
  );
  assert(finished.every(({ code }) => code !== 0), "a failure succeeded");
  return finished;
}

Deno.test("no secret stands in output, files, records or command lines", async () => {
  await using sandbox = await openSandbox(policyOf());
  const aside = await Deno.makeTempDir({ prefix: "sentinel-aside-" });
  try {
    const { finished, serverToken, commandLines } = await doEverything(sandbox, aside);
    assert(serverToken.length >= 32, "the server has a token");
    const secrets = new Map(sandbox.sts.secrets().map((secret, index) => [secret, `#${index}`]));
    secrets.set(serverToken, "the server's token");
    assert(secrets.size >= 12, `${secrets.size} secrets`);

    for (const { stdout, stderr } of finished) assertEquals(found(stdout + stderr, secrets), []);
    if (Deno.build.os === "linux") {
      assert(commandLines.some((line) => line.includes("sessions.db")), "the server is among them");
    }
    for (const line of commandLines) assertEquals(found(line, secrets), [], line);

    const files = await readTree(sandbox.home);
    const holders = files.filter(({ text }) => found(text, secrets).length > 0);
    const expected = /\/\.aws\/credentials$|\/\.cache\/sentinel\/credentials\/[0-9a-f]{64}\.json$/;
    assertEquals(holders.filter(({ path }) => !expected.test(path)), []);
    // The ones that belong there are there: what was looked for can be found.
    assertEquals(holders.length, 4);

    const made = files.filter(({ path }) =>
      !/\/\.aws\/|\/policy\.yaml$/.test(path.slice(sandbox.home.length))
    );
    assert(made.some(({ path }) => path.endsWith("/sessions.db")), "there is a session table");
    for (const { path, mode } of made) {
      assertEquals(mode, path.includes("/child-config/") ? 0o400 : 0o600, path);
    }
    const records = await readRecords(`${sandbox.home}/decisions.jsonl`);
    assert(records.length >= 8, `${records.length} records`);
  } finally {
    await Deno.remove(aside, { recursive: true });
  }
});
