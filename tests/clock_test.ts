import { systemClock } from "../src/clock.ts";
import { ageMs, momentNow } from "../src/moment.ts";
import { assert, assertEquals } from "./support/assert.ts";
import { ManualClock } from "./support/manual_clock.ts";

Deno.test("system clock: a timer fires once, and not when it was called off", async () => {
  let fired = 0;
  const cancel = systemClock.after(0, () => fired += 10);
  cancel();
  await new Promise<void>((resolve) =>
    systemClock.after(5, () => {
      fired++;
      resolve();
    })
  );
  cancel();
  assertEquals(fired, 1);
});

Deno.test("system clock: the monotonic clock never goes back, the wall clock is the machine's", () => {
  const first = systemClock.monotonic();
  assert(systemClock.monotonic() >= first);
  assert(Math.abs(systemClock.now() - Date.now()) < 1000);
});

Deno.test("system clock: a program that waits for a timer only does not end before it", async () => {
  const module = new URL("../src/clock.ts", import.meta.url).href;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      import { systemClock } from ${JSON.stringify(module)};
      await new Promise((resolve) => systemClock.after(10, resolve));
      console.log("waited");
    `,
    ],
    stdout: "piped",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "waited\n"]);
});

Deno.test("moment: something is as old as the older of both ages", async () => {
  const clock = new ManualClock();
  const moment = momentNow(clock);
  assertEquals(ageMs(moment, clock), 0);
  await clock.advance(10);
  assertEquals(ageMs(moment, clock), 10);
  clock.sleep(90);
  assertEquals(ageMs(moment, clock), 100);
  clock.setWall(-1000);
  assertEquals(ageMs(moment, clock), 10);
});
