/**
 * How `config.yaml` takes part in flags: it says what neither the command line nor the environment
 * says, and what the machine's administrator pinned in it counts whatever they say.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { printable } from "../text/printable.ts";
import type { Found } from "./arguments.ts";
import {
  type CommandDescription,
  type ConfiguredValue,
  type Flag,
  settingName,
  type Settings,
} from "./command.ts";
import { understand } from "./flag_value.ts";
import type { Environment } from "./host.ts";
import { shown } from "./usage.ts";

/**
 * Takes what `config.yaml` says where nothing else does, and what it pins in any case. Throws
 * `USAGE` or `CONFIG_INVALID` on an attempt to change what is pinned.
 */
export function takeSettings(
  description: CommandDescription,
  { found, settings, env }: {
    readonly found: Map<Flag, Found>;
    readonly settings: Settings;
    readonly env: Environment;
  },
): void {
  const named = description.flags.find(({ name }) => name === "profile");
  const profile = named === undefined ? undefined : found.get(named)?.value;
  for (const flag of description.flags) {
    const key = settingName(flag);
    const configured = settings.find(key, typeof profile === "string" ? profile : null);
    const pin = settings.pinned(key);
    if (pin !== null) {
      refuseChange(description, { flag, key, pin, given: found.get(flag) ?? configured });
      found.set(flag, pin);
    } else if (configured !== null && !found.has(flag)) {
      const isSaid = flag.awsVariables?.some((name) => env.get(name)) ?? false;
      if (!isSaid) found.set(flag, configured);
    }
  }
}

/** INVARIANT: nobody changes what the machine's administrator pinned. Saying the same is no change. */
function refuseChange(
  description: CommandDescription,
  { flag, key, pin, given }: {
    readonly flag: Flag;
    readonly key: string;
    readonly pin: ConfiguredValue;
    readonly given: Found | null;
  },
): void {
  // What the machine's own file says beside a pin is not the user's doing.
  if (given === null || given.origin === "system file") return;
  const value = understand(description, { flag, found: given });
  if (value === understand(description, { flag, found: pin })) return;
  throw new SentinelError(
    given.origin === "user file" ? "CONFIG_INVALID" : "USAGE",
    `${printable(given.as)} cannot change ${key}: ${printable(pin.as)} pins it to ${
      shown(pin.value)
    }`,
    { suggestion: `Leave it out. Whoever administers this machine keeps ${printable(pin.as)}.` },
  );
}
