/**
 * `sentinel policy diff` over decision logs and over large documents.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const AT = ["--at", "2026-01-05T12:00:00Z"];

/** A rule in short, as JSON, which is YAML. */
function policyOf(...rules: readonly Record<string, unknown>[]): string {
  return JSON.stringify({ rules: rules.map((rule, index) => ({ name: `r${index}`, ...rule })) });
}

function record(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    timestamp: "2025-12-24T10:00:00.000Z",
    request_id: "00112233445566ff",
    user: "alice",
    arn: "arn:aws:iam::111111111111:user/alice",
    account: "123456789012",
    profile: "prod",
    mode: "server",
    outcome: "issued",
    host: "h",
    pid: 1,
    ...changes,
  });
}

/** Runs the command on two documents and a log; returns what it says as JSON. */
async function diff(
  before: string,
  after: string,
  log: readonly string[] | null = null,
) {
  using directory = new TemporaryDirectory();
  const paths = [directory.write("old.yaml", before), directory.write("new.yaml", after)];
  const flags = log === null ? [] : ["--log", directory.write("log", `${log.join("\n")}\n`)];
  const host = fakeHost();
  const status = await run(["policy", "diff", ...paths, ...AT, ...flags, "-o", "json"], host);
  return { status, stderr: host.stderr, document: JSON.parse(host.stdout) };
}

const PROD = { conditions: { profiles: ["prod"] } };

Deno.test("the requests of a log are judged with all that is known of them, at their own time", async () => {
  const role = "arn:aws:iam::123456789012:role/Prod";
  const before = policyOf({
    effect: "allow",
    conditions: {
      users: ["arn:aws:iam::111111111111:user/alice"],
      roles: [role],
      accounts: ["123456789012"],
      time: { days: ["wednesday"] },
    },
  });
  const after = policyOf({ effect: "deny" });
  const { status, document } = await diff(before, after, [
    record({ role_arn: role }),
    record({ role_arn: role, user: "alias" }),
    record({ role_arn: role, timestamp: "2025-12-25T10:00:00.000Z" }),
    record({}),
  ]);
  assertEquals(status, 1);
  assertEquals(
    document.log.changes.map((
      change: Record<string, unknown>,
    ) => [change["kind"], change["count"]]),
    [["closes", 2], ["requirement", 2]],
  );
  assertEquals(document.log.changes[0].request, {
    user: "alice",
    profile: "prod",
    mode: "server",
    at: "2025-12-24T10:00:00Z",
    role,
    account: "123456789012",
    arn: "arn:aws:iam::111111111111:user/alice",
    session_table: null,
  });
});

Deno.test("a table that the rule gave is not taken for one that the caller had", async () => {
  const before = policyOf({
    ...PROD,
    effect: "require_server_session",
    session_table: "rule-table",
  });
  const after = policyOf({ ...PROD, effect: "require_server_session" });
  const given = await diff(before, after, [record({ session_table: "rule-table" })]);
  assertEquals(given.document.log.changes[0].kind, "closes");
  const brought = await diff(after, after, [record({ session_table: "caller-table" })]);
  assertEquals([brought.status, brought.document.log.changed], [0, 0]);
});

Deno.test("lines of a log that hold no decision are told and passed over", async () => {
  const { status, stderr, document } = await diff(policyOf(PROD_ALLOW), policyOf(PROD_ALLOW), [
    record({}),
    "torn {",
  ]);
  assertEquals([status, document.log.compared, document.log.unreadable_lines], [0, 1, 1]);
  assertStringIncludes(stderr, "1 line of the logs is no record of a decision");
});

const PROD_ALLOW = { ...PROD, effect: "allow" };

Deno.test("more kinds of requests than can be compared: it says so, and still finds what opens", async () => {
  const rules = Array.from({ length: 1000 }, (_, index) => ({
    effect: "deny",
    conditions: {
      profiles: [`team-${index}`, `*-${index}`],
      users: [`user-${index}`, `*${index}`],
    },
  }));
  const { status, document } = await diff(
    policyOf(...rules),
    policyOf({ effect: "allow" }, ...rules.map((rule, index) => ({ ...rule, name: `s${index}` }))),
  );
  assertEquals([status, document.exhaustive], [1, false]);
  assert(document.changes.some(({ kind }: { kind: string }) => kind === "opens"));
});

Deno.test("that nothing was found is no answer while requests are left: the status is not 0", async () => {
  // The names meet in more ways than can be compared.
  const names = Array.from({ length: 22 }, (_, index) => `*${String.fromCharCode(97 + index)}*`);
  const rule = (name: string) => ({ effect: "deny", conditions: { users: [name] }, reason: "No" });
  const all = names.map(rule);
  const shadowed = { effect: "deny", conditions: { users: ["*a*b*"] }, reason: "No" };
  const { status, document } = await diff(policyOf(...all), policyOf(...all, shadowed));
  assertEquals([document.exhaustive, document.changes], [false, []]);
  assertEquals(status, 1);
});
