/**
 * Everybody with the IAM document that `sentinel init` prints for their part, and nothing more: the
 * commands of each part work, and those of another part are refused by AWS, not by good manners.
 *
 * @module
 */
import {
  APPROVALS,
  type ApprovalWorld,
  openApprovalWorld,
  type Other,
  WHY,
} from "../support/approval_world.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";

/** Lets whoever holds `accessKeyId` do what the printed documents say, together. */
async function restrict(
  { dynamodb, sentinel }: ApprovalWorld,
  accessKeyId: string,
  parts: readonly (readonly [table: "approvals" | "breakglass", role: string])[],
): Promise<void> {
  const statements: unknown[] = [];
  for (const [table, role] of parts) {
    const args = ["init", table, "--generate-iam", "--role", role];
    const { status, stdout, stderr } = await sentinel(args);
    assertEquals(status, 0, stderr);
    statements.push(...JSON.parse(stdout).Statement);
  }
  dynamodb!.restrict(accessKeyId, JSON.stringify({ Statement: statements }));
}

/** The access key of somebody else. */
async function keyOf({ sandbox }: ApprovalWorld, other: Other): Promise<string> {
  const text = await Deno.readTextFile(`${sandbox.home}/.aws/credentials`);
  return new RegExp(`\\[${other}\\]\\naws_access_key_id = (\\S+)`).exec(text)![1]!;
}

/** alice asks and breaks the glass, bob approves and closes, carol audits. */
async function openParts(): Promise<ApprovalWorld> {
  const policy = APPROVALS.replace("profiles: [prod, vault]", "profiles: [prod, vault, bob-prod]")
    .replace("- name: prod\n    profiles: [prod]", "- name: prod\n    profiles: [prod, bob-prod]");
  const world = await openApprovalWorld({ tables: "dynamodb", policy });
  await restrict(world, world.sandbox.keys.accessKeyId, [
    ["approvals", "requester"],
    ["breakglass", "invoker"],
  ]);
  const bob = await keyOf(world, "bob");
  await restrict(world, bob, [["approvals", "approver"], ["breakglass", "closer"]]);
  const carol = await keyOf(world, "carol");
  await restrict(world, carol, [["approvals", "auditor"], ["breakglass", "auditor"]]);
  return world;
}

const EXEC = ["exec", "--profile", "prod", "--", Deno.execPath(), "eval", ""];

Deno.test("documents: ask, approve, use, end and audit, each with their own", async () => {
  await using world = await openParts();
  const id = await world.request();
  const ok = async (run: ReturnType<ApprovalWorld["sentinel"]>) => {
    const { status, stderr, stdout } = await run;
    assertEquals(status, 0, stderr);
    return stdout;
  };
  assertStringIncludes(await ok(world.sentinel(["list"])), id);
  assertStringIncludes(await ok(world.as("bob", ["list", "--status", "pending"])), id);
  await ok(world.as("bob", ["approve", id, "--yes", "--comment", "go on"]));
  assertStringIncludes(await ok(world.as("carol", ["check", id])), "approved");
  await ok(world.sentinel(EXEC));
  await ok(world.sentinel(["done", id]));
  assertEquals(
    (await world.sentinel([...EXEC.slice(0, 3), "--no-wait", ...EXEC.slice(3)])).status,
    77,
  );

  const second = await world.request();
  await ok(world.sentinel(["cancel", second]));
  const third = await world.request();
  await ok(world.as("bob", ["deny", third, "--yes", "--comment", "not today"]));
  assertEquals((await world.requests.get(third))!.status, "denied");
});

Deno.test("documents: what is another's part is refused by AWS", async () => {
  await using world = await openParts();
  const id = await world.request();
  const refused = async (run: ReturnType<ApprovalWorld["sentinel"]>) => {
    const { status, stderr } = await run;
    assertEquals(status, 69, stderr);
    assertMatch(stderr, /AWS denies access\nhint: Allow dynamodb:UpdateItem on table/);
  };
  // The policy lets carol approve and bob ask.
  await refused(world.as("carol", ["approve", id, "--yes"]));
  await refused(world.as("carol", ["deny", id, "--yes"]));
  const asked = ["request", "--profile", "bob-prod", "-j", WHY, "-d", "1h"];
  await refused(world.as("bob", asked));
  assertEquals((await world.requests.get(id))!.status, "pending");
});

Deno.test("documents: break the glass, use it, close it, audit it", async () => {
  await using world = await openParts();
  const why = "importer down since 02:40, INC-4711";
  const invoke = ["breakglass", "--profile", "prod", "-c", "incident", "-j", why, "--yes"];
  const { status, stderr } = await world.sentinel(invoke);
  assertEquals(status, 0, stderr);
  const [event] = await Array.fromAsync(world.events.listByStatus("active"));
  assertEquals((await world.sentinel(EXEC)).status, 0);
  const listed = await world.as("carol", ["breakglass-list"]);
  assertStringIncludes(listed.stdout, event!.id);
  const closed = await world.as("bob", [
    "breakglass-close",
    event!.id,
    "--reason",
    "over",
  ]);
  assertEquals(closed.status, 0, closed.stderr);
  assertEquals((await world.events.get(event!.id))!.closure?.by.user, "bob");
});
