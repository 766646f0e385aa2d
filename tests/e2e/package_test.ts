/**
 * The package as others use it: `mod.ts` run is the program, `mod.ts` imported is a library that
 * loads nothing heavy, asks for nothing and exports exactly what is promised.
 *
 * @module
 */
import * as library from "../../mod.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { openSandbox, startProcess } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";

const ROOT = new URL("../../", import.meta.url);
const MODULE = new URL("mod.ts", ROOT).href;

Deno.test("the values that the package exports", () => {
  assertEquals(Object.keys(library).sort(), [
    "CREDENTIAL_MODES",
    "ERROR_CATALOGUE",
    "EVENT_STATUSES",
    "LIFTABLE_REFUSALS",
    "LINT_CODES",
    "LINT_LEVELS",
    "REASON_CODES",
    "REQUEST_STATUSES",
    "RULE_EFFECTS",
    "SESSION_STATUSES",
    "SentinelError",
    "WEEKDAYS",
    "compilePolicy",
    "createEvent",
    "createRequest",
    "effectiveStatus",
    "evaluate",
    "lintPolicy",
    "openBreakGlassStore",
    "openRequestStore",
    "openSessionStore",
    "parsePolicy",
    "sessionTtlSeconds",
  ]);
});

Deno.test("mod.ts run is the program, version and commands included", async () => {
  await using sandbox = await openSandbox(policyOf());
  const run = (...args: readonly string[]) =>
    startProcess(Deno.execPath(), ["run", "-A", "--frozen", "--quiet", MODULE, ...args], {
      env: sandbox.env,
    }).finished;
  const [version, usage, exec] = await Promise.all([
    run("--version"),
    run("exce"),
    run("exec", "--profile", "prod", "--", "sh", "-c", "exit 7"),
  ]);
  const { version: number } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assertEquals([version.code, version.stdout, version.stderr], [0, `sentinel ${number}\n`, ""]);
  assertEquals([usage.code, usage.stdout], [64, ""]);
  assertEquals([exec.code, exec.stderr], [7, ""]);
});

/** Uses the library in the way that needs no session table. */
const IMPORTER = `
import { evaluate, parsePolicy, SentinelError } from "${MODULE}";
const policy = parsePolicy(\`version: "1"
rules:
  - { name: tracked, effect: require_server_session, conditions: { profiles: [prod] } }
\`);
const request = { user: "alice", profile: "prod", time: new Date(0) };
const verdicts = ["cli", "server"].map((mode) => evaluate(policy, { ...request, mode, sessionTableName: "t" }));
let problems = [];
try {
  parsePolicy("rules: [{}]");
} catch (error) {
  if (error instanceof SentinelError) problems = error.details.problems;
}
console.log(JSON.stringify({
  effects: verdicts.map(({ effect }) => effect),
  needs: [verdicts[0].requiresServerMode, verdicts[0].requiresSessionTracking],
  unmatched: evaluate(policy, { ...request, profile: "dev", mode: "cli" }).matchedRule,
  problems: problems.length > 0 && problems.every((p) => p.line === 1 && p.column > 0),
}));
`;

Deno.test("mod.ts imported needs no permission and runs neither SDK, SQLite nor the program", async () => {
  await using sandbox = await openSandbox(policyOf());
  const { home } = sandbox;
  await Deno.writeTextFile(`${home}/importer.js`, IMPORTER);
  // In the place of what must not run stands something that says so when it does.
  await Deno.writeTextFile(`${home}/bait.js`, 'console.log("bait was taken");\n');
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const guarded = ["@aws-sdk/client-sts", "@aws-sdk/client-dynamodb", "node:sqlite"];
  const baits = [...guarded, new URL("main.ts", ROOT).href].map((each) => [each, "./bait.js"]);
  await Deno.writeTextFile(
    `${home}/deno.json`,
    JSON.stringify({ imports: { ...imports, ...Object.fromEntries(baits) }, lock: false }),
  );
  const run = (file: string) =>
    startProcess(Deno.execPath(), ["run", "--no-prompt", "--quiet", file], {
      env: sandbox.env,
      cwd: home,
    }).finished;
  const { code, stdout, stderr } = await run("importer.js");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(JSON.parse(stdout), {
    effects: ["deny", "allow"],
    needs: [true, true],
    unmatched: null,
    problems: true,
  });
  // The baits do lie in the way of what they stand for.
  await Deno.writeTextFile(
    `${home}/taker.js`,
    guarded.map((each) => `import "${each}";\n`).join(""),
  );
  assertEquals((await run("taker.js")).stdout, "bait was taken\n");
});

Deno.test("the package's exports and its name lead to these files", async () => {
  const { name, exports, version } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  assertEquals([name, exports["."]], ["@sentinel/cli", "./mod.ts"]);
  assertMatch(version, /^\d+\.\d+\.\d+$/);
});

Deno.test("what is loaded lazily is compiled into the executable all the same", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  // With lazy imports, deno compile finds only what is loaded at once: without src in its list,
  // the executable would lack every command.
  assert(config.unstable.includes("lazy-dynamic-imports"));
  assertEquals(config.compile.include, ["src"]);
});
