/**
 * Who a set of base credentials belongs to, kept between runs so that `sentinel credentials` need
 * not ask STS each time. An entry is bound to the secret itself: other keys never find it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { ensurePrivateDirectory, readPrivateFile, writePrivateFile } from "./private_file.ts";

const FORMAT = 1;
/** The only thing that changes the ARN of a key is renaming its user. */
const LIFE_MS = 12 * 3600_000;

/** What `GetCallerIdentity` says. */
export interface KnownIdentity {
  readonly arn: string;
  readonly account: string;
}

/** Where identities are kept. */
export interface IdentityCacheOptions {
  readonly directory: string;
  /** What tells these credentials from all others, the secret included; only its digest is kept. */
  readonly key: readonly (string | null)[];
  readonly clock: Pick<Clock, "now">;
}

/** The identity of the key: from the cache, else from `fetch`, and kept. A broken cache is passed over. */
export async function cachedIdentity(
  options: IdentityCacheOptions,
  fetch: () => Promise<KnownIdentity>,
): Promise<KnownIdentity> {
  const directory = `${options.directory}/identities`;
  const digest = await sha256Hex(JSON.stringify([FORMAT, ...options.key]));
  const path = `${directory}/${digest}.json`;
  const now = options.clock.now();
  try {
    const text = readPrivateFile(path);
    const entry = text === null ? null : JSON.parse(text);
    if (
      entry !== null && typeof entry.arn === "string" && typeof entry.account === "string" &&
      entry.keptAt <= now && now - entry.keptAt < LIFE_MS
    ) return { arn: entry.arn, account: entry.account };
  } catch {
    // Asked anew below.
  }
  const identity = await fetch();
  try {
    ensurePrivateDirectory(options.directory);
    ensurePrivateDirectory(directory);
    writePrivateFile(
      path,
      JSON.stringify({ arn: identity.arn, account: identity.account, keptAt: now }),
    );
  } catch {
    // A cache is a convenience.
  }
  return identity;
}
