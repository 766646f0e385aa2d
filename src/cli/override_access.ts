/**
 * As whom the commands of approvals and break-glass work, and how they reach the tables. Whoever
 * asks for access is whom the gate will see: the base credentials of the profile. Whoever decides
 * is an administrator. The two must never be mixed up.
 *
 * @module
 */
import { openAdministration } from "../administration.ts";
import type { LoadedPolicy } from "../gate/ports.ts";
import type { Actor } from "../state/actor.ts";
import { isRecordId } from "../state/record_value.ts";
import type { BreakGlassStore, RequestStore } from "../store/override_store.ts";
import { openBreakGlassStore, openRequestStore } from "../store/open.ts";
import { oncePerRun, openPolicySource } from "../policy_source.ts";
import { openTarget, type Target } from "../target.ts";
import { parameterAccess, tableAccess } from "../target_tables.ts";
import type { Host } from "./host.ts";
import { type InteractionFlags, openInteraction } from "./interaction.ts";
import { surroundingsOf } from "./surroundings.ts";
import { shown, usageError } from "./usage.ts";

/** Whose credentials are used, and where. */
export interface AccessFlags extends InteractionFlags {
  readonly region: string | null;
  readonly awsProfile: string | null;
}

/** A way to the tables. Every method rejects with `SentinelError`. */
export interface OverrideAccess {
  /** Who works; asked of STS and kept for some hours. */
  identity(): Promise<Actor>;
  /** Opens a table of approval requests. The caller closes it. */
  openRequests(table: string): Promise<RequestStore>;
  /** Opens a table of break-glass events. The caller closes it. */
  openEvents(table: string): Promise<BreakGlassStore>;
  /** The policy in force in `source` (`null`: the platform's default path). */
  loadPolicy(source: string | null): Promise<LoadedPolicy>;
}

/** The way of whoever asks for a profile's credentials. */
export interface AskerAccess extends OverrideAccess {
  readonly target: Target;
}

/** As `exec` would: with the base credentials of `--profile`. Rejects with `SentinelError`. */
export async function openAsker(
  flags: AccessFlags & { readonly profile: string },
  host: Host,
): Promise<AskerAccess> {
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  const { profile, region, awsProfile } = flags;
  const target = await openTarget({ profile, region, awsProfile }, surroundings);
  const { user, identity: { arn } } = target;
  const access = {
    ...tableAccess(target, { ...surroundings, keys: target.keys }),
    create: false,
  };
  return {
    target,
    identity: () => Promise.resolve({ user, arn }),
    openRequests: (table) => openRequestStore(table, access),
    openEvents: (table) => openBreakGlassStore(table, access),
    async loadPolicy(source) {
      using policy = openPolicySource({
        source,
        ...oncePerRun(surroundings),
        access: () => Promise.resolve(parameterAccess(target, surroundings)),
      });
      return await policy.load();
    },
  };
}

/** As every administrative command: with `--aws-profile`, or as the environment says. */
export function openDecider(flags: AccessFlags, host: Host): OverrideAccess {
  const { region, awsProfile } = flags;
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  const administration = openAdministration({ region, awsProfile }, surroundings);
  return {
    async identity() {
      const { user, arn } = await administration.identity();
      return { user, arn };
    },
    openRequests: administration.openRequestStore,
    openEvents: administration.openBreakGlassStore,
    async loadPolicy(source) {
      using policy = administration.openPolicy(source);
      return await policy.load();
    },
  };
}

/** The asker where a profile is named, else the administrator: who owns a record may be either. */
export async function openOwner(
  flags: AccessFlags & { readonly profile: string | null },
  host: Host,
): Promise<OverrideAccess> {
  const { profile, ...rest } = flags;
  return profile === null ? openDecider(rest, host) : await openAsker({ ...rest, profile }, host);
}

/** `text` as the id of a record. Throws `USAGE`. */
export function requireRecordId(command: { readonly name: string }, text: string): string {
  if (isRecordId(text)) return text;
  const list = command.name.startsWith("breakglass") ? "breakglass-list" : "list";
  throw usageError(
    command,
    `${shown(text)} is not an id: it has 16 hexadecimal digits, in lower case`,
    `List what there is: sentinel ${list}`,
  );
}
