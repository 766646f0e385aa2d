/**
 * What `sentinel shell init` takes.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";

/** `sentinel shell init`. */
export const description: CommandDescription<readonly []> = {
  name: "shell init",
  summary: "Print a function for each profile, and one for the prompt",
  description: [
    "For profile prod the function is sentinel-prod: sentinel-prod terraform plan runs the command " +
    "as sentinel exec does, and sentinel-prod alone opens a shell. A name that a shell would not " +
    "take is changed, and ends in a digest of the profile's name.",
    "sentinel_prompt prints the profile and how long its credentials last, from AWS_SENTINEL and " +
    "AWS_SESSION_EXPIRATION; those of a server are renewed and have no end to tell.",
    "bash, in ~/.bashrc: source <(sentinel shell init bash)",
    "zsh, in ~/.zshrc: source <(sentinel shell init zsh)",
    "fish, in config.fish: sentinel shell init fish | source",
    "PowerShell, in $PROFILE: sentinel shell init powershell | Out-String | Invoke-Expression",
  ],
  flags: [],
  operands: [
    {
      name: "SHELL",
      summary: "bash, zsh, fish or powershell; default: that of SHELL",
      choices: ["bash", "zsh", "fish", "powershell"],
    },
    {
      name: "PROFILE",
      summary: "Profile to make a function for; default: all of the AWS configuration",
      many: true,
    },
  ],
  examples: [
    { text: "Functions for all profiles", command: "sentinel shell init bash" },
    { text: "For two", command: "sentinel shell init zsh prod dev" },
  ],
  load: () => import("../commands/shell_init.ts"),
};
