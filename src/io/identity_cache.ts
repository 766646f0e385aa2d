/**
 * Who a set of base credentials belongs to, kept between runs so that `sentinel credentials` need
 * not ask STS each time. An entry is bound to the secret itself: other keys never find it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import {
  ensurePrivateDirectory,
  keepNewest,
  readPrivateFile,
  writePrivateFile,
} from "./private_file.ts";

const FORMAT = 1;
/** The only thing that changes the ARN of a key is renaming its user. */
const LIFE_MS = 12 * 3600_000;
/** Temporary keys come and go: as many identities are kept, the oldest go. */
const MAX_FILES = 64;

/** What `GetCallerIdentity` says. */
export interface KnownIdentity {
  readonly arn: string;
  readonly account: string;
}

/** Where identities are kept. */
export interface IdentityCacheOptions {
  /** `null`: nothing is kept, and nothing that was kept is believed. */
  readonly directory: string | null;
  /** What tells these credentials from all others, the secret included; only its digest is kept. */
  readonly key: readonly (string | null)[];
  readonly clock: Pick<Clock, "now">;
}

/** The identity of the key as it is kept, or `null`. A broken cache is passed over. */
export async function knownIdentity(options: IdentityCacheOptions): Promise<KnownIdentity | null> {
  const place = await placeOf(options);
  return place === null ? null : read(place, options.clock.now());
}

/** The identity of the key: from the cache, else from `fetch`, and kept. */
export async function cachedIdentity(
  options: IdentityCacheOptions,
  fetch: () => Promise<KnownIdentity>,
): Promise<KnownIdentity> {
  const place = await placeOf(options);
  if (place === null) return await fetch();
  const keptAt = options.clock.now();
  const known = read(place, keptAt);
  if (known !== null) return known;
  const { arn, account } = await fetch();
  const { directory, digest, path } = place;
  try {
    ensurePrivateDirectory(place.parent);
    ensurePrivateDirectory(directory);
    writePrivateFile(path, JSON.stringify({ digest, arn, account, keptAt }));
    keepNewest(directory, MAX_FILES);
  } catch {
    // A cache is a convenience: the next run asks again.
  }
  return { arn, account };
}

/** Where the identity of one key is kept. */
interface Place {
  readonly parent: string;
  readonly directory: string;
  readonly path: string;
  readonly digest: string;
}

async function placeOf({ directory: parent, key }: IdentityCacheOptions): Promise<Place | null> {
  if (parent === null) return null;
  const directory = `${parent}/identities`;
  const digest = await sha256Hex(JSON.stringify([FORMAT, ...key]));
  return { parent, directory, path: `${directory}/${digest}.json`, digest };
}

function read({ path, digest }: Place, now: number): KnownIdentity | null {
  try {
    const kept = JSON.parse(readPrivateFile(path) ?? "null");
    const { arn, account, keptAt } = kept;
    // INVARIANT: an identity is for the key whose digest stands in it, wherever it was moved to.
    if (kept.digest !== digest || typeof arn !== "string" || typeof account !== "string") {
      return null;
    }
    const age = Number.isSafeInteger(keptAt) ? now - keptAt : Infinity;
    return age >= 0 && age < LIFE_MS ? { arn, account } : null;
  } catch {
    // Missing, not to be believed, or broken.
    return null;
  }
}
