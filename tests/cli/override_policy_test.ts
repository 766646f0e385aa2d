/**
 * What the commands of approvals and break-glass share with all others: where the policy comes from,
 * the tables of `config.yaml`, what the machine's administrator pinned, and `--min-ttl`.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import {
  APPROVALS,
  type ApprovalWorld,
  openApprovalWorld,
  OTHERS,
} from "../support/approval_world.ts";
import { type SsmEndpoint, startSsmEndpoint } from "../support/ssm_endpoint.ts";

const NAME = "/sentinel/policies/prod";
const SOURCE = `ssm:${NAME}`;
const EMERGENCY = "the importer is down, INC-4711";

/** The world with its policy in Parameter Store, for alice and for bob, and in no file. */
class ParameterWorld implements AsyncDisposable {
  readonly #stores: readonly [SsmEndpoint, SsmEndpoint];

  private constructor(readonly world: ApprovalWorld, stores: readonly [SsmEndpoint, SsmEndpoint]) {
    this.#stores = stores;
  }

  static async open(): Promise<ParameterWorld> {
    const world = await openApprovalWorld({ policy: "rules: []\n" });
    const credentials = await Deno.readTextFile(`${world.sandbox.home}/.aws/credentials`);
    const [, accessKeyId = "", secretAccessKey = ""] =
      /\[bob\]\naws_access_key_id = (.+)\naws_secret_access_key = (.+)/.exec(credentials) ?? [];
    const stores = [
      startSsmEndpoint({ keys: world.sandbox.keys }),
      startSsmEndpoint({ keys: { accessKeyId, secretAccessKey } }),
    ] as const;
    return new ParameterWorld(world, stores);
  }

