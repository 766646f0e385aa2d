/**
 * `sentinel shell init` in real shells: each function runs its profile and nothing else, and the
 * prompt tells the time that is left.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { nameFunctions } from "../../src/cli/shell_functions.ts";
import { policyOf } from "./policies.ts";
import { addProfiles, hasShell, HOSTILE_PROFILES, installProgram, runScript } from "./shells.ts";

const PROFILES = ["base", "prod", "chain", ...HOSTILE_PROFILES];

/** Every shell of this machine, and how it runs a script without anybody's settings. */
const SHELLS = [
  { shell: "bash", command: ["bash", "--norc", "-c"], load: "source <(sentinel shell init bash)" },
  { shell: "zsh", command: ["zsh", "-f", "-c"], load: "source <(sentinel shell init zsh)" },
  {
    shell: "fish",
    command: ["fish", "--no-config", "-c"],
    load: "sentinel shell init fish | source",
  },
] as const;

/** A `sentinel` that prints its arguments for `exec`, and is the real one otherwise. */
async function installEcho(sandbox: Sandbox): Promise<Readonly<Record<string, string>>> {
  const env = await installProgram(sandbox);
  const echo = `${sandbox.home}/echo`;
  await Deno.mkdir(echo);
  await Deno.writeTextFile(
    `${echo}/sentinel`,
    `#!/bin/sh\nif [ "$1" = exec ]; then printf '<%s>' "$@"; echo; else exec '${sandbox.home}/bin/sentinel' "$@"; fi\n`,
    { mode: 0o755 },
  );
  return { ...env, PATH: `${echo}:${env["PATH"]}` };
}

/** RFC 3339 of a moment this many seconds from now. */
function inSeconds(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

for (const { shell, command, load } of SHELLS) {
  const isThere = hasShell(shell);
  const missing = isThere ? "" : ` (ignored: there is no ${shell} on this machine)`;

  Deno.test({
    name: `${shell}: each function runs exec for its very profile${missing}`,
    ignore: !isThere,
    async fn() {
      await using sandbox = await openSandbox(policyOf());
      await addProfiles(sandbox, HOSTILE_PROFILES);
      const env = await installEcho(sandbox);
      const functions = await nameFunctions(PROFILES, shell);
      const calls = functions.map(({ name }) => `${name} terraform plan '-out=a b'`);
      const output = await runScript(command, [load, ...calls].join("\n"), {
        env,
        cwd: sandbox.home,
      });
      assertEquals(
        output.trimEnd().split("\n"),
        PROFILES.map((profile) => `<exec><--profile=${profile}><--><terraform><plan><-out=a b>`),
      );
      for await (const { name } of Deno.readDir(sandbox.home)) assert(name !== "pwned");
    },
  });

  Deno.test({
    name: `${shell}: the prompt tells profile and time left, and runs nothing${missing}`,
    ignore: !isThere,
    async fn() {
      await using sandbox = await openSandbox(policyOf());
      const env = await installEcho(sandbox);
      const prompt = async (more: Readonly<Record<string, string>>) =>
        await runScript(command, `${load}\nsentinel_prompt`, {
          env: { ...env, ...more },
          cwd: sandbox.home,
        });
      assertEquals(await prompt({}), "");
      assertEquals(await prompt({ AWS_SENTINEL: "prod" }), "[prod] ");
      const left = async (AWS_SESSION_EXPIRATION: string) =>
        await prompt({ AWS_SENTINEL: "prod", AWS_SESSION_EXPIRATION });
      assertEquals(await left(inSeconds(43 * 60 + 30)), "[prod 43m] ");
      assertEquals(await left(inSeconds(2 * 3600 + 5 * 60 + 30)), "[prod 2h5m] ");
      assertEquals(await left(inSeconds(-5)), "[prod expired] ");
      assertEquals(await left("2001-02-28T08:09:09Z"), "[prod expired] ");
      assertEquals(await left(inSeconds(366 * 86_400 + 30)), "[prod 8784h0m] ");
      assertEquals(await left("x[$(touch pwned)]"), "[prod] ");
      assertEquals(await prompt({ AWS_SENTINEL: "a\x1b[31mb" }), "[a?[31mb] ");
      for await (const { name } of Deno.readDir(sandbox.home)) assert(name !== "pwned");
    },
  });
}

Deno.test("a function with the real program: the command runs with the profile's credentials", async () => {
  await using sandbox = await openSandbox(policyOf());
  const env = await installProgram(sandbox);
  const output = await runScript(
    ["bash", "--norc", "-c"],
    `source <(sentinel shell init bash prod)
sentinel-prod sh -c 'echo "$AWS_SENTINEL $AWS_SESSION_EXPIRATION"'`,
    { env, cwd: sandbox.home },
  );
  assertStringIncludes(output, "prod 20");
});

Deno.test("names: changed ones and ambiguous ones mean the same whatever others there are", async () => {
  const names = async (profiles: readonly string[], shell: "bash" | "powershell" = "bash") =>
    (await nameFunctions(profiles, shell)).map(({ name }) => name);
  assertEquals(await names(["prod", "prod.eu_1"]), ["sentinel-prod", "sentinel-prod.eu_1"]);
  const [alone] = await names(["a b"]);
  assert(/^sentinel-a-b-[0-9a-f]{6}$/.test(alone!), alone);
  const together = await names(["a-b", "a b", "a;b", "a  b"]);
  assertEquals([together[0], together[1]], ["sentinel-a-b", alone]);
  assertEquals(new Set(together).size, 4);
  const [upper, lower] = await names(["Prod", "prod"], "powershell");
  assert(upper!.toLowerCase() !== lower!.toLowerCase() && upper !== "sentinel-Prod");
  assertEquals(await names(["Prod", "prod"]), ["sentinel-Prod", "sentinel-prod"]);
  // A profile that is named like another's function.
  const twin = alone!.slice("sentinel-".length);
  assertEquals(new Set(await names(["a b", twin])).size, 2);
});
