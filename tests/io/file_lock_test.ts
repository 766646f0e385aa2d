import { lockFile } from "../../src/io/file_lock.ts";
import { UntrustedFileError } from "../../src/io/private_file.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("lockFile() makes the file, 0600, and lets one in at a time", async () => {
  using directory = new TemporaryDirectory();
  const clock = new ManualClock();
  const options = { timeoutMs: 1000, clock };
  const path = directory.at("lock");
  const first = await lockFile(path, options);
  assertEquals(directory.modeOf("lock"), 0o600);
  let second: Disposable | null = null;
  const waiting = lockFile(path, options).then((lock) => second = lock);
  await clock.advance(900);
  assertEquals(second, null);
  first![Symbol.dispose]();
  await clock.advance(100);
  await waiting;
  assert(second !== null);
  (second as Disposable)[Symbol.dispose]();
});

Deno.test("lockFile() gives up after the time-out, and holds nothing then", async () => {
  using directory = new TemporaryDirectory();
  const clock = new ManualClock();
  const path = directory.at("lock");
  const holder = await lockFile(path, { timeoutMs: 0, clock });
  const late = lockFile(path, { timeoutMs: 500, clock });
  await clock.advance(499);
  await settle();
  await clock.advance(26);
  assertEquals(await late, null);
  assertEquals(clock.timers, 0);
  holder![Symbol.dispose]();
  // Had the late one got it after all, this one would not.
  using next = await lockFile(path, { timeoutMs: 0, clock });
  assert(next !== null);
});

Deno.test("lockFile() of something that is no file rejects and does not wait", async () => {
  using directory = new TemporaryDirectory();
  const options = { timeoutMs: 0, clock: new ManualClock() };
  const pipe = await directory.pipe("pipe");
  for (const path of [pipe, directory.path]) {
    await assertRejects(() => lockFile(path, options), UntrustedFileError);
  }
  await assertRejects(() => lockFile(directory.at("a/b"), options), Deno.errors.NotFound);
});

Deno.test("lockFile() lets the next one in when the holder is killed", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("lock");
  const module = new URL("../../src/io/file_lock.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      import { lockFile } from ${JSON.stringify(module)};
      const clock = { after: () => () => {} };
      globalThis.lock = await lockFile(${JSON.stringify(path)}, { timeoutMs: 0, clock });
      console.log("locked");
      setInterval(() => {}, 1000);
    `,
    ],
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read();
  const options = { timeoutMs: 0, clock: new ManualClock() };
  assertEquals(await lockFile(path, options), null, "the child holds it");
  child.kill("SIGKILL");
  await child.status;
  await output.cancel();
  using lock = await lockFile(path, options);
  assert(lock !== null);
});
