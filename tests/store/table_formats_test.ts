/**
 * The table as infrastructure code: read back, each format says what `CreateTable` is told.
 *
 * @module
 */
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { load } from "js-yaml";
import type { WantedTable } from "../../src/store/provision_plan.ts";
import { createTableInput, formatTable } from "../../src/store/table_formats.ts";
import { assertEquals } from "../support/assert.ts";

const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

// Names that YAML or HCL would read as something else.
const NAMES = ["sentinel-sessions", "123", "1e3", "null", "0x10", "...", "-.-", "true", "2026.11"];

function* wantedTables(): Generator<WantedTable> {
  for (const name of NAMES) {
    for (const isOn of [true, false]) {
      for (const kmsKey of [null, KEY]) {
        yield {
          kind: SESSION_TABLE,
          name,
          deletionProtection: isOn,
          pointInTimeRecovery: isOn,
          kmsKey,
        };
      }
    }
  }
}

Deno.test("json is the input of CreateTable", () => {
  for (const wanted of wantedTables()) {
    assertEquals(JSON.parse(formatTable(wanted, "json")), createTableInput(wanted));
  }
});

Deno.test("cloudformation says the same, and keeps the records when the stack goes", () => {
  for (const wanted of wantedTables()) {
    // deno-lint-ignore no-explicit-any
    const template = load(formatTable(wanted, "cloudformation")) as any;
    assertEquals(template.AWSTemplateFormatVersion, "2010-09-09");
    const { Type, DeletionPolicy, UpdateReplacePolicy, Properties } =
      template.Resources.SentinelSessions;
    assertEquals([Type, DeletionPolicy, UpdateReplacePolicy], [
      "AWS::DynamoDB::Table",
      "Retain",
      "Retain",
    ]);
    const { TimeToLiveSpecification, PointInTimeRecoverySpecification, ...rest } = Properties;
    assertEquals(TimeToLiveSpecification, { AttributeName: "ttl", Enabled: true });
    assertEquals(PointInTimeRecoverySpecification, {
      PointInTimeRecoveryEnabled: wanted.pointInTimeRecovery,
    });
    const { SSESpecification: sse, ...input } = createTableInput(wanted);
    assertEquals(rest, {
      ...input,
      // CloudFormation has another name for the same switch.
      ...(sse && {
        SSESpecification: {
          SSEEnabled: sse.Enabled,
          SSEType: sse.SSEType,
          KMSMasterKeyId: sse.KMSMasterKeyId,
        },
      }),
    });
  }
});

interface Block {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly blocks: readonly Block[];
}

/** Reads the plain part of HCL that is written here. Fails on anything else. */
function parseHcl(lines: string[], name: string): Block {
  const values: Record<string, unknown> = {};
  const blocks: Block[] = [];
  for (;;) {
    const line = lines.shift()!.trim();
    if (line === "}") return { name, values, blocks };
    const opened = /^(\w+) \{$/.exec(line);
    const assigned = /^(\w+) += (".*"|true|false)$/.exec(line);
    if (opened !== null) blocks.push(parseHcl(lines, opened[1]!));
    else if (assigned !== null) values[assigned[1]!] = JSON.parse(assigned[2]!);
    else if (line !== "") throw new Error(`not understood: ${line}`);
  }
}

Deno.test("terraform says the same", () => {
  for (const wanted of wantedTables()) {
    const lines = formatTable(wanted, "terraform").split("\n");
    assertEquals(lines.shift(), 'resource "aws_dynamodb_table" "sentinel_sessions" {');
    const { values, blocks } = parseHcl(lines, "resource");
    assertEquals(lines, [""]);
    const input = createTableInput(wanted);
    assertEquals(values, {
      name: input.TableName,
      billing_mode: input.BillingMode,
      hash_key: input.KeySchema[0]!.AttributeName,
      deletion_protection_enabled: input.DeletionProtectionEnabled,
    });
    const all = (name: string) =>
      blocks.filter((block) => block.name === name).map((block) => block.values);
    assertEquals(
      all("attribute"),
      input.AttributeDefinitions.map((entry) => ({
        name: entry.AttributeName,
        type: entry.AttributeType,
      })),
    );
    assertEquals(
      all("global_secondary_index"),
      input.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
        name: IndexName,
        hash_key: KeySchema[0]!.AttributeName,
        range_key: KeySchema[1]!.AttributeName,
        projection_type: Projection.ProjectionType,
      })),
    );
    assertEquals(all("ttl"), [{ attribute_name: "ttl", enabled: true }]);
    assertEquals(all("point_in_time_recovery"), [{ enabled: wanted.pointInTimeRecovery }]);
    const encryption = wanted.kmsKey === null ? [] : [{ enabled: true, kms_key_arn: KEY }];
    assertEquals(all("server_side_encryption"), encryption);
  }
});
