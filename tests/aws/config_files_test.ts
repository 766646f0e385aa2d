/**
 * Which files are read, and that what cannot be read is an error and never an empty file.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { chainOf, ConfigHome } from "./config_home.ts";

const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY-SECRET\n";

Deno.test("files are found by their variables, and ~/ is the home directory", async () => {
  using home = new ConfigHome({});
  Deno.writeTextFileSync(`${home.path}/own config`, `[profile a]\n${KEYS}`);
  home.env.set("AWS_CONFIG_FILE", "~/own config");
  home.env.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  assertEquals((await home.load("a")).base.file, `${home.path}/own config`);
  home.env.delete("HOME");
  home.env.set("USERPROFILE", home.path);
  assertEquals((await home.load("a")).base.file, `${home.path}/own config`);
});

const UNUSABLE_PATHS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["an empty variable", { AWS_CONFIG_FILE: "" }, "AWS_CONFIG_FILE: it is empty"],
  ["a variable in a path", { AWS_CONFIG_FILE: "$HOME/x" }, "AWS_CONFIG_FILE: only a leading ~/"],
  ["another's home", { AWS_SHARED_CREDENTIALS_FILE: "~bob/x" }, "only a leading ~/"],
  ["no home", { HOME: "" }, "HOME is not set"],
];

for (const [what, variables, says] of UNUSABLE_PATHS) {
  Deno.test(`no file is guessed at: ${what}`, async () => {
    using home = new ConfigHome({ config: `[default]\n${KEYS}` }, variables);
    const error = await assertRejects(() => home.load("default"), SentinelError, says);
    assertEquals(error.code, "CONFIG_INVALID");
  });
}

Deno.test("two homes on Windows are one too many", async () => {
  using home = new ConfigHome({ credentials: `[a]\n${KEYS}` }, { USERPROFILE: "/elsewhere" });
  assertEquals((await home.load("a", { os: "linux" })).base.profile, "a");
  await assertRejects(() => home.load("a", { os: "windows" }), SentinelError, "differ");
});

Deno.test("a file that cannot be read is an error, never an empty file", async () => {
  using home = new ConfigHome({ credentials: `[dev]\n${KEYS}` });
  Deno.mkdirSync(home.file("config"));
  const directory = await assertRejects(
    () => home.load("dev"),
    SentinelError,
    "not a regular file",
  );
  assertEquals(directory.code, "CONFIG_INVALID");
  home.env.set("AWS_CONFIG_FILE", `${home.file("credentials")}/x`);
  await assertRejects(() => home.load("dev"), SentinelError, "Cannot read the AWS configuration");
  Deno.removeSync(home.file("config"));
  home.env.delete("AWS_CONFIG_FILE");
  assertEquals((await home.load("dev")).base.profile, "dev");
  Deno.symlinkSync(home.file("config"), home.file("config"));
  await assertRejects(() => home.load("dev"), SentinelError, "Cannot read the AWS configuration");
});

Deno.test({
  name: "a pipe is refused at once, not waited for",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = new ConfigHome({ credentials: `[dev]\n${KEYS}` });
    const { success } = await new Deno.Command("mkfifo", { args: [home.file("config")] }).output();
    assert(success);
    await assertRejects(() => home.load("dev"), SentinelError, "not a regular file");
  },
});

Deno.test("a percent sign in a path is one, but on Windows", async () => {
  using home = new ConfigHome({});
  Deno.writeTextFileSync(`${home.path}/100%`, `[profile a]\n${KEYS}`);
  home.env.set("AWS_CONFIG_FILE", `${home.path}/100%`);
  assertEquals((await home.load("a")).base.profile, "a");
  await assertRejects(() => home.load("a", { os: "windows" }), SentinelError, "expanded");
});

Deno.test("a text that is not UTF-8 is not guessed at", async () => {
  using home = new ConfigHome({});
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  Deno.writeFileSync(
    home.file("credentials"),
    latin1(`[dev]\n${KEYS}region = \u00fc\n[other]\n${KEYS}`),
  );
  await assertRejects(() => home.load("dev"), SentinelError, "not UTF-8");
  assertEquals(chainOf(await home.load("other")), "other:AKIAEXAMPLE");
});

Deno.test("text of the files cannot reach the terminal raw", async () => {
  using home = new ConfigHome({
    config: "[profile dev]\nrole_arn = x\u001b[31m\nsource_profile = \u202ex\n" +
      "[profile a\u0007]\nregion = x\n",
  });
  for (const profile of ["dev", "a\u0007", "b\u001b]0;x"]) {
    const error = await assertRejects(() => home.load(profile), SentinelError);
    const told = `${error.message}${error.suggestion}`;
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001f\u202e]/.test(told), told);
  }
});
