import { SentinelError } from "../../src/errors.ts";
import type { LoadedPolicy, PolicySource } from "../../src/gate/ports.ts";
import { createPolicyFile } from "../../src/io/policy_file.ts";
import type { PolicyProblem } from "../../src/policy/policy.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { NOON } from "../support/gate_fixture.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

/** A policy that allows everything by a rule called `name`. */
function policyNamed(name: string): string {
  return `version: "1"\nrules:\n  - { name: ${name}, effect: allow }\n`;
}

/** Name of the rule that answers now, or the code of the fault. */
async function answer(source: PolicySource): Promise<string> {
  try {
    return nameIn(await source.load());
  } catch (error) {
    assert(error instanceof SentinelError, String(error));
    return error.code;
  }
}

function nameIn(policy: LoadedPolicy): string {
  const request = { user: "alice", profile: "prod", mode: "cli", time: new Date(NOON) } as const;
  return policy.evaluate(request).matchedRule ?? "none";
}

/** Makes a file look as if nobody had written to it for years; its `ctime` still tells. */
function age(path: string): string {
  Deno.utimeSync(path, 1_000_000_000, 1_000_000_000);
  return path;
}

/** Writes a file in place, so that it need not be waited for. */
function rewrite(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  age(path);
}

/** Files that were left alone long enough to be believed unchanged, each read before and after. */
async function settledFiles(directory: TemporaryDirectory, count: number) {
  const files = await Promise.all(Array.from({ length: count }, async (_, index) => {
    const path = age(directory.write(`${index}.yaml`, policyNamed("one")));
    const source = createPolicyFile(path, { cacheDirectory: null });
    await source.load();
    return { path, source };
  }));
  const changedAt = Deno.statSync(files.at(-1)!.path).ctime!.getTime();
  await waitFor("the files to settle", () => Date.now() - changedAt > 2600);
  for (const { source } of files) await source.load();
  return files;
}

/** Runs `body` while every file that is opened goes through `change`. */
async function whileOpening(
  change: (file: Deno.FsFile) => void,
  body: () => Promise<unknown>,
): Promise<void> {
  const original = Deno.openSync;
  Deno.openSync = (...args) => {
    const file = original(...args);
    change(file);
    return file;
  };
  try {
    await body();
  } finally {
    Deno.openSync = original;
  }
}

Deno.test("policy file: says where it is from and has the digest of the file", async () => {
  using directory = new TemporaryDirectory();
  const text = `\ufeff${policyNamed("one")}`;
  const path = age(directory.write("policy.yaml", text));
  const policy = await createPolicyFile(path, { cacheDirectory: null }).load();
  const sha256 = await crypto.subtle.digest("SHA-256", Deno.readFileSync(path));
  assertEquals([policy.source, policy.digest, nameIn(policy)], [
    path,
    `sha256:${new Uint8Array(sha256).toHex()}`,
    "one",
  ]);
});

Deno.test("policy file: one that was left alone", async (test) => {
  using directory = new TemporaryDirectory();
  const [quiet, edited, replaced] = await settledFiles(directory, 3);

  await test.step("is not read again, and answers without a promise", async () => {
    const { path, source } = quiet!;
    let count = 0;
    await whileOpening(() => count++, async () => {
      for (let i = 0; i < 1000; i++) {
        const loaded = source.load();
        assert(!(loaded instanceof Promise));
        assertEquals(nameIn(loaded), "one");
      }
      rewrite(path, policyNamed("two"));
      assertEquals(await answer(source), "two");
    });
    assertEquals(count, 1, "the new text only");
  });

  await test.step("is read again after an edit that hides its traces", async () => {
    const { path, source } = edited!;
    const before = Deno.statSync(path);
    // In place, of the same size, with the old time of modification.
    Deno.writeTextFileSync(path, policyNamed("two"));
    Deno.utimeSync(path, before.atime!, before.mtime!);
    const after = Deno.statSync(path);
    assertEquals([after.size, after.ino, after.mtime], [before.size, before.ino, before.mtime]);
    assertEquals(await answer(source), "two");
  });

  await test.step("is read again after it was replaced by one that looks the same", async () => {
    const { path, source } = replaced!;
    age(path);
    for (const name of ["two", "six", "ten"]) {
      const next = age(directory.write("next.yaml", policyNamed(name)));
      Deno.renameSync(next, path);
      assertEquals(await answer(source), name);
    }
  });
});

Deno.test("policy file: edits within a second, of one size and with one time, are all seen", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", policyNamed("r000")));
  const source = createPolicyFile(path, { cacheDirectory: null });
  for (let index = 0; index < 300; index++) {
    const name = `r${String(index).padStart(3, "0")}`;
    rewrite(path, policyNamed(name));
    assertEquals(await answer(source), name);
  }
});

