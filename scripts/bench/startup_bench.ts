/**
 * Start-up: how long the program takes from nothing to its end, against an empty script in the
 * same run. Runs are interleaved, so that a busy moment of the machine falls on all alike.
 *
 * @module
 */
import { openSandbox, PROGRAM, type Sandbox } from "../../tests/support/sandbox.ts";
import { median } from "./figures.ts";

/** Milliseconds of one case, and the ratio to the empty script. */
export interface StartupFigure {
  readonly name: string;
  /** Median. */
  readonly ms: number;
  readonly ratio: number;
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Expected standard output, to be sure that the case does what its name says. */
  readonly expect: RegExp;
  readonly prepare?: (sandbox: Sandbox) => Promise<void>;
}

const POLICY = `version: "1"
rules:
  - name: all
    effect: allow
    conditions:
      profiles: [prod]
`;

async function forgetCredentials({ home }: Sandbox): Promise<void> {
  await Deno.remove(`${home}/.cache/sentinel/credentials`, { recursive: true }).catch(() => {});
}

const CASES: readonly Case[] = [
  { name: "--version", args: ["--version"], expect: /^sentinel / },
  {
    name: "credentials, from cache",
    args: ["credentials", "--profile", "prod"],
    expect: /"Version":1/,
  },
  {
    name: "credentials, one STS call",
    args: ["credentials", "--profile", "prod"],
    expect: /"Version":1/,
    prepare: forgetCredentials,
  },
  {
    name: "exec -- true, one STS call",
    args: ["exec", "--profile", "prod", "--", "true"],
    expect: /^$/,
  },
];

async function time(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  expect: RegExp,
): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const started = performance.now();
  const { code, stdout, stderr } = await command.output();
  const elapsed = performance.now() - started;
  const said = new TextDecoder().decode(stdout);
  if (code !== 0 || !expect.test(said)) {
    throw new Error(`${args.join(" ")} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return elapsed;
}

/** Measures every case `runs` times. The first figure is the floor. */
export async function measureStartup(runs: number): Promise<readonly StartupFigure[]> {
  const sandbox = await openSandbox(POLICY);
  try {
    const empty = `${sandbox.home}/empty.ts`;
    await Deno.writeTextFile(empty, "");
    const floor: Case = { name: "empty script", args: [], expect: /^$/ };
    const cases = [floor, ...CASES];
    const samples = new Map<Case, number[]>(cases.map((each) => [each, []]));
    for (let run = -3; run < runs; run++) {
      for (const each of cases) {
        await each.prepare?.(sandbox);
        const args = each === floor ? ["run", "-A", empty] : [...PROGRAM, ...each.args];
        const ms = await time(args, sandbox.env, each.expect);
        // The first runs fill caches and count for nothing.
        if (run >= 0) samples.get(each)!.push(ms);
      }
    }
    const floorMs = median(samples.get(floor)!);
    return cases.map((each) => {
      const ms = median(samples.get(each)!);
      return { name: each.name, ms, ratio: ms / floorMs };
    });
  } finally {
    await sandbox[Symbol.asyncDispose]();
  }
}
