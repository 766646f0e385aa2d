import { openSessionStore } from "../../src/store/open.ts";
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
