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
import type { Actor } from "../../src/state/actor.ts";
import {
  type ApprovalRequest,
  type ApprovalScope,
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

function policyWith(approvers: string, required: number) {
  const policy = parsePolicy(`
rules: [{ name: one, effect: require_approval }]
approvals:
  - { name: a, approvers: [${approvers}], required: ${required}, max_duration: 2h }
`);
  const overrides = compileOverrideRules(policy);
  return {
    load: () => ({
      source: "policy.yaml",
      digest: "sha256:test",
      evaluate: compilePolicy(policy),
      overrides,
    }),
    required,
    isApprover: (actor: Actor) => overrides.approvalFor(TARGETS[0]!)!.isApprover(actor),
  };
}

const POLICIES = [
  policyWith('lead, "Ops/*"', 1),
  policyWith('lead, "Ops/*"', 2),
  policyWith("lead", 1),
];

const indexes = fc.nat(3);
const durations = fc.constantFrom(900, 1800, 3600, 7200, 28_800);
const ago = fc.integer({ min: -60, max: 180 });

/** What of a stored item is written over. */
const forgeries = fc.oneof(
  indexes.map((who) => ({ requester: PEOPLE[who]! })),
  indexes.map((target) => TARGETS[target]!),
  durations.map((durationSeconds) => ({ durationSeconds })),
  fc.constantFrom(...REQUEST_STATUSES).map((status) => ({ status })),
  ago.map((createdAgo) => ({ createdAgo })),
  ago.map((approvedAgo) => ({ approvedAgo })),
);

type Forgery =
  & Partial<Pick<ApprovalRequest, "requester" | "durationSeconds" | "status">>
  & Partial<ApprovalScope>
  & { readonly createdAgo?: number; readonly approvedAgo?: number };

/** One thing that somebody does. */
type Step =
  | { do: "file"; who: number; target: number; seconds: number }
  | { do: "cancel" | "end"; who: number; record: number }
  | { do: "approve"; approvers: number[]; record: number }
  | { do: "veto"; approver: number; record: number }
  | { do: "vouch"; approver: number; record: number }
  | { do: "forge"; record: number; keepsDecisions: boolean; with: Forgery }
  | { do: "wait"; minutes: number }
  | { do: "policy"; policy: number };

function step(
  weight: number,
  arbitrary: fc.Arbitrary<Step>,
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> } {
  return { weight, arbitrary };
}

const record = fc.nat(2);
const commands = [
  step(
    3,
    fc.record({
      do: fc.constant("file" as const),
      who: indexes,
      target: fc.nat(1),
      seconds: durations,
    }),
  ),
  step(1, fc.record({ do: fc.constant("cancel" as const), who: indexes, record })),
  step(1, fc.record({ do: fc.constant("end" as const), who: indexes, record })),
  // An item that is new or replaced (without decisions), or attributes of one.
  step(
    4,
    fc.record({
      do: fc.constant("forge" as const),
      record,
      keepsDecisions: fc.constantFrom(true, true, false),
      with: forgeries,
    }),
  ),
  step(
    2,
    fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: -30, max: 50 }) }),
  ),
  step(1, fc.record({ do: fc.constant("policy" as const), policy: fc.nat(POLICIES.length - 1) })),
];
const decisions = [
  step(
    4,
    fc.record({
      do: fc.constant("approve" as const),
      approvers: fc.uniqueArray(fc.nat(2), { minLength: 1 }),
      record,
    }),
  ),
  step(1, fc.record({ do: fc.constant("veto" as const), approver: fc.nat(2), record })),
  // IAM lets approvers write decisions: also on what they asked for themselves.
  step(1, fc.record({ do: fc.constant("vouch" as const), approver: fc.nat(2), record })),
];

/** The table, the clock, and what is true. */
class World {
  now = NOON;
  policy = POLICIES[0]!;
  readonly records: ApprovalRequest[] = [];
  /** Approvals that were really given to an item, since it was last replaced or decided against. */
  readonly #given = new Map<
    string,
    { person: string; by: Actor; scope: ApprovalScope; at: number }[]
  >();
  /** Items that somebody decided against. */
  readonly #vetoed = new Set<string>();

