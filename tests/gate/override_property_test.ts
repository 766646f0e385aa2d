/**
 * Whatever people who may not approve do (by the commands, or by writing straight into the tables as
 * IAM lets them: anything but decisions), credentials under `require_approval` come only of an
 * approval that approvers really gave, for exactly that, and end with it.
 *
 * @module
 */
import fc from "fast-check";
import { createGate } from "../../src/gate/gate.ts";
import { lifetimeSeconds } from "../../src/gate/lifetime.ts";
import type { AccessRequest } from "../../src/gate/access_request.ts";
import { compilePolicy } from "../../src/policy/compile.ts";
import { compileOverrideRules } from "../../src/policy/override_rules.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { CREDENTIAL_MODES } from "../../src/policy/policy.ts";
import type { Actor } from "../../src/state/actor.ts";
import {
  type ApprovalRequest,
  type ApprovalScope,
  createApprovedRequest,
  createRequest,
  REQUEST_STATUSES,
  scopeOf,
} from "../../src/state/approval_request.ts";
import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endRequest,
} from "../../src/state/request_transition.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { accessRequest, issuedFor, NOON } from "../support/gate_fixture.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20261121 });

const MINUTE = 60_000;

const ALICE: Actor = { user: "alice", arn: "arn:aws:iam::111111111111:user/alice" };
const MALLORY: Actor = { user: "mallory", arn: "arn:aws:iam::111111111111:user/mallory" };
/** An approver who also asks. */
const LEAD: Actor = { user: "lead", arn: "arn:aws:iam::111111111111:user/lead" };
const CHIEF: Actor = { user: "Ops/chief", arn: "arn:aws:sts::111111111111:assumed-role/Ops/chief" };
/** The same person with another session, as far as anybody knows. */
const CHIEF_AGAIN: Actor = {
  user: "Ops/x",
  arn: "arn:aws:sts::111111111111:assumed-role/Ops/x",
};
const PEOPLE = [ALICE, MALLORY, LEAD, CHIEF];
const APPROVERS = [LEAD, CHIEF, CHIEF_AGAIN];

const TARGETS = [
  { profile: "prod", role: "arn:aws:iam::123456789012:role/Prod", account: "123456789012" },
  { profile: "prod", role: "arn:aws:iam::123456789012:role/Admin", account: "123456789012" },
  { profile: "prod", role: null, account: "999999999999" },
  { profile: "dev", role: "arn:aws:iam::123456789012:role/Prod", account: "123456789012" },
];

function policyRequiring(required: number) {
  const policy = parsePolicy(`
rules: [{ name: one, effect: require_approval }]
approvals:
  - { name: a, approvers: [lead, "Ops/*"], required: ${required}, max_duration: 2h }
`);
  return {
    load: () => ({
      source: "policy.yaml",
      digest: "sha256:test",
      evaluate: compilePolicy(policy),
      overrides: compileOverrideRules(policy),
    }),
    entry: compileOverrideRules(policy).approvalFor(TARGETS[0]!)!,
  };
}

const indexes = fc.nat(3);
const durations = fc.constantFrom(900, 1800, 3600, 7200, 28_800);
const steps = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("file" as const),
      who: indexes,
      target: indexes,
      seconds: durations,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("cancel" as const), who: indexes, record: indexes }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("end" as const), who: indexes, record: indexes }),
  },
  // What approvers do, in earnest.
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("approve" as const),
      approvers: fc.uniqueArray(fc.nat(2), { minLength: 1 }),
      record: indexes,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("veto" as const),
      approver: fc.nat(2),
      record: indexes,
    }),
  },
  // Straight into the table: an item that is new or replaced (without decisions), or its attributes.
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("forge" as const),
      record: indexes,
      keepsDecisions: fc.boolean(),
      who: fc.option(indexes),
      target: fc.option(indexes),
      seconds: fc.option(durations),
      status: fc.option(fc.constantFrom(...REQUEST_STATUSES)),
      createdAgo: fc.option(fc.integer({ min: -60, max: 180 })),
      approvedAgo: fc.option(fc.integer({ min: -60, max: 180 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      minutes: fc.integer({ min: -10, max: 60 }),
    }),
  },
);

/** An approval that was really given: complete at `at`. */
interface Grant extends ApprovalScope {
  readonly id: string;
  readonly at: number;
}

/** The table, the clock, and what is true. */
class World {
  now = NOON;
  readonly records: ApprovalRequest[] = [];
  grants: Grant[] = [];
  /** Approvals that were really given to an item, since it was last replaced. */
  readonly given = new Map<ApprovalRequest["id"], { by: Actor; scope: string; at: number }[]>();
  readonly required: number;
  readonly policy: ReturnType<typeof policyRequiring>;

  constructor(required: number) {
    this.required = required;
    this.policy = policyRequiring(required);
  }

  replace(record: ApprovalRequest): void {
    const at = this.records.findIndex(({ id }) => id === record.id);
    if (at === -1) this.records.unshift(record);
    else this.records[at] = record;
  }

