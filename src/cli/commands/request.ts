/**
 * `sentinel request`: asks for an approval. It gives no access, and files nothing that the policy
 * foresees no approver for.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import type { CompiledApproval } from "../../policy/override_rules.ts";
import { JUSTIFICATION } from "../../state/prose.ts";
import { openAnnouncer } from "../announcer.ts";
import { REQUEST_COLUMNS, requestDetail, requestRow } from "../approval_view.ts";
import type { FlagValues, Invocation } from "../command.ts";
import type { REQUEST_FLAGS } from "../descriptions/request.ts";
import type { Host } from "../host.ts";
import { openAsker } from "../override_access.ts";
import {
  allowedWords,
  askForApproval,
  type LiftAnswer,
  refuseLongerThan,
  type Subject,
} from "../policy_question.ts";
import { print } from "../record_output.ts";
import { waitUntilListed } from "../record_visibility.ts";
import { type Filed, fileRequest, formatFiled, requireProse } from "../request_filing.ts";

type Flags = FlagValues<typeof REQUEST_FLAGS>;

/** Runs the command. */
export async function run(
  { flags }: Invocation<typeof REQUEST_FLAGS>,
  host: Host,
): Promise<number> {
  requireProse(flags.justification, { name: "justification", bounds: JUSTIFICATION });
  await using announcer = openAnnouncer(flags, host);
  const asker = await openAsker(flags, host);
  const { target: { profile, role, account } } = asker;
  const subject: Subject = {
    ...await asker.identity(),
    profile: profile.name,
    role,
    account,
    time: systemClock.now(),
  };
  const answer = askForApproval(await asker.loadPolicy(flags.policy), subject);
  if (answer.kind === "allowed") {
    printAllowed(answer, { subject, flags, host });
    return 0;
  }
  const { entry } = answer;
  refuseLongerThan(entry.rule.maxDurationSeconds, {
    seconds: flags.durationSeconds,
    entry: entry.rule.name,
  });
  await using store = await asker.openRequests(flags.requestTable);
  const filed = await fileRequest({ ...flags, subject, entry, store, announcer });
  printFiled(filed, { entry, flags, host });
  if (filed.isNew) {
    await waitUntilListed(store, { ...filed.request, user: subject.user, clock: systemClock });
  }
  return 0;
}

function printAllowed(
  answer: LiftAnswer<CompiledApproval> & { readonly kind: "allowed" },
  { subject, flags, host }: {
    readonly subject: Subject;
    readonly flags: Flags;
    readonly host: Host;
  },
): void {
  const row = {
    id: null,
    status: "not_needed",
    user: subject.user,
    arn: subject.arn,
    profile: subject.profile,
  };
  print(
    {
      human: () => `${allowedWords(answer, subject)} There is nothing to approve.\n`,
      json: () => row,
      columns: REQUEST_COLUMNS,
      rows: () => [row],
    },
    { output: flags.output, terminal: host.terminal },
  );
}

function printFiled(
  filed: Filed,
  { entry, flags, host }: {
    readonly entry: CompiledApproval;
    readonly flags: Flags;
    readonly host: Host;
  },
): void {
  const { request } = filed;
  print(
    {
      human: () => formatFiled(filed, { table: flags.requestTable, entry }),
      json: () => requestDetail(request, request.createdAt),
      columns: REQUEST_COLUMNS,
      rows: () => [requestRow(request, request.createdAt)],
    },
    { output: flags.output, terminal: host.terminal },
  );
}
