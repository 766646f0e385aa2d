/**
 * `sentinel credentials`: the `credential_process` door. One JSON document on stdout, or nothing;
 * it never asks anything of anybody.
 *
 * @module
 */
import { openGate } from "../../app.ts";
import { EXIT_DENIED } from "../../errors.ts";
import type { IssuedCredentials } from "../../gate/ports.ts";
import type { Invocation } from "../command.ts";
import type { CREDENTIALS_FLAGS } from "../descriptions/credentials.ts";
import type { Host } from "../host.ts";
import { openInteraction } from "../interaction.ts";
import { withMinTtl } from "../min_ttl.ts";
import { surroundingsOf } from "../surroundings.ts";
import { tellError } from "../terminal.ts";

/** The document of a `credential_process`: what all SDKs read. */
function formatCredentialDocument(issued: IssuedCredentials): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    ...(issued.sessionToken !== null && { SessionToken: issued.sessionToken }),
    ...(issued.expiresAt !== null && { Expiration: new Date(issued.expiresAt).toISOString() }),
    ...(issued.accountId !== null && { AccountId: issued.accountId }),
  });
}

/** Runs the command. */
export async function run(
  { flags, origins }: Invocation<typeof CREDENTIALS_FLAGS>,
  host: Host,
): Promise<number> {
  using opened = await openGate(flags, {
    mode: "credential_process",
    durationSeconds: origins.durationSeconds === "default" ? null : flags.durationSeconds,
    sessionTable: null,
    isPolicyPinned: origins.policy === "pin",
    command: null,
    surroundings: surroundingsOf(host, openInteraction(flags, host)),
  });
  const request = withMinTtl(opened.newRequest(), { flags, origins });
  const decision = await opened.gate.authorize(request);
  switch (decision.kind) {
    case "deny":
      tellError(host.terminal, decision);
      return EXIT_DENIED;
    case "allow":
      host.terminal.out(`${formatCredentialDocument(decision.credentials)}\n`);
      return 0;
    default:
      return decision satisfies never;
  }
}
