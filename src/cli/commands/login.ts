/**
 * `sentinel login`: signs in to IAM Identity Center for a profile, so that what comes afterwards
 * needs no person. It hands out nothing and asks no policy.
 *
 * @module
 */
import { loadProfile } from "../../aws/profile.ts";
import { sessionName } from "../../aws/sso_token.ts";
import { systemClock } from "../../clock.ts";
import { SentinelError } from "../../errors.ts";
import { quote } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import type { LOGIN_FLAGS } from "../descriptions/login.ts";
import type { Host } from "../host.ts";
import { login } from "../login.ts";
import { formatExact, formatRelative } from "../relative_time.ts";

/** Runs the command. */
export async function run(
  { flags }: Invocation<typeof LOGIN_FLAGS>,
  host: Host,
): Promise<number> {
  const { base } = await loadProfile(flags.profile, { env: host.env });
  if (base.kind !== "sso") {
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot sign in for profile ${quote(flags.profile)}: its base credentials are not of IAM ` +
        "Identity Center",
      { suggestion: "Nothing needs to be done: use the profile." },
    );
  }
  const { expiresAt, renewal } = await login(base, {
    host,
    clock: systemClock,
    onDevice: flags.device,
    stdout: flags.stdout,
    insist: true,
    tell: (text) => host.terminal.err(text),
  });
  const end = `${formatExact(expiresAt)}, ${formatRelative(expiresAt, systemClock.now())}`;
  const renewed = renewal === null
    ? ""
    : "; it is renewed by itself while your session there lasts";
  host.terminal.err(`Signed in to ${sessionName(base.session)} until ${end}${renewed}.\n`);
  return 0;
}
