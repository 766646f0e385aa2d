/**
 * A sandbox whose profile `dev` signs in to IAM Identity Center, and whose profile `team` assumes the
 * role Prod from it, with a browser that a test can watch, and nobody signed in yet.
 *
 * @module
 */
import { runHere } from "./in_process.ts";
import { type OidcEndpoint, type OidcEndpointOptions, startOidcEndpoint } from "./oidc_endpoint.ts";
import {
  type Finished,
  openSandbox,
  PROD_ROLE,
  PROGRAM,
  type Running,
  type Sandbox,
  startProcess,
} from "./sandbox.ts";
import { visit } from "./sign_in_page.ts";
import { type SsoPortal, startSsoPortal } from "./sso_portal.ts";

/** The world. */
export interface SignedOutHome extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly oidc: OidcEndpoint;
  readonly portal: SsoPortal;
  /** Variables that lead to the service and to the browser. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts `sentinel ...args` without a terminal, even where the tests have one. */
  start(...args: readonly string[]): Running;
  /** Runs `sentinel ...args` so to its end. */
  run(...args: readonly string[]): Promise<Finished>;
  /** The same in this process: for guarantees that no process is part of. */
  here(...args: readonly string[]): ReturnType<typeof runHere>;
  /** From now on it is `name` who signs in. */
  becomes(name: string): void;
  /** The token on disk, or `null`. */
  token(): Readonly<Record<string, string>> | null;
  /** Addresses that browsers were opened at. */
  opened(): readonly string[];
}

/** How the world begins. */
export interface SignedOutHomeOptions extends OidcEndpointOptions {
  /** Life of the permission set's first keys in seconds; default an hour. */
  readonly keySeconds?: number;
}

/** `printf corp | sha1sum` */
const TOKEN_FILE = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/** The role that a permission set `Admin` is. */
const PERMISSION_SET = "AWSReservedSSO_Admin_0123456789abcdef";

const CONFIG = `
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile team]
role_arn = ${PROD_ROLE}
source_profile = dev
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
`;

/** Opens the world. */
export async function openSignedOutHome(
  policy: string,
  options: SignedOutHomeOptions = {},
): Promise<SignedOutHome> {
  const sandbox = await openSandbox(policy);
  const oidc = startOidcEndpoint(options);
  const portal = startSsoPortal();
  const { home, sts } = sandbox;
  const { arn: roleArn } = sts.addRole({ name: PERMISSION_SET, account: "123456789012" });
  let person = "alice@example.com";
  let keySeconds = options.keySeconds ?? 3600;
  portal.admit(oidc, {
    accountId: "123456789012",
    roleName: "Admin",
    issue() {
      const durationSeconds = keySeconds;
      keySeconds = 3600;
      return sts.addRoleSession({ roleArn, sessionName: person, durationSeconds });
    },
  });
  await Deno.writeTextFile(`${home}/.aws/config`, CONFIG, { append: true });
  const page = new URL("./sign_in_page.ts", import.meta.url).href;
  const browser = await sandbox.script(
    "browser",
    `import { visit } from ${JSON.stringify(page)};\nawait visit(Deno.args[0]!);\n`,
  );
  await Deno.mkdir(`${home}/bin`);
  await Deno.writeTextFile(
    `${home}/bin/xdg-open`,
    `#!/bin/sh\necho "$1" >> "$HOME/opened"\nexec ${browser.join(" ")} "$1"\n`,
    { mode: 0o700 },
  );
  const read = (path: string) => {
    try {
      return Deno.readTextFileSync(`${home}/${path}`);
    } catch {
      return null;
    }
  };
  const env = {
    AWS_ENDPOINT_URL_SSO_OIDC: oidc.url,
    AWS_ENDPOINT_URL_SSO: portal.url,
    PATH: `${home}/bin:${sandbox.env["PATH"]}`,
  };
  const start = (...args: readonly string[]) => {
    const [program, ...rest] = withoutTerminal([Deno.execPath(), ...PROGRAM, ...args]);
    return startProcess(program, rest, { env: { ...sandbox.env, ...env } });
  };
  return {
    sandbox,
    oidc,
    portal,
    env,
    start,
    becomes: (name) => void (person = name),
    run: (...args) => start(...args).finished,
    async here(...args) {
      const visits: Promise<unknown>[] = [];
      const browse = (url: string) => {
        Deno.writeTextFileSync(`${home}/opened`, `${url}\n`, { append: true });
        visits.push(visit(url));
        return true;
      };
      const finished = await runHere(sandbox, args, { env, browse });
      await Promise.all(visits);
      return finished;
    },
    token: () => JSON.parse(read(`.aws/sso/cache/${TOKEN_FILE}`) ?? "null"),
    opened: () => (read("opened") ?? "").split("\n").filter((line) => line !== ""),
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]();
      await oidc[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

/** `command` in a session of its own: it has no terminal that a person could be asked at. */
export function withoutTerminal(
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return Deno.build.os === "linux"
    ? ["setsid", ...command]
    : ["perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV", ...command];
}
