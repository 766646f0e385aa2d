/**
 * People who may do something, and try to get more of it: another policy for one of the commands,
 * records written past the commands, clocks that are set. What they get is what the policy in force
 * foresees, at every door of the program.
 *
 * @module
 */
import { createEvent, invocationOf } from "../../src/state/break_glass_event.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { APPROVALS, type ApprovalWorld, openApprovalWorld } from "../support/approval_world.ts";

const BREAK = [
  ...["breakglass", "--profile", "prod", "--reason-code", "incident", "--yes"],
  ...["--justification", "the importer is down and the queue is full"],
];
const MINUTE = 60_000;

/** What `credentials` says of prod. */
async function credentials({ sentinel }: ApprovalWorld) {
  const { status, stdout, stderr } = await sentinel(["credentials", "--profile", "prod"]);
  assertEquals(status === 0, stdout !== "");
  return { status, stderr };
}

/** The events of alice, the newest first. */
function eventsOf({ events }: ApprovalWorld) {
  return Array.fromAsync(events.listByUser("alice"));
}

for (const tables of ["sqlite", "dynamodb"] as const) {
  Deno.test(`limits hold for a glass that was broken by another policy (${tables})`, async () => {
    await using world = await openApprovalWorld({ tables });
    const lax = `${world.sandbox.home}/lax.yaml`;
    await Deno.writeTextFile(lax, APPROVALS.replace("max_per_user: 3", "max_per_user: 99"));
    for (let number = 1; number <= 4; number++) {
      const broken = await world.sentinel([...BREAK, "--policy", lax]);
      assertEquals(broken.status, 0, broken.stderr);
      const { status, stderr } = await credentials(world);
      assertEquals(status, number <= 3 ? 0 : 77, `${number}: ${stderr}`);
      const [event] = await eventsOf(world);
      if (number > 3) {
        assertStringIncludes(
          stderr,
          `break-glass ${event!.id} is beyond what the policy allows now`,
        );
        const check = await world.sentinel(["breakglass-check", event!.id, "-o", "json"]);
        assertEquals(JSON.parse(check.stdout).gives_access, false);
      }
      const close = ["breakglass-close", event!.id, "--reason", "resolved"];
      assertEquals((await world.sentinel(close)).status, 0);
    }
  });
}

Deno.test("an event past the counter, or one that is made younger, gives nothing", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  assertEquals((await world.sentinel(BREAK)).status, 0);
  const [counted] = await eventsOf(world);
  assertEquals((await credentials(world)).status, 0);
  const forged = createEvent({ ...counted!, id: "f".repeat(16), now: counted!.createdAt + 1 });
  await world.events.create(forged);
  const close = ["breakglass-close", counted!.id, "--reason", "resolved"];
  assertEquals((await world.sentinel(close)).status, 0);
  const refused = await credentials(world);
  assertEquals(refused.status, 77);
  assertStringIncludes(refused.stderr, `${forged.id} is not in the history of invocations`);
  // As the invoker's IAM document lets them: the attributes of an event, one by one.
  const at = new Date(counted!.createdAt + MINUTE).toISOString();
  await world.dynamodb!.call("UpdateItem", {
    TableName: world.breakglassTable,
    Key: { id: { S: counted!.id } },
    UpdateExpression: "SET #s = :active, created_at = :at REMOVE closed_at, closed_by, " +
      "closed_arn, closed_reason",
    ExpressionAttributeNames: { "#s": "status" },
    ExpressionAttributeValues: { ":active": { S: "active" }, ":at": { S: at } },
  });
  const again = await credentials(world);
  assertEquals(again.status, 77);
  assertStringIncludes(again.stderr, `${counted!.id} is not in the history of invocations`);
});

Deno.test("a clock that was set forward leaves the limits as they are", async () => {
  await using world = await openApprovalWorld();
  for (let number = 0; number < 3; number++) {
    const { status, stdout } = await world.sentinel(BREAK);
    assertEquals(status, 0);
    await world.sentinel(["breakglass-close", stdout.trim(), "-r", "resolved"]);
  }
  const [last] = await eventsOf(world);
  const future = createEvent({
    ...last!,
    id: "f".repeat(16),
    now: last!.createdAt + 40 * 86_400_000,
  });
  assertEquals(await world.events.countInvocation(invocationOf(future), () => null), null);
  await world.events.create(future);
  assertEquals((await credentials(world)).status, 77);
  const refused = await world.sentinel(BREAK);
  assertEquals(refused.status, 77, "the history is what it was");
  assert((await world.events.invocations()).length === 4);
});

Deno.test("a flood of requests in somebody's name hides none that is approved", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const id = await world.request();
  assertEquals((await world.as("bob", ["approve", id, "--yes"])).status, 0);
  const real = (await world.requests.get(id))!;
  for (let number = 0; number < 250; number++) {
    await world.requests.create({
      ...real,
      id: `e${number.toString(16).padStart(15, "0")}`,
      status: "pending",
      approvedAt: null,
      decisions: [],
      createdAt: real.createdAt + number * MINUTE,
      pendingUntil: real.createdAt + (number + 1) * MINUTE,
    });
  }
  assertEquals((await credentials(world)).status, 0);
});

Deno.test("an approval that is nearly over keeps nobody from breaking the glass", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const id = await world.request({ duration: "15m" });
  assertEquals((await world.as("bob", ["approve", id, "--yes"])).status, 0);
  // A moment later less is left than the shortest credentials of AWS.
  const brief = await credentials(world);
  assertEquals(brief.status, 77);
  assertStringIncludes(brief.stderr, "ends sooner than the shortest credentials");
  assertEquals((await world.sentinel(BREAK)).status, 0);
  assertEquals((await credentials(world)).status, 0);
});
