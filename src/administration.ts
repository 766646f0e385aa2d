/**
 * The composition root of administrative commands: whose credentials they use, and how they reach
 * AWS. It hands out no credentials of a profile: that is the gate's to do.
 *
 * @module
 */
import type { Surroundings } from "./app.ts";
import {
  type Caller,
  type CallerKeys,
  findCallerSettings,
  openCallerKeys,
  resolveCaller,
} from "./aws/caller.ts";
import { type BaseKeys, openBaseKeys } from "./aws/base_keys.ts";
import { type EndpointService, resolveEndpoint, resolveFips } from "./aws/endpoint.ts";
import { policyUsername } from "./aws/identity.ts";
import type { RolePolicies } from "./aws/inline_policy.ts";
import type { ParameterStore } from "./aws/parameter_store.ts";
import { resolveRegion } from "./aws/region.ts";
import { SentinelError } from "./errors.ts";
import { cacheDirectory } from "./io/platform_paths.ts";
import { oncePerRun, type OpenPolicySource, openPolicySource } from "./policy_source.ts";
import type { BreakGlassStore, RequestStore } from "./store/override_store.ts";
import {
  openBreakGlassStore,
  openRequestStore,
  openSessionStore,
  parseTableName,
  type SessionStoreCredentials,
  type StoreOptions,
} from "./store/open.ts";
import type { SessionStore } from "./store/store.ts";
import {
  BREAKGLASS_TABLE,
  REQUEST_TABLE,
  SESSION_TABLE,
  type TableKind,
} from "./store/table_kind.ts";
import { identifyKeys, lazySsoTokens, ownerOf, type StsSettings } from "./target.ts";
import { accountOf } from "./text/arn.ts";

/** What every administrative command takes. */
export interface AdministrationSettings {
  readonly region: string | null;
  /** Profile whose credentials are used; `null`: keys of the environment, else its profile. */
  readonly awsProfile: string | null;
  /** URL of DynamoDB; default: as the AWS SDKs find it. */
  readonly endpointUrl?: string | null;
}

/** Who administers. */
export interface Administrator {
  /** Policy username of the base credentials: the person, whatever role is assumed. */
  readonly user: string;
  /** ARN of the base credentials. */
  readonly arn: string;
  /** ARN of the role that is assumed last, or `null`. */
  readonly role: string | null;
  /** Account in which calls are made: that of the last role, else of the base credentials. */
  readonly account: string;
}

/**
 * Where administrative commands work. Configuration is read, credentials are looked for and AWS is
 * called only by the method that needs it, so that an embedded table needs none of them. Every
 * method rejects with `SentinelError`.
 */
export interface Administration {
  /** Region of the calls. `CONFIG_INVALID` when none is set. */
  region(): Promise<string>;
  /** URL of a service instead of AWS's own, or `null`. */
  endpoint(service: EndpointService): Promise<string | null>;
  /** Whose credentials are used, in words: `profile "ops"`. */
  callerName(): Promise<string>;
  /** Credentials for calls, kept while they are fresh; roles of the profile are assumed. */
  credentials(): Promise<SessionStoreCredentials>;
  /** Who that is; asked of STS and kept for some hours. */
  identity(): Promise<Administrator>;
  /** Opens a session table; a file is not made. The caller closes it. */
  openSessionStore(table: string): Promise<SessionStore>;
  /** The same for a table of approval requests. */
  openRequestStore(table: string): Promise<RequestStore>;
  /** The same for a table of break-glass events. */
  openBreakGlassStore(table: string): Promise<BreakGlassStore>;
  /** Opens the inline policies of the account's roles. The caller closes them. */
  openRolePolicies(): Promise<RolePolicies>;
  /** Opens Parameter Store. The caller closes it. */
  openParameterStore(): Promise<ParameterStore>;
  /** Opens the policy in a file, a parameter (`ssm:/NAME`) or, with `null`, the default file. */
  openPolicy(source: string | null): OpenPolicySource;
}

/** Credentials are used again while they live this much longer. */
const ADMINISTRATION_REUSE_MS = 5 * 60_000;

