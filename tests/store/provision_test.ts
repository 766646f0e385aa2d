/**
 * Making a table right, step by step: against a simulated DynamoDB with time moved by hand, which
 * refuses a change while another is under way, lags behind, and may be interrupted anywhere.
 *
 * @module
 */
import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { type ControlledTable, provisionTable } from "../../src/store/provision.ts";
import {
  type ExistingTable,
  indexKeys,
  planProvision,
  type ProvisionStep,
  type WantedTable,
} from "../../src/store/provision_plan.ts";
import { SESSION_TABLE, type TableIndex } from "../../src/store/table_kind.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const WANTED: WantedTable = {
  kind: SESSION_TABLE,
  name: "sessions",
  deletionProtection: true,
  pointInTimeRecovery: true,
  kmsKey: null,
};

function existingIndex(index: TableIndex, status = "ACTIVE") {
  return {
    name: index.name,
    keys: indexKeys(index),
    projection: "KEYS_ONLY",
    attributes: [],
    status,
  };
}

function newTable(change: Partial<ExistingTable> = {}): ExistingTable {
  return {
    status: "ACTIVE",
    billingMode: "PAY_PER_REQUEST",
    keys: [{ AttributeName: "id", KeyType: "HASH" }],
    attributeTypes: new Map([["id", "S"]]),
    indexes: [],
    ttl: { status: "DISABLED", attribute: null },
    deletionProtection: false,
    pointInTimeRecovery: false,
    kmsKeyArn: null,
    ...change,
  };
}

class Interrupted extends Error {}

interface SimulationOptions {
  readonly existing?: ExistingTable | null;
  /** How long a change takes, in ms. */
  readonly changeMs?: number;
  /** How long what is said of a table lags behind, in ms. */
  readonly lagMs?: number;
}

/** DynamoDB with one table, and the time it lives in. */
class Simulation implements ControlledTable {
  now = 0;
  readonly performed: string[] = [];
  readonly progress: string[] = [];
  /** Thrown instead of the call after so many calls. */
  interruptAfter = Infinity;
  /** Faults that the next descriptions answer with. */
  readonly faults: SentinelError[] = [];
  #calls = 0;
  readonly #first: ExistingTable | null;
  readonly #changes: {
    readonly from: number;
    readonly change: (table: ExistingTable | null) => ExistingTable;
  }[] = [];
  readonly #changeMs: number;
  readonly #lagMs: number;

  constructor({ existing = null, changeMs = 5000, lagMs = 0 }: SimulationOptions = {}) {
    this.#first = existing;
    this.#changeMs = changeMs;
    this.#lagMs = lagMs;
  }

  at(moment: number): ExistingTable | null {
    return this.#changes.filter(({ from }) => from <= moment)
      .reduce((table, { change }) => change(table), this.#first);
  }

  #count(): void {
    if (++this.#calls > this.interruptAfter) throw new Interrupted();
  }

  describe(): Promise<ExistingTable | null> {
    this.#count();
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
    return Promise.resolve(this.at(Math.max(0, this.now - this.#lagMs)));
  }

  perform(step: ProvisionStep): Promise<"begun" | "busy"> {
    this.#count();
    const table = this.at(this.now);
    if (step.kind === "create-table") {
      if (table !== null) return Promise.resolve("busy");
      const made = newTable({
        deletionProtection: WANTED.deletionProtection,
        indexes: SESSION_TABLE.indexes.map((index) => existingIndex(index)),
      });
      this.#change(() => ({ ...made, status: "CREATING" }), () => made);
    } else {
      assert(table !== null, "a change of a table that is not there");
      if (table.status !== "ACTIVE") return Promise.resolve("busy");
      this.#apply(table, step);
    }
    this.performed.push(step.kind === "add-index" ? step.index.name : step.kind);
    return Promise.resolve("begun");
  }

  #apply(table: ExistingTable, step: Exclude<ProvisionStep, { kind: "create-table" }>): void {
    switch (step.kind) {
      case "add-index": {
        const { index } = step;
        assert(!table.indexes.some(({ name }) => name === index.name), "an index twice");
        this.#change(
          (now) => ({
            ...now,
            status: "UPDATING",
            indexes: [...now.indexes, existingIndex(index, "CREATING")],
          }),
          (now) => ({
            ...now,
            status: "ACTIVE",
            indexes: now.indexes.map((known) => ({ ...known, status: "ACTIVE" })),
          }),
        );
        break;
      }
      case "enable-deletion-protection":
        this.#change(
          (now) => ({ ...now, status: "UPDATING", deletionProtection: true }),
          (now) => ({ ...now, status: "ACTIVE" }),
        );
        break;
      case "set-kms-key":
        throw new Error("nobody asked for a key");
      case "enable-ttl":
        assert(table.ttl?.status === "DISABLED", "time to live twice: AWS refuses for an hour");
        this.#change(
          (now) => ({ ...now, ttl: { status: "ENABLING", attribute: "ttl" } }),
          (now) => ({ ...now, ttl: { status: "ENABLED", attribute: "ttl" } }),
        );
        break;
      case "enable-backups":
        this.#change((now) => ({ ...now, pointInTimeRecovery: true }), (now) => now);
        break;
    }
  }

  /** `begin` happens now, `end` when the change is done. */
  #change(
    begin: (now: ExistingTable) => ExistingTable,
    end: (now: ExistingTable) => ExistingTable,
  ): void {
    const from = this.now;
    this.#changes.push({ from, change: (table) => begin(table ?? newTable()) });
    this.#changes.push({ from: from + this.#changeMs, change: (table) => end(table!) });
    this.#changes.sort((a, b) => a.from - b.from);
  }

  run(timeoutSeconds = 900, wanted = WANTED) {
    return provisionTable(wanted, {
      table: this,
      clock: { monotonic: () => this.now },
      pause: (ms) => {
        this.now += ms;
        return Promise.resolve();
      },
      timeoutSeconds,
      onProgress: (doing) => this.progress.push(doing),
      resumeCommand: "sentinel init sessions --table sessions",
    });
  }
}

