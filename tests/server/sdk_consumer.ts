/**
 * A program as users write it: an AWS SDK client on its default credential chain. Prints the
 * credentials that the chain found.
 *
 * @module
 */
import { STSClient } from "@aws-sdk/client-sts";

const client = new STSClient({ region: "eu-central-1" });
try {
  console.log(JSON.stringify(await client.config.credentials()));
} finally {
  client.destroy();
}
