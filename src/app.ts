/**
 * The composition root: from settings to a gate. The only file that picks adapters; it decides
 * nothing about who may have credentials.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { AccessRequest } from "./gate/access_request.ts";
import { type Admission, createGate, type Gate } from "./gate/gate.ts";
import type { CredentialSource, SessionTracker } from "./gate/ports.ts";
import { newId } from "./gate/request_id.ts";
import { formatSourceIdentity, sha256Hex } from "./gate/source_identity.ts";
import { openChainKeys } from "./aws/chain_keys.ts";
import type { CredentialSourceOptions } from "./aws/assume_role.ts";
import type { ResolvedProfile } from "./aws/profile.ts";
import type { ChildConfigFiles } from "./io/child_config.ts";
import type { CredentialCacheOptions } from "./io/credential_cache.ts";
import { cacheDirectory } from "./io/platform_paths.ts";
import { type LogSettings, openLogs } from "./logs.ts";
import type { CredentialMode } from "./policy/policy.ts";
import { openPolicySource } from "./policy_source.ts";
import type { RequestStore } from "./store/override_store.ts";
import type { SessionStore } from "./store/store.ts";
import {
  openOverrideRecords,
  type OverrideTables,
  parameterAccess,
  tableAccess,
} from "./target_tables.ts";
import { openTarget, type Target, type TargetSettings, type TargetSurroundings } from "./target.ts";

/** What every door that asks for credentials takes. */
export interface AccessSettings extends TargetSettings, OverrideTables, LogSettings {
  /** Path of the policy, `ssm:/NAME`, or `null` for the platform's default path. */
  readonly policy: string | null;
  /** How long a policy of Parameter Store counts before it is asked for again, in seconds. */
  readonly policyRefreshSeconds: number;
  /** Hand out long-term keys as they are, where the profile has no role. */
  readonly noSession: boolean;
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
  /** The user could not have named another policy. */
  readonly isPolicyPinned: boolean;
  /** The command that will receive the credentials, or `null`. */
  readonly command: string | null;
  /** Makes the session tracker of a server. */
  readonly trackSession?: (context: SessionContext) => SessionTracker;
}

/** How {@linkcode OpenedGate.admit} decides. */
export interface AdmitOptions {
  /** Also make the first credentials. */
  readonly mint: boolean;
  /** The access must last so long, in seconds, or the server does not start; `null`: no such wish. */
  readonly minTtlSeconds: number | null;
}

