/**
 * Each constraint that STS puts on parameters, through the SDK: what is refused, with which
 * words, and that the values on the right side of each limit pass.
 *
 * @module
 */
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import fc from "fast-check";
import { assertEquals } from "../assert.ts";
import { startStsEndpoint } from "../sts_endpoint.ts";
import { ASSUME_ROLE, validate } from "./parameters.ts";
import { refusalOf, StsSdkClient } from "./sdk_client.ts";
import { StsError } from "./sts_error.ts";

const IDENTITY = "[\\w+=,.@-]*";
const EXTERNAL_ID = "[\\w+=,.@:\\/-]*";
const TAG_KEY = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+";

const notNull = (name: string) =>
  `Value null at '${name}' failed to satisfy constraint: Member must not be null`;
const broken = (value: unknown, name: string, constraint: string) =>
  `Value '${value}' at '${name}' failed to satisfy constraint: Member must ${constraint}`;
const tooShort = (n: number) => `have length greater than or equal to ${n}`;
const tooLong = (n: number) => `have length less than or equal to ${n}`;
const tooSmall = (n: number) => `have value greater than or equal to ${n}`;
const tooBig = (n: number) => `have value less than or equal to ${n}`;
const pattern = (source: string) => `satisfy regular expression pattern: ${source}`;

/** Changes to a good AssumeRole, and the constraints that they break. */
const REFUSED: readonly (readonly [Record<string, unknown>, ...string[]])[] = [
  [{ RoleArn: undefined }, notNull("roleArn")],
  [{ RoleSessionName: undefined }, notNull("roleSessionName")],
  [
    { RoleArn: undefined, RoleSessionName: undefined },
    notNull("roleArn"),
    notNull("roleSessionName"),
  ],
  [{ RoleArn: "arn:aws:iam::1:role" }, broken("arn:aws:iam::1:role", "roleArn", tooShort(20))],
  [{ RoleArn: "a".repeat(2049) }, broken("a".repeat(2049), "roleArn", tooLong(2048))],
  [{ RoleSessionName: "a" }, broken("a", "roleSessionName", tooShort(2))],
  [{ RoleSessionName: "" }, broken("", "roleSessionName", tooShort(2))],
  [{ RoleSessionName: "a".repeat(65) }, broken("a".repeat(65), "roleSessionName", tooLong(64))],
  [{ RoleSessionName: "a:b" }, broken("a:b", "roleSessionName", pattern(IDENTITY))],
  [{ RoleSessionName: "a/b" }, broken("a/b", "roleSessionName", pattern(IDENTITY))],
  [{ RoleSessionName: "a b" }, broken("a b", "roleSessionName", pattern(IDENTITY))],
  [{ RoleSessionName: "ab\n" }, broken("ab\n", "roleSessionName", pattern(IDENTITY))],
  [{ RoleSessionName: "jürgen" }, broken("jürgen", "roleSessionName", pattern(IDENTITY))],
  [{ RoleSessionName: `<a>&"'` }, broken(`<a>&"'`, "roleSessionName", pattern(IDENTITY))],
  [{ SourceIdentity: "x" }, broken("x", "sourceIdentity", tooShort(2))],
  [{ SourceIdentity: "x".repeat(65) }, broken("x".repeat(65), "sourceIdentity", tooLong(64))],
  [{ SourceIdentity: "aws:me" }, broken("aws:me", "sourceIdentity", pattern(IDENTITY))],
  [{ SourceIdentity: "arn/x" }, broken("arn/x", "sourceIdentity", pattern(IDENTITY))],
  [{ DurationSeconds: 899 }, broken(899, "durationSeconds", tooSmall(900))],
  [{ DurationSeconds: 0 }, broken(0, "durationSeconds", tooSmall(900))],
  [{ DurationSeconds: -900 }, broken(-900, "durationSeconds", tooSmall(900))],
  [{ DurationSeconds: 43_201 }, broken(43_201, "durationSeconds", tooBig(43_200))],
  [{ ExternalId: "x" }, broken("x", "externalId", tooShort(2))],
  [{ ExternalId: "x".repeat(1225) }, broken("x".repeat(1225), "externalId", tooLong(1224))],
  [{ ExternalId: "a b" }, broken("a b", "externalId", pattern(EXTERNAL_ID))],
  [{ SerialNumber: "short" }, broken("short", "serialNumber", tooShort(9))],
  [{ TokenCode: "12345" }, broken("12345", "tokenCode", tooShort(6))],
  [{ TokenCode: "1234567" }, broken("1234567", "tokenCode", tooLong(6))],
  [{ TokenCode: "12345a" }, broken("12345a", "tokenCode", pattern("[\\d]*"))],
  [
    { Tags: [{ Key: "", Value: "" }] },
    broken("", "tags.1.member.key", tooShort(1)),
    broken("", "tags.1.member.key", pattern(TAG_KEY)),
  ],
  [
    { Tags: [{ Key: "k", Value: "v" }, { Key: "a*", Value: "" }] },
    broken("a*", "tags.2.member.key", pattern(TAG_KEY)),
  ],
  [
    { Tags: [{ Key: "k", Value: "v".repeat(257) }] },
    broken("v".repeat(257), "tags.1.member.value", tooLong(256)),
  ],
  [{ TransitiveTagKeys: ["a;"] }, broken("a;", "transitiveTagKeys.1.member", pattern(TAG_KEY))],
  [{ PolicyArns: [{ arn: "arn" }] }, broken("arn", "policyArns.1.member.arn", tooShort(20))],
  [
    { RoleSessionName: "/", SourceIdentity: "a:b", DurationSeconds: 1 },
    broken("/", "roleSessionName", tooShort(2)),
    broken("/", "roleSessionName", pattern(IDENTITY)),
    broken(1, "durationSeconds", tooSmall(900)),
    broken("a:b", "sourceIdentity", pattern(IDENTITY)),
  ],
];

