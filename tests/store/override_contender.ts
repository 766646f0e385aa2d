/**
 * A process that decides on requests or breaks the glass at the same time as others (see
 * override_races_test.ts).
 *
 * @module
 */
import { openBreakGlassStore, openRequestStore } from "../../src/store/open.ts";
import { optionsAt } from "./dynamodb_subject.ts";
import { actOn, invokeWithin, type RaceTask } from "./override_races.ts";

const task = JSON.parse(Deno.args[0]!) as RaceTask;
const options = task.endpoint === null ? {} : optionsAt(task.endpoint);

async function ready(): Promise<void> {
  console.log("ready");
  await Deno.stdin.read(new Uint8Array(3));
}

if (task.kind === "decide") {
  await using store = await openRequestStore(task.table, options);
  await store.get(task.ids[0]!);
  await ready();
  const applied: string[] = [];
  for (const id of task.ids) if (await actOn(store, id, task) === "applied") applied.push(id);
  console.log(JSON.stringify({ applied }));
} else {
  await using store = await openBreakGlassStore(task.table, options);
  await store.get(task.ids[0]!);
  await ready();
  const passed = await Promise.all(
    task.ids.map(async (id) => await invokeWithin(store, id, task.limit) === null ? [id] : []),
  );
  console.log(JSON.stringify({ applied: passed.flat() }));
}
