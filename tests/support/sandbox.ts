/**
 * A world of its own for the real program: a home directory, an AWS configuration, a policy, a
 * strict STS, and nothing of the machine's. Free of test frameworks: the demo uses it too.
 *
 * @module
 */
import { startStsEndpoint, type StsEndpoint, type StsEndpointOptions } from "./sts_endpoint.ts";

const ROOT = new URL("../../", import.meta.url);

/** What ended processes leave. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  /** The very bytes of `stdout`. */
  readonly stdoutBytes: Uint8Array<ArrayBuffer>;
  readonly stderr: string;
}

/** A running process whose output is gathered. */
export interface Running {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its standard input; `null` unless it was started with `stdin: "piped"`. */
  readonly stdin: WritableStream<Uint8Array> | null;
  readonly finished: Promise<Finished>;
  kill(signal: Deno.Signal): void;
}

/** How a process is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: `null`, an input that is empty. */
  readonly stdin?: "null" | "piped";
}

/** The world. */
export interface Sandbox extends AsyncDisposable {
  readonly home: string;
  readonly sts: StsEndpoint;
  readonly policyFile: string;
  /** The long-term keys of profile `base` (user alice). */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Environment of every process: HOME, PATH and what Deno needs. */
  readonly env: Readonly<Record<string, string>>;
  writePolicy(text: string): Promise<void>;
  /** Starts `sentinel ...args`. */
  start(args: readonly string[], options?: StartOptions): Running;
  /** Runs `sentinel ...args` to its end. */
  run(args: readonly string[], options?: StartOptions): Promise<Finished>;
  /** Arguments that make a child of this Deno which runs `code`; for use after `--`. */
  script(name: string, code: string): Promise<readonly string[]>;
}

let denoDirectory: Promise<string> | null = null;

/** Where this Deno keeps its modules: a process with another HOME would fetch them anew. */
function denoDir(): Promise<string> {
  denoDirectory ??= (async () => {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] })
      .output();
    return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
  })();
  return denoDirectory;
}

/** Gathers what a stream says. */
function gather(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let text = "";
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const decoder = new TextDecoder();
  const done = (async () => {
    for await (const chunk of stream) {
      chunks.push(chunk);
      text += decoder.decode(chunk, { stream: true });
    }
    text += decoder.decode();
  })();
  return { text: () => text, bytes: () => new Blob(chunks).bytes(), done };
}

/** Starts `command` with exactly `env`. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly env: Readonly<Record<string, string>> },
): Running {
  const { stdin = "null" } = options;
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...options.env },
    clearEnv: true,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  const finished = (async () => {
    const { code } = await child.status;
    await Promise.all([stdout.done, stderr.done]);
    return {
      code,
      stdout: stdout.text(),
      stdoutBytes: await stdout.bytes(),
      stderr: stderr.text(),
    };
  })();
  return {
    pid: child.pid,
    stdout: stdout.text,
    stderr: stderr.text,
    stdin: stdin === "piped" ? child.stdin : null,
    finished,
    kill: (signal) => child.kill(signal),
  };
}

/** Arguments of Deno that run the program as `deno run -A jsr:@sentinel/cli` would. */
export const PROGRAM: readonly string[] = [
  "run",
  "-A",
  // The lock file spares Deno the resolution of packages: without it every start costs 80 ms more.
  "--frozen",
  "--quiet",
  `${ROOT.href}main.ts`,
];

/** The role that profile `prod` assumes. */
export const PROD_ROLE = "arn:aws:iam::123456789012:role/Prod";

/**
 * Opens a sandbox. Profiles: `base` (static keys of user alice), `prod` (role Prod, sourced from
 * `base`), `chain` (role Deep, sourced from `prod`).
 */
export async function openSandbox(
  policy: string,
  options: { readonly sts?: StsEndpointOptions } = {},
): Promise<Sandbox> {
  const home = await Deno.makeTempDir({ prefix: "sentinel-sandbox-" });
  const sts = startStsEndpoint(options.sts);
  const user = sts.addUser({ name: "alice" });
  sts.addRole({ name: "Prod", account: "123456789012" });
  sts.addRole({ name: "Deep", account: "210987654321" });
  await Deno.mkdir(`${home}/.aws`, { mode: 0o700 });
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[profile base]
region = eu-central-1

[profile prod]
role_arn = ${PROD_ROLE}
source_profile = base
region = eu-west-1
output = json

[profile chain]
role_arn = arn:aws:iam::210987654321:role/Deep
source_profile = prod
region = eu-west-1
`,
  );
  await Deno.writeTextFile(
    `${home}/.aws/credentials`,
    `[base]
aws_access_key_id = ${user.accessKeyId}
aws_secret_access_key = ${user.secretAccessKey}
`,
    { mode: 0o600 },
  );
  const policyFile = `${home}/policy.yaml`;
  await Deno.writeTextFile(policyFile, policy);
  const env = {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    DENO_DIR: await denoDir(),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    AWS_ENDPOINT_URL_STS: sts.url,
    SENTINEL_POLICY: policyFile,
  };
  const start = (args: readonly string[], options: StartOptions = {}) =>
    startProcess(Deno.execPath(), [...PROGRAM, ...args], {
      ...options,
      env: { ...env, ...options.env },
    });
  return {
    home,
    sts,
    policyFile,
    keys: user,
    env,
    start,
    run: (args, options) => start(args, options).finished,
    async writePolicy(text) {
      // As an editor does it: the file is replaced as a whole.
      const next = `${policyFile}.next`;
      await Deno.writeTextFile(next, text);
      await Deno.rename(next, policyFile);
    },
    async script(name, code) {
      const path = `${home}/${name}.ts`;
      await Deno.writeTextFile(path, code);
      return [Deno.execPath(), "run", "-A", "--no-lock", "--quiet", path];
    },
    async [Symbol.asyncDispose]() {
      await sts[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}
