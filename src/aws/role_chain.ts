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
  baseCaller,
  openStsClient,
  type StsCaller,
  type StsOptions,
  type TemporaryKeys,
} from "./clients.ts";
import { showLocation } from "./config_files.ts";
import { refuseDuration, refuseExpiry } from "./credential_life.ts";
import type { BaseKeys } from "./base_keys.ts";
import type { MfaDevice } from "./interaction.ts";
import type { ResolvedProfile, RoleHop } from "./profile.ts";
import { accountOf } from "../text/arn.ts";
import { refuseStranger } from "./stranger.ts";

/** Settings of {@linkcode RoleChain}. */
export interface RoleChainOptions extends StsOptions {
  readonly clock: { now(): number };
  /** The keys at the end of the chain. */
  readonly base: Pick<BaseKeys, "current">;
  /** Asks for the code of a device; `null`: the keys of the base carry a code already. */
  readonly mfaCode: ((device: MfaDevice) => Promise<string>) | null;
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
    const { clock } = this.#options;
    const last = this.#profile.hops.length - 1;
    const { roleArn } = this.#profile.hops[last]!;
    const what = `role ${quote(roleArn)}`;
    const allowed = lifetimeSeconds(request, clock.now());
    if (allowed === null) return null;
    refuseDuration(allowed, { longestSeconds: LONGEST_ROLE_SECONDS, what });
    if (last > 0) this.#refuseLongChain(allowed, "another role");
    const known = this.#steps.findLastIndex((step) => this.#isUsable(step, sourceIdentity));
    const steps = this.#steps.slice(0, known + 1);
    // When a call below fails, the next request begins at the first role.
    this.#steps = [];
    for (let index = known + 1; index < last; index++) {
      const code = await this.#codeFor(index);
      const durationSeconds = this.#stepSeconds(index);
      const caller = index === 0 ? await this.#baseCaller(null) : this.#callerAt(index, steps);
      const keys = await this.#hop(index, {
        caller,
        code,
        sourceIdentity,
        durationSeconds,
        signal,
      });
      steps.push({ keys, sourceIdentity });
    }
    const code = await this.#codeFor(last);
    const caller = last === 0 ? await this.#baseCaller(allowed) : this.#callerAt(last, steps);
    // All of that took its time: what is left of an override is what is left now.
    const durationSeconds = lifetimeSeconds(request, clock.now());
    if (durationSeconds !== null) {
      const keys = await this.#hop(last, { caller, code, sourceIdentity, durationSeconds, signal });
      this.#steps = steps;
      const accountId = accountOf(roleArn);
      return { ...keys, durationSeconds, accountId, roleArn, sourceIdentity };
    }
    this.#steps = steps;
    return null;
  }

  /** Life of a role on the way: its profile's, within what every role and every caller may have. */
  #stepSeconds(index: number): number {
    return Math.min(this.#profile.hops[index]!.durationSeconds ?? CHAINED_SECONDS, CHAINED_SECONDS);
  }

  #isUsable({ keys, sourceIdentity }: Step, wanted: string): boolean {
    return sourceIdentity === wanted &&
      keys.expiresAt - this.#options.clock.now() >= REUSE_MS;
  }

  /** Who assumes the first role; `lastSeconds`: its life, where it is the last as well. */
  async #baseCaller(lastSeconds: number | null): Promise<StsCaller> {
    const keys = await this.#options.base.current();
    if (lastSeconds !== null && keys.sessionToken !== null) {
      this.#refuseLongChain(lastSeconds, "temporary keys");
    }
    return baseCaller(this.#profile.base, keys);
  }

  /** Throws when the last role would be asked for longer than AWS allows to `caller`. */
  #refuseLongChain(durationSeconds: number, caller: string): void {
    if (durationSeconds <= CHAINED_SECONDS) return;
    const hop = this.#profile.hops.at(-1)!;
    const error = new SentinelError(
      "CREDENTIALS_UNSUITABLE",
      `Cannot assume role ${quote(hop.roleArn)} for ${
        formatDuration(durationSeconds)
      }: AWS allows 1h at most to ${caller}`,
      {
        suggestion: "Ask for 1h or less (--duration, --server-duration, --min-ttl or " +
          "duration_seconds); sentinel exec --server renews what ends.",
        details: { longestSeconds: CHAINED_SECONDS },
      },
    );
    throw atHop(error, hop);
  }

  /** Who assumes the role at `index`, which is not the first. */
  #callerAt(index: number, steps: readonly Step[]): StsCaller {
    const { roleArn } = this.#profile.hops[index - 1]!;
    return { keys: steps[index - 1]!.keys, name: `role ${quote(roleArn)}`, roleArn };
  }

  /** The code that the role at `index` demands, or `null`. */
  async #codeFor(index: number): Promise<string | null> {
    const { mfa } = this.#profile.hops[index]!;
    return mfa === null ? null : await this.#options.mfaCode?.(mfa) ?? null;
  }

  /** Assumes the role at `index` and checks the answer. */
  async #hop(
    index: number,
    options: Pick<CredentialRequest, "sourceIdentity" | "durationSeconds"> & {
      readonly caller: StsCaller;
      readonly code: string | null;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<TemporaryKeys> {
    const { caller, code, sourceIdentity, durationSeconds, signal } = options;
    const { roleArn, roleSessionName, externalId, region, mfa } = this.#profile.hops[index]!;
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
      mfa: mfa === null || code === null ? null : { serial: mfa.serial, code },
    }, signal).catch((error: SentinelError) => {
      throw atHop(error, this.#profile.hops[index]!);
    });
    refuseStranger(assumed, { roleArn, sourceIdentity });
    const now = this.#options.clock.now();
    refuseExpiry(assumed.keys, { durationSeconds, now, what: `role ${quote(roleArn)}` });
    return assumed.keys;
  }
}

/** A refusal, with the line that names the role: of several in a chain it may be any. */
function atHop(error: SentinelError, hop: RoleHop): SentinelError {
  const { code, suggestion, details, cause } = error;
  if (code !== "AWS_REFUSED" && code !== "CREDENTIALS_UNSUITABLE") return error;
  const { file, line } = hop;
  return new SentinelError(code, `${error.message} (role of ${showLocation(hop)})`, {
    suggestion,
    details: { ...details, file, line },
    cause,
  });
}
