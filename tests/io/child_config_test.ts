import { SentinelError } from "../../src/errors.ts";
import { writeChildConfig } from "../../src/io/child_config.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const CONFIG = "[default]\nregion = eu-west-1\n";

Deno.test("child config: exactly the text, privately, under a name of its own", async () => {
  using directory = new TemporaryDirectory();
  const files = await writeChildConfig(directory.at("cache"), CONFIG);
  assertEquals(Deno.readTextFileSync(files.configFile), CONFIG);
  assert(!/^[^#\n]/m.test(Deno.readTextFileSync(files.credentialsFile)), "comments only");
  for (const path of Object.values(files)) {
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o400);
  }
  assertEquals(await writeChildConfig(directory.at("cache"), CONFIG), files);
  const other = await writeChildConfig(directory.at("cache"), "[default]\n");
  assertNotEquals(other.configFile, files.configFile);
  assertEquals(Deno.readTextFileSync(files.configFile), CONFIG);
});

Deno.test("child config: what an earlier child made of the files is undone", async () => {
  using directory = new TemporaryDirectory();
  const files = await writeChildConfig(directory.at("cache"), CONFIG);
  const victim = directory.write("victim", "precious");
  const spoil: readonly ((path: string) => void)[] = [
    (path) => Deno.writeTextFileSync(path, "[default]\naws_access_key_id = AKIA\n"),
    (path) => Deno.writeTextFileSync(path, ""),
    (path) => Deno.removeSync(path),
    (path) => Deno.chmodSync(path, 0o666),
    (path) => {
      Deno.removeSync(path);
      Deno.symlinkSync(victim, path);
    },
  ];
  const credentials = Deno.readTextFileSync(files.credentialsFile);
  for (const damage of spoil) {
    for (const path of Object.values(files)) {
      Deno.chmodSync(path, 0o600);
      damage(path);
    }
    await writeChildConfig(directory.at("cache"), CONFIG);
    assertEquals(Deno.readTextFileSync(files.configFile), CONFIG);
    assertEquals(Deno.readTextFileSync(files.credentialsFile), credentials);
    assert(Deno.lstatSync(files.configFile).isFile);
    assertEquals((Deno.statSync(files.configFile).mode ?? 0) & 0o777, 0o400);
  }
  assertEquals(Deno.readTextFileSync(victim), "precious");
});

Deno.test("child config: a directory that is not ours alone is an error that names it", async () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.at("open"));
  Deno.chmodSync(directory.at("open"), 0o777);
  directory.write("file", "");
  for (const name of ["open", "file", "file/below"]) {
    const error = await assertRejects(
      () => writeChildConfig(directory.at(name), CONFIG),
      SentinelError,
      `Cannot write the child's AWS configuration below "${directory.at(name)}": `,
    );
    assertEquals(error.code, "CONFIG_INVALID");
  }
});
