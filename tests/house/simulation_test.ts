/**
 * The capacity that `docs/architecture.md` promises, by the simulation on which it rests: the real
 * tracker and the real store on simulated time.
 *
 * @module
 */
import { simulateFleet } from "../../scripts/simulate/fleet.ts";
import { simulateLoneServer } from "../../scripts/simulate/lone_server.ts";
import { assert, assertEquals } from "../support/assert.ts";

Deno.test("an idle server writes once in 5 minutes, to no index, and reads nothing", async () => {
  const { writesPerMinute, readsPerMinute, touchIndexUnits } = await simulateLoneServer(0, 3600);
  assert(writesPerMinute > 0.15 && writesPerMinute <= 0.2, `${writesPerMinute} writes a minute`);
  assertEquals(readsPerMinute, 0);
  assertEquals(touchIndexUnits, 0);
});

Deno.test("a busy server writes 6 times a minute and reads twice a look, however busy it is", async () => {
  for (const requestsPerSecond of [1, 20]) {
    const busy = await simulateLoneServer(requestsPerSecond, 300);
    const { writesPerMinute, readsPerMinute, touchIndexUnits } = busy;
    assert(writesPerMinute > 5.5 && writesPerMinute <= 6.2, `${writesPerMinute} writes a minute`);
    assert(readsPerMinute > 110 && readsPerMinute <= 2 * 120, `${readsPerMinute} reads`);
    assertEquals(touchIndexUnits, 0);
    assert(busy.perMillion !== null && busy.perMillion.writeUnits > 0);
  }
});

Deno.test("a fleet writes to the status index at each start and each end, and never else", async () => {
  const [rush, steady, revocation] = await simulateFleet(40);
  assert(rush !== undefined && steady !== undefined && revocation !== undefined);
  assert(rush.starts >= 40);
  for (const phase of [rush, steady]) {
    const units = phase.loads.get("gsi-status")?.units ?? 0;
    // An end moves the session from one partition of the index to another.
    assertEquals(units, phase.starts + 2 * phase.ends, phase.phase);
    assert(phase.loads.get("table")!.hottestPeak <= 2);
  }
  assertEquals(revocation.loads.get("gsi-status")?.units, 2 * revocation.revocations);
  assert(revocation.revocations >= 40 - 1, `${revocation.revocations} revoked`);
});
