/**
 * A world for approvals and break-glass: a sandbox in which alice asks and others decide, with the
 * tables in a file or at DynamoDB's API. Free of test frameworks: the demo uses it too.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { openBreakGlassStore, openRequestStore, type StoreOptions } from "../../src/store/open.ts";
import type { BreakGlassStore, RequestStore } from "../../src/store/override_store.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE } from "../../src/store/table_kind.ts";
import {
  createTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "./dynamodb_endpoint.ts";
import { type FakeHost, fakeHost, type FakeHostOptions } from "./fake_host.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

/** Who is there besides alice, each with a profile of their own name. */
export const OTHERS = ["bob", "carol", "mallory"] as const;
/** Somebody of {@linkcode OTHERS}. */
export type Other = typeof OTHERS[number];

/** `prod` needs an approval by bob or carol; `vault` by two; `locked` is denied. */
export const APPROVALS = `version: "1"
rules:
  - name: prod-approved
    effect: require_approval
    conditions: { profiles: [prod, vault] }
    reason: Production changes are seen by two
  - name: base-free
    effect: allow
    conditions: { profiles: [base] }
  - name: locked
    effect: deny
    conditions: { profiles: [locked] }
    reason: Nobody goes there
  - name: served
    effect: require_server
    conditions: { profiles: [served] }
  - name: unapproved
    effect: require_approval
    conditions: { profiles: [unapproved] }
approvals:
  - name: vault
    profiles: [vault]
    approvers: [bob, carol]
    required: 2
  - name: prod
    profiles: [prod]
    approvers: [bob, carol, alice]
    max_duration: 2h
break_glass:
  - name: oncall
    profiles: [prod, chain]
    users: [alice]
    allowed_reason_codes: [incident, security]
    max_duration: 1h
    lifts: [require_approval, no_match]
    limits: { max_per_user: 3, escalation_threshold: 2 }
`;

/** Where the tables are. */
export type TableHome = "sqlite" | "dynamodb";

/** How the world is. */
export interface ApprovalWorldOptions {
  /** Default: `sqlite`. */
  readonly tables?: TableHome;
  /** Default: {@linkcode APPROVALS}. */
  readonly policy?: string;
}

/** The world. */
export interface ApprovalWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** `null` where the tables are a file. */
  readonly dynamodb: DynamoDbEndpoint | null;
  readonly requestTable: string;
  readonly breakglassTable: string;
  readonly requests: RequestStore;
  readonly events: BreakGlassStore;
  /** Environment of commands, of real processes too. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `sentinel ...args` in this process, as alice. */
  sentinel(args: readonly string[], host?: FakeHostOptions): Promise<FakeHost & { status: number }>;
  /** The same as somebody else. */
  as(
    other: Other,
    args: readonly string[],
    host?: FakeHostOptions,
  ): Promise<FakeHost & { status: number }>;
  /** Alice files a request; its id. */
  request(options?: { readonly profile?: string; readonly duration?: string }): Promise<string>;
}

/** Why alice asks. */
export const WHY = "fix the broken importer";

/** Opens the world. */
export async function openApprovalWorld(
  options: ApprovalWorldOptions = {},
): Promise<ApprovalWorld> {
  const { tables = "sqlite", policy = APPROVALS } = options;
  await using opening = new AsyncDisposableStack();
  const sandbox = opening.use(await openSandbox(policy));
  await addPeople(sandbox);
  const dynamodb = tables === "sqlite" ? null : opening.use(await startDynamoDbEndpoint());
  const file = `sqlite:${sandbox.home}/overrides.db`;
  const requestTable = dynamodb === null ? file : "sentinel-requests";
  const breakglassTable = dynamodb === null ? file : "sentinel-breakglass";
  if (dynamodb !== null) {
    await createTable(dynamodb, { kind: REQUEST_TABLE, name: requestTable });
    await createTable(dynamodb, { kind: BREAKGLASS_TABLE, name: breakglassTable });
    dynamodb.reset();
  }
  const access: StoreOptions = dynamodb === null ? {} : {
    region: "eu-west-1",
    endpoint: dynamodb.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  };
  const requests = opening.use(await openRequestStore(requestTable, access));
  const events = opening.use(await openBreakGlassStore(breakglassTable, access));
  const env = {
    ...sandbox.env,
    AWS_PROFILE: "base",
    AWS_REGION: "eu-west-1",
    SENTINEL_REQUEST_TABLE: requestTable,
    SENTINEL_BREAKGLASS_TABLE: breakglassTable,
    ...(dynamodb !== null && { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url }),
  };
  const stack = opening.move();
  const sentinel = async (args: readonly string[], host: FakeHostOptions = {}) => {
    const fake = fakeHost({ ...host, env: { ...env, ...host.env } });
    const status = await run(args, fake);
    return Object.assign(fake, { status });
  };
  return {
    sandbox,
    dynamodb,
    requestTable,
    breakglassTable,
    requests,
    events,
    env,
    sentinel,
    as: (other, args, host = {}) =>
      sentinel(args, { ...host, env: { AWS_PROFILE: other, ...host.env } }),
    async request({ profile = "prod", duration = "1h" } = {}) {
      const args = ["request", "--profile", profile, "-j", WHY, "-d", duration, "-o", "json"];
      const { status, stdout, stderr } = await sentinel(args);
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout).id;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Gives everybody keys, and alice some profiles more. */
async function addPeople({ sts, home }: Sandbox): Promise<void> {
  const credentials: string[] = [];
  const config: string[] = [];
  for (const name of OTHERS) {
    const { accessKeyId, secretAccessKey } = sts.addUser({ name });
    credentials.push(
      `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    config.push(`[profile ${name}]\nregion = eu-west-1\n`);
    // The same role, for somebody else.
    config.push(
      `[profile ${name}-prod]\nrole_arn = arn:aws:iam::123456789012:role/Prod\n` +
        `source_profile = ${name}\nregion = eu-west-1\n`,
    );
  }
  for (const name of ["vault", "locked", "served", "unapproved"]) {
    sts.addRole({ name, account: "123456789012" });
    config.push(
      `[profile ${name}]\nrole_arn = arn:aws:iam::123456789012:role/${name}\n` +
        "source_profile = base\nregion = eu-west-1\n",
    );
  }
  const append = { append: true };
  await Deno.writeTextFile(`${home}/.aws/credentials`, `\n${credentials.join("\n")}`, append);
  await Deno.writeTextFile(`${home}/.aws/config`, `\n${config.join("\n")}`, append);
}