/** A gate, and what a door needs beside it. */
export interface OpenedGate extends Disposable {
  readonly gate: Gate;
  /** A request of this door, now, with this id or a new one. */
  newRequest(requestId?: string): AccessRequest;
  /**
   * Decides whether a server may start, as the gate does, and has a person give the code that its
   * role demands, once. Nobody is asked anything afterwards.
   */
  admit(options: AdmitOptions): Promise<Admission>;
  /** What the renewal of the base credentials takes for as long as a server runs. */
  readonly needs: { readonly run: boolean; readonly write: boolean };
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

/** What tells the credentials of a target from all others, besides the request. */
function credentialKey(
  { profile, identity, region, sts }: Target,
  { noSession }: Pick<AccessSettings, "noSession">,
): readonly (string | null)[] {
  return [
    profile.name,
    // Keys that are renewed lead to the same credentials; those of a file may be somebody else's.
    profile.base.kind === "keys" ? profile.base.accessKeyId : profile.base.kind,
    identity.arn,
    region,
    sts.endpoint,
    // A session that was kept is not what --no-session asks for.
    noSession ? "no-session" : null,
    ...profile.hops.flatMap((hop) => [
      hop.roleArn,
      hop.externalId,
      hop.roleSessionName,
      hop.region,
    ]),
  ];
}

/** Makes credentials of `profile`; what that takes is loaded when nothing kept will do. */
function credentialSource(
  profile: ResolvedProfile,
  options: CredentialSourceOptions,
): CredentialSource {
  let source: Promise<CredentialSource> | null = null;
  return {
    async issue(request) {
      source ??= import("./aws/assume_role.ts")
        .then(({ createCredentialSource }) => createCredentialSource(profile, options));
      return await (await source).issue(request);
    },
  };
}

/** Each door remembers credentials in its own way; none decides who gets them. */
async function remember(
  source: CredentialSource,
  mode: CredentialMode,
  options: CredentialCacheOptions & { readonly clock: Clock },
): Promise<CredentialSource & Partial<Disposable>> {
  switch (mode) {
    case "server": {
      const { createCredentialMemory } = await import("./io/credential_memory.ts");
      return createCredentialMemory(source, options.clock);
    }
    case "credential_process": {
      const { createCredentialCache } = await import("./io/credential_cache.ts");
      return createCredentialCache(source, options);
    }
    case "cli":
      return source;
    default:
      return mode satisfies never;
  }
}

/** The requests of a door for its target: each is of the moment in which it is made. */
function requestsOf(
  { user, account, identity, profile, role }: Target,
  { mode, command, clock, ...door }: DoorOptions & { readonly clock: Clock },
): OpenedGate["newRequest"] {
  const durationSeconds = door.durationSeconds ?? profile.hops.at(-1)?.durationSeconds ??
    DEFAULT_DURATION_SECONDS;
  return (requestId = newId()) => ({
    user,
    account,
    arn: identity.arn,
    profile: profile.name,
    role,
    mode,
    time: clock.now(),
    sessionTable: mode === "server" ? door.sessionTable : null,
    durationSeconds,
    isDefaultDuration: door.durationSeconds === null,
    requestId,
    command,
  });
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
  const opened = new DisposableStack();
  try {
    const logs = opened.use(openLogs(settings, surroundings));
    const directory = cacheDirectory(surroundings);
    // A server parses at its start, and may not write files later.
    const remembered = door.mode === "server" || door.isPolicyPinned ? null : directory;
    const policy = opened.use(openPolicySource({
      source: settings.policy,
      platform: surroundings,
      clock,
      warn: surroundings.warn,
      refreshSeconds: settings.policyRefreshSeconds,
      isServer: door.mode === "server",
      parsedDirectory: remembered,
      parameterDirectory: door.mode === "credential_process" ? remembered : null,
      access: () => Promise.resolve(parameterAccess(target, { env, clock, keys })),
    }));
    const target = await openTarget(settings, surroundings, { askIdentity: door.isPolicyPinned });
    const { profile, user, account, region, sts } = target;
    const userDigest = await sha256Hex(user);
    const sessionId = newId();
    const { keys, mfa } = await openChainKeys({
      ...target,
      isServer: door.mode === "server",
      surroundings,
    });
    const tables = tableAccess(target, { env, clock, keys });
    const source = credentialSource(profile, {
      ...sts,
      clock,
      noSession: settings.noSession,
      base: mfa.session ?? keys,
      mfaCode: mfa.session === null ? mfa.code : null,
    });
    const overrides = opened.use(
      openOverrideRecords(settings, { target, access: tables, clock }),
    );
    const credentials = await remember(source, door.mode, {
      directory,
      key: credentialKey(target, settings),
      asksPerson: (profile.hops[0]?.mfa ?? null) !== null,
      clock,
      warn: surroundings.warn,
    });
    opened.defer(() => credentials[Symbol.dispose]?.());
    const gate = createGate({
      policy,
      overrides,
      sessions: door.trackSession?.({
        user,
        profile: profile.name,
        sessionId,
        sourceIdentity: profile.hops.length === 0 ? null : formatSourceIdentity(
          { user, marker: "direct", id: sessionId },
          userDigest,
        ),
        openStore: async (table) => {
          const { openSessionStore } = await import("./store/open.ts");
          return await openSessionStore(table, tables);
        },
      }) ?? null,
      credentials,
      log: logs.log,
      process: logs.process,
      userDigest,
    });
    const newRequest = requestsOf(target, { ...door, clock });
    return {
      gate,
      newRequest,
      async admit({ mint, minTtlSeconds }) {
        const wanted = () => ({ ...newRequest(), minTtlSeconds });
        if (mfa.session !== null) {
          // The policy is asked first: nobody gives a code for nothing.
          const admission = await gate.admit(wanted(), { mint: false });
          if (admission.kind === "deny") return admission;
          await mfa.session.begin();
        }
        return await gate.admit(wanted(), { mint });
      },
      expectRequest: (id) => overrides.requests?.expect(id),
      async openRequests(table) {
        const { openRequestStore } = await import("./store/open.ts");
        return await openRequestStore(table, { ...tables, create: false });
      },
      needs: { run: profile.base.kind === "process", write: profile.base.kind === "sso" },
      region,
      account,
      async writeChildConfig() {
        const { writeChildConfig } = await import("./io/child_config.ts");
        const { generateChildConfig } = await import("./aws/child_settings.ts");
        return await writeChildConfig(directory, generateChildConfig(profile.settings));
      },
      [Symbol.dispose]: () => opened.dispose(),
    };
  } catch (error) {
    opened.dispose();
    throw error;
  }
}
