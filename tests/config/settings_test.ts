/**
 * `config.yaml`: what it may hold, which of its values count, and what the machine's file pins.
 * Through the program's own command line, with files of a directory of the test's.
 *
 * @module
 */
import { POLICY_REFRESH } from "../../src/cli/descriptions/access_flags.ts";
import { CONFIG, REFRESH_BOUNDS, SETTINGS } from "../../src/config/config_schema.ts";
import { SETTING_NAMES } from "../../src/config/settings.ts";
import { DEFAULT_REFRESH_SECONDS } from "../../src/policy_source.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { IS_ROOT, NOBODY } from "../support/temporary_directory.ts";
import { Machine } from "./machine.ts";

const USER = `# mine
defaults:
  policy: ssm:/mine
  region: eu-west-1
  session_table: everyday
profiles:
  prod:
    session_table: prod-sessions
    server: true
  constructor: {}
`;

Deno.test("a flag wins over a variable, a variable over the profile's section, that over the defaults", async () => {
  using machine = new Machine();
  machine.user(USER);
  const prod = ["--profile", "prod"];
  const fromFile = await machine.shown(prod);
  assertEquals(fromFile["session_table"], "prod-sessions < xdg/sentinel/config.yaml:8");
  assertEquals(fromFile["server"], "true < xdg/sentinel/config.yaml:9");
  assertEquals(fromFile["policy"], "ssm:/mine < xdg/sentinel/config.yaml:3");
  assertEquals(fromFile["policy_refresh"], "30s < default");
  const other = await machine.shown(["--profile", "constructor"]);
  assertEquals(other["session_table"], "everyday < xdg/sentinel/config.yaml:5");
  assertEquals(other["server"], "false < default");
  const env = { SENTINEL_SESSION_TABLE: "from-env", SENTINEL_POLICY: "/env.yaml" };
  const fromEnv = await machine.shown(prod, env);
  assertEquals(fromEnv["session_table"], "from-env < SENTINEL_SESSION_TABLE");
  const fromFlag = await machine.shown([...prod, "--no-server", "--policy", "/flag.yaml"], env);
  assertEquals(fromFlag["server"], "false < --no-server");
  assertEquals(fromFlag["policy"], "/flag.yaml < --policy");
});

Deno.test("the older name of --policy has the same rank as the newer one", async () => {
  using machine = new Machine();
  machine.user(USER);
  const policy = async (args: readonly string[], env: Record<string, string> = {}) =>
    (await machine.shown(args, env))["policy"];
  const variable = { SENTINEL_POLICY_PARAMETER: "/env" };
  assertEquals(await policy(["--policy-parameter", "/x"]), "ssm:/x < --policy-parameter");
  assertEquals(await policy([], variable), "ssm:/env < SENTINEL_POLICY_PARAMETER");
  assertEquals(await policy(["--policy", "/f"], variable), "/f < --policy");
  assertEquals(
    await policy(["--policy-parameter", "/x"], { SENTINEL_POLICY: "/f" }),
    "ssm:/x < --policy-parameter",
  );
  for (
    const [args, env] of [
      [["--policy", "/f", "--policy-parameter", "/x"], {}],
      [[], { ...variable, SENTINEL_POLICY: "/f" }],
    ] as const
  ) {
    const { status, stderr } = await machine.run(["config", "show", ...args], env);
    assertEquals(status, 64);
    assertStringIncludes(stderr, "both say the same");
  }
});

Deno.test("the user's file wins over the machine's, unless the machine's pins", async () => {
  using machine = new Machine();
  machine.user("defaults: { region: eu-west-1 }\n");
  machine.system(
    "defaults: { region: us-east-1, log_file: /var/log/s.jsonl }\npin: { policy: ssm:/p }\n",
  );
  const shown = await machine.shown();
  assertEquals(shown["region"], "eu-west-1 < xdg/sentinel/config.yaml:1");
  assertEquals(shown["log_file"], "/var/log/s.jsonl < etc/config.yaml:1");
  assertEquals(shown["policy"], "ssm:/p < etc/config.yaml:2");
});

