import fc from "fast-check";
import { assert, assertEquals } from "../support/assert.ts";
import { type Region, ReplicatedTable } from "../support/replicated_table.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

const REVOCATION = { now: T0 + MINUTE, by: "root", reason: "laptop stolen" };

function touch(now: number) {
  return { now, lastAccessAt: now, requests: 1, expiresAt: now + 15 * MINUTE };
}

const other = (region: Region): Region => region === "here" ? "there" : "here";

for (const first of ["here", "there"] as const) {
  for (const last of ["the touch", "the revocation"] as const) {
    Deno.test(`replication: a revocation survives; ${last} comes last, what was written ${first} arrives first`, async () => {
      await using table = await ReplicatedTable.open();
      const { id } = sampleSession();
      // The server works "there", the administrator "here".
      await table.at("there", (store) => store.create(sampleSession()));
      await table.deliver("there");
      const writes = [
        () => table.at("here", (store) => store.revoke(id, REVOCATION)),
        () => table.at("there", (store) => store.touch(id, touch(T0 + 2 * MINUTE))),
      ];
      if (last === "the revocation") writes.reverse();
      for (const write of writes) await write();
      await table.deliver(first);
      await table.deliver(other(first));

      if (last === "the touch") {
        for (const region of ["here", "there"] as const) {
          const item = await table.raw(region, id);
          assertEquals(item?.["status"], { S: "active" }, "the whole item is the touch's");
          assertEquals(item?.["revoked_by"], undefined);
        }
      }
      for (const region of ["there", "here"] as const) {
        const record = await table.at(region, (store) => store.get(id));
        assertEquals(record?.status, "revoked", region);
        assertEquals(record?.revokedBy, "root");
        assertEquals(record?.revokedReason, "laptop stolen");
        assertEquals(record?.updatedAt, REVOCATION.now);
      }
      // Who saw it has made the record good, so that listings tell it too.
      assertEquals((await table.raw("there", id))?.["status"], { S: "revoked" });
      const revoked = await table.at(
        "there",
        (store) => Array.fromAsync(store.listByStatus("revoked")),
      );
      assertEquals(revoked.map((record) => record.id), [id]);
    });
  }
}

Deno.test("replication: a server that lost the revocation by its touch sees it with the next look", async () => {
  await using table = await ReplicatedTable.open();
  const { id } = sampleSession();
  await table.at("there", (store) => store.create(sampleSession()));
  await table.deliver("there");
  await table.at("here", (store) => store.revoke(id, REVOCATION));
  await table.at("there", (store) => store.touch(id, touch(T0 + 2 * MINUTE)));
  await table.deliver("here");
  const seen = await table.at("there", (store) => store.get(id));
  assertEquals(seen?.status, "revoked");
  // Whoever looks puts the record right, so the next touch does not count any more.
  const result = await table.at("there", (store) => store.touch(id, touch(T0 + 3 * MINUTE)));
  assert(result.outcome === "unchanged");
  assertEquals(result.record.status, "revoked");
});

type Step =
  | { readonly kind: "touch" | "expire" | "revoke" | "get"; readonly region: Region }
  | { readonly kind: "deliver"; readonly region: Region; readonly count: number };

const region = fc.constantFrom<Region>("here", "there");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("touch", "expire", "revoke", "get"), region }),
  fc.record({ kind: fc.constant("deliver" as const), region, count: fc.nat(3) }),
);

Deno.test("replication: whatever happens in whatever order, what was revoked ends revoked everywhere", async () => {
  await using table = await ReplicatedTable.open();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), region, async (steps, first) => {
      const id = idOf(++run);
      await table.at("there", (store) => store.create(sampleSession({ id })));
      await table.deliver("there");
      let now = T0;
      let isRevoked = false;
      for (const { kind, region, ...rest } of steps) {
        now += 1000;
        await table.at(region, async (store) => {
          if (kind === "touch") await store.touch(id, touch(now));
          if (kind === "expire") await store.expire(id, now);
          if (kind === "get") await store.get(id);
          if (kind !== "revoke") return;
          const result = await store.revoke(id, { ...REVOCATION, now });
          if (result.outcome === "applied") isRevoked = true;
        });
        if (kind === "deliver") await table.deliver(region, (rest as { count: number }).count);
      }
      await table.deliver(first);
      await table.deliver(other(first));
      await table.deliver(first);
      for (const place of ["here", "there"] as const) {
        const record = await table.at(place, (store) => store.get(id));
        if (isRevoked) assertEquals(record?.status, "revoked", place);
        else assert(record?.status !== "revoked", place);
      }
    }),
    { numRuns: 60, seed: 20261121 },
  );
});

Deno.test("replication: a mark is no session: no listing and no read gives it", async () => {
  await using table = await ReplicatedTable.open();
  const { id, user, profile } = sampleSession();
  await table.at("here", async (store) => {
    await store.create(sampleSession());
    await store.revoke(id, REVOCATION);
    assertEquals(await store.get(`revoked#${id}`), null);
    for (
      const list of [
        store.listByUser(user),
        store.listByProfile(profile),
        store.listByStatus("revoked"),
      ]
    ) {
      assertEquals((await Array.fromAsync(list)).map((record) => record.id), [id]);
    }
  });
  assert(await table.raw("here", `revoked#${id}`) !== null);
});

Deno.test("replication: revoking again makes good a mark that could not be written", async () => {
  await using table = await ReplicatedTable.open();
  const { id } = sampleSession();
  await table.at("here", (store) => store.create(sampleSession()));
  await table.at("here", async (store) => {
    await store.revoke(id, REVOCATION);
    await table.forget("here", `revoked#${id}`);
    const again = await store.revoke(id, { ...REVOCATION, by: "eve", reason: "again" });
    assertEquals(again.outcome, "unchanged");
  });
  const mark = await table.raw("here", `revoked#${id}`);
  assertEquals(mark?.["revoked_by"], { S: "root" }, "who came first stays");
});
