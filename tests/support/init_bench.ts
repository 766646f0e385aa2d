/**
 * A place where tables are made and looked at: an endpoint of ours, an empty home directory and the
 * program in this process.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { startDynamoDbEndpoint, TEST_CREDENTIALS } from "./dynamodb_endpoint.ts";
import { fakeHost, type FakeHostOptions } from "./fake_host.ts";

/** An endpoint, an empty home, and the commands `sentinel init …`. */
export async function openBench() {
  const endpoint = await startDynamoDbEndpoint();
  const home = await Deno.makeTempDir();
  const env = {
    HOME: home,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint.url,
    AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
    AWS_REGION: "us-east-1",
  };
  return {
    endpoint,
    home,
    /** `sentinel init sessions` */
    init(args: readonly string[], options: FakeHostOptions = {}) {
      return this.run(["init", "sessions", ...args], options);
    },
    async run(words: readonly string[], options: FakeHostOptions = {}) {
      const host = fakeHost({ ...options, env: { ...env, ...options.env } });
      const first = endpoint.requests.length;
      const code = await run(words, host);
      const calls = endpoint.requests.slice(first).map(({ operation }) => operation);
      return { code, stdout: host.stdout, stderr: host.stderr, calls };
    },
    async [Symbol.asyncDispose]() {
      await endpoint[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}