Deno.test("what the machine pins cannot be changed by a flag, a variable or a file of the user", async () => {
  using machine = new Machine();
  const path = machine.system("pin:\n  policy: ssm:/pinned\n  server: true\n");
  const exec = ["exec", "--profile", "p"];
  const attempts: readonly (readonly [readonly string[], Record<string, string>, string])[] = [
    [["--policy", "/mine.yaml"], {}, "--policy"],
    [["--policy-parameter", "/mine"], {}, "--policy-parameter"],
    [[], { SENTINEL_POLICY: "/mine.yaml" }, "SENTINEL_POLICY"],
    [[], { SENTINEL_POLICY_PARAMETER: "/mine" }, "SENTINEL_POLICY_PARAMETER"],
    [["--no-server"], {}, "--no-server"],
    [[], { SENTINEL_SERVER: "0" }, "SENTINEL_SERVER"],
  ];
  for (const [args, env, as] of attempts) {
    const { status, stderr } = await machine.run([...exec, ...args], env);
    assertEquals(status, 64, `${as}: ${stderr}`);
    assertMatch(
      stderr,
      new RegExp(`error: ${as} cannot change \\w+: .*config.yaml:\\d pins it to`),
    );
    assertStringIncludes(stderr, path);
  }
  for (const text of ["defaults: { policy: /mine.yaml }", "profiles: { p: { server: false } }"]) {
    machine.user(text);
    const { status, stderr } = await machine.run(exec);
    assertEquals(status, 78, stderr);
    assertStringIncludes(stderr, "xdg/sentinel/config.yaml:1 cannot change");
  }
  // What the machine's own file says beside the pin is no attempt of the user's.
  machine.user("{}");
  machine.system("defaults: { policy: ssm:/default }\npin:\n  policy: ssm:/pinned\n");
  assertEquals((await machine.shown())["policy"], "ssm:/pinned < etc/config.yaml:3");
  // Who says the same changes nothing.
  machine.user("defaults: { policy: ssm:/pinned }\n");
  const shown = await machine.shown(["--policy", "ssm:/pinned", "--server"]);
  assertEquals(shown["policy"], "ssm:/pinned < etc/config.yaml:3");
});

Deno.test("nothing can be pinned to a place that HOME or the current directory decides", async () => {
  using machine = new Machine();
  machine.system(`pin:
  policy: ~/policy.yaml
  log_file: ~/log.jsonl
  session_table: "sqlite:~/s.db"
  request_table: 'sqlite:C:/r.db'
`);
  const { status, stderr } = await machine.run(["config", "show"], { HOME: machine.at("other") });
  assertEquals(status, 78, stderr);
  for (const place of ["2:11: pin.policy", "3:13: pin.log_file", "4:18: pin.session_table"]) {
    assertStringIncludes(stderr, `config.yaml:${place}: cannot be pinned: HOME says where`);
  }
  // A relative path on a machine that has this file.
  assertStringIncludes(stderr, "5:18: pin.request_table: cannot be pinned: begin the path with");
});

Deno.test("a pin counts whatever ends the lines before it", async () => {
  using machine = new Machine();
  for (const end of ["\n", "\r\n", "\r"]) {
    machine.system(["# ours", "", "pin: { policy: ssm:/p }", ""].join(end));
    assertEquals((await machine.shown())["policy"], "ssm:/p < etc/config.yaml:3");
  }
});

