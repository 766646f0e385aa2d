/**
 * The printed IAM policies: their names, and that each allows what its part does and no more.
 *
 * @module
 */
import {
  formatIamPolicy,
  partitionOf,
  tablePolicy,
  type TablePolicyOptions,
  tableRoles,
} from "../../src/store/iam_policy.ts";
import { REQUEST_TABLE, SESSION_TABLE, TABLE_KINDS } from "../../src/store/table_kind.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

function policy(options: Partial<TablePolicyOptions> = {}) {
  return tablePolicy({
    kind: SESSION_TABLE,
    table: "sessions",
    region: "eu-west-1",
    role: null,
    kmsKey: null,
    ...options,
  });
}

const TABLE = "arn:aws:dynamodb:eu-west-1:*:table/sessions";

Deno.test("the whole policy: two statements of known names, on the table and its indexes", () => {
  const { Version, Statement } = policy();
  assertEquals(Version, "2012-10-17");
  assertEquals(Statement.map(({ Sid, Effect, Resource }) => [Sid, Effect, Resource]), [
    ["SentinelSessionTableProvisioning", "Allow", TABLE],
    ["SentinelSessionTableOperations", "Allow", [TABLE, `${TABLE}/index/*`]],
  ]);
  const [provisioning, operations] = Statement.map(({ Action }) => Action);
  assertEquals(provisioning, [
    "dynamodb:CreateTable",
    "dynamodb:DescribeTable",
    "dynamodb:UpdateTimeToLive",
    "dynamodb:UpdateTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:UpdateContinuousBackups",
  ]);
  assertEquals(operations, [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:BatchGetItem",
  ]);
});

Deno.test("each role: the least, and nobody deletes, scans or changes the table", () => {
  const actions = (role: TablePolicyOptions["role"]) =>
    policy({ role }).Statement.flatMap(({ Action }) => Action);
  assertEquals(actions("server"), [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
  ]);
  assertEquals(actions("revoker"), [
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:UpdateItem",
    "dynamodb:Query",
  ]);
  assertEquals(actions("auditor"), [
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
  ]);
  for (const role of tableRoles(SESSION_TABLE)) {
    for (const { Action, Resource } of policy({ role }).Statement) {
      const isIndex = String(Resource).endsWith("/index/*");
      assertEquals(Action.includes("dynamodb:Query"), isIndex, `${role} ${Resource}`);
    }
  }
});

Deno.test("names of statements are legal and differ; nothing allows everything", () => {
  const parts = TABLE_KINDS.flatMap((kind) =>
    [null, ...tableRoles(kind)].map((role) => ({ kind, role }))
  );
  for (const { kind, role } of parts) {
    for (const kmsKey of [null, "alias/sessions"]) {
      const { Statement } = policy({ kind, role, kmsKey });
      const names = Statement.map(({ Sid }) => Sid);
      assertEquals(new Set(names).size, names.length);
      for (const { Sid, Action, Resource } of Statement) {
        assert(/^[A-Za-z0-9]+$/.test(Sid), Sid);
        assert(!Action.some((action) => action.endsWith(":*")), Sid);
        for (const arn of [Resource].flat()) assert(/^arn:aws:(dynamodb|kms):eu-west-1:/.test(arn));
      }
    }
  }
});

Deno.test("the partition follows the region", () => {
  for (
    const [region, partition] of [
      ["eu-west-1", "aws"],
      ["us-east-1", "aws"],
      ["cn-north-1", "aws-cn"],
      ["us-gov-west-1", "aws-us-gov"],
      ["us-iso-east-1", "aws-iso"],
      ["us-isob-east-1", "aws-iso-b"],
      ["eu-isoe-west-1", "aws-iso-e"],
      ["us-isof-south-1", "aws-iso-f"],
      ["eusc-de-east-1", "aws-eusc"],
    ] as const
  ) {
    assertEquals(partitionOf(region), partition, region);
    for (const role of [null, ...tableRoles(SESSION_TABLE)]) {
      const { Statement } = policy({ region, role, kmsKey: "alias/sessions" });
      for (const arn of Statement.flatMap(({ Resource }) => Resource)) {
        assertEquals(arn.split(":").slice(0, 2), ["arn", partition]);
        assertEquals(arn.split(":")[3], region);
      }
    }
  }
  assertEquals(
    policy({ region: null }).Statement[0]!.Resource,
    "arn:aws:dynamodb:*:*:table/sessions",
  );
});

Deno.test("an encrypted table: its key, for DynamoDB only, and whoever only reads cannot encrypt", () => {
  const key = (kmsKey: string, role: TablePolicyOptions["role"] = "auditor") =>
    policy({ kmsKey, role }).Statement.find(({ Sid }) => Sid === "SentinelSessionTableKey")!;
  const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  const arn = `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
  assertEquals(key(arn), {
    Sid: "SentinelSessionTableKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:DescribeKey"],
    Resource: arn,
    Condition: { StringLike: { "kms:ViaService": "dynamodb.eu-west-1.amazonaws.com" } },
  });
  assertEquals(key(id).Resource, `arn:aws:kms:eu-west-1:*:key/${id}`);
  for (const alias of ["alias/a/b", "arn:aws:kms:eu-west-1:123456789012:alias/a/b"]) {
    const { Resource, Condition } = key(alias);
    assert(String(Resource).endsWith(":key/*"), String(Resource));
    assertEquals(Condition?.["ForAnyValue:StringEquals"], { "kms:ResourceAliases": "alias/a/b" });
  }
  assert(key(arn, null).Action.includes("kms:CreateGrant"));
});

Deno.test("the text is the document", () => {
  assertEquals(JSON.parse(formatIamPolicy(policy())), policy());
});

Deno.test("a role that the kind of table does not have is a defect", () => {
  for (const role of ["revoker", "constructor", ""]) {
    assertThrows(() => policy({ kind: REQUEST_TABLE, role }), SentinelError, "has no role");
  }
});
