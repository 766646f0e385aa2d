/**
 * Gets the keys of an EC2 instance's role from its metadata service, version 2 only: the older
 * version answers whoever can make a program fetch a URL.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import type { Environment } from "./config_files.ts";
import { askMetadata, keysOf } from "./metadata.ts";

const NAME = "the metadata service of this instance";
const SUGGESTION = "Ec2InstanceMetadata works on an EC2 instance with a role; in a container its " +
  "hop limit must be 2 or more.";
const ROLES = "/latest/meta-data/iam/security-credentials/";
const ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
/** The token is used at once. */
const TOKEN_SECONDS = "60";

/** Keys of the instance's role, as they are now. Rejects with `SentinelError`. */
export async function fetchInstanceKeys(env: Environment): Promise<BaseKeysNow> {
  if (env.get("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") {
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot ask ${NAME}: AWS_EC2_METADATA_DISABLED is set`,
      { suggestion: "Unset AWS_EC2_METADATA_DISABLED." },
    );
  }
  const base = endpointOf(env);
  const ask = { name: NAME, suggestion: SUGGESTION };
  const token = await askMetadata(new URL("/latest/api/token", base), {
    ...ask,
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS },
  });
  if (token.status !== 200 || !/^[!-~]+$/.test(token.text)) {
    throw refused(`it gave no token (status ${token.status})`);
  }
  const headers = { "x-aws-ec2-metadata-token": token.text };
  const roles = await askMetadata(new URL(ROLES, base), { ...ask, headers });
  const role = roles.text.trim();
  if (roles.status === 404 || role === "") throw refused("the instance has no role");
  if (roles.status !== 200 || !/^[\w+=,.@-]{1,64}$/.test(role)) {
    throw refused(`it named no role (status ${roles.status})`);
  }
  const keys = await askMetadata(new URL(ROLES + encodeURIComponent(role), base), {
    ...ask,
    headers,
  });
  return keysOf(keys, ask);
}

function refused(reason: string): SentinelError {
  return new SentinelError("AWS_REFUSED", `Cannot get credentials from ${NAME}: ${reason}`, {
    suggestion: SUGGESTION,
  });
}

const WELL_KNOWN: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "[fd00:ec2::254]",
  "127.0.0.1",
  "localhost",
  "[::1]",
]);

/** Where the service is. An address elsewhere could not be the instance's own. */
function endpointOf(env: Environment): URL {
  const mode = env.get(MODE) || "IPv4";
  const isSix = mode.toLowerCase() === "ipv6";
  const text = env.get(ENDPOINT) ||
    (isSix ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  const url = URL.parse(text);
  if (url?.protocol === "http:" && WELL_KNOWN.has(url.hostname) && url.username === "") return url;
  throw new SentinelError(
    "CONFIG_INVALID",
    `Cannot use ${ENDPOINT}: ${
      quote(url?.host ?? "")
    } is neither the address of the metadata service nor this machine`,
    { suggestion: `Unset ${ENDPOINT}.` },
  );
}
