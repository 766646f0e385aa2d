/**
 * Recognises a `credential_process` that is this program asked for a profile of the same chain.
 * Every SDK would run it, it would run the SDK's chain, and so on without end; or a role of the
 * same profile outranks it and nothing ever asks the policy. It never starts anything.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { showLocation } from "./config_files.ts";
import type { ProfileSection } from "./profile_section.ts";

/**
 * Throws `CREDENTIAL_PROCESS_RECURSION` when the `credential_process` of `section` is this program
 * for one of the profiles `visited`.
 */
export function refuseRecursion(section: ProfileSection, visited: ReadonlySet<string>): void {
  const entry = section.entries.get("credential_process");
  if (entry === undefined || !runsSentinel(entry.value)) return;
  const profile = profileOf(entry.value, visited);
  if (profile === null) return;
  throw new SentinelError(
    "CREDENTIAL_PROCESS_RECURSION",
    `Cannot use profile ${quote(section.name)}: ${
      showLocation(entry)
    }: its credential_process is sentinel for profile ${quote(profile)} itself`,
    { details: { file: entry.file, line: entry.line } },
  );
}

/** The words of a command, quotes aside: enough to recognise one, not to run it. */
function words(command: string): readonly string[] {
  return command.replace(/["']/g, " ").split(/\s+/).filter((word) => word !== "");
}

function runsSentinel(command: string): boolean {
  const all = words(command);
  const names = all.map((word) =>
    word.replace(/^.*[\/\\]/, "").replace(/\.(?:exe|cmd|bat|ps1)$/i, "").toLowerCase()
  );
  if (names.includes("sentinel")) return true;
  return names.includes("deno") &&
    all.some((word) => word.includes("@sentinel/cli") || /(?:^|[\/\\])main\.ts$/.test(word));
}

/** The profile of the chain that a command asks for, or `null` when it asks for another one. */
function profileOf(command: string, visited: ReadonlySet<string>): string | null {
  const bare = words(command).join(" ");
  const asked = /(?:^| )--profile(?:=| )(.*)$/.exec(bare)?.[1];
  // Without the flag it takes the profile from the environment, which may be this one.
  if (asked === undefined) return [...visited].at(-1) ?? null;
  for (const name of visited) {
    const plain = words(name).join(" ");
    if (asked === plain || asked.startsWith(`${plain} `)) return name;
  }
  return null;
}
