/**
 * What `sentinel completion` takes.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";

/** `sentinel completion`. */
export const description: CommandDescription<readonly []> = {
  name: "completion",
  summary: "Print a script that completes commands in your shell",
  description: [
    "Completes commands, flags and their values, profiles of the AWS configuration, session " +
    "tables that this machine knows of, and after -- the command to run. It asks nothing of AWS.",
    "bash, in ~/.bashrc: source <(sentinel completion bash)",
    "zsh, in ~/.zshrc after compinit: source <(sentinel completion zsh)",
    "fish, in config.fish: sentinel completion fish | source",
    "PowerShell, in $PROFILE: sentinel completion powershell | Out-String | Invoke-Expression",
  ],
  flags: [],
  operands: [{
    name: "SHELL",
    summary: "bash, zsh, fish or powershell",
    required: true,
    choices: ["bash", "zsh", "fish", "powershell"],
  }],
  examples: [{ text: "Print the script for bash", command: "sentinel completion bash" }],
  load: () => import("../commands/completion.ts"),
};
