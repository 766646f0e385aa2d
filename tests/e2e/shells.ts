/**
 * Real shells with a real `sentinel` in their PATH.
 *
 * @module
 */
import { runsHere } from "../support/available_program.ts";
import { PROGRAM, type Sandbox, startProcess } from "../support/sandbox.ts";

/** Whether this machine has `shell`. */
export function hasShell(shell: string): boolean {
  return runsHere(shell, "-c", "exit 0");
}

/** Puts `sentinel` into a directory of the sandbox; returns the environment that finds it. */
export async function installProgram(sandbox: Sandbox): Promise<Readonly<Record<string, string>>> {
  const directory = `${sandbox.home}/bin`;
  await Deno.mkdir(directory, { recursive: true });
  const words = [Deno.execPath(), ...PROGRAM].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(`${directory}/sentinel`, `#!/bin/sh\nexec ${words} "$@"\n`, {
    mode: 0o755,
  });
  return { ...sandbox.env, PATH: `${directory}:${sandbox.env["PATH"]}`, TERM: "dumb" };
}

/** Runs `script` in `shell`; returns what it printed. Fails when it complains or exits otherwise. */
export async function runScript(
  [shell, ...flags]: readonly [string, ...string[]],
  script: string,
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<string> {
  const { code, stdout, stderr } = await startProcess(shell, [...flags, script], { env, cwd })
    .finished;
  if (code !== 0 || stderr !== "") {
    throw new Error(`${shell} exits with ${code}: ${stderr}${stdout}`);
  }
  return stdout;
}

/** Profile names that a careless script would run, expand, split or reorder. */
export const HOSTILE_PROFILES: readonly string[] = [
  "$(touch${IFS}pwned)",
  "`touch${IFS}pwned`",
  "a'b\"c",
  "semi;colon&co",
  "star*{a,b}?",
  "back\\slash",
  "-dash",
  "~tilde",
  "bang!bang",
  "prod:eu@team",
  "über",
];

/** Adds profiles with static keys under these names. */
export async function addProfiles(sandbox: Sandbox, names: readonly string[]): Promise<void> {
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    names.map((name) =>
      `\n[${name}]\naws_access_key_id = ${sandbox.keys.accessKeyId}\n` +
      `aws_secret_access_key = ${sandbox.keys.secretAccessKey}\n`
    ).join(""),
    { append: true },
  );
}
