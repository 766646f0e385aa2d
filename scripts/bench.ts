/**
 * `deno task bench [--json] [--quick]`: start-up, endpoint, decisions and calls, each against a
 * floor of the same run. Figures that miss their goal are shown like the others; nothing fails.
 *
 * @module
 */
import { type CallFigures, measureCalls, unitsPerMillion } from "./bench/calls_bench.ts";
import { type EndpointFigures, measureEndpoint } from "./bench/endpoint_bench.ts";
import { measurePolicy, type PolicyFigures } from "./bench/policy_bench.ts";
import { openServedGate } from "./bench/served_gate.ts";
import { measureStartup, type StartupFigure } from "./bench/startup_bench.ts";

/** All figures of a run. */
interface Figures {
  readonly startup: readonly StartupFigure[];
  readonly endpoint: readonly EndpointFigures[];
  readonly policy: PolicyFigures;
  readonly calls: CallFigures;
}

const STARTUP_GOALS: Readonly<Record<string, number>> = {
  "--version": 1.5,
  "credentials, from cache": 3,
};

const json = Deno.args.includes("--json");
const quick = Deno.args.includes("--quick");

function say(text: string): void {
  if (!json) console.log(text);
}

async function measure(): Promise<Figures> {
  say("start-up …");
  const startup = await measureStartup(quick ? 9 : 31);
  say("endpoint …");
  const gate = await openServedGate();
  const endpoint = await measureEndpoint({
    authorize: (requestId) => gate.authorize(requestId),
    ...(quick && { rounds: 2 }),
  });
  await gate[Symbol.asyncDispose]();
  say("decisions …");
  const policy = measurePolicy();
  say(`calls (${quick ? 6 : 60} s) …`);
  const calls = await measureCalls(10_000, quick ? 6 : 60);
  return { startup, endpoint, policy, calls };
}

/** `value` beside its goal, and whether it is met. */
function against(value: number, goal: number | undefined, atLeast = false): string {
  if (goal === undefined) return "";
  const met = atLeast ? value >= goal : value <= goal;
  return `goal ${atLeast ? "≥" : "≤"} ${goal}${met ? "" : "  MISSED"}`;
}

function row(...cells: readonly string[]): void {
  console.log(
    `  ${cells.map((cell, index) => cell.padEnd(index === 0 ? 34 : 16)).join("")}`.trimEnd(),
  );
}

function print({ startup, endpoint, policy, calls }: Figures): void {
  console.log("\nStart-up (median; ratio to an empty script)");
  for (const { name, ms, ratio } of startup) {
    row(name, `${ms.toFixed(1)} ms`, `x${ratio.toFixed(2)}`, against(ratio, STARTUP_GOALS[name]));
  }
  console.log("\nEndpoint, policy and session check on (ratio to a bare Deno.serve handler)");
  for (const figures of endpoint) {
    const { connections, throughputRatio, p99Ratio } = figures;
    const goals = connections === 8;
    row(
      `${connections} connections, requests/s`,
      `${Math.round(figures.endpoint.requestsPerSecond)}`,
      `x${throughputRatio.toFixed(2)}`,
      against(throughputRatio, goals ? 0.6 : undefined, true),
    );
    row(
      `${connections} connections, p50, p99`,
      `${figures.endpoint.p50Ms.toFixed(2)}, ${figures.endpoint.p99Ms.toFixed(2)} ms`,
      `p99 x${p99Ratio.toFixed(2)}`,
      against(p99Ratio, goals ? 2 : undefined),
    );
  }
  console.log("\nDecisions");
  for (const { rules, nanosecondsPerDecision, goalNanoseconds } of policy) {
    row(
      `${rules} rules`,
      `${nanosecondsPerDecision.toFixed(0)} ns`,
      "",
      against(nanosecondsPerDecision, goalNanoseconds),
    );
  }
  console.log(`\nCalls for ${calls.requests} requests in ${calls.seconds} s`);
  row("answered with credentials", `${calls.answered}`);
  row("AssumeRole", `${calls.assumeRole}`, "", against(calls.assumeRole, 1));
  row("session reads, writes", `${calls.sessionReads}, ${calls.sessionWrites}`);
  row("write units", `${calls.writeUnits}`, "", against(calls.writeUnits, 20));
  const { write, read } = unitsPerMillion(calls);
  row("write, read units per 10^6 requests", `${write}, ${read}`);
}

const figures = await measure();
if (json) console.log(JSON.stringify(figures, null, 2));
else print(figures);
Deno.exit(0);
