/**
 * The policy changes under a running server in every way a file can change, while clients ask
 * without pause: no answer may contradict what was in the file when its request began.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox } from "../support/sandbox.ts";
import {
  type Answer,
  dynamoDbTable,
  policyOf,
  Pressure,
  serve,
  sessionsIn,
} from "../support/serving.ts";
import { waitFor } from "../support/wait.ts";

const ALLOW = policyOf({ effect: "allow" });
const deny = (reason: string) => policyOf({ effect: "deny", reason });

/** What answers say: their status, their code and, of a deny, its reason. */
function gist({ status, body }: Answer): string {
  const reason = /: (reason \w+)$/.exec(body["Message"] ?? "")?.[1];
  return [status, body["Code"], reason].filter((part) => part !== undefined).join(" ");
}

/** One change of the file. */
interface Change {
  readonly name: string;
  readonly make: (path: string) => Promise<unknown>;
  /** What every answer to a later request says. */
  readonly then: string;
  /** The file is torn while it is changed: an answer of that time may say so. */
  readonly torn?: true;
}

/** Replaces the file as a whole, as careful programs do. */
const replaced = (text: string | Uint8Array) => async (path: string) => {
  await Deno.writeFile(
    `${path}.new`,
    typeof text === "string" ? new TextEncoder().encode(text) : text,
  );
  // A directory cannot be replaced by a file.
  if ((await Deno.lstat(path).catch(() => null))?.isDirectory) await Deno.remove(path);
  await Deno.rename(`${path}.new`, path);
};
/** Empties the file and writes it anew, as careless programs do. */
const rewritten = (text: string) => (path: string) => Deno.writeTextFile(path, text);

const INVALID = "503 POLICY_INVALID";
const UNREADABLE = "503 POLICY_UNREADABLE";

const CHANGES: readonly Change[] = [
  { name: "replaced", make: replaced(deny("reason one")), then: "403 POLICY_DENIED reason one" },
  {
    name: "rewritten with as many bytes",
    make: rewritten(deny("reason two")),
    then: "403 POLICY_DENIED reason two",
    torn: true,
  },
  {
    name: "rewritten at once again",
    make: rewritten(deny("reason six")),
    then: "403 POLICY_DENIED reason six",
    torn: true,
  },
  { name: "rewritten to allow", make: rewritten(ALLOW), then: "200", torn: true },
  { name: "emptied", make: (path) => Deno.truncate(path, 0), then: INVALID },
  { name: "replaced by one that allows", make: replaced(ALLOW), then: "200" },
  { name: "cut short", make: (path) => Deno.truncate(path, ALLOW.length - 20), then: INVALID },
  { name: "mended", make: replaced(ALLOW), then: "200" },
  { name: "deleted", make: (path) => Deno.remove(path), then: UNREADABLE },
  { name: "back", make: replaced(ALLOW), then: "200" },
  { name: "misspelt", make: replaced(ALLOW.replace('"allow"\n', '"Allow"\n')), then: INVALID },
  { name: "right again", make: replaced(ALLOW), then: "200" },
  { name: "not text", make: replaced(new Uint8Array([0xff, 0xfe, 0, 1, 2])), then: INVALID },
  { name: "a directory", make: replaceByDirectory, then: UNREADABLE },
  { name: "a file again", make: replaced(ALLOW), then: "200" },
  { name: "open to every writer", make: (path) => Deno.chmod(path, 0o666), then: UNREADABLE },
  { name: "private", make: (path) => Deno.chmod(path, 0o600), then: "200" },
  { name: "a link to a deny", make: linked("deny"), then: "403 POLICY_DENIED reason link" },
  { name: "a link to an allow", make: linked("allow"), then: "200" },
  { name: "a link to nothing", make: linked("nothing"), then: UNREADABLE },
  {
    name: "for approval",
    make: replaced(policyOf({ effect: "require_approval" })),
    then: "403 APPROVAL_REQUIRED",
  },
  {
    name: "for sessions, without a table",
    make: replaced(policyOf({ effect: "require_server_session" })),
    then: "403 SESSION_REQUIRED",
  },
  {
    name: "for sessions, in a table",
    make: replaced(policyOf({ effect: "require_server_session", session_table: "sessions" })),
    then: "200",
  },
  {
    name: "for sessions, in another table",
    make: replaced(policyOf({ effect: "require_server_session", session_table: "others" })),
    then: "200",
  },
  {
    name: "for sessions, in no table at all",
    make: replaced(policyOf({ effect: "require_server_session", session_table: "nowhere" })),
    then: "503 SESSION_TABLE_INVALID",
  },
  { name: "for servers", make: replaced(policyOf({ effect: "require_server" })), then: "200" },
  {
    name: "silent",
    make: replaced(policyOf({ effect: "allow", profile: "x" })),
    then: "403 NO_MATCHING_RULE",
  },
  { name: "as before", make: replaced(ALLOW), then: "200" },
];

async function replaceByDirectory(path: string): Promise<void> {
  await Deno.remove(path);
  await Deno.mkdir(path);
}

