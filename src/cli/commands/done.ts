/**
 * `sentinel done`: gives approved access back before its time is over.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { type Actor, isSameActor } from "../../state/actor.ts";
import type { ApprovalRequest } from "../../state/approval_request.ts";
import { listRequests } from "../../store/override_listing.ts";
import type { RequestStore } from "../../store/override_store.ts";
import { quote } from "../../text/printable.ts";
import { openAnnouncer } from "../announcer.ts";
import { REQUEST_COLUMNS, requestDetail, requestRow } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import type { CANCEL_FLAGS } from "../descriptions/cancel.ts";
import { description } from "../descriptions/done.ts";
import type { Host } from "../host.ts";
import { openOwner, requireRecordId } from "../override_access.ts";
import { print } from "../record_output.ts";
import { findRequest } from "../request_decision.ts";
import { endOwnRequest } from "../request_ending.ts";
import { usageError } from "../usage.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof CANCEL_FLAGS>,
  host: Host,
): Promise<number> {
  const [text] = operands;
  const { profile } = flags;
  const id = text === undefined ? null : requireRecordId(description, text);
  if (id === null && profile === null) {
    throw usageError(
      description,
      "sentinel done needs to know what is done",
      "Give the ID of a request, or --profile.",
    );
  }
  await using announcer = openAnnouncer(flags, host);
  const owner = await openOwner(flags, host);
  await using store = await owner.openRequests(flags.requestTable);
  const by = await owner.identity();
  const requests = id === null
    ? await approvedFor(by, { profile: profile!, store })
    : [await findRequest(store, id)];
  const ended: ApprovalRequest[] = [];
  for (const request of requests) {
    ended.push(await endOwnRequest(request, { by, verb: "done", store, announcer }));
  }
  const now = systemClock.now();
  print(
    {
      human: () => ended.map((request) => `Request ${request.id} is ${request.status}.\n`).join(""),
      json: () => ended.map((request) => requestDetail(request, now)),
      columns: REQUEST_COLUMNS,
      rows: () => ended.map((request) => requestRow(request, now)),
    },
    { output: flags.output, terminal: host.terminal },
  );
  if (ended.length === 0) {
    host.terminal.err(`You have no approved access to profile ${quote(profile!)}.\n`);
  }
  return 0;
}

/** What of the caller's gives access to `profile` now. */
async function approvedFor(
  by: Actor,
  { profile, store }: { readonly profile: string; readonly store: RequestStore },
): Promise<readonly ApprovalRequest[]> {
  const query = { user: by.user, profile, status: "approved", since: null } as const;
  const options = { now: systemClock.now(), limit: Infinity };
  const found = await Array.fromAsync(listRequests(store, query, options));
  return found.filter(({ requester }) => isSameActor(requester, by));
}
