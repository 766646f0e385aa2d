/**
 * The reader of configuration files: what it accepts means the same to the JavaScript SDK and to
 * botocore, which are asked. The files in `fixtures/` say in comments what is expected of them.
 *
 * @module
 */
import * as fc from "fast-check";
import { type IniFile, type IniFileKind, type IniSection, parseIni } from "../../src/aws/ini.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { awkwardFiles } from "./oracle/awkward.ts";
import {
  askBotocore,
  askJavascript,
  botocoreMissing,
  type OracleAnswer,
  type OracleCase,
  type OracleSections,
} from "./oracle/readers.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);
const noBotocore = botocoreMissing();

/** A section as the oracles give it: a block's keys by `block.key`, keys without value left out. */
function flatten(section: IniSection): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [key, { value, block }] of section.entries) {
    for (const [inner, text] of block ?? []) flat[`${key}.${inner}`] = text;
    if (value !== "") flat[key] = value;
  }
  return flat;
}

function withoutEmpty(section: Readonly<Record<string, string>> | undefined) {
  return Object.fromEntries(Object.entries(section ?? {}).filter(([, value]) => value !== ""));
}

/** Sections that both files have in common with the oracles: no tool reads `sso-session` alike. */
function isCompared(id: string): boolean {
  return !id.startsWith("sso-session ");
}

/** Fails where `ini` accepts what another tool reads differently. Returns how many it compared. */
function compare(ini: IniFile, theirs: OracleSections, context: string): number {
  if (ini.problem !== null) return 0;
  let compared = 0;
  for (const [id, section] of ini.sections) {
    if (section.problem !== null || !isCompared(id)) continue;
    assertEquals(flatten(section), withoutEmpty(theirs[id]), `${id}: ${context}`);
    compared++;
  }
  for (const [id, section] of Object.entries(theirs)) {
    if (!isCompared(id) || Object.keys(withoutEmpty(section)).length === 0) continue;
    assert(ini.sections.has(id), `${id} is not seen: ${context}`);
  }
  return compared;
}

interface Fixture {
  readonly name: string;
  readonly kind: IniFileKind;
  readonly text: string;
  readonly ini: IniFile;
}

function fixtures(): readonly Fixture[] {
  const names = [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).sort();
  return names.flatMap((name) => {
    const kind = name.split(".").at(-1);
    if (kind !== "config" && kind !== "credentials") return [];
    const bytes = Deno.readFileSync(new URL(name, FIXTURES));
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return [{ name, kind, text, ini: parseIni(text, kind) } as const];
  });
}

/** What became of a section, in the words of the fixtures. */
function outcome(ini: IniFile, id: string): string {
  if (id === "file") return ini.problem === null ? "read" : `refused at ${ini.problem.line}`;
  const section = ini.sections.get(id);
  if (section?.problem) return `refused at ${section.problem.line}`;
  if (section !== undefined) return "read";
  const misnamed = ini.misnamed.get(id);
  return misnamed === undefined ? "absent" : `misnamed at ${misnamed.line}`;
}

for (const { name, text, ini } of fixtures()) {
  Deno.test(`fixture ${name} is read as it says`, () => {
    const expectations = text.matchAll(
      /^\ufeff?# expect: (.+) (read|absent|(?:refused|misnamed) at \d+)\r?$/gm,
    );
    let checked = 0;
    for (const [, id, expected] of expectations) {
      assertEquals(outcome(ini, id!), expected!, id!);
      checked++;
    }
    assert(checked > 0 || text === "", "the fixture expects nothing");
  });
}

