import { DatabaseSync } from "node:sqlite";
import { SentinelError } from "../../src/errors.ts";
import { openSessionStore } from "../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { waitFor } from "../support/wait.ts";
import { startContender } from "./contenders.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

const UNIX = Deno.build.os !== "windows";
const ROOT = UNIX && Deno.uid() === 0;
const TOUCH = { now: T0 + 1, lastAccessAt: T0 + 1, requests: 1, expiresAt: T0 + 20 * MINUTE };

/** Runs `body` with a directory that is gone afterwards. */
async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function refusal(path: string): Promise<SentinelError> {
  const error = await assertRejects(() => openSessionStore(`sqlite:${path}`), SentinelError);
  assertStringIncludes(error.message, path.slice(0, path.lastIndexOf("/")));
  assert(error.suggestion.length > 0);
  return error;
}

async function modeOf(path: string): Promise<string> {
  return ((await Deno.lstat(path)).mode! & 0o777).toString(8);
}

/** A closed session database at `path`. */
async function makeDatabase(path: string): Promise<void> {
  await using store = await openSessionStore(`sqlite:${path}`);
  await store.create(sampleSession());
}

Deno.test(
  "the file and all beside it are its owner's alone",
  { ignore: !UNIX },
  () =>
    withDirectory(async (directory) => {
      const path = `${directory}/a/b/sessions.db`;
      await using store = await openSessionStore(`sqlite:${path}`);
      await store.create(sampleSession());
      assertEquals(await modeOf(`${directory}/a`), "700");
      assertEquals(await modeOf(`${directory}/a/b`), "700");
      const names = (await Array.fromAsync(Deno.readDir(`${directory}/a/b`))).map(({ name }) =>
        name
      );
      assertEquals(names.sort(), ["sessions.db", "sessions.db-shm", "sessions.db-wal"]);
      for (const name of names) assertEquals(await modeOf(`${directory}/a/b/${name}`), "600", name);
    }),
);

Deno.test("records outlive the process that wrote them", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/sessions.db`;
    await makeDatabase(path);
    assertEquals(
      (await Array.fromAsync(Deno.readDir(directory))).length,
      1,
      "nothing is left open",
    );
    await using store = await openSessionStore(`sqlite:${path}`);
    assertEquals(await store.get(idOf(1)), sampleSession());
  }));

Deno.test("a process that is killed in the middle of it takes nothing along", () =>
  withDirectory(async (directory) => {
    const table = `sqlite:${directory}/sessions.db`;
    await using store = await openSessionStore(table);
    await store.create(sampleSession());
    const count = async () => (await store.get(idOf(1)))!.requestCount;
    {
      await using contender = await startContender({ table, endpoint: null }, "touch", idOf(1));
      contender.go();
      await waitFor("touches", async () => await count() > 50);
      // It touches without end; leaving this block kills it.
    }
    const before = await count();
    assertEquals((await store.touch(idOf(1), TOUCH)).outcome, "applied");
    assertEquals(await count(), before + 1);
  }));

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666, 0o644]) {
  Deno.test(
    `a file of mode ${mode.toString(8)} is refused`,
    { ignore: !UNIX },
    () =>
      withDirectory(async (directory) => {
        for (const name of ["sessions.db", "sessions.db-wal", "sessions.db-shm"]) {
          const path = `${directory}/${name}.d/sessions.db`;
          await makeDatabase(path);
          const exposed = `${directory}/${name}.d/${name}`;
          await (await Deno.open(exposed, { write: true, create: true })).close();
          await Deno.chmod(exposed, mode);
          const error = await refusal(path);
          assertEquals(error.code, "SESSION_TABLE_INVALID");
          assertStringIncludes(error.message, `mode 0${mode.toString(8)}`);
          assertStringIncludes(error.suggestion, `chmod 600 "${exposed}"`);
        }
      }),
  );
}

Deno.test(
  "what is no regular file is refused",
  { ignore: !UNIX },
  () =>
    withDirectory(async (directory) => {
      await makeDatabase(`${directory}/real.db`);
      await Deno.mkdir(`${directory}/directory.db`);
      await Deno.symlink(`${directory}/real.db`, `${directory}/link.db`);
      await Deno.symlink(`${directory}/nowhere`, `${directory}/dangling.db`);
      await new Deno.Command("mkfifo", { args: [`${directory}/fifo.db`] }).output();
      for (const name of ["directory", "link", "dangling", "fifo"]) {
        const error = await refusal(`${directory}/${name}.db`);
        assertEquals(error.code, "SESSION_TABLE_INVALID", name);
        assertStringIncludes(error.message, "not a regular file");
      }
      await assertRejects(() => Deno.lstat(`${directory}/nowhere`), Deno.errors.NotFound);
    }),
);

Deno.test(
  "a file of another user is refused",
  { ignore: !ROOT },
  () =>
    withDirectory(async (directory) => {
      for (const name of ["sessions.db", "sessions.db-wal"]) {
        const path = `${directory}/${name}.d/sessions.db`;
        await makeDatabase(path);
        const planted = `${directory}/${name}.d/${name}`;
        await (await Deno.open(planted, { write: true, create: true, mode: 0o600 })).close();
        await Deno.chown(planted, 65534, 65534);
        const error = await refusal(path);
        assertEquals(error.code, "SESSION_TABLE_INVALID");
        assertStringIncludes(error.message, "belongs to another user");
      }
    }),
);

Deno.test(
  "a directory in which anyone can swap the file is refused",
  { ignore: !UNIX },
  () =>
    withDirectory(async (directory) => {
      await Deno.mkdir(`${directory}/open`);
      await Deno.chmod(`${directory}/open`, 0o777);
      const error = await refusal(`${directory}/open/sessions.db`);
      assertEquals(error.code, "SESSION_TABLE_INVALID");
      assertStringIncludes(error.message, "every user can replace");
      assertEquals(
        await Array.fromAsync(Deno.readDir(`${directory}/open`)),
        [],
        "nothing was made",
      );
      await Deno.chmod(`${directory}/open`, 0o1777);
      await makeDatabase(`${directory}/open/sessions.db`);
    }),
);

Deno.test("where nothing can be written, it is told", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const inFile = await refusal(`${directory}/file/sessions.db`);
    assertEquals(inFile.code, "SESSION_STORE_UNAVAILABLE");
    if (UNIX && !ROOT) {
      await Deno.mkdir(`${directory}/fixed`, { mode: 0o500 });
      const fixed = await refusal(`${directory}/fixed/sessions.db`);
      assertEquals(fixed.code, "SESSION_STORE_UNAVAILABLE");
      assertStringIncludes(fixed.message, "permission denied");
    }
  }));

Deno.test("what Deno's permissions forbid is told", { permissions: { read: true } }, async () => {
  const error = await refusal("/tmp/sentinel-permission-test/sessions.db");
  assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
  assertStringIncludes(error.suggestion, "--allow-write");
});

Deno.test("a file that is no session database is refused and stays as it is", () =>
  withDirectory(async (directory) => {
    const foreign = `${directory}/foreign.db`;
    const other = `${directory}/other.db`;
    const newer = `${directory}/newer.db`;
    const garbage = `${directory}/garbage.db`;
    const cut = `${directory}/cut.db`;
    for (
      const [path, sql] of [
        [foreign, "CREATE TABLE notes (text)"],
        [other, "PRAGMA application_id = 7"],
      ] as const
    ) {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
    }
    await makeDatabase(newer);
    const database = new DatabaseSync(newer);
    database.exec("PRAGMA user_version = 2");
    database.close();
    await Deno.writeTextFile(garbage, "version: 1\n".repeat(1000));
    await makeDatabase(cut);
    await Deno.writeFile(cut, (await Deno.readFile(cut)).slice(0, 1000));
    const reasons: Readonly<Record<string, string>> = {
      [foreign]: "another program's database",
      [other]: "another program's database",
      [newer]: "another version's database",
      [garbage]: "not a database",
      [cut]: "",
    };
    for (const [path, reason] of Object.entries(reasons)) {
      if (UNIX) await Deno.chmod(path, 0o600);
      const before = await Deno.readFile(path);
      const error = await refusal(path);
      assertEquals(error.code, "SESSION_TABLE_INVALID", error.message);
      assertStringIncludes(error.message, reason);
      assertEquals(await Deno.readFile(path), before);
    }
  }));

Deno.test("a database that carries our stamp but other tables is refused at its first use", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/sessions.db`;
    await makeDatabase(path);
    const database = new DatabaseSync(path);
    database.exec("ALTER TABLE sessions RENAME COLUMN id TO number");
    database.close();
    await using store = await openSessionStore(`sqlite:${path}`);
    const error = await assertRejects(
      () => store.get(idOf(1)),
      SentinelError,
      "its tables are not",
    );
    assertEquals(error.code, "SESSION_TABLE_INVALID");
  }));