Deno.test("what is wrong with the name of a parameter is told", async () => {
  using machine = new Machine();
  const own = "AWS keeps names that begin with aws or ssm to itself";
  const slashes = "a name with slashes begins with one, ends without, and has none in a row";
  for (
    const [source, reason] of [
      ["ssm:/aws/x", own],
      ["ssm:ssm-x", own],
      ["ssm:/a//b", slashes],
      ["ssm:", "it names no parameter"],
    ] as const
  ) {
    const path = machine.user(`defaults: { policy: "${source}" }\n`);
    const { status, stderr } = await machine.run(["config", "show"]);
    assertEquals(status, 78);
    assertStringIncludes(
      stderr,
      `${path}:1:21: defaults.policy: "${source}" cannot be used: ${reason}\n`,
    );
  }
});

Deno.test("nobody is advised to change what is pinned", async () => {
  using machine = new Machine();
  const exec = (...flags: string[]) => machine.run(["exec", "--profile", "p", ...flags]);
  const path = machine.system("pin: { server: true }\n");
  for (const [name, ...flags] of [["no-session", "--no-session"], ["duration", "-d", "1h"]]) {
    const { status, stderr } = await exec(...flags);
    assertEquals(status, 64);
    assertMatch(stderr, new RegExp(`^error: --${name} cannot be used with ${path}:1: .*\n`));
    assertStringIncludes(stderr, `\nhint: Leave out --${name}: ${path}:1 pins server to true.\n`);
  }
  machine.system("pin: { server: false }\n");
  const { status, stderr } = await exec("--session-table", "t-able");
  assertEquals(status, 64);
  assertMatch(stderr, /^error: --session-table needs --server: /);
  assertStringIncludes(
    stderr,
    `\nhint: Leave out --session-table: ${path}:1 pins server to false.\n`,
  );
  // One's own file is one's own to overrule.
  machine.system("{}\n");
  machine.user("defaults: { server: true }\n");
  assertStringIncludes((await exec("--no-session")).stderr, "or use --no-server");
});

Deno.test("a user's file cannot pin", async () => {
  using machine = new Machine();
  const path = machine.user("defaults: {}\npin: { policy: ssm:/p }\n");
  const { status, stderr } = await machine.run(["config", "show"]);
  assertEquals(status, 78);
  assertStringIncludes(stderr, `${path}:2:1: pin: only the file of the whole machine can pin`);
});

Deno.test("the machine's file counts only when nobody else could have written it", async () => {
  using machine = new Machine();
  const pin = "pin: { policy: ssm:/p }\n";
  const refused = async (reason: string) => {
    const { status, stderr } = await machine.run(["config", "show"]);
    assertEquals(status, 78, stderr);
    assertStringIncludes(stderr, reason);
  };
  machine.system(pin, 0o664);
  await refused("others than root may write it");
  machine.system(pin, 0o646);
  await refused("others than root may write it");
  const path = machine.system(pin, 0o644);
  Deno.chmodSync(machine.at("etc"), 0o777);
  await refused(`others than root may write the directory "${machine.at("etc")}"`);
  Deno.chmodSync(machine.at("etc"), 0o755);
  if (IS_ROOT) {
    Deno.chownSync(path, NOBODY, null);
    await refused(
      `it belongs to user ${NOBODY}, not to root\nhint: Run as root: chown root ${path}`,
    );
    Deno.chownSync(path, 0, null);
    Deno.chownSync(machine.at("etc"), NOBODY, null);
    await refused(`the directory "${machine.at("etc")}" belongs to user ${NOBODY}, not to root`);
    Deno.chownSync(machine.at("etc"), 0, null);
    Deno.chownSync(machine.path, NOBODY, null);
    await refused(`the directory "${machine.path}" belongs to user ${NOBODY}, not to root`);
    Deno.chownSync(machine.path, 0, null);
  }
  assertEquals((await machine.run(["config", "show"])).status, 0);
  Deno.removeSync(path);
  await machine.pipe("etc/config.yaml");
  await refused("it is not a regular file");
});

