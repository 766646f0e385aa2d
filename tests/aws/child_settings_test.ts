/**
 * The child's configuration file: settings survive and are read back by everyone, credentials do
 * not get in.
 *
 * @module
 */
import * as fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { type ChildSettings, generateChildConfig } from "../../src/aws/child_settings.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { ConfigHome } from "./config_home.ts";
import { askBotocore, askJavascript, botocoreMissing } from "./oracle/readers.ts";

const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY\n";

Deno.test("settings survive, in one order, without anything that gives credentials", async () => {
  using home = new ConfigHome({
    config: `[profile dev]\n${KEYS}aws_session_token = CANARY\naws_account_id = CANARY\n` +
      "retry_mode = standard\nregion = eu-west-1\nsso_session = CANARY\ncli_pager = less -R\n" +
      "s3 =\n  max_concurrent_requests = 20\n  addressing_style = path\n" +
      "unknown =\n  credential_process = CANARY\nunknown_key = CANARY\nservices = local\n" +
      "max_attempts = 5\n[services local]\nsts =\n  endpoint_url = http://localhost:1\n",
    credentials: "[dev]\noutput = json\n",
  });
  const { settings } = await home.load("dev");
  assertEquals(
    generateChildConfig(settings),
    "[default]\ncli_pager = less -R\nmax_attempts = 5\noutput = json\nregion = eu-west-1\n" +
      "retry_mode = standard\nservices = child\ns3 =\n  addressing_style = path\n" +
      "  max_concurrent_requests = 20\n\n[services child]\nsts =\n  endpoint_url = http://localhost:1\n",
  );
});

Deno.test("no settings make a file with an empty default profile", async () => {
  using home = new ConfigHome({ credentials: `[dev]\n${KEYS}` });
  assertEquals(generateChildConfig((await home.load("dev")).settings), "[default]\n");
});

Deno.test("keys that give credentials never survive, whatever they are worth", async () => {
  const keys = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_credential_expiration",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_registration_scopes",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "ec2_metadata_service_endpoint",
    "include_profile",
  ];
  for (const key of keys) {
    using home = new ConfigHome({
      config: `[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/R\n` +
        `role_session_name = xx\nregion = eu-west-1\nsource_profile = base\n` +
        (/^(role_|source_)/.test(key) ? "" : `${key} = 900\n`) + `[profile base]\n${KEYS}`,
    });
    try {
      const text = generateChildConfig((await home.load("dev")).settings);
      assertEquals(text, "[default]\nregion = eu-west-1\n", key);
    } catch (error) {
      // Some of them cannot stand beside a role; then there is no child.
      assert(error instanceof SentinelError && error.code === "CONFIG_INVALID", key);
    }
  }
});

function settings(values: Readonly<Record<string, string>>): ChildSettings {
  return { values: new Map(Object.entries(values)), blocks: new Map(), services: null };
}

Deno.test("text that tools would read differently is not written", () => {
  for (
    const value of [
      "",
      " x",
      "x ",
      "x # y",
      "x ;y",
      "x\ty",
      "x\n[profile y]",
      "x\r",
      "x\u2028y",
      "x\u00a0",
      "\ufeffx",
    ]
  ) {
    const error = assertThrows(
      () => generateChildConfig(settings({ output: value })),
      SentinelError,
    );
    assertEquals(error.code, "CONFIG_INVALID", JSON.stringify(value));
  }
  for (const key of ["", "a b", "a=b", "[x]", "a.b", "a:b", "x\ny"]) {
    assertThrows(() => generateChildConfig(settings({ [key]: "x" })), SentinelError);
  }
});

const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const value = fc.oneof(
  fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
  fc.constantFrom("#x", "a#b", "x;y", "[x]", "a = b", "é ü", "=", "\\", '"q"', "x:y"),
);
const texts = fc.uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name })
  .map((entries) => new Map(entries));
const blocks = fc.uniqueArray(
  fc.tuple(key.map((name) => `b_${name}`), texts.filter(({ size }) => size > 0)),
  { maxLength: 3, selector: ([name]) => name },
).map((entries) => new Map(entries));
const anySettings: fc.Arbitrary<ChildSettings> = fc.record({
  values: texts,
  blocks,
  services: fc.option(fc.record({ name: fc.constant("s"), blocks })),
});

/** The sections that a text should have for every reader. */
function expected({ values, blocks, services }: ChildSettings) {
  const flat = (map: ChildSettings["blocks"]) =>
    [...map].flatMap(([name, block]) => [...block].map(([key, text]) => [`${name}.${key}`, text]));
  const hasServices = services !== null && services.blocks.size > 0;
  return {
    "profile default": Object.fromEntries([
      ...values,
      ...flat(blocks),
      ...hasServices ? [["services", "child"]] : [],
    ]),
    "services child": hasServices ? Object.fromEntries(flat(services.blocks)) : {},
  };
}

const noBotocore = botocoreMissing();
for (
  const { name, ignore, ask } of [
    { name: "the JavaScript SDK", ignore: false, ask: askJavascript },
    {
      name: noBotocore === null ? "botocore" : `botocore (not compared: ${noBotocore})`,
      ignore: noBotocore !== null,
      ask: askBotocore,
    },
  ]
) {
  Deno.test({
    name: `what is written is read back by ${name}`,
    ignore,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        const written: ChildSettings[] = [];
        for (const sample of fc.sample(anySettings, { numRuns: 200, seed: 11 })) {
          try {
            const text = generateChildConfig(sample);
            assertEquals(generateChildConfig(sample), text);
            Deno.writeTextFileSync(`${directory}/${written.length}`, text);
            written.push(sample);
          } catch (error) {
            assert(error instanceof SentinelError);
          }
        }
        assert(written.length > 100, `only ${written.length} could be written`);
        const credentials = `${directory}/empty`;
        Deno.writeTextFileSync(credentials, "");
        const answers = await ask(written.map((_, index) => ({
          config: `${directory}/${index}`,
          credentials,
          profiles: [],
        })));
        for (const [index, sample] of written.entries()) {
          const sections = answers[index]!.sections?.config ?? {};
          for (const [id, entries] of Object.entries(expected(sample))) {
            const context = () => Deno.readTextFileSync(`${directory}/${index}`);
            assertEquals({ ...sections[id] }, entries, context());
          }
        }
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