Deno.test("many processes may open a new file at once", () =>
  withDirectory(async (directory) => {
    const table = `sqlite:${directory}/new/sessions.db`;
    const contenders = await Promise.all(
      Array.from({ length: 6 }, () => startContender({ table, endpoint: null }, "touch", idOf(1))),
    );
    for (const contender of contenders) contender.go();
    for (const contender of contenders) {
      assertEquals(await contender.report(), { applied: 0, last: "missing" });
      await contender[Symbol.asyncDispose]();
    }
    await makeDatabase(`${directory}/new/sessions.db`);
  }));

Deno.test("while another process holds the lock reads go on, writes wait, and all else runs", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/sessions.db`;
    await using store = await openSessionStore(`sqlite:${path}`);
    await store.create(sampleSession());
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN IMMEDIATE");
    try {
      assertEquals((await store.get(idOf(1)))?.status, "active");
      const error = await assertRejects(
        () => store.touch(idOf(1), TOUCH, AbortSignal.timeout(50)),
        SentinelError,
        "no answer in time",
      );
      assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");

      const touching = store.touch(idOf(1), TOUCH);
      let turns = 0;
      await waitFor("turns of the event loop", () => ++turns > 5);
      holder.exec("COMMIT");
      assertEquals((await touching).outcome, "applied");
      assertEquals(
        (await store.get(idOf(1)))?.requestCount,
        1,
        "the one that was given up did not",
      );
    } finally {
      holder.close();
    }
  }));

Deno.test("a record is forgotten a month after its session, when the next one starts", () =>
  withDirectory(async (directory) => {
    await using store = await openSessionStore(`sqlite:${directory}/sessions.db`);
    const { expiresAt } = sampleSession();
    const month = 30 * 24 * 60 * MINUTE;
    await store.create(sampleSession());
    await store.revoke(idOf(1), { now: T0, by: "root", reason: "audit" });
    await store.create(sampleSession({ id: idOf(2), createdAt: expiresAt + month }));
    assertEquals((await store.get(idOf(1)))?.status, "revoked");
    await store.create(sampleSession({ id: idOf(3), createdAt: expiresAt + month + 1000 }));
    assertEquals(await store.get(idOf(1)), null);
  }));