/** Runs `body` with each text in a file of its own kind, and an empty one of the other kind. */
async function withFiles<T>(
  texts: readonly { readonly config: string; readonly credentials: string }[],
  body: (cases: readonly OracleCase[]) => Promise<T>,
): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    const cases = texts.map(({ config, credentials }, index) => {
      const files = {
        config: `${directory}/${index}.config`,
        credentials: `${directory}/${index}.credentials`,
      };
      Deno.writeTextFileSync(files.config, config);
      Deno.writeTextFileSync(files.credentials, credentials);
      return { ...files, profiles: [] };
    });
    return await body(cases);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const ORACLES: readonly {
  readonly name: string;
  readonly ignore: boolean;
  readonly ask: (cases: readonly OracleCase[]) => Promise<readonly OracleAnswer[]>;
}[] = [
  { name: "the JavaScript SDK", ignore: false, ask: askJavascript },
  {
    name: noBotocore === null ? "botocore" : `botocore (not compared: ${noBotocore})`,
    ignore: noBotocore !== null,
    ask: askBotocore,
  },
];

for (const { name, ignore, ask } of ORACLES) {
  Deno.test({
    name: `what is accepted of the fixtures means the same to ${name}`,
    ignore,
    async fn() {
      const all = fixtures();
      const cases = all.map(({ name, kind }) => {
        const path = new URL(name, FIXTURES).pathname;
        const nothing = new URL("empty.config", FIXTURES).pathname;
        const files = { config: nothing, credentials: nothing, profiles: [] };
        return { ...files, [kind]: path };
      });
      const answers = await ask(cases);
      let compared = 0;
      for (const [index, { name, kind, ini }] of all.entries()) {
        const sections = answers[index]!.sections;
        if (sections !== null) compared += compare(ini, sections[kind], name);
      }
      assert(compared > 15, `only ${compared} sections could be compared`);
    },
  });

  Deno.test({
    name: `what is accepted of awkward files means the same to ${name}`,
    ignore,
    async fn() {
      const texts = fc.sample(awkwardFiles, { numRuns: 250, seed: 20 });
      const answers = await withFiles(texts, ask);
      let compared = 0;
      let refused = 0;
      for (const [index, files] of texts.entries()) {
        for (const kind of ["config", "credentials"] as const) {
          const ini = parseIni(files[kind], kind);
          refused += [...ini.sections.values()].filter(({ problem }) => problem !== null).length;
          const sections = answers[index]!.sections;
          if (sections === null) continue;
          compared += compare(ini, sections[kind], JSON.stringify(files[kind]));
        }
      }
      assert(compared > 250 && refused > 100, `vacuous: ${compared} compared, ${refused} refused`);
    },
  });
}

Deno.test("parseIni() reads any text without a fault, and no reason repeats a line", () => {
  const secret = "wJalrXUtnFEMI";
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("[profile a]", "[a", `${secret}`, `${secret} = x`, `x = ${secret} # c`, " x"),
    fc.constantFrom("\r", "\ufeff", "s3 =", `  ${secret}`, "\u2028"),
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom("config", "credentials"), (lines, kind) => {
      const ini = parseIni(lines.join("\n"), kind as IniFileKind);
      const problems = [ini.problem, ...[...ini.sections.values()].map(({ problem }) => problem)];
      for (const problem of problems) {
        assert(problem === null || problem.line >= 1 && problem.line <= lines.length + 1);
        assert(!problem?.reason.includes(secret));
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});

Deno.test("a section knows its lines and those of its keys", () => {
  const { sections } = parseIni("\n[default]\n\nregion = x\ns3 =\n  a = b\n  c = d\n", "config");
  const section = sections.get("profile default")!;
  assertEquals(section.line, 2);
  assertEquals([...section.entries], [
    ["region", { value: "x", line: 4, block: null }],
    ["s3", { value: "", line: 5, block: new Map([["a", "b"], ["c", "d"]]) }],
  ]);
});

Deno.test("a long line or a long file costs no more than its length", () => {
  const started = performance.now();
  parseIni(`[${" ".repeat(200_000)}`, "config");
  parseIni(`[profile ${'"'.repeat(200_000)}`, "config");
  parseIni(`[a]\nx = ${" ".repeat(200_000)}y ${"#;".repeat(100_000)}`, "credentials");
  parseIni(`[a]\n${"x".repeat(400_000)}`, "credentials");
  parseIni("\r\n".repeat(200_000), "credentials");
  const took = performance.now() - started;
  assert(took < 2000, `${took} ms`);
});