  take(step: Step): void {
    const record = "record" in step ? this.records[step.record] : undefined;
    switch (step.do) {
      case "wait":
        this.now += step.minutes * MINUTE;
        return;
      case "policy":
        this.policy = POLICIES[step.policy]!;
        return;
      case "file":
        return this.#replace(this.#newRequest(step));
      case "forge":
        return this.#forge(record, step);
      case "cancel":
      case "end": {
        if (record === undefined) return;
        const options = { by: PEOPLE[step.who]!, now: this.now, comment: null };
        const change = step.do === "cancel" ? cancelRequest : endRequest;
        const result = change(record, options);
        if (result.kind === "refused") return;
        if (result.record.decisions !== record.decisions) this.#vetoed.add(record.id);
        return this.#replace(result.record);
      }
      case "approve":
        for (const approver of step.approvers) this.#approve(step.record, APPROVERS[approver]!);
        return;
      case "veto": {
        if (record === undefined) return;
        const options = { by: APPROVERS[step.approver]!, now: this.now, comment: null };
        const denied = denyRequest(record, options);
        const result = denied.kind === "changed" ? denied : endRequest(record, options);
        if (result.kind === "refused") return;
        if (result.record.decisions !== record.decisions) this.#vetoed.add(record.id);
        return this.#replace(result.record);
      }
      case "vouch": {
        if (record === undefined) return;
        const by = APPROVERS[step.approver]!;
        if (personOf(by) !== personOf(record.requester)) return;
        const decision = {
          kind: "approve",
          by,
          at: this.now,
          scope: scopeOf(record),
          comment: null,
        } as const;
        return this.#replace({
          ...record,
          status: "approved",
          approvedAt: this.now,
          decisions: [...record.decisions, decision],
        });
      }
      default:
        step satisfies never;
    }
  }

  #replace(record: ApprovalRequest): void {
    const at = this.records.findIndex(({ id }) => id === record.id);
    if (at === -1) this.records.unshift(record);
    else this.records[at] = record;
  }

  #newRequest({ who, target, seconds }: { who: number; target: number; seconds: number }) {
    return createRequest({
      id: (this.records.length + 1).toString(16).padStart(16, "0"),
      requester: PEOPLE[who]!,
      ...TARGETS[target]!,
      durationSeconds: seconds,
      justification: "because of the release",
      now: this.now,
    });
  }

  #forge(
    record: ApprovalRequest | undefined,
    { keepsDecisions, with: forgery }: Extract<Step, { do: "forge" }>,
  ): void {
    const base = record ?? {
      ...this.#newRequest({ who: 1, target: 0, seconds: 3600 }),
      status: "approved",
      approvedAt: this.now,
    } satisfies ApprovalRequest;
    const { createdAgo, approvedAgo, ...fields } = forgery;
    if (!keepsDecisions) {
      this.#given.delete(base.id);
      this.#vetoed.delete(base.id);
    }
    this.#replace({
      ...base,
      ...fields,
      ...(createdAgo !== undefined && { createdAt: this.now - createdAgo * MINUTE }),
      ...(approvedAgo !== undefined && { approvedAt: this.now - approvedAgo * MINUTE }),
      decisions: keepsDecisions ? base.decisions : [],
    });
  }

  #approve(index: number, by: Actor): void {
    const record = this.records[index];
    if (record === undefined || !this.policy.isApprover(by)) return;
    const result = approveRequest(record, {
      by,
      now: this.now,
      comment: null,
      required: this.policy.required,
      isApprover: this.policy.isApprover,
    });
    if (result.kind === "refused") return;
    this.#replace(result.record);
    const given = {
      person: personOf(by),
      by,
      scope: scopeOf(record),
      at: result.record.decisions.at(-1)!.at,
    };
    this.#given.set(record.id, [...(this.#given.get(record.id) ?? []), given]);
  }

  /** Until when somebody may have credentials at the latest, by an arithmetic of its own. */
  entitledUntil(request: AccessRequest): number {
    let until = -Infinity;
    for (const [id, given] of this.#given) {
      if (this.#vetoed.has(id)) continue;
      const people = new Map<string, Set<string>>();
      for (const { person, by, scope, at } of given) {
        const { requester, durationSeconds } = scope;
        const isMeant = requester.user === request.user && requester.arn === request.arn &&
          scope.profile === request.profile && scope.role === request.role &&
          scope.account === request.account;
        if (!isMeant || !this.policy.isApprover(by) || person === personOf(requester)) continue;
        const key = String(durationSeconds);
        const approvers = (people.get(key) ?? new Set()).add(person);
        people.set(key, approvers);
        const isComplete = approvers.size >= this.policy.required && durationSeconds <= 7200;
        if (isComplete && at <= request.time + 15 * MINUTE) {
          until = Math.max(until, at + durationSeconds * 1000);
        }
      }
    }
    return until;
  }
}

function personOf({ user }: Actor): string {
  return user.startsWith("Ops/") ? "Ops" : user;
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
      const request = accessRequest({
        ...person,
        ...target,
        time: world.now,
        durationSeconds: 43_200,
      });
      const decision = await gate.authorize(request);
      if (decision.kind === "deny") continue;
      issued++;
      const until = world.entitledUntil(request);
      assert(until > world.now, `${person.user} got credentials that nobody approved`);
      const { expiresAt } = decision.credentials;
      assert(expiresAt! <= until, `${person.user} got credentials that outlive the approval`);
    }
  }
}

Deno.test("P4: whatever is done and written, only real approvals let credentials out", async () => {
  issued = 0;
  const steps = fc.oneof(...commands, ...decisions);
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 24, size: "max" }), async (sequence) => {
      const world = new World();
      for (const step of sequence) {
        world.take(step);
        await probe(world);
      }
    }),
    { numRuns: 800 },
  );
  assert(issued > 1000, `only ${issued} were issued: the test would prove nothing`);
});

Deno.test("P4: without approvers nothing that anybody does lets credentials out", async () => {
  issued = 0;
  const steps = fc.oneof(...commands);
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 20, size: "max" }), async (sequence) => {
      const world = new World();
      for (const step of sequence) world.take(step);
      await probe(world);
    }),
    { numRuns: 500 },
  );
  assertEquals(issued, 0);
});
