/**
 * The tables of whoever asks for a target's credentials: reached with the target's base
 * credentials, so that the gate, the commands and AWS see one person.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { resolveEndpoint } from "./aws/endpoint.ts";
import type { BaseKeys, BaseKeysNow } from "./aws/base_keys.ts";
import type { OverrideRecords } from "./gate/ports.ts";
import type { ParameterAccess } from "./policy_source.ts";
import type { ApprovalRequest } from "./state/approval_request.ts";
import {
  openBreakGlassStore,
  openRequestStore,
  type SessionStoreCredentials,
  type SessionStoreOptions,
} from "./store/open.ts";
import type { SharedRecordLookup } from "./store/record_lookup.ts";
import type { Target, TargetSurroundings } from "./target.ts";

/** Where overrides are looked for. */
export interface OverrideTables {
  /** Table of approval requests, or `null`: none is looked for. */
  readonly requestTable: string | null;
  /** Table of break-glass events, or `null`: none is looked for. */
  readonly breakglassTable: string | null;
}

/** The SDK asks again for what ends within five minutes: so it does for keys that may be renewed. */
const RENEWABLE_LIFE_MS = 5.5 * 60_000;

function storeCredentials(keys: BaseKeysNow, now: number): SessionStoreCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== null && { sessionToken, expiration: new Date(now + RENEWABLE_LIFE_MS) }),
  };
}

/** Settings of {@linkcode tableAccess}. */
export interface TableAccessOptions extends Pick<TargetSurroundings, "env" | "clock"> {
  /** The target's base keys, as they are now. */
  readonly keys: Pick<BaseKeys, "current">;
}

/** A way to tables. */
export interface TableAccess extends SessionStoreOptions {
  readonly credentials: () => Promise<SessionStoreCredentials>;
}

/** How whoever asks for a target's credentials reaches tables: with its base credentials. */
export function tableAccess(
  { profile, region, sts }: Target,
  { env, clock, keys }: TableAccessOptions,
): TableAccess {
  return {
    ...(region !== null && { region }),
    useFips: sts.useFips,
    endpoint: resolveEndpoint("dynamodb", { env, profile }),
    credentials: async () => storeCredentials(await keys.current(), clock.now()),
  };
}

/** How whoever asks for a target's credentials reaches a policy in Parameter Store. */
export function parameterAccess(
  target: Target,
  { env, clock, keys = target.keys }:
    & Partial<TableAccessOptions>
    & Pick<TargetSurroundings, "env" | "clock">,
): ParameterAccess {
  const { profile, region, sts, identity } = target;
  return {
    region,
    endpoint: resolveEndpoint("ssm", { env, profile }),
    useFips: sts.useFips,
    callerArn: identity.arn,
    credentials: async () => storeCredentials(await keys.current(), clock.now()),
  };
}

/** Where the gate looks for overrides, until it is closed. */
export interface OpenedOverrideRecords extends OverrideRecords, Disposable {
  readonly requests: SharedRecordLookup<ApprovalRequest> | null;
}

/**
 * Where the gate looks for what may lift a refusal. No store is opened before it is needed, and
 * nothing is loaded where no table is named.
 */
export async function openOverrideRecords(
  { requestTable, breakglassTable }: OverrideTables,
  { target, access, clock }: {
    readonly target: Target;
    readonly access: TableAccess;
    readonly clock: Clock;
  },
): Promise<OpenedOverrideRecords> {
  if (requestTable === null && breakglassTable === null) {
    return { requests: null, events: null, [Symbol.dispose]() {} };
  }
  const { lookUpEvents, lookUpRequests } = await import("./store/record_lookup.ts");
  const subject = { user: target.user, profile: target.profile.name, clock };
  const requests = requestTable === null ? null : lookUpRequests({
    ...subject,
    table: requestTable,
    open: () => openRequestStore(requestTable, { ...access, create: false }),
  });
  const events = breakglassTable === null ? null : lookUpEvents({
    ...subject,
    table: breakglassTable,
    open: () => openBreakGlassStore(breakglassTable, { ...access, create: false }),
  });
  return {
    requests,
    events,
    [Symbol.dispose]() {
      requests?.[Symbol.dispose]();
      events?.[Symbol.dispose]();
    },
  };
}
