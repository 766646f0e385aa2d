/**
 * Callers: every form of ARN, the name by which policies know its owner, and no way for one to
 * pass for another.
 *
 * @module
 */
import * as fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { parseCallerArn, policyUsername } from "../../src/aws/identity.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const SSO_ROLE = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";

const NAMES: readonly (readonly [string, string])[] = [
  ["arn:aws:iam::123456789012:user/alice", "alice"],
  ["arn:aws:iam::123456789012:user/division_abc/team/Zed", "Zed"],
  ["arn:aws:iam::123456789012:user/a/b/alice@example.com", "alice@example.com"],
  ["arn:aws-cn:iam::123456789012:user/alice", "alice"],
  ["arn:aws-us-gov:iam::123456789012:user/alice", "alice"],
  ["arn:aws-iso:iam::123456789012:user/alice", "alice"],
  ["arn:aws-iso-b:iam::123456789012:user/alice", "alice"],
  ["arn:aws-eusc:iam::123456789012:user/alice", "alice"],
  ["arn:aws:iam::123456789012:root", "root"],
  ["arn:aws:sts::123456789012:federated-user/bob", "federated-user/bob"],
  ["arn:aws:sts::123456789012:assumed-role/Deploy/alice", "Deploy/alice"],
  [
    "arn:aws:sts::123456789012:assumed-role/Deploy/i-0123456789abcdef0",
    "Deploy/i-0123456789abcdef0",
  ],
  [`arn:aws:sts::123456789012:assumed-role/${SSO_ROLE}/alice@example.com`, "alice@example.com"],
];

for (const [arn, name] of NAMES) {
  Deno.test(`${arn} is ${name}`, () => assertEquals(policyUsername(arn), name));
}

Deno.test("only what Identity Center makes of a permission set names a person", () => {
  for (
    const role of [
      "AWSReservedSSO_Admin",
      "AWSReservedSSO_Admin_0123456789abcde",
      "AWSReservedSSO_Admin_0123456789ABCDEF",
      "AWSReservedSSO__0123456789abcdef",
      "xAWSReservedSSO_Admin_0123456789abcdef",
      "AWSReservedSSO_Admin_0123456789abcdefx",
      "awsreservedsso_Admin_0123456789abcdef",
    ]
  ) {
    const arn = `arn:aws:sts::123456789012:assumed-role/${role}/alice`;
    assertEquals(policyUsername(arn), `${role}/alice`);
  }
});

Deno.test("parseCallerArn() gives the parts", () => {
  assertEquals(parseCallerArn("arn:aws-cn:sts::123456789012:assumed-role/R/s@x"), {
    partition: "aws-cn",
    account: "123456789012",
    kind: "assumed-role",
    role: "R",
    session: "s@x",
  });
  assertEquals(parseCallerArn("arn:aws:iam::123456789012:root"), {
    partition: "aws",
    account: "123456789012",
    kind: "root",
  });
});

const MALFORMED = [
  "",
  "alice",
  "arn:aws:iam::123456789012:user/",
  "arn:aws:iam::123456789012:user/a//",
  "arn:aws:iam::12345678901:user/alice",
  "arn:aws:iam::1234567890123:user/alice",
  "arn:aws:iam:us-east-1:123456789012:user/alice",
  "arn:aws:sts::123456789012:user/alice",
  "arn:aws:iam::123456789012:assumed-role/R/s",
  "arn:aws:iam::123456789012:federated-user/x",
  "arn:aws:sts::123456789012:assumed-role/R",
  "arn:aws:sts::123456789012:assumed-role/R/s/t",
  "arn:aws:sts::123456789012:assumed-role/a/b/../s",
  "arn:aws:sts::123456789012:root",
  "arn:aws:iam::123456789012:root/x",
  "arn:aws:iam::123456789012:role/R",
  "arn:aws:iam::123456789012:user/alice\n",
  "arn:aws:iam::123456789012:user/alice bob",
  "arn:aws:iam::123456789012:user/al\u0131ce",
  "arn:aws:iam::123456789012:user/*",
  "arn:evil:iam::123456789012:user/alice",
  "ARN:AWS:IAM::123456789012:USER/alice",
  " arn:aws:iam::123456789012:user/alice",
  `arn:aws:iam::123456789012:user/${"x".repeat(65)}`,
];

for (const arn of MALFORMED) {
  Deno.test(`${JSON.stringify(arn.slice(0, 60))} is nobody`, () => {
    const error = assertThrows(() => policyUsername(arn), SentinelError);
    assertEquals(error.code, "AWS_UNAVAILABLE");
    assert(!/[\n\u0131]/.test(error.message) || arn.includes("\u0131"));
  });
}

Deno.test("a role session never has the name of a user, whatever it calls itself", () => {
  const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
  fc.assert(
    fc.property(name, name, name, (user, role, session) => {
      fc.pre(!role.startsWith("AWSReservedSSO_"));
      const account = "arn:aws:sts::123456789012";
      const bySession = policyUsername(`${account}:assumed-role/${role}/${session}`);
      assert(bySession !== policyUsername(`arn:aws:iam::123456789012:user/${user}`));
      assert(bySession !== "root");
    }),
    { numRuns: 200, seed: 3 },
  );
});

Deno.test("a hostile ARN is refused at once", () => {
  const started = performance.now();
  assertThrows(() => policyUsername(`arn:aws:iam::123456789012:user/${"a/".repeat(100_000)}`));
  assertThrows(() => policyUsername(`arn:${"aws-a".repeat(50_000)}`));
  assert(performance.now() - started < 1000);
});
