/**
 * Issued credentials between runs of `sentinel credentials`: one 0600 file per profile, role,
 * caller and parameters. It never decides who may have them: the gate asks it only after the
 * policy allowed.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { lifetimeSeconds, MIN_DURATION_SECONDS } from "../gate/lifetime.ts";
import type { CredentialRequest, CredentialSource, IssuedCredentials } from "../gate/ports.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import { lockFile } from "./file_lock.ts";
import {
  ensurePrivateDirectory,
  keepNewest,
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
/** The same where a person has to give a code: nobody is to be asked twice at once. */
const PERSON_TIMEOUT_MS = 120_000;
/** Files that are kept, each with its lock: the oldest, long dead, go. */
const MAX_FILES = 256;

/** Where and for whom credentials are kept. */
export interface CredentialCacheOptions {
  readonly directory: string;
  /**
   * All that makes these credentials different from others, besides the request: profile, role
   * chain, caller, region, endpoint.
   */
  readonly key: readonly (string | null)[];
  readonly clock: Pick<Clock, "now" | "after">;
  /** Whether somebody is asked for a code where credentials are made anew. Default: false. */
  readonly asksPerson?: boolean;
  /** Told once when the cache cannot be used; the credentials are then made anew. */
  readonly warn: (message: string) => void;
}

interface Entry {
  readonly format: typeof FORMAT;
  readonly key: string;
  /** When they were asked for, in milliseconds since the epoch. */
  readonly since: number;
  readonly credentials: IssuedCredentials;
}

/** `source` with a memory on disk, shared by all processes of this user. */
export function createCredentialCache(
  source: CredentialSource,
  options: CredentialCacheOptions,
): CredentialSource {
  const { clock } = options;
  let told = false;

  function warn(action: string, error: unknown): void {
    if (told) return;
    told = true;
    const reason = error instanceof UntrustedFileError ? error.message : describeFault(error);
    options.warn(`Cannot ${action}, so credentials are made anew each time: ${reason}`);
  }

  /** The id at the end of a source identity differs from run to run; who and why do not. */
  function keyText(request: CredentialRequest): string {
    const bearer = request.sourceIdentity.slice(0, request.sourceIdentity.lastIndexOf("="));
    const { durationSeconds, ownLife = null } = request;
    return JSON.stringify([FORMAT, ...options.key, bearer, durationSeconds, ownLife]);
  }

  function read(
    path: string,
    key: string,
    request: CredentialRequest,
  ): IssuedCredentials | null {
    let text: string | null;
    try {
      text = readPrivateFile(path);
    } catch {
      // Not to be believed, or not to be read: it is replaced, never written through.
      return null;
    }
    const entry = text === null ? null : parseEntry(text);
    // INVARIANT: an entry is for the key that stands in it, wherever the file was moved to.
    if (entry?.key !== key) return null;
    return isReusable(entry, request, clock.now()) ? entry.credentials : null;
  }

  function keep(directory: string, path: string, entry: Entry): void {
    if (lifeLeftMs(entry, clock.now()) < leastLifeMs(entry)) return;
    try {
      writePrivateFile(path, JSON.stringify(entry));
      keepNewest(directory, MAX_FILES);
    } catch (error) {
      warn(`write to ${quote(directory)}`, error);
    }
  }

  async function lock(path: string): Promise<Disposable | null> {
    try {
      const timeoutMs = options.asksPerson ? PERSON_TIMEOUT_MS : LOCK_TIMEOUT_MS;
      return await lockFile(`${path}.lock`, { timeoutMs, clock });
    } catch {
      // Without a lock several processes may ask STS at once, and that is all.
      return null;
    }
  }

  return {
    async issue(request) {
      const key = keyText(request);
      const directory = `${options.directory}/credentials`;
      const path = `${directory}/${await sha256Hex(key)}.json`;
      try {
        ensurePrivateDirectory(options.directory);
        ensurePrivateDirectory(directory);
      } catch (error) {
        warn("use the cache", error);
        return await source.issue(request);
      }
      const known = read(path, key, request);
      if (known !== null) return known;
      using _lock = await lock(path);
      const refreshed = read(path, key, request);
      if (refreshed !== null) return refreshed;
      const since = clock.now();
      const credentials = await source.issue(request);
      if (credentials !== null) {
        keep(directory, path, { format: FORMAT, key, since, credentials });
      }
      return credentials;
    },
  };
}

/**
 * What is left of the life of kept credentials, in milliseconds; `-Infinity` when it is not known.
 * Both their age and their expiry must agree: this machine's clock may differ from AWS's, and it
 * may have been set since.
 */
function lifeLeftMs({ credentials, since }: Entry, now: number): number {
  const { expiresAt, durationSeconds } = credentials;
  if (expiresAt === null || durationSeconds === null || now < since) return -Infinity;
  return Math.min(expiresAt - now, since + durationSeconds * 1000 - now);
}

/** With this much life left credentials are worth keeping, in milliseconds. */
function leastLifeMs({ credentials }: Entry): number {
  return Math.min(REUSE_MS, (credentials.durationSeconds ?? 0) * 1000 * REUSE_PART);
}

/** Whether credentials may be handed out again for `request`. */
function isReusable(entry: Entry, request: CredentialRequest, now: number): boolean {
  const left = lifeLeftMs(entry, now);
  const { within, minTtlSeconds = 0 } = request;
  if (left < minTtlSeconds * 1000) return false;
  if (within === undefined) return left >= leastLifeMs(entry);
  const { durationSeconds } = entry.credentials;
  const end = entry.since + (durationSeconds ?? Infinity) * 1000;
  const isShortest = within.allowMinimum && durationSeconds === MIN_DURATION_SECONDS;
  // INVARIANT: what an override let out ends with it, whenever it was made.
  if (end > within.notAfter && !isShortest) return false;
  // Where no new ones can be made, these do to the end of the override.
  return left >= leastLifeMs(entry) || left > 0 && lifetimeSeconds(request, now) === null;
}

/** The entry in `text`, or `null` when it is half one, another program's or an older format's. */
function parseEntry(text: string): Entry | null {
  try {
    const entry = JSON.parse(text) as Entry;
    const { accessKeyId, secretAccessKey, sessionToken, ...rest } = entry.credentials;
    const texts = [entry.key, accessKeyId, secretAccessKey, sessionToken];
    const numbers = [entry.since, rest.expiresAt, rest.durationSeconds];
    const perhaps = [rest.accountId, rest.roleArn, rest.sourceIdentity];
    const whole = entry.format === FORMAT &&
      texts.every((value) => typeof value === "string" && value !== "") &&
      numbers.every(Number.isSafeInteger) &&
      perhaps.every((value) => value === null || typeof value === "string");
    return whole ? entry : null;
  } catch {
    return null;
  }
}
