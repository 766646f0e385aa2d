/**
 * Loaded before the real program (`deno run --preload`): on SIGWINCH it says which permissions the
 * process holds at that moment, as one line of JSON on stderr.
 *
 * @module
 */
const NAMES = ["run", "ffi", "import", "write", "read", "net", "env"] as const;

Deno.addSignalListener("SIGWINCH", () => {
  const held = NAMES.map((name) => [name, Deno.permissions.querySync({ name }).state]);
  console.error(JSON.stringify(Object.fromEntries(held)));
});
