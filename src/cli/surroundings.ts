/**
 * The process as the composition root wants it.
 *
 * @module
 */
import type { Surroundings } from "../app.ts";
import { type Interaction, UNATTENDED } from "../aws/interaction.ts";
import { systemClock } from "../clock.ts";
import type { Host } from "./host.ts";
import { tellWarning } from "./terminal.ts";

/** What `openGate` needs of `host`. Without `interaction` nobody is asked anything. */
export function surroundingsOf(host: Host, interaction: Interaction = UNATTENDED): Surroundings {
  return {
    interaction,
    env: host.env,
    os: host.os,
    clock: systemClock,
    warn: (message) => tellWarning(host.terminal, message),
    writeLog: (line) => host.terminal.log(line),
  };
}
