/**
 * The tables of whoever asks for a target's credentials: reached with the target's base
 * credentials, so that the gate, the commands and AWS see one person.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { resolveEndpoint } from "./aws/endpoint.ts";
import type { ResolvedProfile, StaticKeys } from "./aws/profile.ts";
import type { OverrideRecords } from "./gate/ports.ts";
import {
  type ApprovalRequest,
  MAX_PENDING_SECONDS,
  MAX_REQUEST_SECONDS,
} from "./state/approval_request.ts";
import type { BreakGlassEvent } from "./state/break_glass_event.ts";
import {
  openBreakGlassStore,
  openRequestStore,
  type SessionStoreCredentials,
  type SessionStoreOptions,
} from "./store/open.ts";
import { SharedRecordLookup } from "./store/record_lookup.ts";
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

function storeCredentials(base: StaticKeys, now: number): SessionStoreCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = base;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== null && { sessionToken, expiration: new Date(now + RENEWABLE_LIFE_MS) }),
  };
}

/** Settings of {@linkcode tableAccess}. */
export interface TableAccessOptions extends Pick<TargetSurroundings, "env" | "clock"> {
  /** The profile as it is now, whose keys may have been renewed. */
  readonly profileNow: () => ResolvedProfile | Promise<ResolvedProfile>;
}

/** How whoever asks for a target's credentials reaches tables: with its base credentials. */
export function tableAccess(
  { profile, region, sts }: Target,
  { env, clock, profileNow }: TableAccessOptions,
): SessionStoreOptions {
  return {
    ...(region !== null && { region }),
    useFips: sts.useFips,
    endpoint: resolveEndpoint("dynamodb", { env, profile }),
    credentials: async () => storeCredentials((await profileNow()).base, clock.now()),
  };
}

/** Where the gate looks for overrides, until it is closed. */
export interface OpenedOverrideRecords extends OverrideRecords, Disposable {
  readonly requests: SharedRecordLookup<ApprovalRequest> | null;
}

/** How long ago a record can have been made that is of interest still: it waited, then it lasted. */
const REQUEST_LOOK_BACK_MS = (MAX_PENDING_SECONDS + MAX_REQUEST_SECONDS) * 1000;
const EVENT_LOOK_BACK_MS = 24 * 3_600_000;

/** Where the gate looks for what may lift a refusal; nothing is opened before it is needed. */
export function openOverrideRecords(
  { requestTable, breakglassTable }: OverrideTables,
  { target, access, clock }: {
    readonly target: Target;
    readonly access: () => SessionStoreOptions;
    readonly clock: Clock;
  },
): OpenedOverrideRecords {
  const subject = { user: target.user, profile: target.profile.name, clock };
  const requests = requestTable === null ? null : new SharedRecordLookup<ApprovalRequest>({
    ...subject,
    table: requestTable,
    open: () => openRequestStore(requestTable, access()),
    lookBackMs: REQUEST_LOOK_BACK_MS,
  });
  const events = breakglassTable === null ? null : new SharedRecordLookup<BreakGlassEvent>({
    ...subject,
    table: breakglassTable,
    open: () => openBreakGlassStore(breakglassTable, access()),
    lookBackMs: EVENT_LOOK_BACK_MS,
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