  take(step: typeof steps extends fc.Arbitrary<infer S> ? S : never): void {
    const demand = {
      required: this.required,
      isApprover: (actor: Actor) => this.policy.entry.isApprover(actor),
    };
    const record = "record" in step ? this.records[step.record] : undefined;
    switch (step.do) {
      case "wait":
        this.now += step.minutes * MINUTE;
        return;
      case "file": {
        const id = (this.records.length + 1).toString(16).padStart(16, "0");
        this.replace(createRequest({
          id,
          requester: PEOPLE[step.who]!,
          ...TARGETS[step.target]!,
          durationSeconds: step.seconds,
          justification: "because of the release",
          now: this.now,
        }));
        return;
      }
      case "forge": {
        const id = record?.id ?? "ffffffffffffffff";
        const base = record ?? createApprovedRequest({
          id,
          requester: ALICE,
          ...TARGETS[0]!,
          durationSeconds: 3600,
          justification: "because I say so",
          now: this.now,
        });
        if (!step.keepsDecisions) this.given.delete(id);
        this.replace({
          ...base,
          ...(step.who !== null && { requester: PEOPLE[step.who]! }),
          ...(step.target !== null && TARGETS[step.target]!),
          ...(step.seconds !== null && { durationSeconds: step.seconds }),
          ...(step.status !== null && { status: step.status }),
          ...(step.createdAgo !== null && { createdAt: this.now - step.createdAgo * MINUTE }),
          ...(step.approvedAgo !== null && { approvedAt: this.now - step.approvedAgo * MINUTE }),
          decisions: step.keepsDecisions ? base.decisions : [],
        });
        return;
      }
      case "cancel":
      case "end": {
        if (record === undefined) return;
        const by = PEOPLE[step.who]!;
        const options = { by, now: this.now, comment: null };
        const result = step.do === "cancel"
          ? cancelRequest(record, options)
          : endRequest(record, options);
        if (result.kind === "changed") this.replace(result.record);
        return;
      }
      case "approve": {
        for (const approver of step.approvers) {
          const current = this.records[step.record];
          if (current === undefined) return;
          const by = APPROVERS[approver]!;
          const result = approveRequest(current, { by, now: this.now, comment: null, ...demand });
          if (result.kind === "refused") continue;
          this.replace(result.record);
          this.#noteApproval(result.record, by);
        }
        return;
      }
      case "veto": {
        if (record === undefined) return;
        const options = { by: APPROVERS[step.approver]!, now: this.now, comment: null };
        const denied = denyRequest(record, options);
        const result = denied.kind === "changed" ? denied : endRequest(record, options);
        if (result.kind !== "changed") return;
        this.replace(result.record);
        this.grants = this.grants.filter(({ id }) => id !== record.id);
        return;
      }
      default:
        step satisfies never;
    }
  }

  /** By its own arithmetic: so many different people gave it for one and the same. */
  #noteApproval(record: ApprovalRequest, by: Actor): void {
    const scope = JSON.stringify(scopeOf(record));
    const at = record.decisions.at(-1)!.at;
    const given = [...(this.given.get(record.id) ?? []), { by, scope, at }];
    this.given.set(record.id, given);
    const people = new Set(
      given.filter((one) => one.scope === scope).map(({ by }) =>
        by === CHIEF_AGAIN ? CHIEF.user : by.user
      ),
    );
    if (people.size >= this.required) this.grants.push({ ...scopeOf(record), id: record.id, at });
  }

  /** Whether somebody may have credentials now, and until when at the latest. */
  entitledUntil(request: AccessRequest): number {
    const ends = this.grants.filter(({ requester, profile, role, account, at }) =>
      requester.user === request.user && requester.arn === request.arn &&
      profile === request.profile && role === request.role && account === request.account &&
      at <= request.time + 15 * MINUTE
    ).map(({ at, durationSeconds }) => at + Math.min(durationSeconds, 7200) * 1000);
    return Math.max(-Infinity, ...ends);
  }
}

let issued = 0;

async function probe(world: World): Promise<void> {
  const gate = createGate({
    policy: world.policy,
    overrides: { requests: { table: "requests", find: () => world.records }, events: null },
    sessions: null,
    credentials: {
      issue(request) {
        const seconds = lifetimeSeconds(request, world.now);
        return seconds === null
          ? null
          : issuedFor({ ...request, durationSeconds: seconds }, world.now);
      },
    },
    log: null,
    process: { host: "testhost", pid: 42 },
    userDigest: "0123456789abcdef".repeat(4),
  });
  for (const person of [...PEOPLE, CHIEF_AGAIN]) {
    for (const target of TARGETS) {
      for (const mode of CREDENTIAL_MODES) {
        const request = accessRequest({
          ...person,
          ...target,
          mode,
          time: world.now,
          durationSeconds: 43_200,
        });
        const decision = await gate.authorize(request);
        if (decision.kind === "deny") continue;
        issued++;
        const until = world.entitledUntil(request);
        assert(until > world.now, `${person.user} got credentials that nobody approved`);
        assert(
          decision.credentials.expiresAt! <= until,
          `${person.user} got credentials that outlive the approval`,
        );
      }
    }
  }
}

for (const required of [1, 2]) {
  Deno.test(`P4: whatever is done and written, ${required} real approval(s) let credentials out, and nothing else`, async () => {
    issued = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 24, size: "max" }), async (sequence) => {
        const world = new World(required);
        for (const step of sequence) {
          world.take(step);
          await probe(world);
        }
      }),
      { numRuns: 150 },
    );
    assert(issued > 100, `only ${issued} were issued: the test would prove nothing`);
  });
}

Deno.test("P4: without approvers nothing that anybody does lets credentials out", async () => {
  const alone = steps.filter((step) => step.do !== "approve" && step.do !== "veto");
  issued = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(alone, { maxLength: 20, size: "max" }), async (sequence) => {
      const world = new World(1);
      for (const step of sequence) world.take(step);
      await probe(world);
    }),
    { numRuns: 200 },
  );
  assertEquals(issued, 0);
});
