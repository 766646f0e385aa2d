/**
 * How other AWS tools read configuration files: botocore (when `python3` has it) and the
 * JavaScript SDK. Both are asked for the sections of the files and for whole credential chains;
 * nothing is called and no program of a profile is started.
 *
 * @module
 */
import { loadSharedConfigFiles } from "@smithy/core/config";
import { fromIni } from "@aws-sdk/credential-provider-ini";

/** Files on disk and the profiles to resolve. */
export interface OracleCase {
  readonly config: string;
  readonly credentials: string;
  readonly profiles: readonly string[];
}

/** Keys by section (`profile NAME`, `services NAME`) of one file; a block's key is `block.key`. */
export type OracleSections = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One role on the way, as it would be asked of STS. */
export interface OracleHop {
  readonly role: string;
  readonly externalId: string | null;
  readonly duration: number | null;
  readonly sessionName: string | null;
  /** Access key id, secret key, token of the caller. */
  readonly caller: readonly (string | null)[];
}

/** What a tool makes of a profile. */
export interface OracleChain {
  readonly hops: readonly OracleHop[];
  readonly keys: readonly (string | null)[];
}

/** What a tool makes of a case. */
export interface OracleAnswer {
  /** `null`: it refuses a file. */
  readonly sections:
    | { readonly config: OracleSections; readonly credentials: OracleSections }
    | null;
  /** `null`: no credentials. */
  readonly chains: Readonly<Record<string, OracleChain | null>>;
}

/** Why botocore cannot be asked here, or `null` when it can. */
export function botocoreMissing(): string | null {
  try {
    const { success } = new Deno.Command("python3", {
      args: ["-c", "import botocore.credentials"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? null : "python3 has no botocore";
  } catch {
    return "there is no python3";
  }
}

/** What botocore makes of each case. */
export async function askBotocore(cases: readonly OracleCase[]): Promise<readonly OracleAnswer[]> {
  const process = new Deno.Command("python3", {
    args: [new URL("./botocore_oracle.py", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(cases)));
  await writer.close();
  const { stdout, success } = await process.output();
  if (!success) throw new Error("botocore_oracle.py failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What the JavaScript SDK makes of each case. */
export function askJavascript(cases: readonly OracleCase[]): Promise<readonly OracleAnswer[]> {
  return Promise.all(cases.map(async (files) => {
    const init = { configFilepath: files.config, filepath: files.credentials, ignoreCache: true };
    const { configFile, credentialsFile } = await loadSharedConfigFiles(init);
    const chains: Record<string, OracleChain | null> = {};
    for (const profile of files.profiles) {
      chains[profile] = await javascriptChain({ ...init, profile });
    }
    return {
      sections: {
        config: withIds(
          configFile,
          (key) =>
            /^(?:services|sso-session)\./.test(key) ? key.replace(".", " ") : `profile ${key}`,
        ),
        credentials: withIds(credentialsFile, (key) => `profile ${key}`),
      },
      chains,
    };
  }));
}

/** The SDK's sections by our ids; it keeps them by `services.NAME` and bare profile names. */
function withIds(
  sections: Record<string, Record<string, string | undefined>>,
  id: (key: string) => string,
): OracleSections {
  return Object.fromEntries(
    Object.entries(sections).map((
      [key, entries],
    ) => [id(key), { ...entries } as OracleSections[string]]),
  );
}

async function javascriptChain(
  init: { profile: string; configFilepath: string; filepath: string; ignoreCache: boolean },
): Promise<OracleChain | null> {
  const hops: OracleHop[] = [];
  const provider = fromIni({
    ...init,
    roleAssumer: (caller, params) => {
      hops.push({
        role: params.RoleArn!,
        externalId: params.ExternalId ?? null,
        duration: params.DurationSeconds ?? null,
        sessionName: params.RoleSessionName ?? null,
        caller: [caller.accessKeyId, caller.secretAccessKey, caller.sessionToken ?? null],
      });
      const name = `hop${hops.length}`;
      return Promise.resolve({ accessKeyId: name, secretAccessKey: name, sessionToken: name });
    },
  });
  try {
    const keys = await provider();
    return { hops, keys: [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken || null] };
  } catch {
    return null;
  }
}