/** Opens the way of an administrative command to AWS. Nothing is read or called yet. */
export function openAdministration(
  settings: AdministrationSettings,
  surroundings: Surroundings,
): Administration {
  const { env, clock } = surroundings;
  const lookup = { profile: settings.awsProfile, env };
  const profile = once(() => findCallerSettings(lookup));
  const resolved = once(() => resolveCaller(lookup));
  const flag = settings.endpointUrl ?? null;
  const endpoint = async (service: EndpointService) =>
    resolveEndpoint(service, {
      env,
      profile: await profile(),
      ...(service === "dynamodb" && { flag }),
    });
  const findRegion = async () =>
    resolveRegion({ flag: settings.region, env, profile: await profile() });
  const region = async () => {
    const found = await findRegion();
    if (found !== null) return found;
    throw new SentinelError("CONFIG_INVALID", "Cannot tell which AWS region to use: none is set", {
      suggestion: "Name it with --region, or set AWS_REGION.",
    });
  };
  const useFips = async () => resolveFips({ env, profile: await profile() });
  const sts = async () => ({
    region: await findRegion(),
    endpoint: await endpoint("sts"),
    useFips: await useFips(),
    clock,
  });
  const parameters = async () => ({
    region: await region(),
    endpoint: await endpoint("ssm"),
    useFips: await useFips(),
    credentials,
  });
  const identity = once(async () => {
    const { caller } = await resolved();
    return await identify(caller, { ...await sts(), keys: await baseKeys(), surroundings });
  });
  const baseKeys = once(async () =>
    openBaseKeys((await resolved()).caller.base, {
      ...surroundings,
      sts: await sts(),
      ssoEndpoint: await endpoint("sso"),
      tokens: lazySsoTokens(surroundings),
    })
  );
  let keys: CallerKeys | null = null;
  const credentials = async () => {
    const { caller } = await resolved();
    if (keys === null || (keys.expiresAt ?? Infinity) - clock.now() < ADMINISTRATION_REUSE_MS) {
      keys = await openCallerKeys(caller, {
        ...await sts(),
        keys: await baseKeys(),
        mfaCode: (device) => surroundings.interaction.mfaCode(device),
      });
    }
    return storeCredentials(keys);
  };
  const access = async (table: string, kind: TableKind): Promise<StoreOptions> =>
    // What can be no table's name is told before what AWS would need.
    parseTableName(table, kind).kind === "sqlite" ? { create: false } : {
      region: await region(),
      endpoint: await endpoint("dynamodb"),
      useFips: await useFips(),
      credentials,
    };
  return {
    region,
    endpoint,
    credentials,
    callerName: async () => (await resolved()).caller.name,
    identity,
    openSessionStore: async (table) =>
      await openSessionStore(table, await access(table, SESSION_TABLE)),
    openRequestStore: async (table) =>
      await openRequestStore(table, await access(table, REQUEST_TABLE)),
    openBreakGlassStore: async (table) =>
      await openBreakGlassStore(table, await access(table, BREAKGLASS_TABLE)),
    openRolePolicies: async () => {
      const { openRolePolicies } = await import("./aws/inline_policy.ts");
      return await openRolePolicies({
        region: await region(),
        endpoint: await endpoint("iam"),
        credentials,
      });
    },
    openParameterStore: async () => {
      const { openParameterStore } = await import("./aws/parameter_store.ts");
      return await openParameterStore(await parameters());
    },
    openPolicy: (source) =>
      openPolicySource({
        source,
        ...oncePerRun(surroundings),
        access: async () => ({ ...await parameters(), callerArn: (await identity()).arn }),
      }),
  };
}

/** Who owns the keys of `caller`, from the cache or from STS. */
async function identify(
  caller: Caller,
  { surroundings, keys, ...sts }: StsSettings & {
    readonly keys: BaseKeys;
    readonly surroundings: Surroundings;
  },
): Promise<Administrator> {
  const { identity: { arn, account } } = await ownerOf(keys, {
    directory: cacheDirectory(surroundings),
    endpoint: sts.endpoint,
    clock: surroundings.clock,
    identify: (keys) => identifyKeys(caller.base, { keys, sts }),
  });
  const lastHop = caller.hops.at(-1);
  return {
    user: policyUsername(arn),
    arn,
    role: lastHop?.roleArn ?? null,
    account: lastHop === undefined ? account : accountOf(lastHop.roleArn),
  };
}

function storeCredentials(
  { accessKeyId, secretAccessKey, sessionToken, expiresAt }: CallerKeys,
): SessionStoreCredentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== null && { sessionToken }),
    ...(expiresAt !== null && { expiration: new Date(expiresAt) }),
  };
}

/** Does `work` when first asked; every caller gets that result. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => result ??= work();
}
