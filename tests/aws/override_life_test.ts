/**
 * Credentials that an override lets out, as they are made: of roles, of keys, of temporary keys that
 * nothing can shorten. However long it takes to make them, they end with the override.
 *
 * @module
 */
import type { CredentialSourceOptions } from "../../src/aws/assume_role.ts";
import { type BaseKeysNow, fileKeys } from "../../src/aws/base_keys.ts";
import type { ResolvedProfile } from "../../src/aws/profile.ts";
import type { CredentialRequest } from "../../src/gate/ports.ts";
import { startStsEndpoint, type StsEndpoint } from "../support/sts_endpoint.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertFails, profileOf, REQUEST, sourceAt } from "./sts_fixture.ts";

const MINUTE = 60_000;

/** Time that passes while keys are got, as while a person signs in or looks for a code. */
class SlowBase {
  #passedMs = 0;
  readonly #keys: BaseKeysNow;
  readonly #takesMs: number;

  constructor({ base }: ResolvedProfile, takesMs: number) {
    if (base.kind !== "keys") throw new TypeError("These profiles have keys");
    this.#keys = fileKeys(base);
    this.#takesMs = takesMs;
  }

  now(): number {
    return Date.now() + this.#passedMs;
  }

  current(): Promise<BaseKeysNow> {
    this.#passedMs += this.#takesMs;
    return Promise.resolve(this.#keys);
  }

  get options(): Pick<CredentialSourceOptions, "clock" | "base"> {
    return { clock: this, base: this };
  }
}

function windowOf(leftMs: number, allowMinimum = false): CredentialRequest {
  const within = { notAfter: Date.now() + leftMs, allowMinimum };
  return { ...REQUEST, durationSeconds: 3600, ownLife: "within", within };
}

/** The life that STS was asked for last, in seconds. */
function askedOf(sts: StsEndpoint): number {
  return Number(sts.calls.at(-1)?.parameters["DurationSeconds"]);
}

/** How many seconds of a window of 20 minutes are left after `takesMs`, give or take a second. */
function isRestOf(seconds: number | null | undefined, takesMs: number): boolean {
  const rest = (20 * MINUTE - takesMs) / 1000;
  return typeof seconds === "number" && seconds <= rest && seconds >= rest - 2;
}

Deno.test("override: what is left is counted when the credentials are asked for, not before", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const near = sts.addRole({ name: "Near", trusts: [user.arn] });
  const far = sts.addRole({ name: "Far", trusts: [near.arn] });
  const shapes = [[], [{ roleArn: near.arn }], [{ roleArn: near.arn }, { roleArn: far.arn }]];
  for (const hops of shapes) {
    const profile = profileOf(user, hops);
    for (const takesMs of [0, 4 * MINUTE]) {
      const source = sourceAt(sts.url, profile, new SlowBase(profile, takesMs).options);
      const issued = await source.issue(windowOf(20 * MINUTE));
      assert(isRestOf(issued.durationSeconds, takesMs), `${issued.durationSeconds}`);
      assert(isRestOf(askedOf(sts), takesMs), `${askedOf(sts)}`);
    }
    // Six minutes later too little is left, and nothing is asked of the last role.
    const before = sts.calls.length;
    const late = sourceAt(sts.url, profile, new SlowBase(profile, 6 * MINUTE).options);
    assertEquals(await late.issue(windowOf(20 * MINUTE)) as unknown, null);
    assertEquals(sts.calls.length - before, Math.max(0, hops.length - 1));
    const least = sourceAt(sts.url, profile, new SlowBase(profile, 6 * MINUTE).options);
    assertEquals((await least.issue(windowOf(20 * MINUTE, true))).durationSeconds, 900);
  }
});

Deno.test("override: temporary keys are lent only where they end within it", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const profile = profileOf({ ...user, sessionToken: "token" });
  const expiresAt = Date.now() + 30 * MINUTE;
  const keys = { ...fileKeys(profile.base as Parameters<typeof fileKeys>[0]), expiresAt };
  for (const noSession of [false, true]) {
    const source = sourceAt(sts.url, profile, {
      noSession,
      base: { current: () => Promise.resolve(keys) },
    });
    assertEquals((await source.issue(windowOf(31 * MINUTE))).expiresAt, expiresAt);
    for (const leftMs of [29 * MINUTE, 15 * MINUTE, 1000, 0]) {
      for (const allowMinimum of [false, true]) {
        await assertFails(() => source.issue(windowOf(leftMs, allowMinimum)), {
          code: "CREDENTIALS_UNSUITABLE",
          says: "they cannot be shortened",
        });
      }
    }
  }
  assertEquals(sts.calls.length, 0);
});
