/**
 * botocore and the JavaScript SDK do the same as Sentinel with every profile that it accepts.
 *
 * @module
 */
import * as fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { loadProfile, type ResolvedProfile } from "../../src/aws/profile.ts";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import {
  askBotocore,
  askJavascript,
  botocoreMissing,
  type OracleCase,
  type OracleChain,
} from "./oracle/readers.ts";
import { tangledFiles } from "./oracle/tangled.ts";

/** Resolves `profiles` of the case with our reader; those that it accepts. */
async function accepted(files: OracleCase): Promise<ReadonlyMap<string, ResolvedProfile>> {
  const env = new Map([
    ["AWS_CONFIG_FILE", files.config],
    ["AWS_SHARED_CREDENTIALS_FILE", files.credentials],
  ]);
  const found = new Map<string, ResolvedProfile>();
  for (const name of files.profiles) {
    try {
      const profile = await loadProfile(name, { env });
      if (profile.base.kind === "keys") found.set(name, profile);
    } catch (error) {
      assert(error instanceof SentinelError && error.code !== "INTERNAL", String(error));
    }
  }
  return found;
}

/** Our chain as the oracles tell theirs; what a profile leaves open is taken from `theirs`. */
function asOracle({ base, hops }: ResolvedProfile, theirs: OracleChain | null): OracleChain {
  if (base.kind !== "keys") throw new TypeError("Only keys of files are compared");
  const name = (index: number) => Array(3).fill(`hop${index}`);
  const keys = [base.accessKeyId, base.secretAccessKey, base.sessionToken];
  return {
    hops: hops.map((hop, index) => ({
      role: hop.roleArn,
      externalId: hop.externalId,
      duration: hop.durationSeconds ?? theirs?.hops[index]?.duration ?? null,
      sessionName: hop.roleSessionName ?? theirs?.hops[index]?.sessionName ?? null,
      caller: index === 0 ? keys : name(index),
    })),
    keys: hops.length === 0 ? keys : name(hops.length),
  };
}

const noBotocore = botocoreMissing();
const ORACLES = [
  { name: "the JavaScript SDK", ignore: false, ask: askJavascript },
  {
    name: noBotocore === null ? "botocore" : `botocore (not compared: ${noBotocore})`,
    ignore: noBotocore !== null,
    ask: askBotocore,
  },
] as const;

for (const { name, ignore, ask } of ORACLES) {
  Deno.test({
    name: `${name} gets the same keys and asks for the same roles wherever a profile is accepted`,
    ignore,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        const cases: OracleCase[] = [];
        const ours: ReadonlyMap<string, ResolvedProfile>[] = [];
        for (const [index, texts] of fc.sample(tangledFiles, { numRuns: 150, seed: 5 }).entries()) {
          const config = `${directory}/${index}.config`;
          const credentials = `${directory}/${index}.credentials`;
          Deno.writeTextFileSync(config, texts.config);
          Deno.writeTextFileSync(credentials, texts.credentials);
          const found = await accepted({ config, credentials, profiles: texts.profiles });
          ours.push(found);
          cases.push({ config, credentials, profiles: [...found.keys()] });
        }
        const answers = await ask(cases);
        const lengths = [0, 0, 0, 0, 0];
        for (const [index, found] of ours.entries()) {
          for (const [profile, resolved] of found) {
            const theirs = answers[index]!.chains[profile] ?? null;
            const { config, credentials } = cases[index]!;
            const context = () =>
              `${profile}\n${Deno.readTextFileSync(config)}\n---\n${
                Deno.readTextFileSync(credentials)
              }`;
            assertNotEquals(theirs, null, theirs === null ? context() : "");
            const expected = asOracle(resolved, theirs);
            if (JSON.stringify(theirs) !== JSON.stringify(expected)) {
              assertEquals(theirs, expected, context());
            }
            lengths[resolved.hops.length]!++;
          }
        }
        const [none = 0, one = 0, two = 0] = lengths;
        assert(none > 50 && one > 25 && two > 2, `vacuous: ${lengths}`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
