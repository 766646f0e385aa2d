/**
 * From the word that names a policy to the source that it comes from: a file, or a parameter of
 * Parameter Store. It picks the adapter and what may be remembered; it decides nothing that the
 * policy decides.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { SentinelError } from "./errors.ts";
import type { PolicySource } from "./gate/ports.ts";
import { isParameterSource, parseParameterSource } from "./aws/parameter_name.ts";
import type {
  ParameterStore,
  ParameterStoreCredentials,
  ParameterStoreOptions,
} from "./aws/parameter_store.ts";
import { prepareLoadedPolicy } from "./io/loaded_policy.ts";
import { configDirectory, type PlatformOptions } from "./io/platform_paths.ts";
import { createPolicyFile } from "./io/policy_file.ts";
import { ownUid } from "./io/private_file.ts";
import { quote } from "./text/printable.ts";

/** How a parameter is reached: asked for only when the policy is one. */
export interface ParameterAccess {
  /** `null`: none is set, which is an error for a parameter. */
  readonly region: string | null;
  readonly endpoint: string | null;
  readonly useFips: boolean;
  /** ARN of whoever reads. */
  readonly callerArn: string;
  readonly credentials: () => Promise<ParameterStoreCredentials>;
}

/** Where and how a policy is read. */
export interface PolicySourceOptions {
  /** A path, `ssm:/NAME`, or `null` for the platform's default path. */
  readonly source: string | null;
  readonly platform: PlatformOptions;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** After so many seconds AWS is asked again whether a parameter is still the one in force. */
  readonly refreshSeconds: number;
  /** A server asks in the background; everybody else at each load. */
  readonly isServer: boolean;
  /**
   * Where parsed policies may be kept, or `null`. What is kept there can be changed by this user:
   * `null` where the user cannot choose another policy.
   */
  readonly parsedDirectory: string | null;
  /** Where the parameter itself may be kept between runs, or `null`. The same applies. */
  readonly parameterDirectory: string | null;
  readonly access: () => Promise<ParameterAccess>;
}

/** A policy source that may hold connections and timers. */
export type OpenPolicySource = PolicySource & Disposable;

/** How often AWS is asked where nothing else is said, in seconds. */
export const DEFAULT_REFRESH_SECONDS = 30;

/** How a policy is read that is asked once, by a command that keeps nothing. */
export function oncePerRun(
  platform: PlatformOptions & { readonly clock: Clock; readonly warn: (message: string) => void },
): Omit<PolicySourceOptions, "source" | "access"> {
  return {
    platform,
    clock: platform.clock,
    warn: platform.warn,
    refreshSeconds: DEFAULT_REFRESH_SECONDS,
    isServer: false,
    parsedDirectory: null,
    parameterDirectory: null,
  };
}

/** Path of the policy when none is named. */
export function defaultPolicyPath(platform: PlatformOptions): string {
  const separator = platform.os === "windows" ? "\\" : "/";
  return `${configDirectory(platform)}${separator}policy.yaml`;
}

/** Opens the source. Nothing is read before it is loaded. Throws `CONFIG_INVALID`. */
export function openPolicySource(options: PolicySourceOptions): OpenPolicySource {
  const source = options.source ?? defaultPolicyPath(options.platform);
  if (isParameterSource(source)) return openParameter(source, options);
  const file = createPolicyFile(source, { cacheDirectory: options.parsedDirectory });
  return { load: () => file.load(), [Symbol.dispose]() {} };
}

/** A parameter is asked for when it is loaded; until then its code is not even there. */
function openParameter(source: string, options: PolicySourceOptions): OpenPolicySource {
  const { name } = parseParameterSource(source);
  const open = new DisposableStack();
  let opening: Promise<PolicySource> | null = null;
  let opened: PolicySource | null = null;
  return {
    load() {
      if (opened !== null) return opened.load();
      opening ??= connect(name, { options, open }).then((source) => opened = source);
      return opening.then((source) => source.load(), (error) => {
        opening = null;
        throw error;
      });
    },
    [Symbol.dispose]: () => open.dispose(),
  };
}

async function connect(
  name: string,
  { options, open }: { readonly options: PolicySourceOptions; readonly open: DisposableStack },
): Promise<PolicySource> {
  const { clock, warn } = options;
  const { callerArn, ...access } = await options.access();
  const reach = requireRegion(access, name);
  let store: Promise<ParameterStore> | null = null;
  const shared = {
    name,
    // What was answered a moment ago needs neither the SDK nor a connection.
    read: async () => {
      store ??= openStore(reach, open);
      return await (await store).read(name);
    },
    prepare: (text: string, source: string) =>
      // Whoever may name another policy may just as well write what is kept of this one.
      prepareLoadedPolicy(text, { source, owner: ownUid(), directory: options.parsedDirectory }),
    clock,
    refreshMs: options.refreshSeconds * 1000,
  };
  if (options.isServer) {
    const { createSsmPolicy } = await import("./aws/policy_ssm.ts");
    const source = createSsmPolicy(shared);
    open.defer(() => source[Symbol.dispose]());
    return source;
  }
  const { createSsmPolicyRun } = await import("./aws/policy_ssm_run.ts");
  const memory = options.parameterDirectory === null
    ? null
    : await openMemory(options.parameterDirectory, [
      name,
      reach.region,
      reach.endpoint,
      callerArn,
    ]);
  return createSsmPolicyRun({ ...shared, memory, warn });
}

async function openStore(
  reach: ParameterStoreOptions,
  open: DisposableStack,
): Promise<ParameterStore> {
  const { openParameterStore } = await import("./aws/parameter_store.ts");
  const store = await openParameterStore(reach);
  if (!open.disposed) return open.use(store);
  store[Symbol.dispose]();
  throw new SentinelError("TIMED_OUT", "The policy came when nobody waited for it any more");
}

async function openMemory(directory: string, key: readonly (string | null)[]) {
  const { openParameterMemory } = await import("./io/parameter_memory.ts");
  return await openParameterMemory(directory, key);
}

function requireRegion(
  { region, ...rest }: Omit<ParameterAccess, "callerArn">,
  name: string,
): ParameterStoreOptions {
  if (region !== null) return { region, ...rest };
  throw new SentinelError(
    "CONFIG_INVALID",
    `Cannot read policy ${quote(`ssm:${name}`)}: no AWS region is set`,
    { suggestion: "Name it with --region, set AWS_REGION, or give the profile a region." },
  );
}
