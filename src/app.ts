/**
 * The composition root: from settings to a gate. The only file that picks adapters; it decides
 * nothing about who may have credentials.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { AccessRequest } from "./gate/access_request.ts";
import { createGate, type Gate } from "./gate/gate.ts";
import type { CredentialSource, PolicySource, SessionTracker } from "./gate/ports.ts";
import { newId } from "./gate/request_id.ts";
import { formatSourceIdentity, sha256Hex } from "./gate/source_identity.ts";
import { createCredentialSource, type CredentialSourceOptions } from "./aws/assume_role.ts";
import { generateChildConfig } from "./aws/child_settings.ts";
import type { ResolvedProfile } from "./aws/profile.ts";
import { createRenewedProfile } from "./aws/renewed_profile.ts";
import { type ChildConfigFiles, writeChildConfig } from "./io/child_config.ts";
import { createCredentialCache } from "./io/credential_cache.ts";
import { createCredentialMemory } from "./io/credential_memory.ts";
import {
  combineDecisionLogs,
  createDecisionLogStream,
  type EventLog,
  openDecisionLogFile,
} from "./io/decision_log.ts";
import { DecisionLogReader } from "./io/decision_log_reader.ts";
import type { KnownIdentity } from "./io/identity_cache.ts";
import { cacheDirectory, configDirectory } from "./io/platform_paths.ts";
import { createPolicyFile } from "./io/policy_file.ts";
import type { CredentialMode } from "./policy/policy.ts";
import { openRequestStore, openSessionStore } from "./store/open.ts";
import type { RequestStore } from "./store/override_store.ts";
import type { SessionStore } from "./store/store.ts";
import { openOverrideRecords, type OverrideTables, tableAccess } from "./target_tables.ts";
import { openTarget, type TargetSettings, type TargetSurroundings } from "./target.ts";

/** What every door that asks for credentials takes. */
export interface AccessSettings extends TargetSettings, OverrideTables {
  /** Path of the policy, or `null` for the platform's default. */
  readonly policy: string | null;
  /** Hand out long-term keys as they are, where the profile has no role. */
  readonly noSession: boolean;
  readonly logFile: string | null;
  readonly logStderr: boolean;
}

/** The surroundings: everything that is not a setting. */
export interface Surroundings extends TargetSurroundings {
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
  /** Looks at this approval request first, and anew: an index may not know yet of its approval. */
  expectRequest(id: string): void;
  /** Opens a table of approval requests as this gate reaches it. The caller closes it. */
  openRequests(table: string): Promise<RequestStore>;
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

/** The logs that were asked for, open. */
export interface OpenedLogs extends Disposable {
  /** `null` when none was asked for. */
  readonly log: EventLog | null;
  /** Host name and process id, for the records. */
  readonly process: { readonly host: string; readonly pid: number };
}

/** Opens the logs that `settings` ask for. Throws `LOG_UNWRITABLE`. */
export function openLogs(
  settings: Pick<AccessSettings, "logFile" | "logStderr">,
  surroundings: Pick<Surroundings, "writeLog">,
): OpenedLogs {
  const file = settings.logFile === null ? null : openDecisionLogFile(settings.logFile);
  const logs: EventLog[] = [];
  if (file !== null) logs.push(file);
  if (settings.logStderr) logs.push(createDecisionLogStream(surroundings.writeLog));
  return {
    log: combineDecisionLogs(logs),
    process: { host: hostName(), pid: Deno.pid },
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
): CredentialSource & Partial<Disposable> {
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

/** Makes the credentials of the profile as it is at each call. */
function createProfileSource(
  profileNow: () => ResolvedProfile | Promise<ResolvedProfile>,
  options: CredentialSourceOptions,
): CredentialSource {
  let last: { readonly profile: ResolvedProfile; readonly source: CredentialSource } | null = null;
  return {
    async issue(request) {
      const profile = await profileNow();
      // A source remembers the roles on the way: it is kept as long as the profile is the same.
      if (last?.profile !== profile) {
        last = { profile, source: createCredentialSource(profile, options) };
      }
      return await last.source.issue(request);
    },
  };
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
    const target = await openTarget(settings, surroundings);
    const { profile, identity, user, role, account, region, sts } = target;
    const userDigest = await sha256Hex(user);
    const sessionId = newId();
    const renewed = createRenewedProfile({
      profile,
      callerArn: identity.arn,
      reload: target.reload,
      identify: async (keys) => (await target.identify(keys)).arn,
      warn: surroundings.warn,
    });
    // A server outlives the keys of its profile; the other doors are done with them at once.
    const profileNow = door.mode === "server" ? renewed : () => profile;
    const source = createProfileSource(profileNow, {
      ...sts,
      noSession: settings.noSession,
      clock,
    });
    const access = () => tableAccess(target, { env, clock, profileNow });
    const overrides = await openOverrideRecords(settings, { target, access, clock });
    const credentials = remember(source, door.mode, {
      directory,
      key: credentialKey(profile, identity, {
        noSession: settings.noSession,
        region,
        sts: sts.endpoint,
      }),
      clock,
      warn: surroundings.warn,
    });
    const gate = createGate({
      policy,
      overrides,
      sessions: door.trackSession?.({
        user,
        profile: profile.name,
        sessionId,
        sourceIdentity: role === null ? null : formatSourceIdentity(
          { user, marker: "direct", id: sessionId },
          userDigest,
        ),
        openStore: (table) => openSessionStore(table, access()),
      }) ?? null,
      credentials,
      log: logs.log,
      process: logs.process,
      userDigest,
    });
    const durationSeconds = door.durationSeconds ?? profile.hops.at(-1)?.durationSeconds ??
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
      expectRequest: (id) => overrides.requests?.expect(id),
      openRequests: (table) => openRequestStore(table, access()),
      region,
      account,
      writeChildConfig: () => writeChildConfig(directory, generateChildConfig(profile.settings)),
      [Symbol.dispose]() {
        credentials[Symbol.dispose]?.();
        overrides[Symbol.dispose]();
        logs[Symbol.dispose]();
      },
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
