import { SentinelError } from "../../src/errors.ts";
import { openSessionStore, parseTableName } from "../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";

Deno.test("a table's name says where it is", () => {
  assertEquals(parseTableName("prod-sessions"), { kind: "dynamodb", name: "prod-sessions" });
  assertEquals(parseTableName("a_b"), { kind: "dynamodb", name: "a_b" });
  assertEquals(parseTableName("x".repeat(255)).kind, "dynamodb");
  assertEquals(parseTableName("sqlite"), { kind: "dynamodb", name: "sqlite" });
  for (
    const path of ["/a/b.db", "b.db", "./b.db", "~/b.db", ":memory:", "a b", "C:\\b.db", "x:y"]
  ) {
    assertEquals(parseTableName(`sqlite:${path}`), { kind: "sqlite", path });
  }
});

Deno.test("what is no table's name is refused with the way to mend it", async () => {
  const wrong: Readonly<Record<string, string>> = {
    "": "3–255",
    "ab": "3–255",
    "a/b": "3–255",
    "prod sessions": "3–255",
    "tablé": "3–255",
    "SQLITE:/a.db": "3–255",
    "prod\n": "3–255",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/prod": "ARN",
    "sqlite:": "no file",
    "sqlite:/": "no file",
    "sqlite:dir/": "no file",
    "sqlite:a\0b": "no file",
    ["x".repeat(256)]: "3–255",
  };
  for (const [text, reason] of Object.entries(wrong)) {
    const error = assertThrows(() => parseTableName(text), SentinelError, reason);
    assertEquals(error.code, "SESSION_TABLE_INVALID");
    assert(!/[\n\0]/.test(error.message), "the name is printed safely");
    await assertRejects(() => openSessionStore(text), SentinelError, reason);
  }
});

/** Runs `body` in a process of its own, where the working directory and variables are its own. */
async function runAlone(body: string, env: Record<string, string>, cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-check",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      `import { openSessionStore } from ${
        JSON.stringify(new URL("../../src/store/open.ts", import.meta.url).href)
      };
      const report = (error) => error.code + ": " + error.message;
      ${body}`,
    ],
    cwd,
    clearEnv: true,
    env: { DENO_DIR: await denoDirectory(), ...env },
  }).output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("a path is a file's, whatever SQLite would make of it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const names = ["plain.db", ":memory:", "file:x?mode=memory", "new/deep/a.db", "~/home.db"];
    const output = await runAlone(
      `for (const name of ${JSON.stringify(names)}) {
        await using store = await openSessionStore("sqlite:" + name);
        await store.get("0000000000000001");
      }`,
      { HOME: `${directory}/home` },
      directory,
    );
    assertEquals(output, "");
    for (const name of [...names.slice(0, -1), "home/home.db"]) {
      const { isFile, mode } = await Deno.stat(`${directory}/${name}`);
      assert(isFile && (mode === null || (mode & 0o777) === 0o600), name);
    }
    assertEquals((await Deno.stat(`${directory}/new`)).mode! & 0o777, 0o700);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a home or a region that nobody knows is named", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const output = await runAlone(
      `for (const name of ["sqlite:~/a.db", "sessions"]) {
        await openSessionStore(name).catch((error) => console.log(report(error)));
      }`,
      { AWS_CONFIG_FILE: `${directory}/none`, AWS_EC2_METADATA_DISABLED: "true" },
      directory,
    );
    assertEquals(output.trimEnd().split("\n"), [
      `CONFIG_INVALID: Cannot open session table "sqlite:~/a.db": HOME is not set`,
      `CONFIG_INVALID: Cannot open session table "sessions": no region is set`,
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the home directory can be given", async () => {
  const homeDirectory = await Deno.makeTempDir();
  try {
    await using _ = await openSessionStore("sqlite:~/a.db", { homeDirectory });
    assert((await Deno.stat(`${homeDirectory}/a.db`)).isFile);
  } finally {
    await Deno.remove(homeDirectory, { recursive: true });
  }
});
