/**
 * The test command: format, lint, types, documentation, publishing, then every test. It runs all
 * of them whatever fails and ends with the line `N passed, N failed`.
 *
 * @module
 */

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const STEPS: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--quiet", "main.ts", "mod.ts", "src", "tests", "scripts"] },
  { name: "documentation of the library", args: ["doc", "--lint", "mod.ts"] },
  { name: "command reference", args: ["run", "-A", "scripts/docs.ts", "--check"] },
  { name: "package", args: ["publish", "--dry-run", "--allow-dirty"] },
];

async function runStep({ name, args }: Step): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  console.log(`${success ? "ok    " : "FAILED"} ${name} (deno ${args.join(" ")})`);
  if (!success) {
    console.log(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  }
  return success;
}

/** Counts of a JUnit report: every `<testcase>` is a test or a step of one. */
function readReport(xml: string): { passed: number; failed: number; ignored: number } {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  for (const [, inner] of xml.matchAll(/<testcase\b[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (inner !== undefined && /<(failure|error)\b/.test(inner)) counts.failed++;
    else if (inner !== undefined && /<skipped\b/.test(inner)) counts.ignored++;
    else counts.passed++;
  }
  return counts;
}

async function runTests(filters: readonly string[]): Promise<ReturnType<typeof readReport>> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--no-check",
        "--allow-all",
        "--parallel",
        "--doc",
        `--junit-path=${report}`,
        ...(filters.length > 0 ? filters : ["mod.ts", "src", "tests"]),
      ],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).spawn().status;
    const counts = readReport(await Deno.readTextFile(report));
    // A run that died, or failed outside of any test, must not look like a success.
    if (!success && counts.failed === 0) counts.failed++;
    if (counts.passed + counts.failed === 0) counts.failed++;
    return counts;
  } finally {
    await Deno.remove(report);
  }
}

let passed = 0;
let failed = 0;
if (Deno.args.length === 0) {
  for (const step of STEPS) {
    if (await runStep(step)) passed++;
    else failed++;
  }
}
const counts = await runTests(Deno.args);
passed += counts.passed;
failed += counts.failed;
if (counts.ignored > 0) {
  console.log(`${counts.ignored} ignored: what they need is not on this machine (see above).`);
}
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