  put(policy: string): void {
    for (const store of this.#stores) store.put(NAME, policy);
  }

  alice(args: readonly string[]) {
    return this.world.sentinel(args, { env: { AWS_ENDPOINT_URL_SSM: this.#stores[0].url } });
  }

  bob(args: readonly string[]) {
    return this.world.as("bob", args, { env: { AWS_ENDPOINT_URL_SSM: this.#stores[1].url } });
  }

  async [Symbol.asyncDispose]() {
    await this.world[Symbol.asyncDispose]();
    for (const store of this.#stores) await store[Symbol.asyncDispose]();
  }
}

Deno.test("who may approve, and who may break the glass, is what Parameter Store says now", async () => {
  await using world = await ParameterWorld.open();
  world.put(APPROVALS);
  const asked = await world.alice(
    ["request", "--profile", "prod", "-j", "fix the importer", "-o", "json", "--policy", SOURCE],
  );
  assertEquals(asked.status, 0, asked.stderr);
  const { id } = JSON.parse(asked.stdout);

  world.put(APPROVALS.replaceAll("bob", "dave"));
  const late = await world.bob(["approve", id, "--yes", "--policy-parameter", NAME]);
  assertEquals(late.status, 77);
  assertStringIncludes(late.stderr, 'does not name you ("bob") as approver');

  world.put(APPROVALS);
  const approved = await world.bob(["approve", id, "--yes", "--policy-parameter", NAME]);
  assertEquals(approved.status, 0, approved.stderr);
  const check = ["check", id, "--policy", SOURCE, "--output", "json"];
  assertEquals(JSON.parse((await world.alice(check)).stdout).gives_access, true);

  world.put(APPROVALS.replaceAll("bob", "dave"));
  assertEquals(JSON.parse((await world.alice(check)).stdout).gives_access, false);
  const broken = await world.alice(
    ["breakglass", "--profile", "prod", "-c", "incident", "-j", EMERGENCY, "-y", "-o", "json"]
      .concat("--policy", SOURCE),
  );
  assertEquals(broken.status, 0, broken.stderr);
  const event = ["breakglass-check", JSON.parse(broken.stdout).id, "--output", "json"];
  const standing = await world.alice([...event, "--policy", SOURCE]);
  assertEquals(JSON.parse(standing.stdout).gives_access, true, standing.stderr);
});

Deno.test("init status tells the version and the digest of a policy in Parameter Store", async () => {
  await using world = await ParameterWorld.open();
  const unread = await world.alice(["init", "status", "--policy", SOURCE]);
  assertEquals(unread.status, 1);
  assertMatch(unread.stdout, /Policy +ssm:\/sentinel\/policies\/prod\n +! grants nothing: Cannot/);

  world.put("rules: [");
  world.put(APPROVALS);
  const { stdout } = await world.alice(["init", "status", "--policy-parameter", NAME]);
  assertMatch(stdout, /valid: 5 in rules, 2 in approvals, 1 in break_glass\n +version 2, sha256:/);
  const { policy } = JSON.parse(
    (await world.alice(["init", "status", "--policy", SOURCE, "--output", "json"])).stdout,
  );
  assertEquals([policy.path, policy.version, policy.valid], [SOURCE, 2, true]);
  assertMatch(policy.digest, /^sha256:[0-9a-f]{64}$/);
});

Deno.test("config.yaml names the tables of approvals and break-glass for every command", async () => {
  await using world = await openApprovalWorld();
  await world.request();
  const directory = `${world.sandbox.home}/.config/sentinel`;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/config.yaml`,
    `defaults:\n  request_table: "${world.requestTable}"\n` +
      `  breakglass_table: "${world.breakglassTable}"\n`,
    { mode: 0o600 },
  );
  const env = { SENTINEL_REQUEST_TABLE: "", SENTINEL_BREAKGLASS_TABLE: "" };
  const listed = await world.sentinel(["list", "--output", "json"], { env });
  assertEquals(JSON.parse(listed.stdout).length, 1, listed.stderr);
  const events = await world.sentinel(["breakglass-list", "--output", "json"], { env });
  assertEquals([events.status, JSON.parse(events.stdout)], [0, []], events.stderr);
  const shown = await world.sentinel(["config", "show", "--output", "csv"], { env });
  assertStringIncludes(shown.stdout, `request_table,${world.requestTable},user file,`);
  const made = await world.sentinel(["init", "approvals", "--yes"], { env });
  assertEquals(made.status, 0, made.stderr);
  assertStringIncludes(made.stdout, "overrides.db");
});

Deno.test("a pinned policy decides on approvals, too, and a pinned table is the only one", async () => {
  await using world = await openApprovalWorld();
  const id = await world.request();
  const { home, policyFile } = world.sandbox;
  const own = `${home}/own.yaml`;
  await Deno.writeTextFile(own, APPROVALS.replaceAll("bob", OTHERS[2]));
  const path = `${home}/system.yaml`;
  await Deno.writeTextFile(
    path,
    `pin:\n  policy: ${policyFile}\n  request_table: "${world.requestTable}"\n`,
  );
  const host = { systemConfig: { path, owner: Deno.uid()! }, env: { SENTINEL_POLICY: "" } };
  const forged = await world.as("mallory", ["approve", id, "--yes", "--policy", own], host);
  assertEquals(forged.status, 64);
  assertStringIncludes(forged.stderr, "--policy cannot change policy");
  const other = ["list", "--request-table", `sqlite:${home}/other.db`];
  assertStringIncludes((await world.sentinel(other, host)).stderr, "cannot change request_table");
  const init = ["init", "approvals", "--yes", "--table", `sqlite:${home}/other.db`];
  assertStringIncludes((await world.sentinel(init, host)).stderr, "cannot change request_table");
  const plain = await world.as("bob", ["approve", id, "--yes"], host);
  assertEquals(plain.status, 0, plain.stderr);
});

Deno.test("exec --wait files nothing that could not last as long as --min-ttl demands", async () => {
  await using world = await openApprovalWorld();
  const exec = (...flags: string[]) =>
    world.sentinel(
      ["exec", "--profile", "prod", "--wait", "--justification", "fix the importer", ...flags]
        .concat("--", "true"),
    );
  for (const door of [[], ["--server"]]) {
    const { status, stderr } = await exec("--min-ttl", "1h", ...door);
    assertEquals(status, 75, stderr);
    assertStringIncludes(stderr, "--request-duration 1h15m");
    const longest = await exec("--min-ttl", "2h", "--request-duration", "2h", ...door);
    assertStringIncludes(longest.stderr, "the policy allows no longer approval");
  }
  const { stdout } = await world.sentinel(["list", "--output", "json"]);
  assertEquals(JSON.parse(stdout), []);
});
