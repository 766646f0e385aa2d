/**
 * A program as users write it: an AWS SDK client on its defaults, which asks STS who it is (once,
 * or as often as its argument says) and prints that with the settings that it found.
 *
 * @module
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const client = new STSClient({});
try {
  let arn: string | undefined;
  for (let left = Number(Deno.args[0] ?? 1); left > 0; left--) {
    arn = (await client.send(new GetCallerIdentityCommand({}))).Arn;
  }
  const { accessKeyId, expiration } = await client.config.credentials();
  const { retryMode } = client.config;
  console.log(JSON.stringify({
    arn,
    accessKeyId,
    expiration,
    region: await client.config.region(),
    retryMode: typeof retryMode === "string" ? retryMode : await retryMode(),
    maxAttempts: await client.config.maxAttempts(),
  }));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }));
  Deno.exitCode = 1;
} finally {
  client.destroy();
}
