/**
 * A process that competes for one session with others (see contenders.ts).
 *
 * @module
 */
import { openSessionStore } from "../../src/store/open.ts";
import type { TransitionResult } from "../../src/store/store.ts";
import type { ContenderReport, ContenderRole } from "./contenders.ts";
import { openTableAt } from "./dynamodb_subject.ts";
import { MINUTE, T0 } from "./session_samples.ts";

interface Task {
  readonly table: string;
  readonly endpoint: string | null;
  readonly role: ContenderRole;
  readonly id: string;
}

const { table, endpoint, role, id } = JSON.parse(Deno.args[0]!) as Task;

await using store = endpoint === null
  ? await openSessionStore(table)
  : await openTableAt(endpoint, table);
await store.get(id);
console.log("ready");
await Deno.stdin.read(new Uint8Array(3));

function change(number: number): Promise<TransitionResult> {
  const now = T0 + number;
  switch (role) {
    case "touch":
      return store.touch(id, { now, lastAccessAt: now, requests: 1, expiresAt: now + 16 * MINUTE });
    case "revoke":
      return store.revoke(id, { now, by: `process-${Deno.pid}`, reason: "race" });
    case "expire":
      return store.expire(id, now);
  }
}

let applied = 0;
let last: TransitionResult;
do {
  last = await change(applied);
  if (last.outcome === "applied") applied++;
} while (role === "touch" && last.outcome === "applied");
const report: ContenderReport = {
  applied,
  last: last.outcome === "missing" ? "missing" : last.record.status,
};
console.log(JSON.stringify(report));
