/**
 * Builds the tree of a YAML document from the parser's events, and refuses on the way what a policy
 * has no use for: tags, merge keys, duplicate keys, further documents, aliases that multiply.
 *
 * @module
 */
import {
  type AliasEvent,
  type Event,
  EVENT_ID,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from "js-yaml";
import { assertNever } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { formatPath, MAX_PROBLEMS, type PathSegment, type TextProblem } from "./problems.ts";
import type { YamlList, YamlMap, YamlNode } from "./yaml_tree.ts";

/** Most nodes that all aliases of a document together may stand for. */
const MAX_ALIASED_NODES = 100_000;

/** How js-yaml writes "absent" where an offset could be. */
const ABSENT = -1;

/** What a text holds, as far as it can be read. */
export interface YamlReading {
  /** The document, or `null` when nothing can be said about what it holds. */
  readonly root: YamlNode | null;
  /** What is wrong with it as YAML. */
  readonly problems: readonly TextProblem[];
}

/** The key whose value comes next; without text when the key was refused. */
interface OpenKey {
  readonly text: string | null;
  readonly offset: number;
}

/** A collection that is not closed yet. */
interface OpenCollection {
  readonly node: YamlList | YamlMap;
  readonly anchor: string | null;
  readonly nodesBefore: number;
  key: OpenKey | null;
}

/** What an anchor names, and of how many nodes it consists; `null` until that is closed. */
type Anchored = { readonly node: YamlNode; readonly size: number } | null;

/** Takes the events of one text. */
export class TreeBuilder {
  readonly #text: string;
  readonly #problems: TextProblem[] = [];
  readonly #open: OpenCollection[] = [];
  readonly #anchors = new Map<string, Anchored>();
  #root: YamlNode | null = null;
  #documents = 0;
  /** Nodes so far, with aliases counted as what they stand for. */
  #nodes = 0;
  #aliasedNodes = 0;
  /** Where the last thing ended that has a place of its own. */
  #end = 0;

  /** `text` is what the offsets of the events point into. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The tree of the document that `events` tell of. */
  build(events: readonly Event[]): YamlReading {
    for (const event of events) {
      this.#take(event);
      // What follows would only repeat the complaint.
      if (this.#documents > 1 || this.#problems.length >= MAX_PROBLEMS) break;
      if (this.#aliasedNodes > MAX_ALIASED_NODES) return { root: null, problems: this.#problems };
    }
    if (this.#problems.length === 0 && (this.#root === null || this.#root.kind === "empty")) {
      this.#refuse({ offset: 0, message: "the document is empty" });
      return { root: null, problems: this.#problems };
    }
    return { root: this.#root, problems: this.#problems };
  }

  #take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        return this.#openDocument();
      case EVENT_ID.SCALAR:
        return this.#takeScalar(event);
      case EVENT_ID.SEQUENCE:
        return this.#openCollection(event, emptyList(event.start));
      case EVENT_ID.MAPPING:
        return this.#openCollection(event, emptyMap(event.start));
      case EVENT_ID.ALIAS:
        return this.#takeAlias(event);
      case EVENT_ID.POP:
        return this.#close();
      default:
        return assertNever(event);
    }
  }

  #openDocument(): void {
    if (++this.#documents === 1) return;
    const marker = /^(?:---|\.\.\.)/gm;
    marker.lastIndex = this.#end;
    const offset = marker.exec(this.#text)?.index ?? this.#end;
    this.#refuse({ offset, message: "a second document begins here; there may be only one" });
  }

  #takeScalar(event: ScalarEvent): void {
    this.#refuseTag(event);
    const node = this.#scalarNode(event);
    const anchor = this.#anchorOf(event);
    if (anchor !== null) this.#anchors.set(anchor, { node, size: 1 });
    this.#nodes++;
    this.#attach(node);
  }

  #scalarNode(event: ScalarEvent): YamlNode {
    if (event.valueStart === ABSENT) {
      return { kind: "empty", offset: this.#offsetOfNothing(), value: null };
    }
    const { style, valueStart, valueEnd } = event;
    const quotes = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
    const block = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    const value = getScalarValue(this.#text, event);
    this.#end = quotes ? valueEnd + 1 : valueEnd;
    return {
      kind: "text",
      offset: quotes ? valueStart - 1 : valueStart + (block ? Math.max(event.indent, 0) : 0),
      // A block ends in a line break that nobody means.
      value: block ? value.replace(/\n+$/, "") : value,
    };
  }

  /** The place of a missing value: its key, or the dash of its item. */
  #offsetOfNothing(): number {
    const open = this.#open.at(-1);
    if (open !== undefined && open.key !== null) return open.key.offset;
    const between = /(?:[\s\]},]|#.*)*/y;
    between.lastIndex = this.#end;
    between.test(this.#text);
    this.#end = between.lastIndex + 1;
    return between.lastIndex;
  }

  #openCollection(event: SequenceEvent | MappingEvent, node: YamlList | YamlMap): void {
    this.#refuseTag(event);
    const anchor = this.#anchorOf(event);
    if (anchor !== null) this.#anchors.set(anchor, null);
    this.#open.push({ node, anchor, nodesBefore: this.#nodes++, key: null });
    this.#end = event.start + (this.#text.startsWith("-", event.start) ? 0 : 1);
  }

  #close(): void {
    const closed = this.#open.pop();
    // Without a collection it is the document that ends.
    if (closed === undefined) return;
    const { node, anchor, nodesBefore } = closed;
    if (anchor !== null) this.#anchors.set(anchor, { node, size: this.#nodes - nodesBefore });
    this.#attach(node);
  }

  #takeAlias({ anchorStart, anchorEnd }: AliasEvent): void {
    const name = this.#text.slice(anchorStart, anchorEnd);
    const offset = anchorStart - 1;
    const anchored = this.#anchors.get(name);
    this.#end = anchorEnd;
    if (anchored === undefined || anchored === null) {
      const reason = anchored === null ? "stands inside what it names" : "names nothing before it";
      this.#refuse({ offset, message: `the alias ${quote(`*${name}`)} ${reason}` });
      return this.#attach({ kind: "empty", offset, value: null });
    }
    this.#nodes += anchored.size;
    this.#aliasedNodes += anchored.size;
    if (this.#aliasedNodes > MAX_ALIASED_NODES) {
      this.#refuse({ offset, message: `aliases stand for more than ${MAX_ALIASED_NODES} values` });
    }
    this.#attach(anchored.node);
  }

  /** Puts a finished node where it belongs: into the list, or as the key or value that is due. */
  #attach(node: YamlNode): void {
    const open = this.#open.at(-1);
    if (open === undefined) {
      this.#root = node;
    } else if (open.node.kind === "list") {
      open.node.items.push(node);
      open.node.value.push(node.value);
    } else if (open.key === null) {
      open.key = this.#openKey(open.node, node);
    } else {
      const { text, offset } = open.key;
      open.key = null;
      if (text === null) return;
      open.node.entries.set(text, { keyOffset: offset, node });
      open.node.value[text] = node.value;
    }
  }

  #openKey(map: YamlMap, { kind, offset, value }: YamlNode): OpenKey {
    if (kind !== "text") {
      this.#refuse({ offset, message: "a key must be text" });
    } else if (value === "<<") {
      this.#refuse({ offset, message: "merge keys (<<) are not supported: write the keys out" });
    } else if (map.entries.has(value)) {
      this.#refuse({ offset, message: `the key ${quote(value)} stands here twice`, key: value });
    } else {
      return { text: value, offset };
    }
    return { text: null, offset };
  }

  #anchorOf({ anchorStart, anchorEnd }: ScalarEvent | SequenceEvent | MappingEvent): string | null {
    return anchorStart === ABSENT ? null : this.#text.slice(anchorStart, anchorEnd);
  }

  #refuseTag({ tagStart, tagEnd }: ScalarEvent | SequenceEvent | MappingEvent): void {
    if (tagStart === ABSENT) return;
    const tag = this.#text.slice(tagStart, tagEnd);
    const message = `the tag ${quote(tag)} is not supported: every value is text`;
    this.#refuse({ offset: tagStart, message });
  }

  /** Notes a problem at the value that comes next, or at `key` of the innermost map. */
  #refuse({ offset, message, key }: { offset: number; message: string; key?: string }): void {
    const path: PathSegment[] = [];
    for (const open of this.#open) {
      if (open.node.kind === "list") path.push(open.node.items.length);
      else if (open.key !== null && open.key.text !== null) path.push(open.key.text);
    }
    if (key !== undefined) path.push(key);
    this.#problems.push({ path: formatPath(path), offset, message });
  }
}

function emptyList(offset: number): YamlList {
  return { kind: "list", offset, value: [], items: [] };
}

function emptyMap(offset: number): YamlMap {
  return { kind: "map", offset, value: Object.create(null), entries: new Map() };
}
