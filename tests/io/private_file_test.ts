import {
  ensurePrivateDirectory,
  keepNewest,
  ownUid,
  readBytes,
  readPrivateFile,
  UntrustedFileError,
  writePrivateFile,
} from "../../src/io/private_file.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { IS_ROOT, NOBODY, TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("ensurePrivateDirectory() makes what is missing, for this user alone", () => {
  using directory = new TemporaryDirectory();
  ensurePrivateDirectory(directory.at("a/b/c"));
  for (const name of ["a", "a/b", "a/b/c"]) assertEquals(directory.modeOf(name), 0o700, name);
  ensurePrivateDirectory(directory.at("a/b/c"));
});

Deno.test("ensurePrivateDirectory() believes in nothing that others can reach", () => {
  using directory = new TemporaryDirectory();
  for (const mode of [0o755, 0o770, 0o707, 0o701, 0o740, 0o777, 0o1777]) {
    const path = directory.at(`d${mode.toString(8)}`);
    Deno.mkdirSync(path);
    Deno.chmodSync(path, mode);
    const error = assertThrows(() => ensurePrivateDirectory(path), UntrustedFileError);
    assertStringIncludes(error.message, `run: chmod go= "${path}"`);
  }
  const file = directory.write("file", "");
  assertThrows(() => ensurePrivateDirectory(file), UntrustedFileError, "is not a directory");
  Deno.mkdirSync(directory.at("real"), { mode: 0o700 });
  Deno.symlinkSync(directory.at("real"), directory.at("link"));
  assertThrows(
    () => ensurePrivateDirectory(directory.at("link")),
    UntrustedFileError,
    "is not a directory",
  );
  assertThrows(() => ensurePrivateDirectory(`${file}/below`));
});

Deno.test("writePrivateFile() replaces a file as a whole, 0600, and leaves nothing else", () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("file");
  writePrivateFile(path, "one");
  assertEquals([readPrivateFile(path), directory.modeOf("file")], ["one", 0o600]);
  Deno.chmodSync(path, 0o666);
  writePrivateFile(path, "two");
  assertEquals([readPrivateFile(path), directory.modeOf("file")], ["two", 0o600]);
  assertEquals(directory.list(), ["file"]);
});

Deno.test("writePrivateFile() never writes through a link", () => {
  using directory = new TemporaryDirectory();
  const victim = directory.write("victim", "precious");
  Deno.symlinkSync(victim, directory.at("link"));
  Deno.linkSync(victim, directory.at("hard"));
  for (const name of ["link", "hard"]) {
    writePrivateFile(directory.at(name), "cache");
    assertEquals(readPrivateFile(directory.at(name)), "cache");
  }
  assertEquals(Deno.readTextFileSync(victim), "precious");
});

Deno.test("writePrivateFile() that fails leaves nothing behind", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.at("full/of/things"), { recursive: true });
  assertThrows(() => writePrivateFile(directory.at("full"), "x"));
  assertEquals(directory.list(), ["full"]);
  assertThrows(() => writePrivateFile(directory.at("missing/file"), "x"), Deno.errors.NotFound);
});

Deno.test("writePrivateFile(): readers see the old or the new, also when the writer is killed", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.at("file");
  const module = new URL("../../src/io/private_file.ts", import.meta.url).href;
  const isWhole = (text: string) => text.length === 1_000_000 && /^(.)\1*$/.test(text);
  for (let round = 0; round < 3; round++) {
    const writer = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `
        import { writePrivateFile } from ${JSON.stringify(module)};
        for (let i = 0;; i++) writePrivateFile(${JSON.stringify(path)}, String(i % 10).repeat(1e6));
      `,
      ],
    }).spawn();
    const seen = new Set<string>();
    await waitFor("several versions", () => {
      const text = readPrivateFile(path);
      if (text !== null) assert(isWhole(text), "half a file");
      return seen.add(text?.[0] ?? "").size > 4;
    });
    writer.kill("SIGKILL");
    await writer.status;
    assert(isWhole(readPrivateFile(path)!));
  }
});

