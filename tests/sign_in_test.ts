import type { SsoCredentials } from "../src/aws/base_credentials.ts";
import { type Interaction, UNATTENDED } from "../src/aws/interaction.ts";
import { formatToken, type SsoToken, tokenFileName } from "../src/aws/sso_token.ts";
import { SentinelError } from "../src/errors.ts";
import { createSsoTokens, signIn } from "../src/sign_in.ts";
import { assert, assertEquals, assertRejects } from "./support/assert.ts";
import { ManualClock } from "./support/manual_clock.ts";
import {
  type OidcEndpoint,
  type OidcEndpointOptions,
  startOidcEndpoint,
} from "./support/oidc_endpoint.ts";
import { visit } from "./support/sign_in_page.ts";
import { TemporaryDirectory } from "./support/temporary_directory.ts";
import { waitFor } from "./support/wait.ts";

const SSO: SsoCredentials = {
  kind: "sso",
  profile: "dev",
  session: {
    name: "corp",
    startUrl: "https://corp.awsapps.com/start",
    region: "eu-west-1",
    scopes: [],
  },
  accountId: "123456789012",
  roleName: "Admin",
  file: "/home/alice/.aws/config",
  line: 3,
};
const MINUTE = 60_000;

/** A home, a clock and a service; tokens live for an hour. */
async function openWorld(options: Pick<OidcEndpointOptions, "rotates"> = {}) {
  const directory = new TemporaryDirectory();
  const clock = new ManualClock();
  const oidc = startOidcEndpoint({ ...options, now: () => clock.now(), tokenSeconds: 3600 });
  const variables: Record<string, string> = {
    HOME: directory.at("home"),
    AWS_ENDPOINT_URL_SSO_OIDC: oidc.url,
  };
  Deno.mkdirSync(directory.at("home"));
  const surroundings = {
    env: { get: (name: string) => variables[name] },
    os: "linux",
    clock,
  } as const;
  const cache = directory.at("home/.aws/sso/cache");
  const file = `${cache}/${await tokenFileName(SSO.session)}`;
  return {
    directory,
    clock,
    oidc,
    surroundings,
    cache,
    file,
    kept: () => JSON.parse(Deno.readTextFileSync(file)),
    keep(token: SsoToken, mode = 0o600) {
      Deno.mkdirSync(cache, { recursive: true });
      Deno.writeTextFileSync(file, formatToken(token, SSO.session));
      Deno.chmodSync(file, mode);
    },
    tokens: (interaction: Interaction = UNATTENDED) => createSsoTokens(surroundings, interaction),
    login: (insist: boolean, onWait = () => {}) =>
      signIn(SSO, {
        surroundings,
        onDevice: false,
        insist,
        onWait,
        show: ({ url }) => void visit(url),
      }),
    async [Symbol.asyncDispose]() {
      await oidc[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

type World = Awaited<ReturnType<typeof openWorld>>;

function refreshes(oidc: OidcEndpoint): number {
  return oidc.count("CreateToken", "refresh_token");
}

Deno.test("a sign-in is kept, 0600, where the aws command looks for it", async () => {
  await using world = await openWorld();
  const token = await world.login(true);
  assertEquals((Deno.statSync(world.file).mode ?? 0) & 0o777, 0o600);
  assertEquals((Deno.statSync(world.cache).mode ?? 0) & 0o777, 0o700);
  assertEquals(Object.keys(world.kept()).sort(), [
    "accessToken",
    "clientId",
    "clientSecret",
    "expiresAt",
    "refreshToken",
    "region",
    "registrationExpiresAt",
    "startUrl",
  ]);
  assertEquals([...Deno.readDirSync(world.cache)].length, 1, "nothing else is left there");
  assertEquals(await world.tokens().current(SSO), {
    ...token,
    renewal: {
      ...token.renewal!,
      registrationExpiresAt: Date.parse(world.kept().registrationExpiresAt),
    },
  });
});

Deno.test("a token is used while it is fresh, then renewed once without a person", async () => {
  await using world = await openWorld();
  await world.login(true);
  const first = (await world.tokens().current(SSO)).accessToken;
  await world.clock.advance(44 * MINUTE);
  assertEquals((await world.tokens().current(SSO)).accessToken, first);
  assertEquals(refreshes(world.oidc), 0);
  await world.clock.advance(2 * MINUTE);
  const tokens = world.tokens();
  const renewed = await Promise.all(Array.from({ length: 5 }, () => tokens.current(SSO)));
  assertEquals(refreshes(world.oidc), 1, "five at once share one renewal");
  assertEquals(new Set(renewed.map(({ accessToken }) => accessToken)).size, 1);
  assert(renewed[0]!.accessToken !== first && world.oidc.accepts(renewed[0]!.accessToken));
  assertEquals(world.kept().accessToken, renewed[0]!.accessToken, "and it is kept for others");
  await world.clock.advance(50 * MINUTE);
  assert(world.oidc.accepts((await world.tokens().current(SSO)).accessToken), "and again");
  assertEquals(world.oidc.count("Authorize"), 1);
});

Deno.test("processes that find the same token too old share one renewal", async () => {
  await using world = await openWorld();
  await world.login(true);
  await world.clock.advance(50 * MINUTE);
  const all = Promise.all(Array.from({ length: 5 }, () => world.tokens().current(SSO)));
  const renewed = await waitFor("all five", async () => {
    await world.clock.advance(25);
    return await Promise.race([all, Promise.resolve(null)]);
  });
  assertEquals(refreshes(world.oidc), 1);
  assertEquals(new Set(renewed.map(({ accessToken }) => accessToken)).size, 1);
});

Deno.test("a token that another tool renewed behind our back is taken, not asked for", async () => {
  await using world = await openWorld();
  await world.login(true);
  await world.clock.advance(50 * MINUTE);
  const old = Deno.readTextFileSync(world.file);
  const theirs = await world.tokens().current(SSO);
  const kept = Deno.readTextFileSync(world.file);
  // We read the old file; the other tool writes while our renewal is on its way.
  Deno.writeTextFileSync(world.file, old);
  world.oidc.before(() => Deno.writeTextFileSync(world.file, kept));
  assertEquals((await world.tokens().current(SSO)).accessToken, theirs.accessToken);
});

Deno.test("a token that has ended is renewed, too", async () => {
  await using world = await openWorld();
  await world.login(true);
  await world.clock.advance(3 * 60 * MINUTE);
  assert(world.oidc.accepts((await world.tokens().current(SSO)).accessToken));
  assertEquals(refreshes(world.oidc), 1);
});

Deno.test("a refresh token that is not replaced is used again", async () => {
  await using world = await openWorld({ rotates: false });
  await world.login(true);
  for (let renewals = 1; renewals <= 2; renewals++) {
    await world.clock.advance(50 * MINUTE);
    assert(world.oidc.accepts((await world.tokens().current(SSO)).accessToken));
    assertEquals(refreshes(world.oidc), renewals);
  }
});

Deno.test("a renewal that fails leaves the token in use while it lives", async () => {
  await using world = await openWorld();
  await world.login(true);
  const { accessToken } = await world.tokens().current(SSO);
  await world.clock.advance(50 * MINUTE);
  world.oidc.fault({ action: "CreateToken", code: "InternalServerException", status: 500 });
  assertEquals((await world.tokens().current(SSO)).accessToken, accessToken);
  await world.clock.advance(11 * MINUTE);
  const error = await assertRejects(() => world.tokens().current(SSO), SentinelError);
  assertEquals(
    error.code,
    "AWS_UNAVAILABLE",
    "the service could help later: no sign-in is asked for",
  );
  world.oidc.fault(null);
  assert(world.oidc.accepts((await world.tokens().current(SSO)).accessToken), "and does");
});

Deno.test("what cannot be renewed needs a person, and says which command helps", async () => {
  await using world = await openWorld();
  const fails = async () => {
    const error = await assertRejects(() => world.tokens().current(SSO), SentinelError);
    assertEquals([error.code, error.httpStatus], ["SIGN_IN_REQUIRED", 503]);
    assertEquals(error.suggestion, "Sign in: sentinel login --profile dev");
  };
  await fails();
  await world.login(true);
  await world.clock.advance(2 * 60 * MINUTE);
  world.oidc.endTokens();
  await fails();
  assertEquals(refreshes(world.oidc), 1, "the service was asked, and refused");
  await world.login(true);
  await world.clock.advance(91 * 24 * 60 * MINUTE);
  const before = refreshes(world.oidc);
  await fails();
  assertEquals(refreshes(world.oidc), before, "a registration that is over is not tried");
  await world.login(true);
  assert(world.oidc.accepts((await world.tokens().current(SSO)).accessToken), "a login mends it");
});

Deno.test("where a person may be asked, the tokens ask them once", async () => {
  await using world = await openWorld();
  let asked = 0;
  const tokens = world.tokens({
    ...UNATTENDED,
    async login() {
      asked++;
      await world.login(false);
    },
  });
  const found = await Promise.all([tokens.current(SSO), tokens.current(SSO)]);
  assertEquals(asked, 1);
  assert(world.oidc.accepts(found[0]!.accessToken));
});

Deno.test("a token that others could have written is not believed, one they could read is", async () => {
  await using world = await openWorld();
  await world.login(true);
  for (const [mode, isBelieved] of [[0o644, true], [0o620, false], [0o602, false]] as const) {
    Deno.chmodSync(world.file, mode);
    const outcome = await world.tokens().current(SSO).then(() => true, () => false);
    assertEquals(outcome, isBelieved, mode.toString(8));
  }
  Deno.removeSync(world.file);
  Deno.writeTextFileSync(`${world.cache}/elsewhere`, "{}");
  Deno.symlinkSync(`${world.cache}/elsewhere`, world.file);
  await assertRejects(() => world.tokens().current(SSO), SentinelError);
  await world.login(true);
  assertEquals(Deno.readTextFileSync(`${world.cache}/elsewhere`), "{}", "never written through");
  assert(Deno.lstatSync(world.file).isFile);
});

Deno.test("a renewed token is 0600, whatever it was before", async () => {
  await using world = await openWorld();
  const { renewal, accessToken, expiresAt } = await world.login(true);
  world.keep({ accessToken, expiresAt, renewal }, 0o644);
  await world.clock.advance(50 * MINUTE);
  await world.tokens().current(SSO);
  assertEquals((Deno.statSync(world.file).mode ?? 0) & 0o777, 0o600);
});

/** Two sign-ins at once: the second waits for the first. */
async function overlap(world: World, insist: boolean) {
  world.oidc.answer("wait");
  let waits = 0;
  const first = world.login(insist);
  await waitFor("the page", () => world.oidc.count("Authorize") > 0);
  const second = world.login(insist, () => void waits++);
  await waitFor("the second to wait", () => waits === 1);
  return { first, second };
}

for (const insist of [true, false]) {
  Deno.test(`who waits for another's sign-in takes its token (insist: ${insist})`, async () => {
    await using world = await openWorld();
    const { first, second } = await overlap(world, insist);
    world.oidc.answer("allow");
    const { accessToken } = await first;
    await world.clock.advance(100);
    assertEquals((await second).accessToken, accessToken);
    assertEquals(world.oidc.count("RegisterClient"), 1);
  });
}

Deno.test("who waits for a sign-in that was given up does not ask again, unless told to", async () => {
  await using world = await openWorld();
  const { first, second } = await overlap(world, false);
  const insisting = world.login(true);
  await world.clock.advance(1);
  world.oidc.answer("deny");
  await assertRejects(() => first, SentinelError, "it was refused on the page");
  const registered = world.oidc.count("RegisterClient");
  const outcomes = [second, insisting].map((signing) => signing.then(() => "in", () => "out"));
  world.oidc.answer("allow");
  const settled = Promise.all(outcomes);
  await waitFor("both", async () => {
    await world.clock.advance(25);
    return await Promise.race([settled, Promise.resolve(null)]);
  });
  assertEquals((await settled)[1], "in");
  assertEquals(world.oidc.count("RegisterClient"), registered + 1, "one of them asked anew");
});

Deno.test("sentinel login signs in anew although somebody is signed in", async () => {
  await using world = await openWorld();
  const first = await world.login(true);
  const second = await world.login(true);
  assert(first.accessToken !== second.accessToken);
  assertEquals(
    (await world.login(false)).accessToken,
    second.accessToken,
    "others take what is there",
  );
});

Deno.test("a cache that cannot be written to is told, by name, before anybody is asked", async () => {
  await using world = await openWorld();
  Deno.mkdirSync(world.directory.at("home/.aws/sso"), { recursive: true });
  Deno.writeTextFileSync(world.cache, "");
  const error = await assertRejects(
    () => world.login(true),
    SentinelError,
    "Cannot keep the sign-in",
  );
  assertEquals(error.code, "CONFIG_INVALID");
  assertEquals(world.oidc.calls, []);
});