Deno.test("a pin is read from its file each time, whatever stands in the caches", async () => {
  using machine = new Machine();
  machine.user("defaults: { region: eu-west-1 }\n");
  machine.system("pin: { policy: ssm:/one }\n");
  await machine.shown();
  const kept = machine.list("cache/sentinel/config");
  assertEquals(kept.length, 1, "only the user's file is kept");
  // A user who writes a pin-free document for every text there is.
  const text = "pin: { policy: ssm:/two }\n";
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  ).toHex();
  const document = { defaults: {}, profiles: {}, pin: {} };
  const name = kept[0]!.replace(/^[0-9a-f]{64}/, digest);
  machine.write(`cache/sentinel/config/${name}`, JSON.stringify({ digest, document }));
  machine.system(text);
  assertEquals((await machine.shown())["policy"], "ssm:/two < etc/config.yaml:1");
});

Deno.test("of the machine's file only what cannot pin is kept, however the pin is spelt", async () => {
  using machine = new Machine();
  machine.system("defaults: { region: eu-west-1 }\n");
  assertEquals((await machine.shown())["region"], "eu-west-1 < etc/config.yaml:1");
  const kept = machine.list("cache/sentinel/config");
  assertEquals(kept.length, 1);
  assertEquals((await machine.shown())["region"], "eu-west-1 < etc/config.yaml:1");
  const pins = [
    "pin: { policy: ssm:/p }\n",
    '{ "pin": { "policy": "ssm:/p" } }\n',
    '"\\x70in": { policy: ssm:/p }\n',
    '"p\\u0069n": { policy: ssm:/p }\n',
    '"pi\\\n  n": { policy: ssm:/p }\n',
    '? "pi\\\n  n"\n: { policy: ssm:/p }\n',
    "? 'pin'\n: { policy: ssm:/p }\n",
    "? >-\n  pin\n: { policy: ssm:/p }\n",
    "defaults: { region: &p pin }\n*p : { policy: ssm:/p }\n",
  ];
  let pinned = 0;
  for (const text of pins) {
    machine.system(text);
    const { status, stdout, stderr } = await machine.run(["config", "show"]);
    // What is no key to our reader is an error, never a file without a pin.
    if (status === 0) assertMatch(stdout, /^policy +ssm:\/p .*\(pinned\)$/m);
    else assertEquals(status, 78, stderr);
    pinned += status === 0 ? 1 : 0;
    assertEquals(machine.list("cache/sentinel/config"), kept, text);
  }
  assert(pinned >= 6, `${pinned} ways to spell it`);
});

Deno.test("a user's file is parsed once, and again when it changes", async () => {
  using machine = new Machine();
  machine.user("defaults: { region: eu-west-1 }\n");
  assertEquals((await machine.shown())["region"], "eu-west-1 < xdg/sentinel/config.yaml:1");
  const [name] = machine.list("cache/sentinel/config");
  assertEquals(machine.modeOf(`cache/sentinel/config/${name}`), 0o600);
  assertEquals((await machine.shown())["region"], "eu-west-1 < xdg/sentinel/config.yaml:1");
  machine.user("defaults: { region: eu-west-2 }\n");
  assertEquals((await machine.shown())["region"], "eu-west-2 < xdg/sentinel/config.yaml:1");
  assertEquals(machine.list("cache/sentinel/config").length, 2);
});

Deno.test("a cache that says something of another text, or that pins, is passed over", async () => {
  using machine = new Machine();
  const counts = async () => (await machine.shown())["region"];
  machine.user("defaults: { region: eu-west-1 }\n");
  await machine.shown();
  const [first] = machine.list("cache/sentinel/config");
  machine.user("defaults: { region: eu-west-2 }\n");
  await machine.shown();
  const second = machine.list("cache/sentinel/config").find((name) => name !== first)!;
  const at = (name: string) => machine.at(`cache/sentinel/config/${name}`);
  const kept = Deno.readTextFileSync(at(second));
  Deno.copyFileSync(at(first!), at(second));
  assertEquals(await counts(), "eu-west-2 < xdg/sentinel/config.yaml:1");
  const { digest, document } = JSON.parse(kept);
  const region = { value: "us-east-1", line: 1 };
  for (const forged of [{ defaults: { region }, pin: { region } }, { defaults: { region: 1 } }]) {
    const text = JSON.stringify({ digest, document: { ...document, ...forged } });
    Deno.writeTextFileSync(at(second), text);
    assertEquals(await counts(), "eu-west-2 < xdg/sentinel/config.yaml:1");
  }
});

