/**
 * Requests per second and latency of the credential endpoint, against a bare `Deno.serve` handler
 * that answers as many bytes and checks nothing, turn by turn in one run.
 *
 * The generator needs about as much of a processor as a bare server does, so the ratio of the
 * throughputs flatters whichever is slower; the processor time a request costs does not.
 *
 * @module
 */
import process from "node:process";
import { newId } from "../../src/gate/request_id.ts";
import type { Allowed, Decision } from "../../src/gate/decision.ts";
import { startServer } from "../../src/server/server.ts";
import type { LoadFigures } from "./endpoint_load.ts";
import { median } from "./figures.ts";

/** What one kind of server does at one number of connections: medians of the rounds. */
export interface ServingFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for a request, in microseconds. */
  readonly cpuMicroseconds: number;
}

/** The endpoint beside the bare handler. */
export interface EndpointFigures {
  readonly connections: number;
  readonly bare: ServingFigures;
  readonly endpoint: ServingFigures;
  /** Of the throughputs; goal: at least 0.6. */
  readonly throughputRatio: number;
  /** Of the p99 latencies; goal at 8 connections: at most 2. */
  readonly p99Ratio: number;
  /** Of the processor times. */
  readonly cpuRatio: number;
}

/** How {@linkcode measureEndpoint} measures. */
export interface EndpointBenchOptions {
  /** The gate; default: one that says yes at once. */
  readonly authorize?: (requestId: string) => Decision | Promise<Decision>;
  /** Default 8 and 64. */
  readonly connections?: readonly number[];
  /** Turns of each; default 5. */
  readonly rounds?: number;
  /** Length of a turn in milliseconds; default 800. */
  readonly turnMs?: number;
}

/** Bytes of a usual answer. */
const BODY_BYTES = 566;

/** A yes whose answer has {@linkcode BODY_BYTES} bytes. */
function allowed(): Allowed {
  return {
    kind: "allow",
    credentials: {
      accessKeyId: "A".repeat(20),
      secretAccessKey: "s".repeat(40),
      sessionToken: "t".repeat(345),
      expiresAt: Date.now() + 900_000,
      durationSeconds: 900,
      accountId: "123456789012",
      roleArn: "arn:aws:iam::123456789012:role/Prod",
      sourceIdentity: null,
    },
    verdict: {
      effect: "allow",
      matchedRule: "bench",
      ruleIndex: 0,
      ruleEffect: "allow",
      reason: "bench",
      requiresServerMode: false,
      requiresSessionTracking: false,
      sessionTableName: null,
      maxServerDurationSeconds: null,
      conditions: {},
      evaluatedAt: new Date(),
    },
    sessionTable: null,
  };
}

interface Target extends AsyncDisposable {
  readonly port: number;
  readonly token: string;
}

function startBare(): Target {
  const body = JSON.stringify({ token: "x".repeat(BODY_BYTES - 12) });
  const headers = { "content-type": "application/json" };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, automaticCompression: false, onListen: () => {} },
    () => new Response(body, { headers }),
  );
  return {
    port: server.addr.port,
    token: "bare",
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Turn {
  readonly connections: number;
  readonly turnMs: number;
}

/** One turn of the generator against a server that lives as long as the turn. */
async function measureTurn(start: () => Target, turn: Turn): Promise<ServingFigures> {
  await using target = start();
  const generator = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--allow-net=127.0.0.1"],
      new URL("endpoint_load.ts", import.meta.url).href,
      ...[target.port, target.token, turn.connections, turn.turnMs].map(String),
    ],
    stderr: "inherit",
  });
  const before = process.cpuUsage();
  const { success, stdout } = await generator.output();
  const { user, system } = process.cpuUsage(before);
  if (!success) throw new Error("the load generator failed");
  const figures: LoadFigures = JSON.parse(new TextDecoder().decode(stdout));
  return {
    requestsPerSecond: figures.requests / figures.seconds,
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
    cpuMicroseconds: (user + system) / figures.allRequests,
  };
}

function medianFigures(turns: readonly ServingFigures[]): ServingFigures {
  const of = (name: keyof ServingFigures) => median(turns.map((turn) => turn[name]));
  return {
    requestsPerSecond: of("requestsPerSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    cpuMicroseconds: of("cpuMicroseconds"),
  };
}

/** Measures the endpoint and the bare handler, turn by turn: by default some 25 seconds. */
export async function measureEndpoint(
  options: EndpointBenchOptions = {},
): Promise<readonly EndpointFigures[]> {
  const { connections = [8, 64], rounds = 5, turnMs = 800 } = options;
  const decision = allowed();
  const { authorize = () => Promise.resolve(decision) } = options;
  const startEndpoint = () => startServer({ port: 0, newRequestId: newId, authorize });
  const measured: EndpointFigures[] = [];
  for (const count of connections) {
    const turn = { connections: count, turnMs };
    const bareTurns: ServingFigures[] = [];
    const endpointTurns: ServingFigures[] = [];
    for (let round = 0; round < rounds; round++) {
      bareTurns.push(await measureTurn(startBare, turn));
      endpointTurns.push(await measureTurn(startEndpoint, turn));
    }
    const bare = medianFigures(bareTurns);
    const endpoint = medianFigures(endpointTurns);
    measured.push({
      connections: count,
      bare,
      endpoint,
      throughputRatio: endpoint.requestsPerSecond / bare.requestsPerSecond,
      p99Ratio: endpoint.p99Ms / bare.p99Ms,
      cpuRatio: endpoint.cpuMicroseconds / bare.cpuMicroseconds,
    });
  }
  return measured;
}

if (import.meta.main) {
  for (const { connections, bare, endpoint, ...ratios } of await measureEndpoint()) {
    console.log(`${connections} connections`);
    console.table({ bare: rounded(bare), endpoint: rounded(endpoint) });
    console.log(rounded(ratios));
  }
}

/** Three significant digits of each figure. */
function rounded<T extends Readonly<Record<keyof T, number>>>(figures: T): Record<string, number> {
  return Object.fromEntries(
    Object.entries<number>(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]),
  );
}