function good(roleArn: string): AssumeRoleCommandInput {
  return { RoleArn: roleArn, RoleSessionName: "s1" };
}

Deno.test("AssumeRole refuses parameters as STS does, every broken constraint at once", async (t) => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R", maxSessionDurationSeconds: 43_200 });
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  for (const [change, ...constraints] of REFUSED) {
    await t.step(JSON.stringify(change).slice(0, 70), async () => {
      const count = constraints.length;
      const refusal = await refusalOf(
        client.send(new AssumeRoleCommand({ ...good(role.arn), ...change })),
      );
      assertEquals([refusal.status, refusal.code], [400, "ValidationError"]);
      const [head, ...rest] = refusal.message.split(": Value ");
      assertEquals(head, `${count} validation error${count > 1 ? "s" : ""} detected`);
      const listed = `Value ${rest.join(": Value ")}`.split("; Value ")
        .map((text, i) => i === 0 ? text : `Value ${text}`);
      assertEquals(listed.sort(), [...constraints].sort());
    });
  }
  assertEquals(sts.calls.filter((call) => call.outcome !== "error"), []);
});

Deno.test("AssumeRole takes values at each limit", async () => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R", maxSessionDurationSeconds: 43_200 });
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  for (
    const change of [
      { RoleSessionName: "ab" },
      { RoleSessionName: "Az09_+=,.@-".padEnd(64, "x") },
      { SourceIdentity: "sentinel=me@x=direct=0123456789abcdef" },
      { SourceIdentity: "x".repeat(64) },
      { DurationSeconds: 900 },
      { DurationSeconds: 43_200 },
      { ExternalId: "x:/@=,.+-_" },
      { ExternalId: "x".repeat(1224) },
      { Policy: '{"Version":"2012-10-17"}' },
      { PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }] },
      { Tags: [{ Key: "Kosten Stelle é", Value: "" }], TransitiveTagKeys: ["Kosten Stelle é"] },
    ]
  ) {
    await client.send(new AssumeRoleCommand({ ...good(role.arn), ...change }));
  }
});

Deno.test("a role ARN that is none is named in the refusal", async () => {
  await using sts = startStsEndpoint();
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  for (
    const arn of [
      "arn:aws:iam::123456789012:user/alice",
      "arn:aws:iam::12345678901:role/Short",
      "arn:aws:sts::123456789012:assumed-role/R/s1",
      "arn:aws:iam::123456789012:role/",
      "just some words, not an ARN",
    ]
  ) {
    assertEquals(await refusalOf(client.send(new AssumeRoleCommand(good(arn)))), {
      status: 400,
      code: "ValidationError",
      message: `${arn} is invalid`,
    });
  }
});

Deno.test("AssumeRole refuses a broken session policy and a strange MFA device", async () => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R" });
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  for (
    const [change, status, code] of [
      [{ Policy: "{" }, 400, "MalformedPolicyDocument"],
      [{ SerialNumber: "GAHT12345678", TokenCode: "123456" }, 403, "AccessDenied"],
    ] as const
  ) {
    const refusal = await refusalOf(
      client.send(new AssumeRoleCommand({ ...good(role.arn), ...change })),
    );
    // The SDK models the policy error as MalformedPolicyDocumentException.
    assertEquals([refusal.status, refusal.code.replace(/Exception$/, "")], [status, code]);
  }
});

