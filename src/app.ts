/**
 * The composition root: from settings to a gate. The only file that picks adapters; it decides
 * nothing about who may have credentials.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { AccessRequest } from "./gate/access_request.ts";
import { createGate, type Gate } from "./gate/gate.ts";
import type { CredentialSource, DecisionLog, PolicySource, SessionTracker } from "./gate/ports.ts";
import { newId } from "./gate/request_id.ts";
import { formatSourceIdentity, sha256Hex } from "./gate/source_identity.ts";
import { createCredentialSource } from "./aws/assume_role.ts";
import {
  type Caller,
  type CallerKeys,
  findCallerSettings,
  openCallerKeys,
  resolveCaller,
  stsCaller,
} from "./aws/caller.ts";
import { policyUsername } from "./aws/identity.ts";
import type { RolePolicies } from "./aws/inline_policy.ts";
import { generateChildConfig } from "./aws/child_settings.ts";
import type { Environment } from "./aws/config_files.ts";
import { type EndpointService, resolveEndpoint } from "./aws/endpoint.ts";
import { loadProfile, type ResolvedProfile } from "./aws/profile.ts";
import { resolveRegion } from "./aws/region.ts";
import { type ChildConfigFiles, writeChildConfig } from "./io/child_config.ts";
import { createCredentialCache } from "./io/credential_cache.ts";
import { createCredentialMemory } from "./io/credential_memory.ts";
import {
  combineDecisionLogs,
  createDecisionLogStream,
  openDecisionLogFile,
} from "./io/decision_log.ts";
import { DecisionLogReader } from "./io/decision_log_reader.ts";
import { cachedIdentity, type KnownIdentity } from "./io/identity_cache.ts";
import { cacheDirectory, configDirectory } from "./io/platform_paths.ts";
import { createPolicyFile } from "./io/policy_file.ts";
import type { CredentialMode } from "./policy/policy.ts";
import { SentinelError } from "./errors.ts";
import { openSessionStore, parseTableName, type SessionStoreCredentials } from "./store/open.ts";
import type { SessionStore } from "./store/store.ts";

/** What every door that asks for credentials takes. */
export interface AccessSettings {
  readonly profile: string;
  /** Path of the policy, or `null` for the platform's default. */
  readonly policy: string | null;
  readonly region: string | null;
  /** Profile whose credentials are the base, or `null` for the profile's own. */
  readonly awsProfile: string | null;
  /** Hand out long-term keys as they are, where the profile has no role. */
  readonly noSession: boolean;
  readonly logFile: string | null;
  readonly logStderr: boolean;
}

/** The surroundings: everything that is not a setting. */
export interface Surroundings {
  readonly env: Environment;
  readonly os: typeof Deno.build.os;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Writes a line of the decision log to standard error, all of it, or throws. */
  readonly writeLog: (line: string) => void;
}

/** What a server's session is made of. */
export interface SessionContext {
  readonly user: string;
  readonly profile: string;
  readonly sessionId: string;
  /** `SourceIdentity` of the session's credentials; `null` when they can carry none. */
  readonly sourceIdentity: string | null;
  readonly openStore: (table: string) => Promise<SessionStore>;
}

/** Which door opens the gate, and for what. */
export interface DoorOptions {
  readonly mode: CredentialMode;
  /** Life of the credentials in seconds, or `null` for the profile's (`duration_seconds`) or 1h. */
  readonly durationSeconds: number | null;
  readonly sessionTable: string | null;
  /** The command that will receive the credentials, or `null`. */
  readonly command: string | null;
  /** Makes the session tracker of a server. */
  readonly trackSession?: (context: SessionContext) => SessionTracker;
}

/** A gate, and what a door needs beside it. */
export interface OpenedGate extends Disposable {
  readonly gate: Gate;
  /** A request of this door, now, with this id or a new one. */
  newRequest(requestId?: string): AccessRequest;
  /** Region for the child, or `null`. */
  readonly region: string | null;
  /** Account of the credentials. */
  readonly account: string;
  /** Writes the AWS configuration of the child: the profile's settings, no credentials. */
  writeChildConfig(): Promise<ChildConfigFiles>;
}

const DEFAULT_DURATION_SECONDS = 3600;

