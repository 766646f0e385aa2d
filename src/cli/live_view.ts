/**
 * A screen that is drawn anew again and again, until the person ends it. It must leave the terminal
 * as it was whenever the process ends: no mode of it is changed.
 *
 * @module
 */
import { asSentinelError } from "../errors.ts";
import { abbreviate } from "../text/printable.ts";
import type { Terminal } from "./terminal.ts";

/** What is drawn, and how often. */
export interface LiveViewOptions {
  readonly terminal: Terminal;
  /** The screen as it is now: printable lines. */
  readonly frame: () => Promise<string>;
  /** Waits for the next frame; `false` ends the view. */
  readonly pause: () => Promise<boolean>;
}

const HOME = "\x1b[H";
const CLEAR_REST_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/**
 * Draws until `pause` says that it is enough. A frame that fails leaves the one before on the
 * screen and is told below it; the first one that fails ends the view with its error.
 */
export async function showLive({ terminal, frame, pause }: LiveViewOptions): Promise<void> {
  let shown = await frame();
  terminal.out(`${HOME}${CLEAR_BELOW}`);
  let trouble: string | null = null;
  for (;;) {
    draw(terminal, trouble === null ? shown : `${trouble}\n${shown}`);
    if (!await pause()) return;
    try {
      shown = await frame();
      trouble = null;
    } catch (thrown) {
      trouble = `error: ${asSentinelError(thrown).message} (trying again)`;
    }
  }
}

/** In one write, over what is there, so that nothing flickers; what does not fit is left out. */
function draw(terminal: Terminal, text: string): void {
  const lines = text.trimEnd().split("\n");
  // The last row stays free: a line break there would scroll.
  const room = Math.max(1, terminal.rows - 1);
  const kept = lines.length <= room
    ? lines
    : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`];
  const drawn = kept.map((line) => `${abbreviate(line, terminal.columns)}${CLEAR_REST_OF_LINE}\n`);
  terminal.out(`${HOME}${drawn.join("")}${CLEAR_BELOW}`);
}
