/**
 * Reads `~/.aws/config` and `~/.aws/credentials`: text in, sections out. A section means the same
 * to the JavaScript SDK and to botocore (the `aws` command), or it carries a problem that names
 * the line; it must never be read in one of two possible ways. No message repeats a line: it may
 * hold a secret.
 *
 * @module
 */
import { readHeader } from "./ini_header.ts";

/** The two files have different rules for the names of sections. */
export type IniFileKind = "config" | "credentials";

/** Why a section cannot be used. */
export interface IniProblem {
  /** Line of the file, from 1. */
  readonly line: number;
  /** What is wrong with it; printable, without anything from the line but section names. */
  readonly reason: string;
}

/** One `key = value`. */
export interface IniEntry {
  /** Without the space around it; empty for a key without value and for a block. */
  readonly value: string;
  /** Line of the file, from 1. */
  readonly line: number;
  /** The indented `key = value` lines below a key without value. */
  readonly block: ReadonlyMap<string, string> | null;
}

/** One section. */
export interface IniSection {
  /** Line of its header, from 1. */
  readonly line: number;
  /** By key, in the order of the file. */
  readonly entries: ReadonlyMap<string, IniEntry>;
  /** The first thing that keeps it from being used, or `null`. */
  readonly problem: IniProblem | null;
}

/** A file as read. The keys of both maps are `profile NAME`, `services NAME`, `sso-session NAME`. */
export interface IniFile {
  /** Sections that a reader knows by that name. */
  readonly sections: ReadonlyMap<string, IniSection>;
  /** Names that a header seems to mean although no reader takes it so, with the line to mend. */
  readonly misnamed: ReadonlyMap<string, IniProblem>;
  /** What spoils the whole file, so that even its sections cannot be told, or `null`. */
  readonly problem: IniProblem | null;
}

const REASONS = {
  bom: "the file begins with a byte order mark, which botocore does not accept",
  carriageReturn: "the file has a carriage return inside a line, where only some tools end it",
  defaults: "botocore gives the keys of [DEFAULT] to every section, the JavaScript SDK to none",
  prototype: "the JavaScript SDK gives up a file with such a section",
  duplicateSection: "the section appears twice; botocore refuses that, the JavaScript SDK merges",
  duplicateKey: "the key appears twice; botocore refuses that, the JavaScript SDK takes the last",
  character: "a control character, an unusual space or text that is not UTF-8",
  header: "a header that only some tools accept, so that what follows may belong to two sections",
  comment: "a comment after a value; botocore takes it for a part of the value",
  noEquals: "neither a header, nor a comment, nor `key = value`",
  key: "a key may have small letters, digits, _ and - only; tools read others differently",
  continuation: "an indented line after a value; botocore takes it for a part of the value",
  indentation: "indented less than the block above, but not to the left margin; tools disagree",
  nesting: "a line of a block must be `key = value`, with a value and without a comment",
} as const;

/** How a header must look, by kind of file. */
const MISNAMED: Readonly<Record<IniFileKind, string>> = {
  config: "no tool reads this header so: write [profile NAME], or [default]",
  credentials: "no tool reads this header so: write [NAME]",
};

interface Entry extends IniEntry {
  block: Map<string, string> | null;
}

class Section implements IniSection {
  readonly entries = new Map<string, Entry>();
  problem: IniProblem | null = null;
  constructor(readonly line: number) {}

  blame(line: number, reason: string): void {
    this.problem ??= { line, reason };
  }
}

class Reader {
  readonly sections = new Map<string, Section>();
  readonly misnamed = new Map<string, IniProblem>();
  readonly #kind: IniFileKind;
  /** Where keys go; a section that nobody reads before the first header and after odd ones. */
  #section = new Section(0);
  /** The last key of the section: indented lines below it are its continuation for botocore. */
  #entry: Entry | null = null;
  /** How far that key was indented. */
  #indent = 0;
  /** Whether the JavaScript SDK still takes indented lines for a block. */
  #blockOpen = false;

  constructor(kind: IniFileKind) {
    this.#kind = kind;
  }

