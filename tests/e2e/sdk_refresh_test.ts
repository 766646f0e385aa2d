/**
 * How often real clients come back to the credential server for 15-minute credentials: each on its
 * defaults, 20 calls of AWS in a row. The bounds are what their refresh windows imply; the figures
 * are printed.
 *
 * @module
 */
import { assert, assertEquals } from "../support/assert.ts";
import { openSandbox } from "../support/sandbox.ts";
import { BOTOCORE, hasAwsCommand, hasBotocore, JAVASCRIPT } from "./consumers.ts";
import { policyOf } from "./policies.ts";
import { readRecords } from "./traces.ts";

const CALLS = 20;

interface Consumer {
  readonly name: string;
  readonly command: (files: string) => readonly string[];
  /** Most requests to the credential server. */
  readonly bound: number;
  readonly ignore: boolean;
}

const CONSUMERS: readonly Consumer[] = [
  {
    name: "the JavaScript SDK",
    command: () => [...JAVASCRIPT, String(CALLS)],
    // It refreshes below 5 minutes.
    bound: 1,
    ignore: false,
  },
  {
    name: "botocore",
    command: () => [...BOTOCORE, String(CALLS)],
    // It asks with every call while less than 15 minutes remain, and once to begin with.
    bound: CALLS + 1,
    ignore: !hasBotocore(),
  },
  {
    name: "the AWS command line",
    command: (files) => ["aws", "s3", "cp", "--recursive", "--quiet", files, "s3://bucket/"],
    // Its ten threads share one set of credentials: each file is a call.
    bound: CALLS + 1,
    ignore: !hasAwsCommand(),
  },
];

for (const { name, command, bound, ignore } of CONSUMERS) {
  Deno.test({
    name: `${name} makes ${CALLS} calls with at most ${bound} requests and one AssumeRole`,
    ignore,
    async fn() {
      await using sandbox = await openSandbox(policyOf());
      const files = `${sandbox.home}/files`;
      await Deno.mkdir(files);
      for (let file = 0; file < CALLS; file++) await Deno.writeTextFile(`${files}/${file}`, "x");
      const keys = new Set<string>();
      let uploads = 0;
      const s3 = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
        uploads++;
        const credential = /Credential=(\w+)\//.exec(request.headers.get("authorization") ?? "");
        keys.add(credential?.[1] ?? "none");
        return new Response(null, { headers: { etag: '"e"' } });
      });
      const log = `${sandbox.home}/decisions.jsonl`;
      const { code, stdout, stderr } = await sandbox.run(
        ["exec", "--server", "--profile", "prod", "--log-file", log, "--", ...command(files)],
        { env: { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.addr.port}` } },
      );
      await s3.shutdown();
      assertEquals([code, stderr], [0, ""], stdout);
      // The first record is the server's own: it mints before the command starts.
      const requests = (await readRecords(log)).length - 1;
      console.log(`${name}: ${requests} credential requests for ${CALLS} calls`);
      assert(requests >= 1 && requests <= bound, `${requests} requests`);
      assertEquals(sandbox.sts.count("AssumeRole"), 1);
      const calls = sandbox.sts.count("GetCallerIdentity") - 1;
      assertEquals(uploads === 0 ? calls : uploads, CALLS);
      const issued = sandbox.sts.calls.find(({ action }) => action === "AssumeRole")!;
      if (uploads > 0) assertEquals([...keys], [issued.issuedAccessKeyId]);
    },
  });
}