Deno.test("readPrivateFile() gives the text of a private file, or null", () => {
  using directory = new TemporaryDirectory();
  assertEquals(readPrivateFile(directory.at("missing")), null);
  for (const text of ["", "text", "\u0000\ufffd 日本語 🙂", "x".repeat(300_000)]) {
    assertEquals(readPrivateFile(directory.write("file", text)), text);
  }
  assertEquals(readPrivateFile(directory.write("read-only", "text", 0o400)), "text");
  assertEquals(readPrivateFile(directory.write("broken", new Uint8Array([0x61, 0xff]))), null);
});

Deno.test("readPrivateFile() believes nothing that others could have written or read", () => {
  using directory = new TemporaryDirectory();
  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o666]) {
    const path = directory.write("file", "text", mode);
    assertThrows(() => readPrivateFile(path), UntrustedFileError, "accessible by other users");
  }
  directory.write("target", "text");
  Deno.symlinkSync(directory.at("target"), directory.at("link"));
  assertThrows(() => readPrivateFile(directory.at("link")), UntrustedFileError, "is not a file");
  Deno.symlinkSync(directory.at("nowhere"), directory.at("dangling"));
  assertThrows(() => readPrivateFile(directory.at("dangling")), UntrustedFileError);
  assertThrows(() => readPrivateFile(directory.path), UntrustedFileError, "is not a file");
  assertThrows(() => readPrivateFile("/dev/null"), UntrustedFileError, "is not a file");
});

Deno.test({
  name: "readPrivateFile() does not wait at a pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const path = await directory.pipe("pipe");
    assertThrows(() => readPrivateFile(path), UntrustedFileError, "is not a file");
  },
});

Deno.test({
  name: "readPrivateFile() does not take in a file of any size",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const path = directory.write("huge", "x");
    Deno.truncateSync(path, 2 ** 40); // sparse
    assertEquals(readPrivateFile(path), null);
  },
});

Deno.test({
  name: "private files and directories of another user are not believed",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    // As root, give something away; else take something that is root's.
    const file = IS_ROOT ? directory.write("file", "text") : "/etc/hostname";
    const other = IS_ROOT ? directory.at("other") : "/root";
    if (IS_ROOT) {
      Deno.mkdirSync(other, { mode: 0o700 });
      for (const path of [file, other]) Deno.chownSync(path, NOBODY, NOBODY);
    }
    assertThrows(() => readPrivateFile(file), UntrustedFileError, "belongs to another user");
    assertThrows(() => ensurePrivateDirectory(other), UntrustedFileError, "another user");
  },
});

Deno.test("what is said of a file is printable", () => {
  using directory = new TemporaryDirectory();
  const path = directory.write("a\x1b[2J\nb", "text", 0o644);
  const { message } = assertThrows(() => readPrivateFile(path), UntrustedFileError);
  assertStringIncludes(message, "a\\u{1b}[2J\\u{a}b");
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f]/.test(message));
});

Deno.test("readBytes() reads to the size or to the end, whichever comes first", () => {
  using directory = new TemporaryDirectory();
  using file = Deno.openSync(directory.write("file", "0123456789"));
  assertEquals(new TextDecoder().decode(readBytes(file, 4)), "0123");
  assertEquals(new TextDecoder().decode(readBytes(file, 100)), "456789");
  assertEquals(readBytes(file, 100).length, 0);
});

Deno.test("keepNewest() removes what was written first, and passes over what it cannot remove", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.at("cache/full/of"), { recursive: true });
  Deno.utimeSync(directory.at("cache/full"), 1, 1);
  for (let index = 0; index < 10; index++) {
    const path = directory.write(`cache/${index}`, "");
    Deno.utimeSync(path, 1000 + index, 1000 + index);
  }
  keepNewest(directory.at("cache"), 11);
  assertEquals(directory.list("cache").length, 11);
  keepNewest(directory.at("cache"), 4);
  assertEquals(directory.list("cache"), ["6", "7", "8", "9", "full"]);
});

Deno.test({
  name: "ownUid() is asked once, so that it outlives the permission to ask",
  permissions: "inherit",
  fn() {
    const uid = ownUid();
    assertEquals(uid, Deno.uid());
    Deno.permissions.revokeSync({ name: "sys" });
    assertThrows(() => Deno.uid(), Deno.errors.NotCapable);
    assertEquals(ownUid(), uid);
  },
});
