/**
 * The house keeps its shape: imports run downwards, the pure parts touch nothing, and nothing
 * heavy is loaded before it is needed (docs/architecture.md).
 *
 * @module
 */
import { assert, assertEquals } from "../support/assert.ts";

const ROOT = new URL("../../", import.meta.url);

interface Dependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

async function graph(entry: string): Promise<readonly Module[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL(entry, ROOT).href],
    stderr: "inherit",
  }).output();
  assert(success, `deno info ${entry}`);
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}

/** `src/gate/gate.ts` → `gate`; files directly below `src` and the entries stand for themselves. */
function layerOf(specifier: string): string | null {
  if (!specifier.startsWith(ROOT.href)) return null;
  const path = specifier.slice(ROOT.href.length);
  const match = /^src\/(\w+)\//.exec(path);
  return match !== null ? match[1]! : path;
}

/** What every layer may use. */
const GROUND = ["src/errors.ts", "src/version.ts", "src/clock.ts", "src/moment.ts", "text"];
const CORE = ["gate", "policy", "state", ...GROUND];
const ADAPTERS = ["store", "aws", "io"];

const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "src/errors.ts": [],
  "src/version.ts": [],
  "src/clock.ts": [],
  "src/moment.ts": ["src/clock.ts"],
  text: ["src/errors.ts"],
  policy: ["text", "src/errors.ts"],
  state: ["text", "src/errors.ts"],
  gate: ["policy", "state", ...GROUND],
  transport: [],
  store: ["transport", ...CORE],
  aws: ["transport", ...CORE],
  io: ["transport", ...CORE],
  "src/target.ts": ["src/sign_in.ts", ...ADAPTERS, ...CORE],
  "src/target_tables.ts": ["src/policy_source.ts", "src/target.ts", ...ADAPTERS, ...CORE],
  "src/logs.ts": ["io", ...CORE],
  "src/app.ts": [
    "src/logs.ts",
    "src/policy_source.ts",
    "src/sign_in.ts",
    "src/target.ts",
    "src/target_tables.ts",
    ...ADAPTERS,
    ...CORE,
  ],
  "src/administration.ts": [
    "src/policy_source.ts",
    "src/sign_in.ts",
    "src/target.ts",
    "src/app.ts",
    ...ADAPTERS,
    ...CORE,
  ],
  "src/sign_in.ts": [...ADAPTERS, ...CORE],
  "src/policy_source.ts": [...ADAPTERS, ...CORE],
  server: ["src/target.ts", "src/app.ts", "transport", ...ADAPTERS, ...CORE],
  config: [...ADAPTERS, ...CORE],
  cli: [
    "server",
    "config",
    "src/policy_source.ts",
    "src/sign_in.ts",
    "src/administration.ts",
    "src/logs.ts",
    "src/target.ts",
    "src/target_tables.ts",
    "src/app.ts",
    ...ADAPTERS,
    ...CORE,
  ],
  "main.ts": ["cli", "src/errors.ts"],
  "mod.ts": ["main.ts", "store", "gate", "policy", "state", "src/errors.ts"],
};

Deno.test("imports run downwards only", async () => {
  const modules = new Map<string, Module>();
  for (const entry of ["main.ts", "mod.ts"]) {
    for (const module of await graph(entry)) modules.set(module.specifier, module);
  }
  const wrong: string[] = [];
  let seen = 0;
  for (const module of modules.values()) {
    const from = layerOf(module.specifier);
    if (from === null) continue;
    seen++;
    const allowed = LAYERS[from];
    assert(allowed !== undefined, `${module.specifier} is in no layer`);
    for (const { specifier, code, type } of module.dependencies ?? []) {
      const to = layerOf(code?.specifier ?? type?.specifier ?? "");
      if (to !== null && to !== from && !allowed.includes(to)) {
        wrong.push(`${module.specifier.slice(ROOT.href.length)} → ${specifier}`);
      }
    }
  }
  assert(seen > 30, `only ${seen} modules`);
  assertEquals(wrong, []);
});

