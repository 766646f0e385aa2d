/**
 * Tells on standard error what a long task is doing: a spinner on a terminal, plain lines
 * elsewhere. The text it is given must be printable.
 *
 * @module
 */
import { abbreviate } from "../text/printable.ts";
import type { Terminal } from "./terminal.ts";

/** A running display. Disposing of it takes the spinner away. */
export interface Progress extends Disposable {
  /** Shows what is done now; the same as before is not repeated. */
  show(doing: string): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR_LINE = "\r\x1b[K";

/** Starts a display on `terminal`. */
export function startProgress(terminal: Terminal): Progress {
  let current: string | null = null;
  let frame = 0;
  const draw = () => {
    if (current === null) return;
    const text = abbreviate(current, Math.max(terminal.columns - 3, 10));
    terminal.err(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${text}`);
  };
  const isAnimated = terminal.stderrIsTerminal;
  const timer = isAnimated ? setInterval(draw, FRAME_MS) : undefined;
  return {
    show(doing) {
      if (doing === current) return;
      current = doing;
      if (isAnimated) draw();
      else terminal.err(`${doing}...\n`);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (isAnimated && current !== null) terminal.err(CLEAR_LINE);
    },
  };
}

/** A display where a person looks on; nothing for a log, which needs no line for each document. */
export function startTerminalProgress(terminal: Terminal): Progress | null {
  return terminal.stderrIsTerminal ? startProgress(terminal) : null;
}
