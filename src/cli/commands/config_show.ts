/**
 * `sentinel config show`: which settings count and where each comes from. It reads configuration
 * files and nothing else.
 *
 * @module
 */
import { loadProfileSettings } from "../../aws/profile.ts";
import { resolveRegion } from "../../aws/region.ts";
import { findUserConfig } from "../../config/config_file.ts";
import { SETTING_NAMES } from "../../config/settings.ts";
import { assertNever, SentinelError } from "../../errors.ts";
import { defaultPolicyPath } from "../../policy_source.ts";
import { formatDuration } from "../../text/duration.ts";
import { printable } from "../../text/printable.ts";
import { flagKey, type FlagOrigin, type Invocation, settingName } from "../command.ts";
import { CONFIG_SHOW_FLAGS } from "../descriptions/config_show.ts";
import type { Host } from "../host.ts";
import { formatCsv, formatJson, type OutputRow } from "../output.ts";
import { type Column, formatTable } from "../table_layout.ts";

type ShowInvocation = Invocation<typeof CONFIG_SHOW_FLAGS>;

/** A setting that counts. */
interface EffectiveSetting {
  readonly setting: string;
  /** `null`: none. */
  readonly value: string | null;
  readonly origin: FlagOrigin | "AWS configuration";
  /** `--policy`, `SENTINEL_POLICY`, `PATH:LINE`; `null` for a default. */
  readonly place: string | null;
}

const COLUMNS: readonly Column<EffectiveSetting>[] = [
  { title: "SETTING", cell: ({ setting }) => setting },
  { title: "VALUE", cell: ({ value }) => printable(value ?? "-") },
  { title: "FROM", cell: fromText },
];

/** Runs the command. */
export async function run(invocation: ShowInvocation, host: Host): Promise<number> {
  const settings = await Promise.all(
    SETTING_NAMES.map((setting) => effectiveSetting(setting, invocation, host)),
  );
  const rows = settings.map((setting): OutputRow => ({ ...setting }));
  const { output, profile } = invocation.flags;
  switch (output) {
    case "human":
      host.terminal.out(formatSettings(settings) + formatFiles(host));
      return 0;
    case "json":
      host.terminal.out(formatJson({ profile, settings: rows, files: filesOf(host) }));
      return 0;
    case "csv":
      host.terminal.out(formatCsv(["setting", "value", "origin", "place"], rows));
      return 0;
    default:
      return assertNever(output);
  }
}

async function effectiveSetting(
  setting: (typeof SETTING_NAMES)[number],
  invocation: ShowInvocation,
  host: Host,
): Promise<EffectiveSetting> {
  const flag = CONFIG_SHOW_FLAGS.find((flag) => settingName(flag) === setting)!;
  const key = flagKey(flag) as keyof ShowInvocation["flags"];
  const origin = invocation.origins[key];
  if (origin === "default" && setting === "region") {
    return { setting, ...await findRegion(invocation.flags.profile, host) };
  }
  const found = invocation.flags[key];
  const value = origin === "default" && setting === "policy"
    ? defaultPolicyPath(host)
    : typeof found === "number"
    ? formatDuration(found)
    : found === null
    ? null
    : String(found);
  return { setting, value, origin, place: invocation.places[key] };
}

/** The region that AWS's own settings give, as the other commands find it. */
async function findRegion(
  profile: string | null,
  { env }: Host,
): Promise<Omit<EffectiveSetting, "setting">> {
  for (const place of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    if (!env.get(place)) continue;
    const value = resolveRegion({ flag: null, env, profile: null });
    return { value, origin: "environment", place };
  }
  const value = profile === null ? null : await regionOf(profile, env);
  return value === null
    ? { value, origin: "default", place: null }
    : { value, origin: "AWS configuration", place: `profile ${printable(profile!)}` };
}

async function regionOf(profile: string, env: Host["env"]): Promise<string | null> {
  try {
    return (await loadProfileSettings(profile, { env })).region;
  } catch (error) {
    // Which region a profile has that is not there, or not whole, is for the other commands to say.
    if (error instanceof SentinelError) return null;
    throw error;
  }
}

function formatSettings(settings: readonly EffectiveSetting[]): string {
  return formatTable(COLUMNS, settings, { now: 0, exact: true, width: Infinity });
}

function fromText({ origin, place }: EffectiveSetting): string {
  switch (origin) {
    case "default":
    case "AWS configuration":
      return place === null ? origin : `${origin}, ${place}`;
    case "pin":
      return `${printable(place!)} (pinned)`;
    case "flag":
    case "environment":
    case "user file":
    case "system file":
      return printable(place!);
    default:
      return assertNever(origin);
  }
}

/** The files that count when they are there, the strongest last. */
function filesOf(host: Host): readonly { readonly path: string; readonly exists: boolean }[] {
  return [findUserConfig(host), host.systemConfig.path].flatMap((path) =>
    path === null ? [] : [{ path, exists: exists(path) }]
  );
}

function formatFiles(host: Host): string {
  const lines = filesOf(host).map(({ path, exists }) =>
    `  ${printable(path)}${exists ? "" : " (not there)"}\n`
  );
  return lines.length === 0 ? "" : `\nFiles:\n${lines.join("")}`;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