/** Everything that `entry` loads before any of its code runs. */
async function staticClosure(entry: string): Promise<ReadonlySet<string>> {
  const modules = new Map((await graph(entry)).map((module) => [module.specifier, module]));
  const seen = new Set<string>();
  const visit = (specifier: string) => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    for (const dependency of modules.get(specifier)?.dependencies ?? []) {
      const target = dependency.code?.specifier;
      if (target !== undefined && !dependency.isDynamic) visit(target);
    }
  };
  visit(new URL(entry, ROOT).href);
  return seen;
}

function foreign(closure: ReadonlySet<string>): string[] {
  return [...closure].filter((specifier) => !specifier.startsWith("file:"));
}

Deno.test("main.ts loads no library, no built-in of Node and no command", async () => {
  const closure = await staticClosure("main.ts");
  assertEquals(foreign(closure), []);
  assertEquals([...closure].filter((specifier) => specifier.includes("/commands/")), []);
});

Deno.test("each command is loaded alone, and none loads a library at once", async () => {
  for await (const { name } of Deno.readDir(new URL("src/cli/commands/", ROOT))) {
    const closure = await staticClosure(`src/cli/commands/${name}`);
    assertEquals(foreign(closure), [], name);
    const others = [...closure].filter((specifier) =>
      specifier.includes("/src/cli/commands/") && !specifier.endsWith(`/${name}`)
    );
    assertEquals(others, [], name);
  }
});

Deno.test("whoever is allowed loads nothing of approvals and break-glass", async () => {
  const overrides =
    /gate\/(lift|.*_proof)\.ts|state\/(approval_|break_glass_|request_|invocation_)|store\/(record_|counted_|override_)/;
  for (const command of ["exec", "credentials"]) {
    const closure = await staticClosure(`src/cli/commands/${command}.ts`);
    assert([...closure].some((specifier) => specifier.endsWith("/src/gate/gate.ts")));
    assertEquals([...closure].filter((specifier) => overrides.test(specifier)), [], command);
  }
});

Deno.test("mod.ts loads the parser and the schema library, and nothing else", async () => {
  const packages = foreign(await staticClosure("mod.ts"))
    .map((specifier) => specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^@/]+).*$/, "$1"));
  assertEquals([...new Set(packages)].sort(), ["js-yaml", "zod"]);
});

Deno.test("policy/ and state/ are pure: no clock, no Deno, no randomness, no I/O", async () => {
  const impure =
    /\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bTemporal\.Now\b|\bfetch\(|\bcrypto\b|\bMath\.random\b|\bsetTimeout\b|\bconsole\b|["']node:/;
  for (const layer of ["policy", "state"]) {
    for await (const { name } of Deno.readDir(new URL(`src/${layer}/`, ROOT))) {
      const text = await Deno.readTextFile(new URL(`src/${layer}/${name}`, ROOT));
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      assertEquals(impure.exec(code)?.[0], undefined, `${layer}/${name}`);
    }
  }
});

Deno.test("Deno.exit stands in main.ts and nowhere else", async () => {
  const found: string[] = [];
  async function search(directory: URL): Promise<void> {
    for await (const entry of Deno.readDir(directory)) {
      if (entry.isDirectory) await search(new URL(`${entry.name}/`, directory));
      else if ((await Deno.readTextFile(new URL(entry.name, directory))).includes("Deno.exit(")) {
        found.push(entry.name);
      }
    }
  }
  await search(new URL("src/", ROOT));
  assertEquals(found, []);
  assert((await Deno.readTextFile(new URL("main.ts", ROOT))).includes("Deno.exit("));
});

Deno.test("docs/architecture.md shows every part of the house and the reason of every library", async () => {
  const text = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
  const house = /```text\n(main\.ts[\s\S]*?)```/.exec(text)![1]!;
  const missing: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("src/", ROOT))) {
    const shown = isDirectory ? `  ${name}/ ` : name;
    if (!house.includes(shown)) missing.push(`src/${name}`);
  }
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  for (const [name, pinned] of Object.entries<string>(imports)) {
    if (!rows.some((row) => row.includes(`\`${name}\``))) missing.push(name);
    if (!/@\d+\.\d+\.\d+$/.test(pinned)) missing.push(`the exact version of ${name}`);
  }
  assertEquals(missing, []);
});