Deno.test("policy file: whatever it becomes decides at once, and what it becomes again too", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", policyNamed("one")));
  const source = createPolicyFile(path, { cacheDirectory: null });
  const expect = async (expected: string) => {
    for (let i = 0; i < 3; i++) assertEquals(await answer(source), expected);
  };
  await expect("one");
  Deno.truncateSync(path);
  age(path);
  await expect("POLICY_INVALID");
  rewrite(path, policyNamed("two"));
  await expect("two");
  rewrite(path, policyNamed("two").replace("allow", "Allow"));
  await expect("POLICY_INVALID");
  rewrite(path, policyNamed("two"));
  await expect("two");
  Deno.removeSync(path);
  await expect("POLICY_UNREADABLE");
  Deno.mkdirSync(path);
  await expect("POLICY_UNREADABLE");
  Deno.removeSync(path);
  await directory.pipe("policy.yaml");
  await expect("POLICY_UNREADABLE");
  Deno.removeSync(path);
  Deno.symlinkSync(directory.at("policy.yaml"), path);
  await expect("POLICY_UNREADABLE");
  Deno.removeSync(path);
  const a = age(directory.write("a.yaml", policyNamed("a")));
  const b = age(directory.write("b.yaml", policyNamed("b")));
  for (const [target, name] of [[a, "a"], [b, "b"], [a, "a"]] as const) {
    Deno.symlinkSync(target, directory.at("link"));
    Deno.renameSync(directory.at("link"), path);
    await expect(name);
  }
  Deno.removeSync(a);
  await expect("POLICY_UNREADABLE");
  Deno.removeSync(path);
  age(directory.write("policy.yaml", policyNamed("three")));
  await expect("three");
});

Deno.test({
  name: "policy file: one that every user may write refuses until it is closed to them",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const path = age(directory.write("policy.yaml", policyNamed("one")));
    const source = createPolicyFile(path, { cacheDirectory: null });
    assertEquals(await answer(source), "one");
    for (const mode of [0o602, 0o646, 0o777]) {
      Deno.chmodSync(path, mode);
      const error = await assertRejects(async () => await source.load(), SentinelError);
      assertEquals(error.code, "POLICY_UNREADABLE");
      assertStringIncludes(error.message, `run: chmod o-w "${path}"`);
    }
    for (const mode of [0o600, 0o644, 0o664, 0o400]) {
      Deno.chmodSync(path, mode);
      assertEquals(await answer(source), "one");
    }
  },
});

Deno.test("policy file: reasons are in plain words, name the file and are printable", async () => {
  using directory = new TemporaryDirectory();
  const reasons: readonly (readonly [string, string])[] = [
    [directory.at("missing"), "no such file or directory"],
    [directory.path, "it is not a regular file"],
    [`${directory.write("file", "")}/below`, "a part of its path is not a directory"],
    ["/dev/null", "it is not a regular file"],
    [await directory.pipe("pipe"), "it is not a regular file"],
  ];
  for (const [path, reason] of reasons) {
    await assertRejects(
      async () => await createPolicyFile(path, { cacheDirectory: null }).load(),
      SentinelError,
      `Cannot read policy "${path}": ${reason}`,
    );
  }
  const { message } = await assertRejects(async () =>
    await createPolicyFile("\x1b[2J\n", { cacheDirectory: null }).load()
  );
  assertStringIncludes(message, '"\\u{1b}[2J\\u{a}"');
});

Deno.test("policy file: bytes that are not UTF-8 are refused with their place", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const join = (...parts: (string | number[])[]) =>
    new Uint8Array(parts.flatMap((part) => typeof part === "string" ? [...encode(part)] : part));
  const broken: readonly (readonly [Uint8Array, number, number])[] = [
    [join([0xff]), 1, 1],
    [join("a: b\nüü: ", [0xe9], "\n"), 2, 5], // Latin-1
    [join("a\r\n🙂", [0xc0, 0x80]), 2, 3], // an overlong NUL
    [join("a: ", [0xed, 0xa0, 0x80]), 1, 4], // a surrogate
    [join("a: ", [0xf0, 0x9f]), 1, 4], // half an emoji at the end
    [join("\ufeffa", [0x80]), 1, 3],
    [join([0xff, 0xfe], "v\0e\0r\0"), 1, 1], // UTF-16
  ];
  for (const [bytes, line, column] of broken) {
    using directory = new TemporaryDirectory();
    const path = age(directory.write("policy.yaml", bytes));
    const source = createPolicyFile(path, { cacheDirectory: directory.at("cache") });
    const error = await assertRejects(async () => await source.load(), SentinelError);
    assertEquals(error.code, "POLICY_INVALID");
    assertEquals(
      error.message,
      `Cannot load policy "${path}": 1 problem\n${path}:${line}:${column}: is not UTF-8`,
    );
    const problems: PolicyProblem[] = [{ path: "", line, column, message: "is not UTF-8" }];
    assertEquals(error.details["problems"], problems);
  }
  // A byte that is not text inside a pattern would match anything that cannot be decoded.
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", join(policyNamed("a"), "#", [0xff])));
  assertEquals(await answer(createPolicyFile(path, { cacheDirectory: null })), "POLICY_INVALID");
  rewrite(path, `${policyNamed("a")}# \ufffd`);
  assertEquals(await answer(createPolicyFile(path, { cacheDirectory: null })), "a");
});