Deno.test("every mistake of a file is told at once, with its place", async () => {
  using machine = new Machine();
  const path = machine.user(`version: "2"
default: {}
defaults:
  polcy: /p.yaml
  policy: policy.yaml
  policy_refresh: 1s
  region: "eu west"
  server: yes
  session_table: a b
  request_table: sqlite:here.db
  log_file: log.jsonl
profiles:
  prod: [x]
  dev:
    policy: ssm:/a:3
    policy: ssm:/b
`);
  const { status, stderr } = await machine.run(["exec", "--profile", "p"]);
  assertEquals(status, 78);
  const lines = stderr.split("\n").slice(1, -2).map((line) => line.replace(`${path}:`, ""));
  assertEquals(lines, [
    `1:10: version: unknown version "2": it must be 1`,
    `2:1: default: unknown key "default": did you mean "defaults"?`,
    `4:3: defaults.polcy: unknown key "polcy": did you mean "policy"?`,
    `5:11: defaults.policy: "policy.yaml" is neither an absolute path (beginning with "/" or "~/") nor ssm:/NAME`,
    `6:19: defaults.policy_refresh: "1s" is not a duration from 5s to 5m, such as 30s`,
    `7:11: defaults.region: "eu west" is not 1 to 63 small letters, digits and hyphens, like eu-west-1`,
    `8:11: defaults.server: unknown server "yes": it must be true or false`,
    `9:18: defaults.session_table: "a b" is neither the name of a DynamoDB table nor sqlite: with an absolute path`,
    `10:18: defaults.request_table: "sqlite:here.db" is neither the name of a DynamoDB table nor sqlite: with an absolute path`,
    `11:13: defaults.log_file: "log.jsonl" is not an absolute path: begin it with "/" or "~/"`,
    `13:9: profiles.prod: must be a map, not a list`,
    `15:13: profiles.dev.policy: "ssm:/a:3" cannot be used: the version in force decides, never an old one`,
    `16:5: profiles.dev.policy: the key "policy" stands here twice`,
  ]);
});