/** Path of the policy when none is named. */
export function defaultPolicyPath(surroundings: Pick<Surroundings, "env" | "os">): string {
  const separator = surroundings.os === "windows" ? "\\" : "/";
  return `${configDirectory(surroundings)}${separator}policy.yaml`;
}

/** The policy in `path` (`null`: the platform's default), read when it is asked for. */
export function openPolicy(
  path: string | null,
  surroundings: Pick<Surroundings, "env" | "os">,
): PolicySource {
  return createPolicyFile(path ?? defaultPolicyPath(surroundings), { cacheDirectory: null });
}

/** Decision logs, read one after the other. */
export function openDecisionLogs(paths: readonly string[]): DecisionLogReader {
  return new DecisionLogReader(paths);
}

function openLogs(settings: AccessSettings, surroundings: Surroundings) {
  const file = settings.logFile === null ? null : openDecisionLogFile(settings.logFile);
  const logs: DecisionLog[] = [];
  if (file !== null) logs.push(file);
  if (settings.logStderr) logs.push(createDecisionLogStream(surroundings.writeLog));
  return {
    log: combineDecisionLogs(logs),
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}

/** What tells the credentials of a profile from all others, besides the request; how they were `made`. */
function credentialKey(
  profile: ResolvedProfile,
  identity: KnownIdentity,
  made: {
    readonly noSession: boolean;
    readonly region: string | null;
    readonly sts: string | null;
  },
): readonly (string | null)[] {
  return [
    profile.name,
    profile.base.accessKeyId,
    identity.arn,
    made.region,
    made.sts,
    // A session that was kept is not what --no-session asks for.
    made.noSession ? "no-session" : null,
    ...profile.hops.flatMap((hop) => [
      hop.roleArn,
      hop.externalId,
      hop.roleSessionName,
      hop.region,
    ]),
  ];
}

/** Each door remembers credentials in its own way; none decides who gets them. */
function remember(
  source: CredentialSource,
  mode: CredentialMode,
  options: Parameters<typeof createCredentialCache>[1] & { readonly clock: Clock },
): CredentialSource {
  switch (mode) {
    case "server":
      return createCredentialMemory(source, options.clock);
    case "credential_process":
      return createCredentialCache(source, options);
    case "cli":
      return source;
    default:
      return mode satisfies never;
  }
}

/** Account of a role's ARN: `arn:aws:iam::123456789012:role/…`. */
function accountOf(roleArn: string): string {
  return roleArn.split(":")[4] ?? "";
}

/**
 * Opens the gate for one door. The log is opened before anything else; nothing is asked of AWS
 * but who the caller is. Rejects with `SentinelError`.
 */
export async function openGate(
  settings: AccessSettings,
  door: DoorOptions & { readonly surroundings: Surroundings },
): Promise<OpenedGate> {
  const { surroundings } = door;
  const { env, clock } = surroundings;
  const logs = openLogs(settings, surroundings);
  try {
    const directory = cacheDirectory(surroundings);
    const policy = createPolicyFile(settings.policy ?? defaultPolicyPath(surroundings), {
      // A server parses at its start, and may not write files later.
      cacheDirectory: door.mode === "server" ? null : directory,
    });
    const profile = await loadProfile(settings.profile, {
      env,
      baseProfile: settings.awsProfile,
    });
    const region = resolveRegion({ flag: settings.region, env, profile });
    const stsEndpoint = resolveEndpoint("sts", { env, profile });
    const sts = { region, endpoint: stsEndpoint };
    const { base } = profile;
    const identity = await cachedIdentity({
      directory,
      key: [base.accessKeyId, base.secretAccessKey, base.sessionToken, stsEndpoint],
      clock,
    }, async () => {
      const { fetchIdentity } = await import("./aws/clients.ts");
      return fetchIdentity(base, sts);
    });
    const user = policyUsername(identity.arn);
    const userDigest = await sha256Hex(user);
    const lastHop = profile.hops.at(-1) ?? null;
    const role = lastHop?.roleArn ?? null;
    const account = role === null ? identity.account : accountOf(role);
    const sessionId = newId();
    const source = createCredentialSource(profile, {
      ...sts,
      noSession: settings.noSession,
      clock,
    });
    const gate = createGate({
      policy,
      overrides: null,
      sessions: door.trackSession?.({
        user,
        profile: profile.name,
        sessionId,
        sourceIdentity: role === null ? null : formatSourceIdentity(
          { user, marker: "direct", id: sessionId },
          userDigest,
        ),
        openStore: (table) =>
          openSessionStore(table, {
            ...(region !== null && { region }),
            endpoint: resolveEndpoint("dynamodb", { env, profile }),
            credentials: () =>
              Promise.resolve({
                accessKeyId: base.accessKeyId,
                secretAccessKey: base.secretAccessKey,
                ...(base.sessionToken !== null && { sessionToken: base.sessionToken }),
              }),
          }),
      }) ?? null,
      credentials: remember(source, door.mode, {
        directory,
        key: credentialKey(profile, identity, {
          noSession: settings.noSession,
          region,
          sts: stsEndpoint,
        }),
        clock,
        warn: surroundings.warn,
      }),
      log: logs.log,
      process: { host: hostName(), pid: Deno.pid },
      userDigest,
    });
    const durationSeconds = door.durationSeconds ?? lastHop?.durationSeconds ??
      DEFAULT_DURATION_SECONDS;
    return {
      gate,
      newRequest: (requestId = newId()) => ({
        user,
        account,
        arn: identity.arn,
        profile: profile.name,
        role,
        mode: door.mode,
        time: clock.now(),
        sessionTable: door.mode === "server" ? door.sessionTable : null,
        durationSeconds,
        requestId,
        command: door.command,
      }),
      region,
      account,
      writeChildConfig: () => writeChildConfig(directory, generateChildConfig(profile.settings)),
      [Symbol.dispose]: () => logs[Symbol.dispose](),
    };
  } catch (error) {
    logs[Symbol.dispose]();
    throw error;
  }
}

/** Name of this machine for the records; it decides nothing, so not knowing it is no fault. */
function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "unknown";
  }
}

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
  /** Opens a session table. The caller closes it. */
  openSessionStore(table: string): Promise<SessionStore>;
  /** Opens the inline policies of the account's roles. The caller closes them. */
  openRolePolicies(): Promise<RolePolicies>;
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
  const sts = async () => ({ region: await findRegion(), endpoint: await endpoint("sts"), clock });
  let keys: CallerKeys | null = null;
  const credentials = async () => {
    const { caller } = await resolved();
    if (keys === null || (keys.expiresAt ?? Infinity) - clock.now() < ADMINISTRATION_REUSE_MS) {
      keys = await openCallerKeys(caller, await sts());
    }
    return storeCredentials(keys);
  };
  return {
    region,
    endpoint,
    credentials,
    callerName: async () => (await resolved()).caller.name,
    identity: once(async () => {
      const { caller } = await resolved();
      return await identify(caller, { ...await sts(), surroundings });
    }),
    openSessionStore: async (table) =>
      await openSessionStore(
        table,
        parseTableName(table).kind === "sqlite"
          ? {}
          : { region: await region(), endpoint: await endpoint("dynamodb"), credentials },
      ),
    openRolePolicies: async () => {
      const { openRolePolicies } = await import("./aws/inline_policy.ts");
      return await openRolePolicies({
        region: await region(),
        endpoint: await endpoint("iam"),
        credentials,
      });
    },
  };
}

/** Who owns the keys of `caller`, from the cache or from STS. */
async function identify(
  caller: Caller,
  { region, endpoint, surroundings }: {
    readonly region: string | null;
    readonly endpoint: string | null;
    readonly surroundings: Surroundings;
  },
): Promise<Administrator> {
  const { accessKeyId, secretAccessKey, sessionToken } = caller.keys;
  const { arn, account } = await cachedIdentity({
    directory: cacheDirectory(surroundings),
    key: [accessKeyId, secretAccessKey, sessionToken, endpoint],
    clock: surroundings.clock,
  }, async () => {
    const { openStsClient } = await import("./aws/clients.ts");
    using client = await openStsClient(stsCaller(caller), { region, endpoint });
    return await client.getCallerIdentity();
  });
  const lastHop = caller.hops.at(-1);
  return {
    user: policyUsername(arn),
    arn,
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