Deno.test("policy file: what is written while it is read is no policy", async () => {
  using directory = new TemporaryDirectory();
  // Cut off anywhere before the condition, this allows everybody everything.
  const text = `${policyNamed("one").trimEnd().slice(0, -1)}, conditions: { users: [root] } }\n`;
  const path = age(directory.write("policy.yaml", text));
  const source = createPolicyFile(path, { cacheDirectory: null });
  let writes = Infinity;
  const writeOn = (file: Deno.FsFile) => {
    const read = file.readSync.bind(file);
    file.readSync = (buffer) => {
      if (writes-- > 0) Deno.writeTextFileSync(path, "# more\n", { append: true });
      return read(buffer);
    };
  };
  await whileOpening(writeOn, async () => {
    const error = await assertRejects(async () => await source.load(), SentinelError);
    assertEquals(error.code, "POLICY_UNREADABLE");
    assertStringIncludes(error.message, "it is being written at this moment");
    // One that is complete a moment later is read a moment later.
    writes = 2;
    assertEquals(await answer(source), "none");
  });
});

/** Runs `body` at the moment when `path` was last written to, which does not pass. */
async function rightAfterWriting(path: string, body: () => Promise<unknown>): Promise<void> {
  const { now } = Date;
  const moment = Deno.statSync(path).mtime!.getTime();
  Date.now = () => moment;
  try {
    await body();
  } finally {
    Date.now = now;
  }
}

Deno.test("policy file: one that is written piece by piece is waited for", async (test) => {
  // Cut off here, the rule allows everybody everything.
  const half = 'version: "1"\nrules:\n  - name: half\n    effect: allow\n';
  const whole = `${half}    conditions: { users: [root] }\n  - { name: whole, effect: deny }\n`;
  const FIRST = "before the first request";
  const ways: Readonly<Record<string, (path: string) => void>> = {
    [FIRST]: () => {},
    "in the place of one that was read before": () => {},
    "as a new file, the old one being moved away, as some editors do": (path) => {
      Deno.renameSync(path, `${path}~`);
    },
  };
  for (const [way, prepare] of Object.entries(ways)) {
    await test.step(way, async () => {
      using directory = new TemporaryDirectory();
      const path = directory.at("policy.yaml");
      const source = createPolicyFile(path, { cacheDirectory: null });
      if (way !== FIRST) {
        rewrite(path, policyNamed("one"));
        assertEquals(await answer(source), "one");
      }
      prepare(path);
      Deno.writeTextFileSync(path, half);
      await rightAfterWriting(path, async () => {
        const waiting = answer(source);
        const waited = new Promise((resolve) => setTimeout(resolve, 60, "waited"));
        assertEquals(await Promise.race([waiting, waited]), "waited");
        rewrite(path, whole);
        assertEquals(await waiting, "whole");
      });
    });
  }
  await test.step("also in the middle of a character", async () => {
    using directory = new TemporaryDirectory();
    const path = directory.write("policy.yaml", new Uint8Array([0x23, 0xf0, 0x9f]));
    await rightAfterWriting(path, async () => {
      const waiting = answer(createPolicyFile(path, { cacheDirectory: null }));
      rewrite(path, whole);
      assertEquals(await waiting, "whole");
    });
  });
  await test.step("also when that begins between a look at it and its opening", async () => {
    using directory = new TemporaryDirectory();
    const path = age(directory.write("policy.yaml", policyNamed("one")));
    const source = createPolicyFile(path, { cacheDirectory: null });
    const now = directory.write("now", "");
    await rightAfterWriting(now, async () => {
      let waiting: Promise<string> | null = null;
      const cutOff = () => {
        if (Deno.readTextFileSync(path) === half) return;
        Deno.writeTextFileSync(path, half);
        Deno.utimeSync(path, Date.now() / 1000, Date.now() / 1000);
      };
      await whileOpening(cutOff, () => {
        waiting = answer(source);
        return Promise.resolve();
      });
      rewrite(path, whole);
      assertEquals(await waiting, "whole");
    });
  });
  await test.step("but not for longer than a request may wait", async () => {
    using directory = new TemporaryDirectory();
    const path = age(directory.write("policy.yaml", policyNamed("one")));
    const source = createPolicyFile(path, { cacheDirectory: null });
    assertEquals(await answer(source), "one");
    Deno.writeTextFileSync(path, half);
    await rightAfterWriting(path, async () => {
      const error = await assertRejects(async () => await source.load(), SentinelError);
      assertEquals(error.code, "POLICY_UNREADABLE");
      assertStringIncludes(error.message, "it is being written at this moment");
    });
  });
});

