import { describeFault } from "../../src/io/file_fault.ts";
import { assertEquals } from "../support/assert.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return describeFault(error);
  }
  return "nothing went wrong";
}

Deno.test("describeFault() says what real faults mean, without paths", () => {
  using directory = new TemporaryDirectory();
  const file = directory.write("file", "");
  Deno.symlinkSync(directory.at("loop"), directory.at("loop"));
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => Deno.readTextFileSync(directory.at("missing")), "no such file or directory"],
    [() => Deno.readTextFileSync(directory.path), "it is a directory"],
    [() => Deno.readTextFileSync(`${file}/below`), "a part of its path is not a directory"],
    [() => Deno.readTextFileSync(directory.at("loop")), "its links form a loop"],
    [() => Deno.readTextFileSync(directory.at("x".repeat(300))), "its name is too long"],
    [() => Deno.readTextFileSync("a\0b"), "system error EINVAL"],
    [() => Deno.openSync(file, { write: true, createNew: true }), "system error EEXIST"],
  ];
  for (const [action, reason] of cases) assertEquals(reasonOf(action), reason);
});

Deno.test({
  name: "describeFault() knows a full disk and a missing permission",
  ignore: Deno.build.os !== "linux",
  fn() {
    const full = () => {
      using file = Deno.openSync("/dev/full", { write: true });
      file.writeSync(new Uint8Array(10));
    };
    assertEquals(reasonOf(full), "no space left on the device");
    assertEquals(reasonOf(() => Deno.mkdirSync("/sys/x")), "permission denied");
  },
});

Deno.test("describeFault() repeats nothing that came from outside", () => {
  const forged = Object.assign(new Error("\x1b[2J secret"), { code: "\x1b[2J" });
  assertEquals(describeFault(forged), "Error");
  assertEquals(describeFault(new TypeError("secret")), "TypeError");
  assertEquals(describeFault("secret"), "unknown fault");
  assertEquals(describeFault(undefined), "unknown fault");
  assertEquals(
    describeFault(new Deno.errors.NotCapable("secret")),
    "this program was started without access to it",
  );
});
