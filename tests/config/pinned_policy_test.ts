/**
 * A policy that is pinned to a file binds nobody who can edit the file: whose it is, and whose
 * every step on the way to it is. Through the program's own command line.
 *
 * @module
 */
import { findExposure } from "../../src/config/administered_path.ts";
import { assertEquals } from "../support/assert.ts";
import { IS_ROOT, NOBODY } from "../support/temporary_directory.ts";
import { Machine } from "./machine.ts";

const POLICY = `rules: [{ name: none, effect: deny }]\n`;

/** A machine that pins its policy to `name`, which stands in a directory of its own. */
function pinnedTo(name: string): Machine {
  const machine = new Machine();
  Deno.mkdirSync(machine.at("srv/policies"), { recursive: true, mode: 0o755 });
  machine.write("srv/policies/policy.yaml", POLICY, 0o644);
  machine.system(`pin: { policy: "${machine.at(name)}" }\n`);
  return machine;
}

async function accepted(machine: Machine, name: string): Promise<void> {
  assertEquals(
    (await machine.shown())["policy"],
    `${machine.at(name)} < etc/config.yaml:1`,
  );
}

const COMMANDS = [
  ["exec", "--profile", "p", "--", "true"],
  ["exec", "--server", "--profile", "p", "--", "true"],
  ["credentials", "--profile", "p"],
  ["config", "show"],
];

async function refused(
  machine: Machine,
  { name, reason, hint }: {
    readonly name: string;
    readonly reason: string;
    readonly hint: string;
  },
): Promise<void> {
  for (const args of COMMANDS) {
    const { status, stdout, stderr } = await machine.run(args);
    assertEquals([status, stdout, stderr], [
      78,
      "",
      `error: Cannot trust the pinned policy "${machine.at(name)}": ${reason}\nhint: ${hint}\n`,
    ], args.join(" "));
  }
}

const ELSEWHERE = "Keep it where only root may write, such as in /etc/sentinel.";
const FILE = "srv/policies/policy.yaml";

Deno.test("a pinned policy that others may write is refused at every door", async () => {
  using machine = pinnedTo(FILE);
  await accepted(machine, FILE);
  for (const mode of [0o664, 0o646]) {
    Deno.chmodSync(machine.at(FILE), mode);
    await refused(machine, {
      name: FILE,
      reason: "others than root may write it",
      hint: `Run as root: chmod go-w ${machine.at(FILE)}`,
    });
  }
  Deno.chmodSync(machine.at(FILE), 0o644);
  await accepted(machine, FILE);
  for (const directory of ["srv/policies", "srv"]) {
    Deno.chmodSync(machine.at(directory), 0o775);
    await refused(machine, {
      name: FILE,
      reason: `others than root may write the directory "${machine.at(directory)}"`,
      hint: ELSEWHERE,
    });
    Deno.chmodSync(machine.at(directory), 0o755);
  }
  // What is not pinned is the user's to choose.
  Deno.chmodSync(machine.at(FILE), 0o664);
  machine.system(`defaults: { policy: "${machine.at(FILE)}" }\n`);
  await accepted(machine, FILE);
});

Deno.test({
  name: "a pinned policy that belongs to a user, or lies below what does, is refused",
  ignore: !IS_ROOT,
  async fn() {
    using machine = pinnedTo(FILE);
    Deno.chownSync(machine.at(FILE), NOBODY, null);
    await refused(machine, {
      name: FILE,
      reason: `it belongs to user ${NOBODY}, not to root`,
      hint: `Run as root: chown root ${machine.at(FILE)}`,
    });
    Deno.chownSync(machine.at(FILE), 0, null);
    for (const directory of ["srv/policies", "srv"]) {
      Deno.chownSync(machine.at(directory), NOBODY, null);
      await refused(machine, {
        name: FILE,
        reason: `the directory "${machine.at(directory)}" belongs to user ${NOBODY}, not to root`,
        hint: ELSEWHERE,
      });
      Deno.chownSync(machine.at(directory), 0, null);
    }
    await accepted(machine, FILE);
  },
});

