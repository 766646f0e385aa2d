/**
 * The JSON Schema of `config.yaml`, for editors: from the schema by which the program reads the
 * file, with what a reader wants to know of each key.
 *
 * @module
 */
import * as z from "zod/mini";
import { CONFIG, type SETTINGS } from "../../src/config/config_schema.ts";

type Key = keyof typeof SETTINGS.shape | keyof typeof CONFIG.shape;

const DESCRIPTIONS: Readonly<Record<Key, string>> = {
  version: "Version of this format.",
  defaults: "Values for every profile.",
  profiles: "Values for single profiles, by name; they win over the defaults.",
  pin: "Values that no flag, variable or user can change. In the machine's own file only.",
  policy: "The policy that decides: an absolute path, ~/PATH, or ssm:/NAME in Parameter Store.",
  policy_refresh: "A change in Parameter Store counts within this time: 5s to 5m.",
  session_table: "Session table of servers: a DynamoDB table, or sqlite: with an absolute path.",
  request_table: "Table of approval requests, named like a session table.",
  breakglass_table: "Table of break-glass events, named like a session table.",
  region: "AWS region; AWS_REGION wins over it, and it over the profile's own.",
  server: "Whether exec serves credentials instead of handing them over.",
  log_file: "Decisions are appended to this file: an absolute path, or ~/PATH.",
};

interface ObjectSchema {
  readonly properties: Record<string, Record<string, unknown>>;
}

/** The schema as JSON with a newline at its end. */
export function configSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(CONFIG, { io: "input" });
  const document = structuredClone(rest) as unknown as ObjectSchema;
  const { defaults, profiles, pin } = document.properties;
  for (const settings of [defaults, profiles!["additionalProperties"], pin]) {
    const { properties } = settings as ObjectSchema;
    describe(properties);
    // An editor reads these words as what they are in YAML, and the program as they are written.
    properties["server"] = { type: "boolean", description: DESCRIPTIONS.server };
  }
  describe(document.properties);
  document.properties["version"] = { enum: ["1", 1], description: DESCRIPTIONS.version };
  const titled = { $schema, title: "config.yaml of Sentinel", ...document };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

function describe(properties: ObjectSchema["properties"]): void {
  for (const [key, schema] of Object.entries(properties)) {
    schema["description"] = DESCRIPTIONS[key as Key];
  }
}
