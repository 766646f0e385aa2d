import { SentinelError } from "../../src/errors.ts";
import { openSessionStore } from "../../src/store/open.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { describeSessionStore } from "./session_store_contract.ts";

async function setup() {
  const directory = await Deno.makeTempDir();
  const table = `sqlite:${directory}/sessions.db`;
  return {
    table,
    endpoint: null,
    open: () => openSessionStore(table),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

describeSessionStore("sqlite", { setup, histories: 100 });

Deno.test("sqlite: a file that was removed or replaced is not gone on with", async () => {
  await using setting = await setup();
  const path = setting.table.slice("sqlite:".length);
  const ways: readonly (() => Promise<unknown>)[] = [
    () => Deno.remove(path),
    async () => {
      await Deno.copyFile(path, `${path}.copy`);
      await Deno.rename(`${path}.copy`, path);
    },
  ];
  for (const way of ways) {
    await using store = await setting.open();
    assertEquals(await store.get("0011223344556677"), null);
    await way();
    const error = await assertRejects(() => store.get("0011223344556677"), SentinelError);
    assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
    await Deno.remove(path).catch(() => {});
  }
});