Deno.test("GetSessionToken takes 900 to 129600 seconds", async () => {
  await using sts = startStsEndpoint();
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const ask = (DurationSeconds: number) =>
    client.send(new GetSessionTokenCommand({ DurationSeconds }));
  await ask(900);
  await ask(129_600);
  for (const [seconds, limit] of [[899, tooSmall(900)], [129_601, tooBig(129_600)]] as const) {
    assertEquals(await refusalOf(ask(seconds)), {
      status: 400,
      code: "ValidationError",
      message: `1 validation error detected: ${broken(seconds, "durationSeconds", limit)}`,
    });
  }
});

Deno.test("calls that are no calls of this API are refused", async (t) => {
  await using sts = startStsEndpoint();
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  let body = "";
  client.middlewareStack.add((next) => (args) => {
    (args.request as { body: string }).body = body;
    return next(args);
  }, { step: "build", priority: "high" });
  const version = "Version=2011-06-15";
  const whoami = `Action=GetCallerIdentity&${version}`;
  const assume =
    `Action=AssumeRole&${version}&RoleArn=arn:aws:iam::123456789012:role/R&RoleSessionName=s1`;
  for (
    const [sent, code, message] of [
      ["", "MissingAction", "The request must contain the parameter Action"],
      [version, "MissingAction", "The request must contain the parameter Action"],
      [
        "Action=GetCallerIdentity",
        "InvalidAction",
        "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
      ],
      [
        "Action=GetCallerIdentity&Version=2011-06-16",
        "InvalidAction",
        "Could not find operation GetCallerIdentity for version 2011-06-16",
      ],
      [
        `Action=Nope&${version}`,
        "InvalidAction",
        "Could not find operation Nope for version 2011-06-15",
      ],
      [
        `Action=getcalleridentity&${version}`,
        "InvalidAction",
        "Could not find operation getcalleridentity for version 2011-06-15",
      ],
      [
        `Action=constructor&${version}`,
        "InvalidAction",
        "Could not find operation constructor for version 2011-06-15",
      ],
      [
        `Action=__proto__&${version}`,
        "InvalidAction",
        "Could not find operation __proto__ for version 2011-06-15",
      ],
      [
        `${whoami}&Action=AssumeRole`,
        "MalformedQueryString",
        "The request contains a parameter twice",
      ],
      [`${assume}&RoleArn=x`, "MalformedQueryString", "The request contains a parameter twice"],
      [`${whoami}&RoleArn=x`, "ValidationError", "Unknown parameter: RoleArn"],
      [`${whoami}&constructor=x`, "ValidationError", "Unknown parameter: constructor"],
      [`${assume}&SourceIdentify=alice`, "ValidationError", "Unknown parameter: SourceIdentify"],
      [`${assume}&sourceIdentity=alice`, "ValidationError", "Unknown parameter: sourceIdentity"],
      [`${assume}&Tags.member.N.Key=a`, "ValidationError", "Unknown parameter: Tags.member.N.Key"],
      [`${assume}&Tags.member.0.Key=a`, "ValidationError", "Unknown parameter: Tags.member.0.Key"],
      [`${assume}&DurationSeconds=abc`, "MalformedInput", "DurationSeconds is not an integer"],
      [`${assume}&DurationSeconds=900.5`, "MalformedInput", "DurationSeconds is not an integer"],
      [`${assume}&DurationSeconds=1e3`, "MalformedInput", "DurationSeconds is not an integer"],
      [`${assume}&DurationSeconds=`, "MalformedInput", "DurationSeconds is not an integer"],
    ] as const
  ) {
    await t.step(sent.slice(0, 90), async () => {
      body = sent;
      const refusal = await refusalOf(client.send(new GetCallerIdentityCommand({})));
      assertEquals(refusal, { status: 400, code, message });
    });
  }
});

Deno.test("validate() takes exactly the session names that the API model describes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (name) => {
      // Written apart from the rule: ASCII letters, digits and seven signs, 2 to 64 of them.
      const legal = [...name].length >= 2 && [...name].length <= 64 &&
        [...name].every((c) =>
          (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || (c >= "0" && c <= "9") ||
          "_+=,.@-".includes(c)
        );
      const parameters = new Map([
        ["RoleArn", "arn:aws:iam::123456789012:role/R"],
        ["RoleSessionName", name],
      ]);
      let taken = true;
      try {
        validate(parameters, ASSUME_ROLE);
      } catch (thrown) {
        if (!(thrown instanceof StsError)) throw thrown;
        taken = false;
      }
      return taken === legal;
    }),
    {
      numRuns: 500,
      seed: 1,
      examples: [["ab"], ["a"], ["a\n"], ["ab\u2028"], ["x".repeat(64)], ["x".repeat(65)]],
    },
  );
});
