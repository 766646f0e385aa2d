/**
 * Who the JavaScript SDK is with each profile named in the arguments: prints `{ profile: ARN }`,
 * `null` where it finds no credentials. The environment says where everything is.
 *
 * @module
 */
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const found: Record<string, string | null> = {};
for (const profile of Deno.args) {
  const client = new STSClient({ credentials: fromIni({ profile, ignoreCache: true }) });
  try {
    found[profile] = (await client.send(new GetCallerIdentityCommand({}))).Arn ?? null;
  } catch (error) {
    console.error(profile, error);
    found[profile] = null;
  } finally {
    client.destroy();
  }
}
console.log(JSON.stringify(found));
