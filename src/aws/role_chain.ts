/**
 * Assumes the roles of a profile one after the other, each with the source identity of the
 * request, and keeps the credentials of those on the way in memory while they last. It never
 * shortens what was asked for, except to the end of an override.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { lifetimeSeconds } from "../gate/lifetime.ts";
import type { CredentialRequest, Issued } from "../gate/ports.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import {
  type AssumedRole,
  baseCaller,
  openStsClient,
  type StsCaller,
  type StsOptions,
  type TemporaryKeys,
} from "./clients.ts";
import { refuseDuration, refuseExpiry } from "./credential_life.ts";
import { parseCallerArn } from "./identity.ts";
import type { ResolvedProfile } from "./profile.ts";

/** Settings of {@linkcode RoleChain}. */
export interface RoleChainOptions extends StsOptions {
  readonly clock: { now(): number };
}

/** Longest life of a role that is assumed with temporary credentials, in seconds. */
const CHAINED_SECONDS = 3600;
const LONGEST_ROLE_SECONDS = 43_200;
/** Credentials of a role on the way are used again while they live this much longer. */
const REUSE_MS = 5 * 60_000;

/** Credentials of a role on the way. A source identity, once set, cannot be changed. */
interface Step {
  readonly keys: TemporaryKeys;
  readonly sourceIdentity: string;
}

/** The roles of a profile that has at least one. */
export class RoleChain {
  readonly #profile: ResolvedProfile;
  readonly #options: RoleChainOptions;
  /** By place in the chain. */
  #steps: readonly Step[] = [];

  constructor(profile: ResolvedProfile, options: RoleChainOptions) {
    this.#profile = profile;
    this.#options = options;
  }

  /**
   * Credentials of the last role, made anew; `null` when too little is left before the end of the
   * override. Rejects with `SentinelError`.
   */
  async assume(request: CredentialRequest, signal?: AbortSignal): Promise<Issued> {
    const { sourceIdentity } = request;
    const last = this.#profile.hops.length - 1;
    const { roleArn } = this.#profile.hops[last]!;
    const allowed = lifetimeSeconds(request, this.#options.clock.now());
    if (allowed === null) return null;
    this.#refuseLongChain(allowed, roleArn);
    const known = this.#steps.findLastIndex((step) => this.#isUsable(step, sourceIdentity));
    const steps = this.#steps.slice(0, known + 1);
    // When a call below fails, the next request begins at the first role.
    this.#steps = [];
    for (let index = known + 1; index < last; index++) {
      const durationSeconds = this.#stepSeconds(index);
      const caller = this.#callerAt(index, steps);
      const keys = await this.#hop(index, { caller, sourceIdentity, durationSeconds, signal });
      steps.push({ keys, sourceIdentity });
    }
    this.#steps = steps;
    // The roles on the way took their time: what is left is what is left now.
    const durationSeconds = lifetimeSeconds(request, this.#options.clock.now());
    if (durationSeconds === null) return null;
    try {
      const caller = this.#callerAt(last, steps);
      const keys = await this.#hop(last, { caller, sourceIdentity, durationSeconds, signal });
      const accountId = accountOf(roleArn);
      return { ...keys, durationSeconds, accountId, roleArn, sourceIdentity };
    } catch (thrown) {
      this.#steps = [];
      throw thrown;
    }
  }

  /** Life of a role on the way: its profile's, within what every role and every caller may have. */
  #stepSeconds(index: number): number {
    return Math.min(this.#profile.hops[index]!.durationSeconds ?? CHAINED_SECONDS, CHAINED_SECONDS);
  }

  #refuseLongChain(durationSeconds: number, roleArn: string): void {
    const what = `role ${quote(roleArn)}`;
    refuseDuration(durationSeconds, { longestSeconds: LONGEST_ROLE_SECONDS, what });
    const { hops, base } = this.#profile;
    const isChained = hops.length > 1 || base.sessionToken !== null;
    if (!isChained || durationSeconds <= CHAINED_SECONDS) return;
    const caller = hops.length > 1 ? "another role" : "temporary keys";
    throw new SentinelError(
      "CREDENTIALS_UNSUITABLE",
      `Cannot assume ${what} for ${
        formatDuration(durationSeconds)
      }: AWS allows 1h at most to ${caller}`,
      { suggestion: "Ask for 1h or less: --duration 1h, or duration_seconds = 3600." },
    );
  }

  #isUsable({ keys, sourceIdentity }: Step, wanted: string): boolean {
    return sourceIdentity === wanted &&
      keys.expiresAt - this.#options.clock.now() >= REUSE_MS;
  }

  /** Who assumes the role at `index`. */
  #callerAt(index: number, steps: readonly Step[]): StsCaller {
    if (index === 0) return baseCaller(this.#profile.base);
    const { roleArn } = this.#profile.hops[index - 1]!;
    return { keys: steps[index - 1]!.keys, name: `role ${quote(roleArn)}`, roleArn };
  }

  /** Assumes the role at `index` and checks the answer. */
  async #hop(
    index: number,
    options: Pick<CredentialRequest, "sourceIdentity" | "durationSeconds"> & {
      readonly caller: StsCaller;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<TemporaryKeys> {
    const { caller, sourceIdentity, durationSeconds, signal } = options;
    const { roleArn, roleSessionName, externalId, region } = this.#profile.hops[index]!;
    using client = await openStsClient(caller, {
      ...this.#options,
      region: this.#options.region ?? region,
    });
    const assumed = await client.assumeRole({
      roleArn,
      roleSessionName: roleSessionName ?? sourceIdentity,
      sourceIdentity,
      externalId,
      durationSeconds,
    }, signal);
    refuseStranger(assumed, { roleArn, sourceIdentity });
    const now = this.#options.clock.now();
    refuseExpiry(assumed.keys, { durationSeconds, now, what: `role ${quote(roleArn)}` });
    return assumed.keys;
  }
}

/** Account of a role's ARN: `arn:aws:iam::123456789012:role/…`. */
function accountOf(roleArn: string): string {
  return roleArn.split(":")[4]!;
}

/** Throws when STS answered for another role or another source identity. */
function refuseStranger(
  { arn, sourceIdentity }: AssumedRole,
  asked: { readonly roleArn: string; readonly sourceIdentity: string },
): void {
  const what = `Cannot use the answer of STS for role ${quote(asked.roleArn)}`;
  if (sourceIdentity !== null && sourceIdentity !== asked.sourceIdentity) {
    throw new SentinelError(
      "AWS_REFUSED",
      `${what}: its source identity is ${quote(sourceIdentity)}, not the one that was asked for`,
    );
  }
  if (arn === null) return;
  const identity = parseCallerArn(arn);
  const name = asked.roleArn.slice(asked.roleArn.lastIndexOf("/") + 1);
  if (
    identity.kind === "assumed-role" && identity.role === name &&
    identity.account === accountOf(asked.roleArn)
  ) return;
  throw new SentinelError("AWS_UNAVAILABLE", `${what}: it is for ${quote(arn)}`, {
    suggestion: "Check AWS_ENDPOINT_URL: AWS itself does not answer so.",
  });
}
