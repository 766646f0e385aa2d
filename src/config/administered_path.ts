/**
 * Whether what stands at a path is an administrator's alone: the file, every directory on the way
 * to it and every link. It looks at owners and modes only, and opens nothing; where it finds no
 * objection nobody else could have put there what stands there, nor can they replace it.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";

/** Why somebody else decides what stands there. Both texts are printable. */
export interface Exposure {
  /** Continues `Cannot trust X: `. */
  readonly reason: string;
  /** The command with which root mends that. */
  readonly mend: string;
  /** Not the file itself is open to others, but the way to it. */
  readonly isOnTheWay: boolean;
}

/** As many links as Linux follows. */
const MAX_LINKS = 40;
const WRITABLE_BY_OTHERS = 0o022;
/** In such a directory nobody takes away what is another's, as in `/tmp`. */
const STICKY = 0o1000;

/**
 * Why `path` (absolute) is not `administrator`'s alone, or root's; `null` when it is. What is not
 * there is nobody's: to open it fails, and nobody else could make it.
 */
export function findExposure(path: string, administrator: number): Exposure | null {
  const ahead = namesOf(path);
  let directory = "/";
  let links = 0;
  // It keeps the directories that it has, but others could give a file of root's a name in it.
  let sticky: Exposure | null = null;
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const here = step(directory, name);
    const info = look(here);
    if (info === null) return sticky;
    if (sticky !== null && !info.isDirectory) return sticky;
    const exposure = judge(info, { here, path, administrator });
    const isSticky = info.isDirectory && ((info.mode ?? 0) & STICKY) !== 0 &&
      isOf(info, administrator);
    if (exposure !== null && !isSticky) return exposure;
    sticky = exposure;
    if (info.isSymlink) {
      if (++links > MAX_LINKS) return null;
      ahead.unshift(...namesOf(Deno.readLinkSync(here)));
    } else directory = here;
  }
  return null;
}

/** The steps of a path: `/` where it begins at the root, then a name each. */
function namesOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return path.startsWith("/") ? ["/", ...names] : names;
}

/** Where `name` leads from `directory`, which is no link. */
function step(directory: string, name: string): string {
  if (name === "/") return "/";
  if (name === "..") return directory.slice(0, directory.lastIndexOf("/")) || "/";
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

function look(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch {
    return null;
  }
}

function isOf({ uid }: Deno.FileInfo, administrator: number): boolean {
  return uid === 0 || uid === administrator;
}

function judge(
  info: Deno.FileInfo,
  { here, path, administrator }: {
    readonly here: string;
    readonly path: string;
    readonly administrator: number;
  },
): Exposure | null {
  const isOnTheWay = info.isDirectory || info.isSymlink;
  const kind = info.isDirectory ? "directory" : info.isSymlink ? "link" : "file";
  const what = here === path ? "it" : `the ${kind} ${quote(here)}`;
  if (!isOf(info, administrator)) {
    return {
      reason: `${what} belongs to user ${info.uid}, not to root`,
      mend: `chown ${info.isSymlink ? "-h " : ""}root ${shellWord(here)}`,
      isOnTheWay,
    };
  }
  // The mode of a link means nothing.
  if (info.isSymlink || ((info.mode ?? 0) & WRITABLE_BY_OTHERS) === 0) return null;
  return {
    reason: `others than root may write ${what}`,
    mend: `chmod go-w ${shellWord(here)}`,
    isOnTheWay,
  };
}
