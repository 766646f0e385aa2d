/**
 * Reads YAML (and so JSON) into a tree of text, lists and maps. Whatever the text, this ends soon,
 * within bounded memory, and never with a thrown error.
 *
 * @module
 */
import { parseEvents, YAMLException } from "js-yaml";
import { printable } from "../text/printable.ts";
import { TreeBuilder, type YamlReading } from "./yaml_builder.ts";

/** Longest document, in UTF-16 units. */
const MAX_LENGTH = 10 * 1024 * 1024;
/** Most line breaks and YAML indicators: each of them may become a node. */
const MAX_MARKS = 2_000_000;
/** Deepest nesting; a policy needs seven levels. */
const MAX_DEPTH = 32;

/** Reads `text`; never throws for what stands in it. */
export function readYaml(text: string): YamlReading {
  const excess = findExcess(text);
  if (excess !== null) return unreadable(excess, 0);
  // The parser finds it too, after it has read everything.
  const nul = text.indexOf("\0");
  if (nul !== -1) return unreadable("has a NUL character, which is not text", nul);
  try {
    return new TreeBuilder(text).build(parseEvents(text, { maxDepth: MAX_DEPTH }));
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    const reason = thrown.reason.startsWith("nesting exceeded")
      ? `is nested deeper than ${MAX_DEPTH} levels`
      : `is not YAML: ${printable(thrown.reason)}`;
    return unreadable(reason, thrown.mark?.position ?? 0);
  }
}

function unreadable(reason: string, offset: number): YamlReading {
  return { root: null, problems: [{ path: "", offset, message: `the document ${reason}` }] };
}

/** The parser has no such limits: what could exhaust memory is refused before it starts. */
function findExcess(text: string): string | null {
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH / 1024 / 1024} MiB`;
  const mark = /[\r\n,:[{?]|- /g;
  for (let marks = 0; mark.test(text); marks++) {
    if (marks > MAX_MARKS) return `has more than ${MAX_MARKS} lines and YAML indicators`;
  }
  return null;
}
