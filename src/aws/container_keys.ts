/**
 * Gets the keys of a container's role (ECS, EKS Pod Identity, Greengrass) from the address in its
 * environment. The token goes to this machine or to the well-known addresses, and nowhere else.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import type { Environment } from "./config_files.ts";
import { askMetadata, keysOf } from "./metadata.ts";
import { readTokenFile } from "./token_file.ts";

const NAME = "the credential endpoint of this container";
const SUGGESTION = "Check the role of the task or pod, and that its agent runs.";
const RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/** Whether the environment names such an endpoint. */
export function hasContainerEndpoint(env: Environment): boolean {
  return Boolean(env.get(RELATIVE) || env.get(FULL));
}

/** Keys of the container's role, as they are now. Rejects with `SentinelError`. */
export async function fetchContainerKeys(env: Environment): Promise<BaseKeysNow> {
  const url = endpointOf(env);
  const token = await readToken(env);
  const ask = { name: NAME, suggestion: SUGGESTION };
  const answer = await askMetadata(url, {
    ...ask,
    headers: { accept: "application/json", ...token !== null && { authorization: token } },
  });
  return keysOf(answer, ask);
}

const WELL_KNOWN: ReadonlySet<string> = new Set([
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
  "localhost",
  "[::1]",
]);

function endpointOf(env: Environment): URL {
  const relative = env.get(RELATIVE) || null;
  const full = env.get(FULL) || null;
  if (relative !== null && full !== null) {
    throw refuse(`${RELATIVE} and ${FULL} are both set, and tools differ in which wins`, FULL);
  }
  if (relative !== null) {
    const url = relative.startsWith("/") ? URL.parse(`http://169.254.170.2${relative}`) : null;
    if (url?.hostname === "169.254.170.2" && !/[^!-~]/.test(relative)) return url;
    throw refuse(`${RELATIVE} is not a path`, RELATIVE);
  }
  if (full === null) {
    throw refuse(`neither ${RELATIVE} nor ${FULL} is set`, null);
  }
  const url = /^[!-~]+$/.test(full) ? URL.parse(full) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== "") {
    throw refuse(`${FULL} is not a plain http or https URL`, FULL);
  }
  if (WELL_KNOWN.has(url.hostname) || /^127(?:\.\d+){3}$/.test(url.hostname)) return url;
  throw refuse(
    `${FULL} leads to ${
      quote(url.hostname)
    }, which is neither this machine nor a well-known address`,
    FULL,
  );
}

/** The token for the header, or `null`. The file is read each time: an agent renews it. */
async function readToken(env: Environment): Promise<string | null> {
  const path = env.get(TOKEN_FILE) || null;
  const given = env.get(TOKEN) || null;
  if (path !== null && given !== null) {
    throw refuse(`${TOKEN} and ${TOKEN_FILE} are both set, and tools differ in which wins`, TOKEN);
  }
  let token = given;
  if (path !== null) {
    const file = await readTokenFile(path);
    if (file.kind === "unreadable") {
      throw refuse(`the file of ${TOKEN_FILE} ${file.reason}`, TOKEN_FILE, file.cause);
    }
    token = file.text;
  }
  // A newline would begin another header; every SDK refuses it.
  if (token === null || /^[ -~]+$/.test(token)) return token;
  throw refuse(`${path === null ? TOKEN : TOKEN_FILE} holds no plain line of text`, null);
}

function refuse(reason: string, variable: string | null, cause?: unknown): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot ask ${NAME}: ${reason}`, {
    suggestion: variable === null
      ? "EcsContainer works in a task or pod that has a role."
      : `Mend or unset ${variable}.`,
    cause,
  });
}
