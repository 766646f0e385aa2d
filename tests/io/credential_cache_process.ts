/**
 * One process of many that want the same credentials: counts its calls of the source in a file.
 * Arguments: directory of the cache, file of the count, milliseconds that the source takes.
 *
 * @module
 */
import { systemClock } from "../../src/clock.ts";
import { createCredentialCache } from "../../src/io/credential_cache.ts";
import { sure } from "../support/sure_source.ts";

const [directory, count, ms] = Deno.args as [string, string, string];

const cache = sure(createCredentialCache({
  async issue({ durationSeconds, sourceIdentity }) {
    Deno.writeTextFileSync(count, `${Deno.pid}\n`, { append: true });
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return {
      accessKeyId: `ASIA${Deno.pid}`,
      secretAccessKey: "s".repeat(40),
      sessionToken: "t".repeat(800),
      expiresAt: Date.now() + durationSeconds * 1000,
      durationSeconds,
      accountId: "123456789012",
      roleArn: null,
      sourceIdentity,
    };
  },
}, {
  directory,
  key: ["prod"],
  clock: systemClock,
  warn: (message) => console.error(message),
}));

const { accessKeyId } = await cache.issue({
  durationSeconds: 3600,
  sourceIdentity: `sentinel=alice=direct=${crypto.getRandomValues(new Uint8Array(8)).toHex()}`,
});
console.log(accessKeyId);
