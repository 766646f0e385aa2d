/**
 * `deno task compile`: one executable for this machine in `dist/`, with the permissions of the
 * set `exec` in deno.json and no others. What was built is run before it is called good.
 *
 * @module
 */
const ROOT = new URL("../", import.meta.url);
const NAME = Deno.build.os === "windows" ? "sentinel.exe" : "sentinel";
const OUTPUT = new URL(`dist/${NAME}`, ROOT);

/** The path of a file URL: blanks and drive letters are no part of a URL's path. */
function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: string, args: readonly string[]): Promise<Result> {
  const decoder = new TextDecoder();
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      cwd: ROOT,
      env: { NO_COLOR: "1", AWS_CONFIG_FILE: "/nonexistent", HOME: "/nonexistent" },
      clearEnv: false,
      stdin: "null",
    }).output();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    return { code: 126, stdout: "", stderr: (error as Error).message };
  }
}

function fail(what: string, detail: string): never {
  console.error(`error: ${what}`);
  for (const line of detail.trim().split("\n").slice(0, 12)) console.error(`  ${line}`);
  Deno.exit(1);
}

async function compile(): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--frozen", "--permission-set=exec", "--no-prompt"],
      ...["--output", pathOf(OUTPUT), pathOf(new URL("main.ts", ROOT))],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output().then(({ code, stderr }) => ({ code, stderr: new TextDecoder().decode(stderr) }));
  if (code === 0) return;
  if (/denort|base binary/i.test(stderr)) {
    fail(
      `deno compile needs its base binary, denort ${Deno.version.deno} for ${Deno.build.target}, ` +
        "and could not fetch it. Connect this machine to Deno's download host, or set DENORT_BIN " +
        "to that file (not to deno itself). Nothing was built",
      stderr,
    );
  }
  fail("deno compile failed", stderr);
}

/** Runs what was built: it must be this program at this version, with its lazy parts inside. */
async function prove(version: string): Promise<void> {
  const binary = pathOf(OUTPUT);
  const shown = await run(binary, ["--version"]);
  if (shown.code !== 0 || shown.stdout.trim() !== `sentinel ${version}`) {
    fail(
      `${NAME} was built, but does not run as sentinel ${version}. Was DENORT_BIN set to deno ` +
        "instead of denort?",
      `${shown.stdout}${shown.stderr}`,
    );
  }
  const lazy = await run(binary, ["credentials", "--profile", "none"]);
  if (lazy.code !== 78 || !lazy.stderr.startsWith("error: ")) {
    fail(`${NAME} was built, but its commands do not run`, `${lazy.stdout}${lazy.stderr}`);
  }
}

const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
await Deno.mkdir(new URL("dist/", ROOT), { recursive: true });
await compile();
try {
  await prove(version);
} catch (error) {
  fail(`${NAME} was built, but could not be run`, (error as Error).message);
}
const { size } = await Deno.stat(OUTPUT);
console.log(
  `dist/${NAME}: sentinel ${version} for ${Deno.build.target}, ${Math.round(size / 1e6)} MB`,
);
