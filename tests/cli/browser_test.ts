import { openBrowser } from "../../src/cli/browser.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

/** What a browser that runs `body` gets, and what is made of it. */
async function open(url: string, body: string, env: Record<string, string> = {}) {
  using directory = new TemporaryDirectory();
  Deno.writeTextFileSync(directory.at("xdg-open"), `#!/bin/sh\n${body}\n`, { mode: 0o700 });
  const isOpen = await openBrowser(url, {
    os: "linux",
    env: { PATH: `${directory.at(".")}:/usr/bin:/bin`, OUT: directory.at("out"), ...env },
  });
  return { isOpen, text: readOrNull(directory.at("out")) };
}

function readOrNull(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}

Deno.test("a browser gets the address as one word, through no shell", async () => {
  const url = "https://example.com/?a=1&b=$(id)%20;`id`'\"";
  const { isOpen, text } = await open(url, 'printf "%s|%s" "$#" "$1" > "$OUT"');
  assertEquals(isOpen, true);
  assertEquals(text, `1|${url}`);
});

Deno.test("a browser gets no variable of AWS or of this program", async () => {
  const { text } = await open("https://example.com/", 'env > "$OUT"', {
    AWS_SECRET_ACCESS_KEY: "x",
    SENTINEL_POLICY: "y",
    DISPLAY: ":0",
  });
  assert(!/^(?:AWS|SENTINEL)_/m.test(text!), text!);
  assert(/^DISPLAY=:0$/m.test(text!));
});

Deno.test("a browser that fails, or is not there, is known not to be open", async () => {
  assertEquals((await open("https://example.com/", "exit 3")).isOpen, false);
  assertEquals(
    await openBrowser("https://example.com/", { os: "linux", env: { PATH: "/nonexistent" } }),
    false,
  );
});

Deno.test("a browser that stays is not waited for", async () => {
  using directory = new TemporaryDirectory();
  Deno.writeTextFileSync(
    directory.at("xdg-open"),
    `#!/bin/sh\necho $$ > "$OUT"\nexec sleep 20\n`,
    { mode: 0o700 },
  );
  const begun = performance.now();
  const isOpen = await openBrowser("https://example.com/", {
    os: "linux",
    env: { PATH: `${directory.at(".")}:/usr/bin:/bin`, OUT: directory.at("out") },
  });
  assertEquals(isOpen, true);
  assert(performance.now() - begun < 5000);
  const pid = await waitFor("its pid", () => Number(readOrNull(directory.at("out"))));
  Deno.kill(pid, "SIGKILL");
});