Deno.test("policy file: a huge file is refused without being read", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.write("policy.yaml", policyNamed("one"));
  Deno.truncateSync(path, 2 ** 40);
  age(path);
  const source = createPolicyFile(path, { cacheDirectory: null });
  await assertRejects(async () => await source.load(), SentinelError, "it is larger than 10 MiB");
  rewrite(path, policyNamed("one"));
  assertEquals(await answer(source), "one");
});

Deno.test("policy file: a broken text is parsed once, not for every request", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", "rules: nonsense\n"));
  const source = createPolicyFile(path, { cacheDirectory: null });
  const faults = new Set<unknown>();
  for (let i = 0; i < 100; i++) {
    await Promise.resolve(source.load()).catch((error) => faults.add(error));
  }
  assertEquals(faults.size, 1, "the very same fault");
});

Deno.test("policy file: a fault that is not the text's is not kept with it", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", policyNamed("one")));
  const source = createPolicyFile(path, { cacheDirectory: null });
  const { subtle } = crypto;
  const digest = subtle.digest;
  subtle.digest = () => Promise.reject(new Error("out of order"));
  try {
    await assertRejects(async () => await source.load(), Error, "out of order");
  } finally {
    subtle.digest = digest;
  }
  assertEquals(await answer(source), "one");
});

Deno.test("policy file: a broken policy that is mended in another file and moved there answers", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", "rules: nonsense\n"));
  const source = createPolicyFile(path, { cacheDirectory: null });
  assertEquals(await answer(source), "POLICY_INVALID");
  Deno.renameSync(age(directory.write("next.yaml", policyNamed("one"))), path);
  assertEquals(await answer(source), "one");
});

Deno.test("policy file: fifty requests at a time each get a text of their time", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", policyNamed("v0")));
  const source = createPolicyFile(path, { cacheDirectory: null });
  for (let version = 0; version < 20;) {
    const asked: { readonly from: number; readonly answer: Promise<string> }[] = [];
    for (let request = 0; request < 50; request++) {
      asked.push({ from: version, answer: answer(source) });
      if (request === 25) rewrite(path, policyNamed(`v${++version}`));
    }
    for (const { from, answer } of asked) assertEquals(await answer, `v${from}`);
  }
});

for (const how of ["rename", "in-place"] as const) {
  Deno.test(`policy file: while another process rewrites it (${how}), no answer is older than its request`, async () => {
    using directory = new TemporaryDirectory();
    const path = age(directory.write("policy.yaml", policyNamed("v0")));
    const source = createPolicyFile(path, { cacheDirectory: null });
    const script = new URL("./policy_writer_process.ts", import.meta.url).href;
    const writer = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-A", script, path, how],
    }).spawn();
    const versionInFile = () =>
      Number(/name: v(\d+),/.exec(Deno.readTextFileSync(path))?.[1] ?? NaN);
    let answers = 0;
    let highest = 0;
    await waitFor("many versions", async () => {
      const before = versionInFile();
      const answersNow = await Promise.all(Array.from({ length: 50 }, () => answer(source)));
      for (const text of answersNow) {
        const version = Number(/^v(\d+)$/.exec(text)?.[1] ?? NaN);
        // INVARIANT: a document that is cut off in its first rule, which then allows anybody.
        assert(text !== "cut", "half of a document answered");
        if (Number.isNaN(version)) {
          // Of a file that is written in place one may see nothing; never of the other.
          assert(how === "in-place" && text.startsWith("POLICY_"), text);
          continue;
        }
        answers++;
        highest = Math.max(highest, version);
        if (!Number.isNaN(before)) assert(version >= before, `${version} after ${before}`);
      }
      return answers > 500 && highest > (how === "rename" ? 20 : 3);
    });
    writer.kill("SIGKILL");
    await writer.status;
  });
}

Deno.test("policy file: the parsed form is kept for the next run, for a file of this user", async () => {
  using directory = new TemporaryDirectory();
  const path = age(directory.write("policy.yaml", policyNamed("one")));
  const open = () => createPolicyFile(path, { cacheDirectory: directory.at("cache") });
  assertEquals(await answer(open()), "one");
  const [name, ...others] = directory.list("cache/policies");
  assertEquals(others, []);
  // What stands in the cache answers, so the parser was not asked.
  const kept = directory.at(`cache/policies/${name}`);
  Deno.writeTextFileSync(kept, Deno.readTextFileSync(kept).replace('"one"', '"kept"'));
  assertEquals(await answer(open()), "kept");
});
