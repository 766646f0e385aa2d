/**
 * From the text of a `config.yaml` to what it sets, each value with the line it stands on. A
 * document with any mistake sets nothing, and every mistake is told at once.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { formatProblems, locateProblems, type TextProblem } from "../policy/problems.ts";
import { describeIssues } from "../policy/schema_problems.ts";
import { readYaml } from "../policy/yaml_reader.ts";
import { isLargerThan, type YamlMap, type YamlNode } from "../policy/yaml_tree.ts";
import { quote } from "../text/printable.ts";
import { CONFIG, SETTINGS } from "./config_schema.ts";

/** Most values in a document: the schema library overflows its stack on some 100,000 issues. */
const MAX_VALUES = 20_000;

/** What ends a line to YAML: a lone carriage return does, and a remark with it. */
const LINE_END = /\r\n?|\n/;

/** A value, and the line it stands on, from 1. */
export interface ConfigValue {
  readonly value: string;
  readonly line: number;
}

/** Values by the names of settings. */
export type ConfigSection = Readonly<Record<string, ConfigValue>>;

/** What a `config.yaml` sets. */
export interface ConfigDocument {
  readonly defaults: ConfigSection;
  readonly profiles: Readonly<Record<string, ConfigSection>>;
  /** What nothing else may change. */
  readonly pin: ConfigSection;
}

/** What a document is read for. */
export interface ParseConfigOptions {
  /** Path of the file, for messages. */
  readonly path: string;
  /** Whether it may pin. */
  readonly mayPin: boolean;
}

/** Reads a document, in YAML or JSON. Throws `CONFIG_INVALID` with every problem. */
export function parseConfig(text: string, options: ParseConfigOptions): ConfigDocument {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  // A file of remarks, or an empty one, sets nothing.
  if (source.split(LINE_END).every((line) => /^[ \t]*(?:#|$)/.test(line))) {
    return { defaults: {}, profiles: {}, pin: {} };
  }
  const { root, problems } = readYaml(source);
  const found = root === null ? problems : [...problems, ...check(root, { problems, ...options })];
  if (root === null || found.length > 0) throw invalid(source, { problems: found, ...options });
  const section = (node: YamlNode | undefined) => readSection(node, source);
  const map = root as YamlMap;
  const profiles = map.entries.get("profiles")?.node;
  return {
    defaults: section(map.entries.get("defaults")?.node),
    profiles: Object.fromEntries(
      profiles?.kind === "map"
        ? [...profiles.entries].map(([name, { node }]) => [name, section(node)])
        : [],
    ),
    pin: section(map.entries.get("pin")?.node),
  };
}

function check(
  root: YamlNode,
  { problems, mayPin }: ParseConfigOptions & { readonly problems: readonly TextProblem[] },
): TextProblem[] {
  if (isLargerThan(root, MAX_VALUES)) {
    return [{ path: "", offset: 0, message: `the document has more than ${MAX_VALUES} values` }];
  }
  const issues = CONFIG.safeParse(root.value).error?.issues ?? [];
  const found = describeIssues(root, { path: [], issues, keysAt });
  const pin = root.kind === "map" ? root.entries.get("pin") : undefined;
  if (pin !== undefined && !mayPin) {
    const message = "only the file of the whole machine can pin";
    found.push({ path: "pin", offset: pin.keyOffset, message });
  }
  found.push(...movablePins(pin?.node));
  // What stands where YAML went wrong has been told already.
  const told = new Set(problems.map(({ offset }) => offset));
  return found.filter(({ offset }) => !told.has(offset));
}

/** INVARIANT: where a pinned path leads, neither HOME nor the current directory can change. */
function movablePins(pin: YamlNode | undefined): TextProblem[] {
  return pin?.kind !== "map" ? [] : [...pin.entries].flatMap(([key, { node }]) => {
    const text = String(node.value);
    if (!/^(?:sqlite:)?(?:~|[A-Za-z]:[\\/]|\\)/.test(text)) return [];
    const message = text.includes("~")
      ? 'cannot be pinned: HOME says where "~" is; begin the path with "/"'
      : 'cannot be pinned: begin the path with "/"';
    return [{ path: `pin.${key}`, offset: node.offset, message }];
  });
}

function keysAt(path: readonly (string | number)[]): readonly string[] {
  if (path.length === 0) return Object.keys(CONFIG.shape);
  return path.length === 1 && path[0] === "profiles" ? [] : Object.keys(SETTINGS.shape);
}

function readSection(node: YamlNode | undefined, source: string): ConfigSection {
  if (node?.kind !== "map") return {};
  return Object.fromEntries(
    [...node.entries].map(([key, { node, keyOffset }]) => [
      key,
      { value: String(node.value), line: lineOf(source, keyOffset) },
    ]),
  );
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split(LINE_END).length;
}

function invalid(
  source: string,
  { problems, path }: ParseConfigOptions & { readonly problems: readonly TextProblem[] },
): SentinelError {
  const located = locateProblems(source, problems);
  const count = located.length === 1 ? "1 problem" : `${located.length} problems`;
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot load the configuration ${quote(path)}: ${count}\n${formatProblems(located, path)}`,
    { suggestion: "Mend the lines named above.", details: { problems: located } },
  );
}
