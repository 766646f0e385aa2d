/**
 * Every way to sign in, against the same strict services: whoever Sentinel is with a profile, the
 * JavaScript SDK and botocore are, too; what they would read differently is refused.
 *
 * @module
 */
import { createCredentialSource } from "../../src/aws/assume_role.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { tokenFileName } from "../../src/aws/sso_token.ts";
import { systemClock } from "../../src/clock.ts";
import { SentinelError } from "../../src/errors.ts";
import { openTarget } from "../../src/target.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { sure } from "../support/sure_source.ts";
import { openSignInWorld, type SignInWorld, SSO_SESSION } from "../support/sign_in_world.ts";
import { botocoreMissing } from "./oracle/readers.ts";

const HERE = new URL("./", import.meta.url);

/** Whom Sentinel asks credentials as with each profile of the corpus; `null`: it refuses. */
const EXPECTED: Readonly<Record<string, string | null>> = {
  sso: "AWSReservedSSO_Dev_0123456789abcdef/alice",
  legacy: "AWSReservedSSO_Dev_0123456789abcdef/alice",
  web: "Web/pod",
  process: "Tool/tool",
  longterm: "keychain",
  "sso-role": "Prod",
  "process-role": "Prod",
  "web-role": "Prod",
  "environment-role": "Prod",
  // The JavaScript SDK does not find the section.
  "quoted-session": null,
  repeated: "AWSReservedSSO_Dev_0123456789abcdef/alice",
  contradicting: null,
  half: null,
  hash: "AWSReservedSSO_Dev_0123456789abcdef/alice",
  "other-account": null,
  unscoped: "AWSReservedSSO_Dev_0123456789abcdef/alice",
  "sso-and-process": null,
  "role-over-sso": "Prod",
  "quoted-process": "Tool/tool",
  "escaped-process": "Tool/tool",
  "expanded-process": null,
  "process-and-web": "Web/pod",
  "web-and-source": null,
  "over-web": "Prod",
  "lower-case-source": null,
  "source-without-role": null,
  "two-deep": "Prod",
};

async function openCorpus() {
  const world = await openSignInWorld("{}");
  const { home } = world.sandbox;
  const corpus = await Deno.readTextFile(new URL("oracle/sign_in.config", HERE));
  const config = corpus.replaceAll(/(?<!\$)HOME\//g, `${home}/`);
  await Deno.writeTextFile(`${home}/.aws/config`, config, { append: true });
  await world.signIn("alice");
  // The other names under which the same sign-in is looked for.
  const cache = `${home}/.aws/sso/cache`;
  const kept = await Deno.readTextFile(`${cache}/${await tokenFileName(SSO_SESSION)}`);
  const hash = `${SSO_SESSION.startUrl}#/`;
  for (const session of [{ name: "corp two", startUrl: "" }, { name: null, startUrl: hash }]) {
    await Deno.writeTextFile(`${cache}/${await tokenFileName(session)}`, kept, { mode: 0o600 });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = world.session("Task", { name: "env" });
  const env = {
    ...world.sandbox.env,
    ...world.env,
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  return { world, env, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** Who Sentinel is with `profile`, without the name of a session of ours; `null`: it refuses. */
async function identityOf(
  profile: string,
  { world, env }: { readonly world: SignInWorld; readonly env: Readonly<Record<string, string>> },
): Promise<string | null> {
  try {
    const target = await openTarget({ profile, region: null, awsProfile: null }, {
      env: new Map(Object.entries(env)),
      os: "linux",
      clock: systemClock,
      interaction: UNATTENDED,
    });
    const source = createCredentialSource(target.profile, {
      ...target.sts,
      clock: systemClock,
      base: target.keys,
      mfaCode: null,
    });
    const { accessKeyId } = await sure(source).issue({
      durationSeconds: 900,
      sourceIdentity: "sentinel=alice=direct=0123456789abcdef",
      ownLife: "allowed",
    });
    return shorten(world.sandbox.sts.ownerOf(accessKeyId)!);
  } catch (error) {
    assert(error instanceof SentinelError && error.code !== "INTERNAL", String(error));
    return null;
  }
}

/** `Role/session`, or `Prod` alone: each client names the session of its last role itself. */
function shorten(arn: string): string {
  return arn.replace(/^.*:(?:assumed-role|user)\//, "").replace(/^Prod\/.*/, "Prod");
}

Deno.test("sentinel is whom the corpus says, or refuses", async () => {
  await using corpus = await openCorpus();
  const found: Record<string, string | null> = {};
  for (const profile of Object.keys(EXPECTED)) found[profile] = await identityOf(profile, corpus);
  assertEquals(found, EXPECTED);
});

const missing = botocoreMissing();
const ORACLES = [
  {
    name: "the JavaScript SDK",
    ignore: false,
    command: [
      Deno.execPath(),
      ...["run", "-A", "--frozen", "--quiet", `${HERE.href}oracle/javascript_identities.ts`],
    ],
  },
  {
    name: missing === null ? "botocore" : `botocore (not compared: ${missing})`,
    ignore: missing !== null,
    command: ["python3", new URL("oracle/botocore_identities.py", HERE).pathname],
  },
];

for (const { name, ignore, command: [program, ...args] } of ORACLES) {
  Deno.test({
    name: `${name} is the same with every profile that is accepted`,
    ignore,
    async fn() {
      await using corpus = await openCorpus();
      const accepted = Object.entries(EXPECTED).filter(([, who]) => who !== null);
      const { stdout, stderr } = await new Deno.Command(program!, {
        args: [...args, ...accepted.map(([profile]) => profile)],
        env: corpus.env,
        clearEnv: true,
      }).output();
      const text = new TextDecoder();
      assert(stdout.length > 0, text.decode(stderr));
      const theirs: Record<string, string | null> = JSON.parse(text.decode(stdout));
      assertEquals(
        Object.fromEntries(
          Object.entries(theirs).map(([profile, arn]) => [profile, arn && shorten(arn)]),
        ),
        Object.fromEntries(accepted),
        text.decode(stderr),
      );
    },
  });
}