/** Makes the file a link to something of its own, at one stroke. */
function linked(name: "allow" | "deny" | "nothing") {
  return async (path: string) => {
    const target = `${path}.${name}`;
    if (name === "allow") await Deno.writeTextFile(target, ALLOW);
    if (name === "deny") await Deno.writeTextFile(target, deny("reason link"));
    await Deno.symlink(target, `${path}.new`);
    await Deno.rename(`${path}.new`, path);
  };
}

/** What the file was, and when: the moments are those of the test's clock. */
interface State {
  readonly says: readonly string[];
  /** When the change to it began. */
  readonly from: number;
  /** When the change to the next was done. */
  until: number;
}

Deno.test("no answer contradicts the policy that was in the file when its request began", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await dynamoDbTable(endpoint, "others");
  await using sandbox = await openSandbox(ALLOW);
  await using server = await serve(sandbox, { env });
  await using pressure = new Pressure(server, 50);
  const states: State[] = [{ says: ["200"], from: -Infinity, until: Infinity }];
  for (const { name, make, then, torn } of CHANGES) {
    const from = performance.now();
    await make(sandbox.policyFile);
    const changed = performance.now();
    states.at(-1)!.until = changed;
    if (torn) states.push({ says: [INVALID], from, until: changed });
    states.push({ says: [then], from, until: Infinity });
    await waitFor(`answers when it is ${name}`, () => pressure.since(changed).length > 200);
    for (const answer of pressure.answers.splice(0)) {
      // Of a client that was held up for long, several states may have been in force meanwhile.
      const allowed = states
        .filter(({ from, until }) => from < answer.ended && until >= answer.begun)
        .flatMap(({ says }) => says);
      assert(
        allowed.includes(gist(answer)),
        `${name}: ${gist(answer)}, not ${allowed}: ${server.process.stderr()}`,
      );
    }
  }
  await pressure.stop();
  assertEquals((await server.end()).code, 0);
  for (const table of ["sessions", "others"]) {
    const sessions = await sessionsIn(table, { endpoint });
    assertEquals(sessions.map(({ status }) => status), ["expired"], table);
  }
  assertEquals(
    sandbox.sts.count("AssumeRole"),
    1,
    "a change of the policy is no reason to ask STS",
  );
});

Deno.test("the terminal is told each new refusal once, and where a broken policy is broken", async () => {
  await using sandbox = await openSandbox(ALLOW);
  await using server = await serve(sandbox);
  const misspelt = `version: "1"
rules:
  - name: all
    effect: alow
`;
  const steps: readonly (readonly [text: string, told: RegExp | null])[] = [
    [misspelt, /withheld: .*\n.*policy\.yaml:4:13: .*"alow".*"allow"/],
    [`${misspelt}# the same mistake\n`, null],
    [`${misspelt}    efect: deny\n`, /policy\.yaml:4:13: .*\n.*policy\.yaml:5:5: .*"efect"/],
    [ALLOW, null],
    [misspelt, /policy\.yaml:4:13: /],
    [deny("reason one"), /policy denies profile "prod": rule "deny" \(1\): reason one/],
    [deny("reason two"), /policy denies profile "prod": rule "deny" \(1\): reason two/],
    [`${deny("reason two")}\n`, null],
    [ALLOW, null],
  ];
  const expected: RegExp[] = [];
  for (const [text, message] of steps) {
    await sandbox.writePolicy(text);
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.ask()));
    assertEquals(new Set(answers.map(gist)).size, 1);
    assertEquals(answers[0]?.status === 200, text === ALLOW);
    if (message !== null) expected.push(message);
    const errors = server.process.stderr().split(/^(?=error: )/m);
    assertEquals(errors.length, expected.length, `after ${text}: ${errors.join("")}`);
    errors.forEach((error, index) => assertMatch(error, expected[index]!));
  }
});

Deno.test("credentials never outlive the cap of the rule that is in force", async () => {
  await using sandbox = await openSandbox(ALLOW);
  await using server = await serve(sandbox, { flags: ["--server-duration", "1h"] });
  const lifeSeconds = async () => {
    const { status, body } = await server.ask();
    assertEquals(status, 200);
    return (Date.parse(body["Expiration"]!) - Date.now()) / 1000;
  };
  assert(await lifeSeconds() > 3500);
  for (const [cap, seconds] of [["15m", 900], ["30m", 1800], ["12h", 3600]] as const) {
    await sandbox.writePolicy(policyOf({ effect: "allow", max_server_duration: cap }));
    for (let i = 0; i < 20; i++) {
      const life = await lifeSeconds();
      assert(life <= seconds && life > seconds - 60, `${life} s under a cap of ${cap}`);
    }
  }
  await sandbox.writePolicy(ALLOW);
  assert(await lifeSeconds() > 3500);
  const durations = sandbox.sts.calls.filter(({ action }) => action === "AssumeRole")
    .map(({ parameters }) => parameters["DurationSeconds"]);
  assertEquals(durations, ["3600", "900", "1800"]);
});
