/**
 * Issued credentials between runs of `sentinel credentials`: one 0600 file per profile, role,
 * caller and parameters. It never decides who may have them: the gate asks it only after the
 * policy allowed.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { CredentialRequest, CredentialSource, IssuedCredentials } from "../gate/ports.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { describeFault } from "./file_fault.ts";
import {
  ensurePrivateDirectory,
  readPrivateFile,
  UntrustedFileError,
  writePrivateFile,
} from "./private_file.ts";

const FORMAT = 1;
/** Credentials are reused while this much of their life remains, in milliseconds… */
const REUSE_MS = 900_000;
/** …or this part of it, whichever is less. */
const REUSE_PART = 1 / 3;
/** A refresher that holds the lock for longer than this is not waited for. */
const LOCK_TIMEOUT_MS = 20_000;

/** Where and for whom credentials are kept. */
export interface CredentialCacheOptions {
  readonly directory: string;
  /**
   * All that makes these credentials different from others, besides the request: profile, role
   * chain, caller, region, endpoint.
   */
  readonly key: readonly (string | null)[];
  readonly clock: Pick<Clock, "now" | "after">;
  /** Told once when the cache cannot be used; the credentials are then made anew. */
  readonly warn: (message: string) => void;
}

interface Entry {
  readonly format: typeof FORMAT;
  readonly key: string;
  readonly credentials: IssuedCredentials;
}

/** Whether credentials of this remaining and whole life may be handed out again. */
export function isReusable(credentials: IssuedCredentials, now: number): boolean {
  const { expiresAt, durationSeconds } = credentials;
  if (expiresAt === null || durationSeconds === null) return false;
  return expiresAt - now >= Math.min(REUSE_MS, durationSeconds * 1000 * REUSE_PART);
}

/** `source` with a memory on disk, shared by all processes of this user. */
export function createCredentialCache(
  source: CredentialSource,
  options: CredentialCacheOptions,
): CredentialSource {
  const { clock } = options;

  /** The id at the end of a source identity differs from run to run; who and why do not. */
  function keyText(request: CredentialRequest): string {
    const bearer = request.sourceIdentity.slice(0, request.sourceIdentity.lastIndexOf("="));
    return JSON.stringify([FORMAT, ...options.key, bearer, request.durationSeconds]);
  }

  function read(path: string, key: string): IssuedCredentials | null {
    const text = readPrivateFile(path);
    const entry = text === null ? null : parseEntry(text);
    // INVARIANT: an entry is for the key that stands in it, wherever the file was moved to.
    if (entry === null || entry.key !== key) return null;
    return isReusable(entry.credentials, clock.now()) ? entry.credentials : null;
  }

  function keep(path: string, key: string, credentials: IssuedCredentials): void {
    if (credentials.expiresAt === null) return;
    const entry: Entry = { format: FORMAT, key, credentials };
    try {
      writePrivateFile(path, JSON.stringify(entry));
    } catch (error) {
      options.warn(`Cannot keep credentials in ${path}: ${describeFault(error)}`);
    }
  }

  return {
    async issue(request) {
      const key = keyText(request);
      const directory = `${options.directory}/credentials`;
      const path = `${directory}/${await sha256Hex(key)}.json`;
      using held = new DisposableStack();
      try {
        ensurePrivateDirectory(options.directory);
        ensurePrivateDirectory(directory);
        const known = read(path, key);
        if (known !== null) return known;
        held.use(await acquire(`${path}.lock`, clock));
        // Whoever held the lock before may have renewed them.
        const renewed = read(path, key);
        if (renewed !== null) return renewed;
      } catch (error) {
        const reason = error instanceof UntrustedFileError ? error.message : describeFault(error);
        options.warn(`Credentials are not cached: ${reason}`);
        return await source.issue(request);
      }
      const credentials = await source.issue(request);
      keep(path, key, credentials);
      return credentials;
    },
  };
}

function parseEntry(text: string): Entry | null {
  try {
    const entry = JSON.parse(text) as Entry;
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = entry.credentials;
    const whole = entry.format === FORMAT && typeof entry.key === "string" &&
      typeof accessKeyId === "string" && typeof secretAccessKey === "string" &&
      typeof sessionToken === "string" && Number.isSafeInteger(expiresAt);
    return whole ? entry : null;
  } catch {
    // Half a file from another program, or an older format: made anew.
    return null;
  }
}

/** The lock file, held until it is closed or this process ends; `null` when that took too long. */
async function acquire(path: string, clock: Pick<Clock, "after">): Promise<Deno.FsFile | null> {
  const file = Deno.openSync(path, { write: true, create: true, mode: 0o600 });
  let late = false;
  const timeout = new Promise<"late">((resolve) =>
    clock.after(LOCK_TIMEOUT_MS, () => {
      late = true;
      resolve("late");
    })
  );
  const locked = file.lock(true).then(() => {
    if (late) file.close();
  });
  return await Promise.race([locked, timeout]) === "late" ? null : file;
}
