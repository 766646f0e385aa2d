/**
 * Decisions read from decision logs, line by line, however long they are. What happened to approvals
 * is passed over; a line that was torn or is another program's is also counted; a file that cannot be
 * read is an error.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isEventLine, readDecisionLine } from "../gate/decision_line.ts";
import type { DecisionRecord } from "../gate/decision_record.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";

/** Longer than any line that is written: what comes in one piece beyond it is not kept. */
const MAX_LINE_LENGTH = 1 << 17;

/** Reads decision logs, one after the other. */
export class DecisionLogReader {
  readonly #paths: readonly string[];
  #records = 0;
  #unreadable = 0;

  /** A file that is named twice is read once. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Records that were given so far. */
  get records(): number {
    return this.#records;
  }

  /** Lines so far that hold no record. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** The records, file by file. Rejects with `LOG_UNREADABLE`. */
  async *read(): AsyncGenerator<DecisionRecord> {
    const seen = new Set<string>();
    for (const path of this.#paths) {
      try {
        using file = await Deno.open(path);
        const { isDirectory, dev, ino } = await file.stat();
        if (isDirectory) throw new Deno.errors.IsADirectory();
        const identity = ino === null ? path : `${dev}:${ino}`;
        if (seen.has(identity)) continue;
        seen.add(identity);
        for await (const line of lines(file)) {
          const record = line === null ? null : readDecisionLine(line);
          if (record !== null) {
            this.#records++;
            yield record;
          } else if (line === null || !isEventLine(line)) this.#unreadable++;
        }
      } catch (thrown) {
        if (thrown instanceof SentinelError) throw thrown;
        throw new SentinelError(
          "LOG_UNREADABLE",
          `Cannot read decision log ${quote(path)}: ${describeFault(thrown)}`,
          { cause: thrown },
        );
      }
    }
  }
}

/** The lines of a file that are not empty; `null` for one that is longer than any record. */
async function* lines(file: Deno.FsFile): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1 << 16);
  let rest = "";
  let tooLong = false;
  for (;;) {
    const count = await file.read(buffer);
    rest += count === null
      ? `${decoder.decode()}\n`
      : decoder.decode(buffer.subarray(0, count), { stream: true });
    const parts = rest.split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      if (tooLong || part.length > MAX_LINE_LENGTH) yield null;
      else if (part.trim() !== "") yield part;
      tooLong = false;
    }
    if (rest.length > MAX_LINE_LENGTH) {
      rest = "";
      tooLong = true;
    }
    if (count === null) return;
  }
}
