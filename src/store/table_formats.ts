/**
 * A table as infrastructure code: the same definition as the one that is created directly,
 * written for Terraform, for CloudFormation, or as the input of `CreateTable`. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { WantedTable } from "./provision_plan.ts";
import { tableDefinition, TTL_ATTRIBUTE } from "./tables.ts";

/** The ways to write a table down. */
const TABLE_FORMATS = ["terraform", "cloudformation", "json"] as const;

/** A way to write a table down. */
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** The table in one of the formats, as a file of its own. */
export function formatTable(wanted: WantedTable, format: TableFormat): string {
  switch (format) {
    case "terraform":
      return formatTerraform(wanted);
    case "cloudformation":
      return formatCloudFormation(wanted);
    case "json":
      return formatJson(wanted);
    default:
      return assertNever(format);
  }
}

/** Attributes that are keys somewhere. All are text. */
function keyAttributes({ kind, name }: WantedTable): string[] {
  return tableDefinition(kind, name).AttributeDefinitions.map((attribute) =>
    attribute.AttributeName
  );
}

/** One resource of the provider `hashicorp/aws`. */
function formatTerraform(wanted: WantedTable): string {
  const { defaultTable } = wanted.kind;
  const blocks = [
    ...keyAttributes(wanted).map((name) =>
      block("attribute", [["name", text(name)], ["type", text("S")]])
    ),
    ...wanted.kind.indexes.map(({ name, hashKey, rangeKey }) =>
      block("global_secondary_index", [
        ["name", text(name)],
        ["hash_key", text(hashKey)],
        ["range_key", text(rangeKey)],
        ["projection_type", text("KEYS_ONLY")],
      ])
    ),
    block("ttl", [["attribute_name", text(TTL_ATTRIBUTE)], ["enabled", "true"]]),
    block("point_in_time_recovery", [["enabled", String(wanted.pointInTimeRecovery)]]),
    ...(wanted.kmsKey === null ? [] : [
      block("server_side_encryption", [["enabled", "true"], ["kms_key_arn", text(wanted.kmsKey)]]),
    ]),
  ];
  const settings = assignments([
    ["name", text(wanted.name)],
    ["billing_mode", text("PAY_PER_REQUEST")],
    ["hash_key", text("id")],
    ["deletion_protection_enabled", String(wanted.deletionProtection)],
  ], "  ");
  return [
    `resource "aws_dynamodb_table" ${text(defaultTable.replaceAll("-", "_"))} {`,
    [settings, ...blocks].join("\n\n"),
    "}\n",
  ].join("\n");
}

type Assignment = readonly [name: string, value: string];

/** `name = value` lines, aligned as `terraform fmt` does. */
function assignments(lines: readonly Assignment[], indent: string): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`).join("\n");
}

function block(name: string, lines: readonly Assignment[]): string {
  return `  ${name} {\n${assignments(lines, "    ")}\n  }`;
}

/** Text in double quotes: no name of a table, an index or a key needs more than JSON's escapes. */
function text(value: string): string {
  return JSON.stringify(value);
}

function capitalised(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** A template with the table as its only resource. */
function formatCloudFormation(wanted: WantedTable): string {
  const { kind } = wanted;
  const { KeySchema, GlobalSecondaryIndexes } = tableDefinition(kind, wanted.name);
  const keys = (schema: typeof KeySchema, indent: string) =>
    schema.map(({ AttributeName, KeyType }) =>
      `${indent}- AttributeName: ${AttributeName}\n${indent}  KeyType: ${KeyType}`
    );
  return [
    `AWSTemplateFormatVersion: "2010-09-09"`,
    `Description: ${capitalised(kind.records)} of sentinel`,
    "Resources:",
    `  ${kind.defaultTable.split("-").map(capitalised).join("")}:`,
    "    Type: AWS::DynamoDB::Table",
    // The records are an audit trail: they outlive the stack.
    "    DeletionPolicy: Retain",
    "    UpdateReplacePolicy: Retain",
    "    Properties:",
    // Quoted, because a name may look like a number.
    `      TableName: ${text(wanted.name)}`,
    "      BillingMode: PAY_PER_REQUEST",
    `      DeletionProtectionEnabled: ${wanted.deletionProtection}`,
    "      AttributeDefinitions:",
    ...keyAttributes(wanted).map((name) =>
      `        - AttributeName: ${name}\n          AttributeType: S`
    ),
    "      KeySchema:",
    ...keys(KeySchema, "        "),
    "      GlobalSecondaryIndexes:",
    ...GlobalSecondaryIndexes.flatMap((index) => [
      `        - IndexName: ${index.IndexName}`,
      "          KeySchema:",
      ...keys(index.KeySchema, "            "),
      "          Projection:",
      `            ProjectionType: ${index.Projection.ProjectionType}`,
    ]),
    "      TimeToLiveSpecification:",
    `        AttributeName: ${TTL_ATTRIBUTE}`,
    "        Enabled: true",
    "      PointInTimeRecoverySpecification:",
    `        PointInTimeRecoveryEnabled: ${wanted.pointInTimeRecovery}`,
    ...(wanted.kmsKey === null ? [] : [
      "      SSESpecification:",
      "        SSEEnabled: true",
      "        SSEType: KMS",
      `        KMSMasterKeyId: ${text(wanted.kmsKey)}`,
    ]),
    "",
  ].join("\n");
}

/** What `aws dynamodb create-table --cli-input-json` takes; time to live and backups follow after. */
function formatJson(wanted: WantedTable): string {
  return `${JSON.stringify(createTableInput(wanted), null, 2)}\n`;
}

/** The input of DynamoDB's `CreateTable`. */
export function createTableInput(wanted: WantedTable) {
  return {
    ...tableDefinition(wanted.kind, wanted.name),
    DeletionProtectionEnabled: wanted.deletionProtection,
    ...(wanted.kmsKey !== null && { SSESpecification: encryption(wanted.kmsKey) }),
  };
}

/** How DynamoDB is told to encrypt a table with `key`. */
export function encryption(key: string) {
  return { Enabled: true, SSEType: "KMS", KMSMasterKeyId: key } as const;
}