Deno.test("no link and no detour leads a pin to what others may write", async () => {
  using machine = pinnedTo("srv/link.yaml");
  Deno.mkdirSync(machine.at("open/inner"), { recursive: true });
  machine.write("open/inner/policy.yaml", POLICY, 0o644);
  Deno.chmodSync(machine.at("open"), 0o777);
  const reason = `others than root may write the directory "${machine.at("open")}"`;
  // To the file; to a directory; over a link that stands there; up and down again.
  Deno.symlinkSync("../open/inner/policy.yaml", machine.at("srv/link.yaml"));
  Deno.symlinkSync(machine.at("open/inner"), machine.at("srv/inner"));
  Deno.symlinkSync(machine.at("srv/policies/policy.yaml"), machine.at("open/back.yaml"));
  Deno.symlinkSync(machine.at("open/back.yaml"), machine.at("srv/round.yaml"));
  for (
    const name of [
      "srv/link.yaml",
      "srv/inner/policy.yaml",
      "srv/round.yaml",
      "open/inner/../../srv/policies/policy.yaml",
      "open//./inner/policy.yaml",
    ]
  ) {
    machine.system(`pin: { policy: "${machine.at(name)}" }\n`);
    await refused(machine, { name, reason, hint: ELSEWHERE });
  }
  Deno.symlinkSync("policies/../../srv/policies/policy.yaml", machine.at("srv/good.yaml"));
  machine.system(`pin: { policy: "${machine.at("srv/good.yaml")}" }\n`);
  await accepted(machine, "srv/good.yaml");
});

Deno.test("a directory like /tmp keeps a directory that it holds, and no file or link", () => {
  using machine = new Machine();
  const owner = Deno.uid()!;
  Deno.mkdirSync(machine.at("shared/own"), { recursive: true });
  const inner = machine.write("shared/own/policy.yaml", POLICY, 0o644);
  const file = machine.write("shared/policy.yaml", POLICY, 0o644);
  Deno.symlinkSync(inner, machine.at("shared/link.yaml"));
  Deno.chmodSync(machine.at("shared"), 0o1777);
  assertEquals(findExposure(inner, owner), null);
  const reason = `others than root may write the directory "${machine.at("shared")}"`;
  const open = [file, machine.at("shared/link.yaml"), machine.at("shared/own/../policy.yaml")];
  for (const path of open) assertEquals(findExposure(path, owner)?.reason, reason, path);
  assertEquals(findExposure(machine.at("shared/nothing.yaml"), owner)?.reason, reason);
  Deno.chmodSync(machine.at("shared"), 0o777);
  assertEquals(findExposure(inner, owner)?.reason, reason);
});

Deno.test("a pinned policy that is not there is nobody's, as long as only root could make it", async () => {
  using machine = pinnedTo("srv/missing.yaml");
  await accepted(machine, "srv/missing.yaml");
  Deno.symlinkSync("b", machine.at("srv/a"));
  Deno.symlinkSync("a", machine.at("srv/b"));
  assertEquals(findExposure(machine.at("srv/a/x"), Deno.uid()!), null, "it cannot be opened");
  Deno.chmodSync(machine.at("srv"), 0o777);
  await refused(machine, {
    name: "srv/missing.yaml",
    reason: `others than root may write the directory "${machine.at("srv")}"`,
    hint: ELSEWHERE,
  });
});

Deno.test("an administrator's path that is told can be copied into a shell", () => {
  using machine = new Machine();
  const path = machine.write("it's here.yaml", POLICY, 0o666);
  assertEquals(
    findExposure(path, Deno.uid()!)?.mend,
    `chmod go-w '${path.replace("'", "'\\''")}'`,
  );
});
