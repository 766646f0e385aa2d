/**
 * What the real program leaves on disk, as tests read it.
 *
 * @module
 */
import type { DecisionRecord } from "../../src/gate/decision_record.ts";
import { assertEquals } from "../support/assert.ts";

/** Whether there is something at `path`, a dangling link included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The lines of a decision log: each must parse, and the last must be whole. */
export async function readRecords(path: string): Promise<readonly DecisionRecord[]> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals(lines.pop(), "", "the last line of the decision log is whole");
  return lines.map((line) => JSON.parse(line));
}

/** Every file below `directory` with its mode and text. */
export async function readTree(
  directory: string,
): Promise<readonly { readonly path: string; readonly mode: number; readonly text: string }[]> {
  const found = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) found.push(...await readTree(path));
    if (!isFile) continue;
    const { mode } = await Deno.stat(path);
    // SQLite's files are not text; what is looked for in them is ASCII.
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    found.push({ path, mode: (mode ?? 0) & 0o777, text });
  }
  return found;
}