const throttled = () =>
  new SentinelError("SESSION_STORE_UNAVAILABLE", "throttled", {
    details: { error: "ThrottlingException" },
  });

Deno.test("a new table: created, waited for, completed", async () => {
  const simulation = new Simulation();
  const plan = await simulation.run();
  assertEquals([plan.steps, plan.busy], [[], []]);
  assertEquals(simulation.performed, ["create-table", "enable-ttl", "enable-backups"]);
  assertEquals(simulation.progress[0], "Create the table with its indexes");
  assert(simulation.progress.includes("Waiting: the table is CREATING"));
});

Deno.test("indexes are added one at a time, each when the last one is ready", async () => {
  const simulation = new Simulation({ existing: newTable() });
  await simulation.run();
  assertEquals(simulation.performed, [
    ...SESSION_TABLE.indexes.map(({ name }) => name),
    "enable-deletion-protection",
    "enable-ttl",
    "enable-backups",
  ]);
  assert(
    simulation.progress.includes("Waiting: the table is UPDATING, index gsi-user is CREATING"),
  );
});

Deno.test("descriptions that lag behind never make it begin a thing twice", async () => {
  for (const existing of [null, newTable()]) {
    const simulation = new Simulation({ existing, lagMs: 7000, changeMs: 1000 });
    await simulation.run();
    assertEquals(new Set(simulation.performed).size, simulation.performed.length);
    const { steps, problems } = planProvision(WANTED, simulation.at(simulation.now));
    assertEquals([steps, problems], [[], []]);
  }
});

Deno.test("property: interrupted anywhere and run again, it ends with the right table", async () => {
  const scenario = fc.record({
    indexes: fc.subarray([...SESSION_TABLE.indexes]),
    exists: fc.boolean(),
    hasTtl: fc.boolean(),
    isProtected: fc.boolean(),
    hasBackups: fc.boolean(),
    changeMs: fc.integer({ min: 0, max: 20_000 }),
    lagMs: fc.integer({ min: 0, max: 3000 }),
    interruptions: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
    restMs: fc.integer({ min: 4000, max: 30_000 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const existing = given.exists
        ? newTable({
          indexes: given.indexes.map((index) => existingIndex(index)),
          ttl: given.hasTtl
            ? { status: "ENABLED", attribute: "ttl" }
            : { status: "DISABLED", attribute: null },
          deletionProtection: given.isProtected,
          pointInTimeRecovery: given.hasBackups,
        })
        : null;
      const simulation = new Simulation({
        existing,
        changeMs: given.changeMs,
        lagMs: given.lagMs,
      });
      let calls = 0;
      for (const more of given.interruptions) {
        simulation.interruptAfter = calls += more;
        try {
          await simulation.run();
        } catch (thrown) {
          assert(thrown instanceof Interrupted, String(thrown));
        }
        // A new process does not start at once.
        simulation.now += given.restMs;
      }
      simulation.interruptAfter = Infinity;
      await simulation.run();
      const plan = planProvision(WANTED, simulation.at(simulation.now));
      assertEquals([plan.steps, plan.problems, plan.busy], [[], [], []]);
    }),
    { numRuns: 150 },
  );
});

Deno.test("time-out: says what it waited for and how to go on, and changes nothing after", async () => {
  const simulation = new Simulation({ changeMs: 3_600_000 });
  const error = await assertRejects(() => simulation.run(60), SentinelError);
  assertEquals(error.code, "TIMED_OUT");
  assertStringIncludes(error.message, "not ready after 1m: Waiting: the table is CREATING");
  assertStringIncludes(error.suggestion, "sentinel init sessions --table sessions");
  assertEquals(simulation.performed, ["create-table"]);
  assert(simulation.now >= 60_000 && simulation.now < 61_000, `${simulation.now} ms`);
});

Deno.test("throttled while it waits: waits on; throttled at once: says so", async () => {
  const simulation = new Simulation();
  simulation.faults.push(throttled());
  assertEquals((await assertRejects(() => simulation.run(), SentinelError)).message, "throttled");
  assertEquals(simulation.performed, []);
  const later = new Simulation();
  const describe = later.describe.bind(later);
  let looks = 0;
  later.describe = () => ++looks % 3 === 2 ? Promise.reject(throttled()) : describe();
  await later.run();
  assertEquals(later.performed.length, 3);
  assert(later.progress.includes("DynamoDB throttles"));
});

Deno.test("a table that turns out wrong is refused before anything is changed", async () => {
  const simulation = new Simulation({
    existing: newTable({ keys: [{ AttributeName: "pk", KeyType: "HASH" }] }),
  });
  const error = await assertRejects(() => simulation.run(), SentinelError, '"pk"');
  assertEquals([error.code, simulation.performed], ["SESSION_TABLE_INVALID", []]);
});
