/**
 * The keys with which a door begins the chain of its profile, and how the code of a device gets
 * into it: the keys stay those of the same owner, and a server's code is asked for once.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { ageMs, momentNow } from "../moment.ts";
import { type BaseKeys, type BaseKeysNow, fileKeys } from "./base_keys.ts";
import type { StsOptions } from "./clients.ts";
import type { Interaction, MfaDevice } from "./interaction.ts";
import type { MfaSession } from "./mfa_session.ts";
import { OwnedKeys } from "./owned_keys.ts";
import type { ResolvedProfile } from "./profile.ts";

/** What {@linkcode openChainKeys} needs. */
export interface ChainKeysOptions {
  readonly profile: ResolvedProfile;
  /** The base credentials' keys. */
  readonly keys: BaseKeys;
  readonly sts: StsOptions;
  /** Whether they are used for hours, and nobody may be asked meanwhile. */
  readonly isServer: boolean;
  /** Whose keys they are, as the policy is told. */
  readonly identity: { readonly arn: string };
  /** What tells that owner from all others: see `ownerMark`. */
  readonly mark: string;
  /** The profile as its files are now. */
  readonly reload: () => Promise<ResolvedProfile>;
  /** Who keys belong to. */
  readonly identify: (keys: BaseKeysNow) => Promise<{ readonly arn: string }>;
  readonly surroundings: {
    readonly clock: Clock;
    readonly interaction: Interaction;
    readonly warn: (message: string) => void;
  };
}

/** The beginning of a chain. */
export interface ChainKeys {
  readonly keys: Pick<BaseKeys, "current">;
  readonly mfa: {
    /** Asks for the code of a device. Rejects with `SIGN_IN_REQUIRED`. */
    readonly code: (device: MfaDevice) => Promise<string>;
    /** What keeps the code of a server; `null`: none is needed, or each call asks for its own. */
    readonly session: MfaSession | null;
  };
}

/** The beginning of the chain of `profile`. Nothing is called and nobody is asked yet. */
export async function openChainKeys(options: ChainKeysOptions): Promise<ChainKeys> {
  const { profile, sts, isServer, surroundings } = options;
  const { clock, interaction } = surroundings;
  const keys = ownedKeys(options);
  const code = (device: MfaDevice) => askForCode(device, surroundings);
  const device = profile.hops[0]?.mfa ?? null;
  if (device === null || !isServer) return { keys, mfa: { code, session: null } };
  const { MfaSession } = await import("./mfa_session.ts");
  const { base } = profile;
  const { mfaCode } = interaction;
  const session = new MfaSession({ ...sts, clock, keys, base, device, mfaCode });
  return { keys, mfa: { code, session } };
}

/** INVARIANT: whatever is done with keys is done with those of whom the policy was asked about. */
function ownedKeys(options: ChainKeysOptions): OwnedKeys {
  const { profile, keys, identity, mark, isServer, reload, identify, surroundings } = options;
  return new OwnedKeys({
    profile,
    first: profile.base.kind === "keys" ? fileKeys(profile.base) : null,
    owner: { arn: identity.arn, mark },
    reload: isServer ? reload : null,
    keys,
    identify: async (keys) => (await identify(keys)).arn,
    clock: surroundings.clock,
    warn: isServer ? surroundings.warn : null,
  });
}

/** A code that took longer to give is not waited for any more: the policy was asked before it. */
const LONGEST_CODE_MS = 60_000;

async function askForCode(
  device: MfaDevice,
  { clock, interaction }: ChainKeysOptions["surroundings"],
): Promise<string> {
  const asked = momentNow(clock);
  const code = await interaction.mfaCode(device);
  if (ageMs(asked, clock) <= LONGEST_CODE_MS) return code;
  throw new SentinelError("SIGN_IN_REQUIRED", "The code came too late", {
    suggestion: "Run the command again, and give the code within a minute.",
  });
}
