/**
 * The settings of a profile that are not credentials, and the text of a configuration file that
 * holds them and nothing else. A key that is not known to be harmless never gets into it: an
 * unknown kind of sign-in in the child's `[default]` would outrank the credentials of the gate.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { configError, type ConfigFiles } from "./config_files.ts";
import type { ProfileEntry, ProfileSection } from "./profile_section.ts";

type Texts = ReadonlyMap<string, string>;

/** Settings that survive into the child. */
export interface ChildSettings {
  /** `key = value`, like `region` and `retry_mode`. */
  readonly values: Texts;
  /** Blocks of `key = value`, like `s3`. */
  readonly blocks: ReadonlyMap<string, Texts>;
  /** The `[services NAME]` section that the profile names, or `null`. */
  readonly services: {
    readonly name: string;
    /** Settings by service, like `dynamodb` → `endpoint_url`. */
    readonly blocks: ReadonlyMap<string, Texts>;
  } | null;
}

// What botocore, the aws command and the JavaScript, Go and Java SDKs read from a profile besides
// credentials. `cli_*` is allowed too.
const VALUES: ReadonlySet<string> = new Set([
  "account_id_endpoint_mode",
  "auth_scheme_preference",
  "ca_bundle",
  "csm_client_id",
  "csm_enabled",
  "csm_host",
  "csm_port",
  "data_path",
  "defaults_mode",
  "disable_clock_skew_correction",
  "disable_host_prefix_injection",
  "disable_request_compression",
  "endpoint_discovery_enabled",
  "endpoint_url",
  "ignore_configured_endpoint_urls",
  "max_attempts",
  "output",
  "parameter_validation",
  "region",
  "request_checksum_calculation",
  "request_min_compression_size_bytes",
  "response_checksum_validation",
  "retry_mode",
  "s3_disable_express_session_auth",
  "s3_disable_multiregion_access_points",
  "s3_us_east_1_regional_endpoint",
  "s3_use_arn_region",
  "sdk_ua_app_id",
  "sigv4a_signing_region_set",
  "sts_regional_endpoints",
  "tcp_keepalive",
  "use_dualstack_endpoint",
  "use_fips_endpoint",
]);
const BLOCKS: ReadonlySet<string> = new Set(["api_versions", "emr", "s3"]);

/** The settings of a profile. Throws `CONFIG_INVALID` when its services section cannot be used. */
export function readChildSettings(section: ProfileSection, files: ConfigFiles): ChildSettings {
  const values = new Map<string, string>();
  const blocks = new Map<string, Texts>();
  for (const [key, { value, block }] of section.entries) {
    if (block !== null) {
      if (BLOCKS.has(key)) blocks.set(key, block);
    } else if (VALUES.has(key) || key.startsWith("cli_")) values.set(key, value);
  }
  const services = section.entries.get("services");
  return {
    values,
    blocks,
    services: services === undefined ? null : readServices(services, files),
  };
}

function readServices(
  wantedBy: ProfileEntry,
  { config }: ConfigFiles,
): NonNullable<ChildSettings["services"]> {
  const name = wantedBy.value;
  const section = config.ini.sections.get(`services ${name}`);
  const what = `Cannot use the services section ${quote(name)}`;
  if (section?.problem) {
    const { line, reason } = section.problem;
    throw configError(what, { file: config.path, line }, reason);
  }
  if (section === undefined || section.entries.size === 0) {
    throw configError(what, wantedBy, "there is none, or it is empty");
  }
  const blocks = new Map<string, Texts>();
  for (const [key, { block }] of section.entries) {
    if (block !== null) blocks.set(key, block);
  }
  return { name, blocks };
}

/** Name of the services section of a generated file. */
const SERVICES = "child";

/**
 * A configuration file whose `[default]` profile has exactly `settings`: the same text for the
 * same settings. Throws `CONFIG_INVALID` for text that could not be read back as it is.
 */
export function generateChildConfig({ values, blocks, services }: ChildSettings): string {
  const own = new Map(values);
  const serviceLines = formatBlocks(services?.blocks ?? new Map());
  if (serviceLines.length > 0) own.set("services", SERVICES);
  const lines = ["[default]", ...formatValues(own), ...formatBlocks(blocks)];
  if (serviceLines.length > 0) lines.push("", `[services ${SERVICES}]`, ...serviceLines);
  return `${lines.join("\n")}\n`;
}

function formatBlocks(blocks: ReadonlyMap<string, Texts>): readonly string[] {
  return [...blocks].sort(byKey).filter(([, block]) => block.size > 0).flatMap(([key, block]) => [
    `${checkedKey(key)} =`,
    ...formatValues(block).map((line) => `  ${line}`),
  ]);
}

function formatValues(values: Texts): readonly string[] {
  return [...values].sort(byKey).map(([key, value]) => {
    if (value === "" && key.startsWith("cli_")) return `${checkedKey(key)} =`;
    if (!isReadBack(value)) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot write the setting ${
          quote(key)
        } for the child: AWS tools would read its value differently`,
      );
    }
    // After a space these would begin a comment for the JavaScript SDK.
    return `${checkedKey(key)} =${/^[#;]/.test(value) ? "" : " "}${value}`;
  });
}

/** Whether a value is printable, not empty, without space around it and a comment within. */
function isReadBack(value: string): boolean {
  return /^(?:[^\p{C}\p{Z}]| )+$/u.test(value) && value.trim() === value && !/ [#;]/.test(value);
}

function checkedKey(key: string): string {
  if (/^[\w-]+$/.test(key)) return key;
  throw new SentinelError(
    "CONFIG_INVALID",
    `Cannot write the setting ${quote(key)} for the child: it is not a key that AWS tools read`,
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