  read(line: string, number: number): void {
    const trimmed = line.trim();
    const indent = line.length - line.trimStart().length;
    const isComment = trimmed.startsWith("#") || trimmed.startsWith(";");
    if (isOdd(isComment ? line.slice(0, indent) : line)) this.#blame(number, "character");
    if (isComment || trimmed === "") return;
    if (trimmed.startsWith("[")) this.#header(trimmed, { number, indent });
    else if (this.#entry !== null && indent > this.#indent) this.#continue(trimmed, number);
    else this.#key(trimmed, { number, indent });
  }

  #blame(line: number, reason: keyof typeof REASONS): void {
    this.#section.blame(line, REASONS[reason]);
  }

  /** The section `id`, made when it is not there yet. */
  #open(id: string, line: number): Section {
    let section = this.sections.get(id);
    if (section === undefined) this.sections.set(id, section = new Section(line));
    return section;
  }

  #header(trimmed: string, at: { readonly number: number; readonly indent: number }): void {
    const { number: line, indent } = at;
    const header = readHeader(trimmed, { kind: this.#kind, isIndented: indent > 0 });
    if (!header.endsSection) this.#blame(line, "header");
    for (const id of header.claimed) this.#open(id, line).blame(line, REASONS.header);
    if (header.meant !== null) {
      this.misnamed.set(header.meant, { line, reason: MISNAMED[this.#kind] });
    }
    const { id } = header;
    if (id !== null) this.sections.get(id)?.blame(line, REASONS.duplicateSection);
    this.#section = id === null ? new Section(line) : this.#open(id, line);
    this.#entry = null;
    this.#blockOpen = false;
  }

  #key(trimmed: string, at: { readonly number: number; readonly indent: number }): void {
    const { number, indent } = at;
    if (this.#blockOpen && indent > 0) this.#blame(number, "indentation");
    const equals = trimmed.indexOf("=");
    if (equals === -1) return this.#blame(number, "noEquals");
    const key = trimmed.slice(0, equals).trimEnd();
    if (!/^[a-z0-9_-]+$/.test(key)) this.#blame(number, "key");
    if (INLINE_COMMENT.test(trimmed)) this.#blame(number, "comment");
    if (this.#section.entries.has(key)) this.#blame(number, "duplicateKey");
    const value = trimmed.slice(equals + 1).trimStart();
    this.#entry = { value, line: number, block: null };
    this.#indent = indent;
    this.#blockOpen = value === "";
    this.#section.entries.set(key, this.#entry);
  }

  /** A line indented deeper than the key above: one line of a block, or ambiguous. */
  #continue(trimmed: string, number: number): void {
    const entry = this.#entry!;
    if (entry.value !== "") return this.#blame(number, "continuation");
    const match = /^([\w-]+)[ \t]*=[ \t]*(.+)$/.exec(trimmed);
    if (match === null || INLINE_COMMENT.test(trimmed)) return this.#blame(number, "nesting");
    entry.block ??= new Map();
    if (entry.block.has(match[1]!)) this.#blame(number, "duplicateKey");
    entry.block.set(match[1]!, match[2]!);
  }
}

// The JavaScript SDK cuts a line at the first of these; botocore knows only whole-line comments.
const INLINE_COMMENT = /\s[#;]/;

/** Whether `text` has what one of the readers may take for space, or what cannot be seen. */
function isOdd(text: string): boolean {
  return /[^\t -~]/.test(text) && /(?![ \t])[\p{C}\p{Z}\ufffd]/u.test(text);
}

/** Reads the text of a file. Never throws: what is wrong stands in the file and its sections. */
export function parseIni(text: string, kind: IniFileKind): IniFile {
  const reader = new Reader(kind);
  let number = 0;
  for (const line of text.split(/\r?\n/)) reader.read(line, ++number);
  return { sections: reader.sections, misnamed: reader.misnamed, problem: fileProblem(text) };
}

/** What makes readers disagree about every section of a file. */
function fileProblem(text: string): IniProblem | null {
  const signs: readonly (readonly [RegExp, string])[] = [
    [/^\ufeff/, REASONS.bom],
    [/\r(?!\n)/, REASONS.carriageReturn],
    [/^[ \t]*\[DEFAULT\]/m, REASONS.defaults],
    [/^[ \t]*\[(?:profile\s)?__proto__\]/m, REASONS.prototype],
  ];
  for (const [sign, reason] of signs) {
    const index = text.search(sign);
    if (index !== -1) return { line: text.slice(0, index).split("\n").length, reason };
  }
  return null;
}