Deno.test("hostile files end in an error, soon", async () => {
  using machine = new Machine();
  const bomb = "a: &a [x]\n" +
    Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : "a"}, *a]`).join(
      "\n",
    );
  for (
    const text of [
      "\0",
      "defaults: [",
      "- 1",
      bomb,
      "x".repeat(2 ** 20 + 1),
      "\ufeff: :",
      "\n".repeat(50_000) + "x",
    ]
  ) {
    machine.user(text);
    const begun = performance.now();
    const { status, stderr } = await machine.run(["config", "show"]);
    assertEquals(status, 78, `${text.slice(0, 20)}: ${stderr.slice(0, 200)}`);
    assert(performance.now() - begun < 1000);
  }
  for (const text of ["", "\n# nothing\n", "\ufeffdefaults: {}\n", "defaults: {}\r\n"]) {
    machine.user(text);
    assertEquals((await machine.run(["config", "show"])).status, 0, JSON.stringify(text));
  }
});

Deno.test("a home path means the home of whoever reads it", async () => {
  using machine = new Machine();
  machine.user('defaults: { log_file: "~/log.jsonl", session_table: "sqlite:~/s.db" }\n');
  const shown = await machine.shown();
  assertEquals(shown["log_file"], `${machine.at("home/log.jsonl")} < xdg/sentinel/config.yaml:1`);
  assertEquals(
    shown["session_table"],
    `sqlite:${machine.at("home/s.db")} < xdg/sentinel/config.yaml:1`,
  );
});

Deno.test("a file that everybody may write is not believed", async () => {
  using machine = new Machine();
  machine.user("defaults: {}\n", 0o602);
  const { status, stderr } = await machine.run(["config", "show"]);
  assertEquals(status, 78);
  assertStringIncludes(stderr, "every user of this machine may write it");
});

Deno.test({
  name: "a file of another user is not believed",
  ignore: !IS_ROOT,
  async fn() {
    using machine = new Machine();
    Deno.chownSync(machine.user("defaults: {}\n"), NOBODY, null);
    const { status, stderr } = await machine.run(["config", "show"]);
    assertEquals(status, 78);
    assertStringIncludes(stderr, "it belongs to another user");
  },
});

Deno.test("what a file says of the server is ignored where it contradicts the command line", async () => {
  using machine = new Machine();
  machine.user("defaults: { session_table: t-able }\n");
  // Without --server there is no session, and nothing to complain about: the profile is missing.
  const { stderr } = await machine.run(["exec", "--profile", "p", "--", "true"]);
  assertStringIncludes(stderr, "profile");
  assert(!stderr.includes("--session-table"), stderr);
});

Deno.test("a variable of AWS wins over a file, and not over a pin", async () => {
  using machine = new Machine();
  machine.user("defaults: { region: eu-west-1 }\n");
  const region = async (env: Record<string, string>) => (await machine.shown([], env))["region"];
  assertEquals(await region({ AWS_REGION: "eu-west-2" }), "eu-west-2 < AWS_REGION");
  assertEquals(
    await region({ AWS_DEFAULT_REGION: "eu-west-3" }),
    "eu-west-3 < AWS_DEFAULT_REGION",
  );
  assertEquals(await region({ AWS_REGION: "" }), "eu-west-1 < xdg/sentinel/config.yaml:1");
  machine.system("pin: { region: us-east-1 }\n");
  machine.user("{}\n");
  assertEquals(await region({ AWS_REGION: "eu-west-2" }), "us-east-1 < etc/config.yaml:1");
});

Deno.test("administrators get the session table from the file too, unless a variable names one", async () => {
  using machine = new Machine();
  machine.user("defaults: { session_table: sqlite:/nonexistent/file.db }\n");
  const told = async (env: Record<string, string> = {}) =>
    (await machine.run(["server-sessions"], env)).stderr;
  assertStringIncludes(await told(), '"sqlite:/nonexistent/file.db"');
  const variable = { SENTINEL_SESSION_TABLE: "sqlite:/nonexistent/other.db" };
  assertStringIncludes(await told(variable), '"sqlite:/nonexistent/other.db"');
  const own = { ...variable, SENTINEL_TABLE: "sqlite:/nonexistent/own.db" };
  assertStringIncludes(await told(own), '"sqlite:/nonexistent/own.db"');
});

Deno.test("commands that take nothing work whatever is wrong with the files", async () => {
  using machine = new Machine();
  machine.user("defaults: [");
  for (const args of [["version"], ["help"], ["--help"], ["exec", "--help"]]) {
    assertEquals((await machine.run(args)).status, 0, args.join(" "));
  }
});

Deno.test("each setting of the schema has a name that counts", () => {
  assertEquals(Object.keys(SETTINGS.shape).sort(), [...SETTING_NAMES].sort());
  assertEquals(Object.keys(CONFIG.shape), ["version", "defaults", "profiles", "pin"]);
});

Deno.test("a file may ask for the same refresh as the flag", () => {
  const { minSeconds, maxSeconds } = POLICY_REFRESH;
  assertEquals<unknown>(REFRESH_BOUNDS, { minSeconds, maxSeconds });
  assertEquals<number>(POLICY_REFRESH.default, DEFAULT_REFRESH_SECONDS);
});
