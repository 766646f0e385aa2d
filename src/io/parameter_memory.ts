/**
 * What Parameter Store said last, between runs of `sentinel credentials`: one 0600 file a
 * parameter and caller. It decides nothing: how old it may be is for whoever recalls it. It must
 * not be used for a policy that this user cannot choose, because this user can write it.
 *
 * @module
 */
import { sha256Hex } from "../gate/source_identity.ts";
import {
  ensurePrivateDirectory,
  keepNewest,
  readPrivateFile,
  writePrivateFile,
} from "./private_file.ts";

const FORMAT = 1;
const MAX_FILES = 32;

/** A version of a parameter, and when AWS was asked about it: milliseconds since the epoch. */
export interface KeptParameter {
  readonly parameter: {
    readonly text: string;
    readonly version: number;
    readonly modifiedAt: number | null;
  };
  readonly confirmedAt: number;
}

/** A memory of one parameter. A file that cannot be used is passed over. */
export interface ParameterFile {
  recall(): KeptParameter | null;
  keep(kept: KeptParameter): void;
  forget(): void;
}

/** Opens the memory of the parameter and caller that `key` tells from all others. */
export async function openParameterMemory(
  cacheDirectory: string,
  key: readonly (string | null)[],
): Promise<ParameterFile> {
  const directory = `${cacheDirectory}/parameters`;
  const digest = await sha256Hex(JSON.stringify([FORMAT, ...key]));
  const path = `${directory}/${digest}.json`;
  return {
    recall() {
      try {
        return parseKept(readPrivateFile(path) ?? "null", digest);
      } catch {
        // Not to be believed, or not to be read.
        return null;
      }
    },
    keep(kept) {
      try {
        ensurePrivateDirectory(cacheDirectory);
        ensurePrivateDirectory(directory);
        writePrivateFile(path, JSON.stringify({ digest, ...kept }));
        keepNewest(directory, MAX_FILES);
      } catch {
        // A cache is a convenience: the next run asks again.
      }
    },
    forget() {
      try {
        Deno.removeSync(path);
      } catch {
        // There is none.
      }
    },
  };
}

/** What stands in `text`, or `null` when it is half a file, or another parameter's. */
function parseKept(text: string, digest: string): KeptParameter | null {
  const entry = JSON.parse(text);
  const { parameter, confirmedAt } = entry ?? {};
  const isWhole = entry?.digest === digest && typeof parameter?.text === "string" &&
    Number.isSafeInteger(parameter.version) && Number.isSafeInteger(confirmedAt) &&
    (parameter.modifiedAt === null || Number.isSafeInteger(parameter.modifiedAt));
  return isWhole ? { parameter, confirmedAt } : null;
}
