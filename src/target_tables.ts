/**
 * The tables of whoever asks for a target's credentials: reached with the target's base
 * credentials, so that the gate, the commands and AWS see one person.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { resolveEndpoint } from "./aws/endpoint.ts";
import type { BaseKeys, BaseKeysNow } from "./aws/base_keys.ts";
import type { OverrideRecords, RecordLookup, RecordWorth } from "./gate/ports.ts";
import type { ParameterAccess } from "./policy_source.ts";
import type { ApprovalRequest } from "./state/approval_request.ts";
import type { SessionStoreCredentials, SessionStoreOptions } from "./store/open.ts";
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

/** A lookup that is loaded when it is first needed: most requests are allowed without any. */
class LazyLookup<Stored extends { readonly id: string; readonly profile: string }>
  implements RecordLookup<Stored>, Disposable {
  readonly table: string;
  readonly #load: () => Promise<SharedRecordLookup<Stored>>;
  #loading: Promise<SharedRecordLookup<Stored>> | null = null;
  #loaded: SharedRecordLookup<Stored> | null = null;

  constructor(table: string, load: () => Promise<SharedRecordLookup<Stored>>) {
    this.table = table;
    this.#load = load;
  }

  find(worth: (record: Stored) => RecordWorth): readonly Stored[] | Promise<readonly Stored[]> {
    if (this.#loaded !== null) return this.#loaded.find(worth);
    return this.#lookup().then((lookup) => lookup.find(worth));
  }

  /** See {@linkcode SharedRecordLookup.expect}; a `find` that follows does so. */
  expect(id: string): void {
    this.#lookup().then((lookup) => lookup.expect(id), () => {});
  }

  [Symbol.dispose](): void {
    this.#loading?.then((lookup) => lookup[Symbol.dispose](), () => {});
  }

  #lookup(): Promise<SharedRecordLookup<Stored>> {
    return this.#loading ??= this.#load().then((lookup) => this.#loaded = lookup);
  }
}

/** Where the gate looks for overrides, until it is closed. */
export interface OpenedOverrideRecords extends OverrideRecords, Disposable {
  readonly requests: LazyLookup<ApprovalRequest> | null;
}

/** Where the gate looks for what may lift a refusal. Nothing is loaded or opened before it is needed. */
export function openOverrideRecords(
  { requestTable, breakglassTable }: OverrideTables,
  { target, access, clock }: {
    readonly target: Target;
    readonly access: TableAccess;
    readonly clock: Clock;
  },
): OpenedOverrideRecords {
  const subject = { user: target.user, profile: target.profile.name, clock };
  const requests = requestTable === null ? null : new LazyLookup(requestTable, async () => {
    const { lookUpRequests } = await import("./store/record_lookup.ts");
    const { openRequestStore } = await import("./store/open.ts");
    const open = () => openRequestStore(requestTable, { ...access, create: false });
    return lookUpRequests({ ...subject, table: requestTable, open });
  });
  const events = breakglassTable === null ? null : new LazyLookup(breakglassTable, async () => {
    const { lookUpEvents } = await import("./store/record_lookup.ts");
    const { openBreakGlassStore } = await import("./store/open.ts");
    const open = () => openBreakGlassStore(breakglassTable, { ...access, create: false });
    return lookUpEvents({ ...subject, table: breakglassTable, open });
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
