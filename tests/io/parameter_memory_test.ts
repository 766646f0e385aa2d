import { openParameterMemory } from "../../src/io/parameter_memory.ts";
import { assertEquals } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const KEPT = { parameter: { text: "rules: []", version: 7, modifiedAt: 1 }, confirmedAt: 2 };

/** The memory of parameter `name` below `directory`. */
function open(directory: TemporaryDirectory, name: string) {
  return openParameterMemory(directory.at("cache"), [name, "eu-west-1", null, "arn"]);
}

/** The files of all memories. */
function files(directory: TemporaryDirectory): string[] {
  return directory.list("cache/parameters").map((name) => directory.at(`cache/parameters/${name}`));
}

Deno.test("parameter memory: what was kept is recalled, privately, until it is forgotten", async () => {
  using directory = new TemporaryDirectory();
  const memory = await open(directory, "/a");
  assertEquals(memory.recall(), null);
  memory.keep(KEPT);
  assertEquals((await open(directory, "/a")).recall(), KEPT);
  assertEquals(Deno.statSync(files(directory)[0]!).mode! & 0o777, 0o600);
  memory.forget();
  assertEquals(memory.recall(), null);
});

Deno.test("parameter memory: another parameter's file counts for nothing, wherever it was moved to", async () => {
  using directory = new TemporaryDirectory();
  (await open(directory, "/a")).keep(KEPT);
  const [a] = files(directory);
  const other = await open(directory, "/b");
  other.keep({ ...KEPT, confirmedAt: 3 });
  const b = files(directory).find((path) => path !== a)!;
  Deno.copyFileSync(a!, b);
  assertEquals(other.recall(), null);
});

Deno.test("parameter memory: half a file, and one that others may read, count for nothing", async () => {
  using directory = new TemporaryDirectory();
  const memory = await open(directory, "/a");
  memory.keep(KEPT);
  const [path] = files(directory);
  Deno.chmodSync(path!, 0o640);
  assertEquals(memory.recall(), null);
  Deno.chmodSync(path!, 0o600);
  assertEquals(memory.recall(), KEPT);
  const text = Deno.readTextFileSync(path!);
  for (const broken of [text.slice(0, -9), text.replace('"version":7', '"version":"7"'), "null"]) {
    Deno.writeTextFileSync(path!, broken);
    assertEquals(memory.recall(), null, broken);
  }
});
