/**
 * The real program with its credential server running: the command is a shell that tells where
 * the endpoint is and ends as it is told; the test is the client.
 *
 * @module
 */
import type { RuleEffect } from "../../src/policy/policy.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import { openSessionStore } from "../../src/store/open.ts";
import { assertEquals, fail } from "./assert.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "./dynamodb_endpoint.ts";
import {
  type Finished,
  PROGRAM,
  type Running,
  type Sandbox,
  type StartOptions,
  startProcess,
} from "./sandbox.ts";

/** What the endpoint answered. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  /** Of the header `x-request-id`. */
  readonly requestId: string | null;
  /** Moments of the monotonic clock around the request. */
  readonly begun: number;
  readonly ended: number;
}

/** A running server. */
export interface Serving extends AsyncDisposable {
  readonly process: Running;
  /** Process id of the command. */
  readonly childPid: number;
  readonly url: string;
  readonly token: string;
  /** One request with the token. */
  ask(): Promise<Answer>;
  /** Kills the program with SIGKILL, and then the command that it left behind. */
  crash(): Promise<void>;
  /** Has the command end with `status` (default 0) and waits for the program's end. */
  end(status?: number): Promise<Finished>;
}

/** What {@linkcode serve} adds to a start. */
export interface ServeOptions extends Pick<StartOptions, "env"> {
  /** Flags of `exec --server` besides the profile. */
  readonly flags?: readonly string[];
  /** Default: `prod`. */
  readonly profile?: string;
  /** What the command does before it tells where the endpoint is. */
  readonly prologue?: string;
  /** What a shell does before it becomes the program: limits, redirections. */
  readonly before?: string;
}

/** Fails with what `process` said if it ends before `condition` is met. */
export async function whileRunning<T>(
  { process, what }: { readonly process: Running; readonly what: string },
  condition: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  let ended = false;
  process.finished.then(() => ended = true);
  const deadline = performance.now() + 15_000;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (ended || performance.now() > deadline) {
      fail(`${ended ? "it ended before" : "timed out waiting for"} ${what}: ${process.stderr()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts `sentinel exec --server` and waits until the command runs. */
export async function serve(sandbox: Sandbox, options: ServeOptions = {}): Promise<Serving> {
  const { flags = [], profile = "prod", env = {}, prologue = "", before = "" } = options;
  const shell = `${prologue}
echo "$$ $AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"
read status; exit "\${status:-99}"`;
  const program = [Deno.execPath(), ...PROGRAM, "exec", "--server", ...flags];
  const process = startProcess("/bin/sh", [
    ...["-c", `${before}\nexec "$@"`, "sh", ...program, "--profile", profile],
    ...["--", "/bin/sh", "-c", shell],
  ], { env: { ...sandbox.env, ...env }, stdin: "piped" });
  const input = process.stdin!.getWriter();
  let ended = false;
  process.finished.then(() => ended = true);

  async function close(): Promise<void> {
    if (!ended) process.kill("SIGKILL");
    // The shell reads the end of its input, and goes too.
    await input.close().catch(() => {});
    await process.finished;
  }

  try {
    const said = await whileRunning({ process, what: "its command ran" }, () => {
      const text = process.stdout();
      return text.includes("\n") ? text : null;
    });
    const [pid = "", url = "", token = ""] = said.trim().split(" ");
    return {
      process,
      childPid: Number(pid),
      url,
      token,
      ask: () => ask(url, token),
      async end(status = 0) {
        await input.write(new TextEncoder().encode(`${status}\n`)).catch(() => {});
        return await process.finished;
      },
      async crash() {
        process.kill("SIGKILL");
        // The command holds the program's output open.
        await input.close();
        await process.finished;
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One request to the endpoint. */
export async function ask(url: string, token: string): Promise<Answer> {
  const begun = performance.now();
  const response = await fetch(url, { headers: { authorization: token } });
  const body = await response.json();
  const requestId = response.headers.get("x-request-id");
  return { status: response.status, body, requestId, begun, ended: performance.now() };
}

/** `work`, and how long it took. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const begun = performance.now();
  const value = await work();
  return { value, ms: performance.now() - begun };
}

/** Each of `count` requests in a row has credentials; returns the times in ms, longest first. */
export async function latencies(server: Serving, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const { status, begun, ended } = await server.ask();
    assertEquals(status, 200, server.process.stderr());
    times.push(ended - begun);
  }
  return times.sort((a, b) => b - a);
}

/** The records of a decision log. Fails on a line that is not JSON. */
export async function readLog(path: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(path);
  assertEquals(text.at(-1), "\n", "the last line is whole");
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The lines of stderr with this label. */
export function told(stderr: string, label: "warning" | "error"): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith(`${label}: `));
}

/** A client that asks as fast as it can, on several connections. It must end before the server. */
export class Pressure implements AsyncDisposable {
  /** In the order in which they came. */
  readonly answers: Answer[] = [];
  #running = true;
  readonly #loops: Promise<unknown>;

  /** Begins to ask. */
  constructor(server: Serving, connections: number) {
    this.#loops = Promise.all(Array.from({ length: connections }, async () => {
      while (this.#running) this.answers.push(await server.ask());
    }));
    // A request that fails is told by `stop`.
    this.#loops.catch(() => {});
  }

  /** Answers to requests that began after `moment`. */
  since(moment: number): readonly Answer[] {
    return this.answers.filter(({ begun }) => begun > moment);
  }

  /** Asks no more. Rejects when a request had no answer. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#loops;
  }

  /** As {@linkcode stop}, without complaint. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
  }
}

/** One rule in short. */
export interface RuleText {
  readonly effect: RuleEffect;
  /** Default: the effect. */
  readonly name?: string;
  /** Default: every profile. */
  readonly profile?: string;
  readonly session_table?: string;
  readonly max_server_duration?: string;
  readonly reason?: string;
}

/** A policy document of these rules. JSON is YAML. */
export function policyOf(...rules: readonly RuleText[]): string {
  return JSON.stringify(
    {
      version: "1",
      rules: rules.map(({ name, profile, ...rule }) => ({
        name: name ?? rule.effect,
        ...rule,
        ...(profile !== undefined && { conditions: { profiles: [profile] } }),
      })),
    },
    null,
    2,
  );
}

/** Every session of `profile` in a session table. */
export async function sessionsIn(
  table: string,
  options: { readonly endpoint?: DynamoDbEndpoint; readonly profile?: string } = {},
): Promise<SessionRecord[]> {
  const { endpoint, profile = "prod" } = options;
  await using store = await openSessionStore(
    table,
    endpoint === undefined ? {} : storeOptions(endpoint),
  );
  return await Array.fromAsync(store.listByProfile(profile));
}

/** How a test opens a table at `endpoint`. */
export function storeOptions(endpoint: DynamoDbEndpoint) {
  return {
    region: "eu-west-1",
    endpoint: endpoint.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  };
}

/** A session table at `endpoint`, and the environment that leads the program there. */
export async function dynamoDbTable(
  endpoint: DynamoDbEndpoint,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  await createSessionTable(endpoint, name);
  endpoint.reset();
  return { AWS_ENDPOINT_URL_DYNAMODB: endpoint.url };
}
