/**
 * `sentinel init status`: which policy is in force, which tables exist, and what is to be done. It
 * changes nothing.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import { defaultPolicyPath } from "../../policy_source.ts";
import { assertNever } from "../../errors.ts";
import type { Policy } from "../../policy/policy.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE, SESSION_TABLE } from "../../store/table_kind.ts";
import type { Invocation } from "../command.ts";
import type { INIT_STATUS_FLAGS } from "../descriptions/init_status.ts";
import type { Host } from "../host.ts";
import { openInteraction } from "../interaction.ts";
import { formatJson } from "../output.ts";
import { inspectPolicy } from "../policy_status.ts";
import { formatStatus, isWhole, type Status, statusDocument } from "../status_view.ts";
import { surroundingsOf } from "../surroundings.ts";
import { inspectNamedTable, type NamedTable } from "../table_status.ts";

type StatusInvocation = Invocation<typeof INIT_STATUS_FLAGS>;

/** Exit status when there is something to do. */
const EXIT_TO_DO = 1;

/** Runs the command. */
export async function run({ flags }: StatusInvocation, host: Host): Promise<number> {
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  const administration = openAdministration(flags, surroundings);
  const source = flags.policy ?? defaultPolicyPath(surroundings);
  const policy = await inspectPolicy(source, administration);
  const tables = await Promise.all(
    tablesOf(flags, policy.policy).map((named) => inspectNamedTable(named, administration)),
  );
  const status: Status = { policy, tables };
  switch (flags.output) {
    case "human":
      host.terminal.out(formatStatus(status));
      break;
    case "json":
      host.terminal.out(formatJson(statusDocument(status)));
      break;
    default:
      return assertNever(flags.output);
  }
  return isWhole(status) ? 0 : EXIT_TO_DO;
}

/** The tables that somebody names, that the policy asks for, or that commands would take. */
function tablesOf(
  flags: StatusInvocation["flags"],
  policy: Policy | null,
): readonly NamedTable[] {
  const rules = policy?.rules ?? [];
  const ofRules = new Set(rules.flatMap(({ sessionTable }) => sessionTable ?? []));
  const session = flags.sessionTable ?? SESSION_TABLE.defaultTable;
  ofRules.delete(session);
  const needsSessions = rules.some(({ effect, sessionTable }) =>
    sessionTable === session || (effect === "require_server_session" && sessionTable === null)
  );
  return [
    {
      kind: SESSION_TABLE,
      table: session,
      needed: flags.sessionTable !== null || needsSessions,
    },
    ...Array.from(ofRules, (table) => ({ kind: SESSION_TABLE, table, needed: true })),
    {
      kind: REQUEST_TABLE,
      table: flags.requestTable ?? REQUEST_TABLE.defaultTable,
      needed: flags.requestTable !== null || (policy?.approvals ?? []).length > 0,
    },
    {
      kind: BREAKGLASS_TABLE,
      table: flags.breakglassTable ?? BREAKGLASS_TABLE.defaultTable,
      needed: flags.breakglassTable !== null || (policy?.breakGlass ?? []).length > 0,
    },
  ];
}
