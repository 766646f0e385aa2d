/**
 * What a `config.yaml` sets, by the digest of its text, so that a short-lived process starts
 * neither the YAML parser nor the schema library. It is for what this user may change anyhow: in a
 * cache that this user can write, no pin would be safe.
 *
 * @module
 */
import { sha256Hex } from "../gate/source_identity.ts";
import {
  ensurePrivateDirectory,
  keepNewest,
  readPrivateFile,
  writePrivateFile,
} from "../io/private_file.ts";
import { VERSION } from "../version.ts";
import type { ConfigDocument } from "./config_document.ts";

/** Changes whenever the same text may set something else than before. */
const FORMAT = 1;
const MAX_KEPT = 8;

/** What `text` sets: from the cache below `cacheDirectory`, else from `parse`, and kept. */
export async function cachedConfig(
  text: string,
  { cacheDirectory, parse }: {
    readonly cacheDirectory: string;
    readonly parse: () => Promise<ConfigDocument>;
  },
): Promise<ConfigDocument> {
  const digest = await sha256Hex(text);
  const directory = `${cacheDirectory}/config`;
  const path = `${directory}/${digest}.${VERSION}.${FORMAT}.json`;
  const known = read(path, digest);
  if (known !== null) return known;
  const document = await parse();
  try {
    ensurePrivateDirectory(cacheDirectory);
    ensurePrivateDirectory(directory);
    writePrivateFile(path, JSON.stringify({ digest, document }));
    keepNewest(directory, MAX_KEPT);
  } catch {
    // A cache is a convenience: the next run parses again.
  }
  return document;
}

function read(path: string, digest: string): ConfigDocument | null {
  try {
    const kept = JSON.parse(readPrivateFile(path) ?? "null");
    return kept.digest === digest && isDocument(kept.document) ? kept.document : null;
  } catch {
    // Missing, not to be believed, or broken.
    return null;
  }
}

function isDocument(value: unknown): value is ConfigDocument {
  const { defaults, profiles, pin } = Object(value);
  return isSection(defaults) && isSection(pin) && Object.keys(pin).length === 0 &&
    typeof profiles === "object" && profiles !== null && Object.values(profiles).every(isSection);
}

function isSection(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((entry) =>
      typeof entry?.value === "string" && Number.isSafeInteger(entry.line)
    );
}
