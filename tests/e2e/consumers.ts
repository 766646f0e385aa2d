/**
 * The clients for which credentials are made, as commands that say who they are, and whether this
 * machine has them.
 *
 * @module
 */

/** The JavaScript SDK on its defaults; see `who_am_i.ts`. Takes the number of calls. */
export const JAVASCRIPT: readonly string[] = [
  Deno.execPath(),
  ...["run", "-A", "--frozen", "--quiet", new URL("who_am_i.ts", import.meta.url).pathname],
];

/** botocore on its defaults: prints `{ arn, region, settings }`. Takes the number of calls. */
export const BOTOCORE: readonly string[] = [
  "python3",
  "-c",
  `
import json, sys
import botocore.session
session = botocore.session.Session()
client = session.create_client("sts")
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
    arn = client.get_caller_identity()["Arn"]
print(json.dumps({
    "arn": arn, "region": client.meta.region_name, "settings": session.get_scoped_config(),
}))
`,
];
import { runsHere } from "../support/available_program.ts";

/** The AWS command line: prints the ARN. */
export const AWS_WHO_AM_I: readonly string[] = [
  ...["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
];

/** Whether Python has botocore here. */
export function hasBotocore(): boolean {
  return runsHere("python3", "-c", "import botocore.session");
}

/** Whether the AWS command line is here. */
export function hasAwsCommand(): boolean {
  return runsHere("aws", "--version");
}
