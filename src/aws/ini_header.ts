/**
 * Reads the header of a section as the JavaScript SDK does and as botocore does, and tells
 * whether they agree. Their rules differ in quotes, spaces and comments, and a header that only
 * one of them sees moves every key below it into another section.
 *
 * @module
 */
import type { IniFileKind } from "./ini.ts";

/** A header, read twice. Ids are `profile NAME`, `services NAME`, `sso-session NAME`. */
export interface IniHeader {
  /** The section that both readers open; `null` when they open one that is none of ours. */
  readonly id: string | null;
  /** Sections that only one of them opens, or that the writer meant: none of them can be trusted. */
  readonly claimed: readonly string[];
  /** What the writer seems to have meant by a header that both readers pass over, or `null`. */
  readonly meant: string | null;
  /** Whether both readers end the section above here. */
  readonly endsSection: boolean;
}

const KINDS: readonly string[] = ["profile", "sso-session", "services"];

/** What decides how a header is read besides its text. */
export interface IniHeaderOptions {
  readonly kind: IniFileKind;
  /** botocore may take an indented header for a part of the value above. */
  readonly isIndented: boolean;
}

/** Reads a line that begins with `[`, without the space around it. */
export function readHeader(line: string, { kind, isIndented }: IniHeaderOptions): IniHeader {
  // JavaScript: comments are cut first; what is left must end in "]".
  const cut = line.split(/\s[;#]/, 1)[0]!.trim();
  const forJavascript = cut.endsWith("]") ? cut.slice(1, -1) : "";
  // Python: `\[(.+)\]` at the beginning of the line, greedy; what follows is dropped.
  const forBotocore = /^\[(.+)\]/.exec(line)?.[1] ?? "";
  const javascript = javascriptId(forJavascript, kind);
  const botocore = botocoreId(forBotocore, kind);
  const meant = meantId(line, kind);
  const endsSection = forJavascript !== "" && forBotocore !== "" && !isIndented;
  if (javascript === botocore && endsSection) {
    return { id: botocore, claimed: [], meant: meant === botocore ? null : meant, endsSection };
  }
  const claimed = new Set([javascript, botocore, meant].filter((id) => id !== null));
  return { id: null, claimed: [...claimed], meant: null, endsSection };
}

function javascriptId(header: string, kind: IniFileKind): string | null {
  if (header === "") return null;
  const match = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/.exec(header);
  if (match !== null && !KINDS.includes(match[1]!)) return null;
  const key = match === null ? header : `${match[1]}.${match[3]}`;
  const dot = key.indexOf(".");
  const name = key.slice(dot + 1);
  if (kind === "credentials") return ownName(`profile ${key}`, key);
  if (key === "default") return "profile default";
  return dot > 0 && KINDS.includes(key.slice(0, dot))
    ? ownName(`${key.slice(0, dot)} ${name}`, name)
    : null;
}

/** The SDK keeps sections in a plain object and loses those named like its inherited members. */
function ownName(id: string, name: string): string | null {
  return name in {} ? null : id;
}

function botocoreId(header: string, kind: IniFileKind): string | null {
  if (header === "") return null;
  if (kind === "credentials") return `profile ${header}`;
  if (header === "default") return "profile default";
  // It looks at the beginning only, so that `[profiles x]` is a profile too.
  const prefix = KINDS.find((candidate) => header.startsWith(candidate));
  const words = prefix === undefined ? [] : shellWords(header);
  return words.length === 2 ? `${prefix} ${words[1]}` : null;
}

/** Words as a POSIX shell splits them; none when a quote is left open. */
function shellWords(text: string): readonly string[] {
  const pieces = text.match(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|[ \t\r\n]+|[^\\'" \t\r\n]+|./gs) ?? [];
  const words: string[] = [];
  let word: string | null = null;
  for (const piece of pieces) {
    if (/^[ \t\r\n]/.test(piece)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (/^['"\\]$/.test(piece)) {
      return [];
    } else word = (word ?? "") + unquoted(piece);
  }
  return word === null ? words : [...words, word];
}

function unquoted(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1);
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\])/g, "$1");
  return piece.startsWith("\\") ? piece.slice(1) : piece;
}

/** What a person means by a header: case, quotes and space aside, and the other file's form too. */
function meantId(line: string, kind: IniFileKind): string | null {
  const end = line.indexOf("]");
  const bare = line.slice(1, end === -1 ? line.length : end).replace(/["'\\]/g, "").trim();
  const match = /^(profile|sso-session|services)\s+(.*)$/i.exec(bare);
  if (match !== null) {
    const section = match[1]!.toLowerCase();
    return kind === "credentials" && section !== "profile" ? null : `${section} ${match[2]}`;
  }
  return bare === "" ? null : `profile ${bare}`;
}
