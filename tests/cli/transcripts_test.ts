/**
 * Runs the transcripts beside this file.
 *
 * @module
 */
import { checkTranscript } from "../support/transcript.ts";

const HERE = new URL("./", import.meta.url);

for (const { name } of Deno.readDirSync(HERE)) {
  if (!name.endsWith(".txt")) continue;
  Deno.test(`transcript ${name}`, (t) => checkTranscript(t, new URL(name, HERE)));
}
