/**
 * The policy from a file. Every request sees the file as it is at that moment: an unchanged one
 * is not read again, a changed one decides at once, a broken one refuses.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import type { LoadedPolicy, PolicySource } from "../gate/ports.ts";
import { compilePolicy } from "../policy/compile.ts";
import type { Policy } from "../policy/policy.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import { loadParsedPolicy } from "./parsed_policy_cache.ts";

/** How a policy file is read. */
export interface PolicyFileOptions {
  /** Where parsed policies are kept between runs, or `null` to parse every time. */
  readonly cacheDirectory: string | null;
}

/**
 * Deno reports the time of the last change of status (`ctime`) in whole seconds only: a file that
 * changed less than this before it was read may change again without looking different.
 */
const UNSETTLED_MS = 2500;

/** What tells that a file is the one that was read. */
interface Snapshot {
  readonly dev: number;
  readonly ino: number | null;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  /** The file had been left alone long enough for these to be proof. */
  readonly settled: boolean;
}

function unreadable(path: string, reason: string, cause?: unknown): SentinelError {
  return new SentinelError("POLICY_UNREADABLE", `Cannot read policy ${quote(path)}: ${reason}`, {
    cause,
  });
}

function takeSnapshot(path: string): { readonly snapshot: Snapshot; readonly info: Deno.FileInfo } {
  let info: Deno.FileInfo;
  const before = Date.now();
  try {
    info = Deno.statSync(path);
  } catch (error) {
    throw unreadable(path, describeFault(error), error);
  }
  if (!info.isFile) throw unreadable(path, "it is not a regular file");
  if (info.mode !== null && Deno.build.os !== "windows" && (info.mode & 0o002) !== 0) {
    throw unreadable(path, "every user of this machine may write it; run: chmod o-w FILE");
  }
  const mtime = info.mtime?.getTime() ?? 0;
  const ctime = info.ctime?.getTime() ?? 0;
  return {
    info,
    snapshot: {
      dev: info.dev,
      ino: info.ino,
      size: info.size,
      mtime,
      ctime,
      settled: before - Math.max(mtime, ctime) > UNSETTLED_MS,
    },
  };
}

function unchanged(a: Snapshot, b: Snapshot): boolean {
  return a.settled && a.ino === b.ino && a.mtime === b.mtime && a.ctime === b.ctime &&
    a.size === b.size && a.dev === b.dev;
}

interface Version {
  readonly snapshot: Snapshot;
  readonly text: string;
  /** The policy of this text; a broken text keeps its fault. */
  readonly loaded: LoadedPolicy | Promise<LoadedPolicy>;
}

/** A policy source over the file at `path`. */
export function createPolicyFile(path: string, options: PolicyFileOptions): PolicySource {
  let current: Version | null = null;

  async function prepare(text: string, owner: number | null): Promise<LoadedPolicy> {
    const digest = await sha256Hex(text);
    const policy: Policy = await loadParsedPolicy(text, {
      digest,
      source: path,
      owner,
      directory: options.cacheDirectory,
    });
    return { source: path, digest: `sha256:${digest}`, evaluate: compilePolicy(policy) };
  }

  return {
    load() {
      const { snapshot, info } = takeSnapshot(path);
      if (current !== null && unchanged(current.snapshot, snapshot)) return current.loaded;
      let text: string;
      try {
        text = Deno.readTextFileSync(path);
      } catch (error) {
        throw unreadable(path, describeFault(error), error);
      }
      // INVARIANT: only the very text that is in the file now answers. A fault is kept with its
      // text too: a thousand requests do not parse a broken policy a thousand times.
      if (current !== null && current.text === text) {
        current = { snapshot, text, loaded: current.loaded };
        return current.loaded;
      }
      const preparing = prepare(text, info.uid);
      const version: Version = { snapshot, text, loaded: preparing };
      current = version;
      preparing.then((loaded) => {
        if (current?.loaded === preparing) current = { ...current, loaded };
      }, () => {});
      return preparing;
    },
  };
}
