/**
 * A credential server as a process of its own: prints its URL and the variable that a child of it
 * would inherit, then its fault, if there is one, as JSON lines. Ends when its stdin does.
 *
 * @module
 */
import { asSentinelError } from "../../src/errors.ts";
import { newId } from "../../src/gate/request_id.ts";
import { startServer } from "../../src/server/server.ts";
import { allowed } from "./decisions.ts";

function print(value: Readonly<Record<string, unknown>>): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

const stdinEnded = new Response(Deno.stdin.readable).text();
try {
  await using server = startServer({
    port: Number(Deno.args[0] ?? 0),
    newRequestId: newId,
    authorize: () => Promise.resolve(allowed()),
  });
  print({ url: server.url, inherited: Deno.env.get("DENO_SERVE_ADDRESS") ?? null });
  await Promise.race([server.finished, stdinEnded]);
} catch (thrown) {
  const { code, message } = asSentinelError(thrown);
  print({ code, message });
  await stdinEnded;
}
Deno.exit();
