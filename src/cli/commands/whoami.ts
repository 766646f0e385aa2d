/**
 * `sentinel whoami`: who the base credentials belong to, as the policy will see it. It assumes no
 * role and asks no policy.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import { openTarget } from "../../target.ts";
import { assertNever } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import type { WHOAMI_FLAGS } from "../descriptions/whoami.ts";
import type { Host } from "../host.ts";
import { formatIdentity, identityRow, type IdentityView } from "../identity_view.ts";
import { openInteraction } from "../interaction.ts";
import { formatJson } from "../output.ts";
import { surroundingsOf } from "../surroundings.ts";

/** A command line of `whoami`. */
type WhoamiInvocation = Invocation<typeof WHOAMI_FLAGS>;

/** Runs the command. */
export async function run({ flags }: WhoamiInvocation, host: Host): Promise<number> {
  const view = await look(flags, host);
  switch (flags.output) {
    case "human":
      host.terminal.out(formatIdentity(view));
      return 0;
    case "json":
      host.terminal.out(formatJson(identityRow(view)));
      return 0;
    default:
      return assertNever(flags.output);
  }
}

/** With a profile as the doors see it, without one as the administrative commands do. */
async function look(flags: WhoamiInvocation["flags"], host: Host): Promise<IdentityView> {
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  const { profile } = flags;
  if (profile !== null) {
    const { identity, role, account } = await openTarget({ ...flags, profile }, surroundings);
    return { arn: identity.arn, profile, role, account };
  }
  const { arn, role, account } = await openAdministration(flags, surroundings).identity();
  return { arn, profile: null, role, account };
}
