import { openChainKeys } from "../../src/aws/chain_keys.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SentinelError } from "../../src/errors.ts";
import { ManualClock } from "../support/manual_clock.ts";

const DEVICE = {
  serial: "arn:aws:iam::123456789012:mfa/alice",
  process: null,
  profile: "prod",
  file: "/home/alice/.aws/config",
  line: 7,
};

Deno.test("a code that took longer than a minute is not used: the policy was asked before it", async () => {
  const clock = new ManualClock();
  let thinksMs = 60_000;
  const unused = () => Promise.reject(new Error("never asked"));
  const { mfa } = await openChainKeys({
    profile: {
      name: "prod",
      region: null,
      hops: [],
      base: { kind: "environment", profile: "prod", file: DEVICE.file, line: 1 },
      settings: {} as never,
    },
    keys: { current: unused, owner: unused, forget: () => {} },
    sts: { region: null, endpoint: null },
    isServer: false,
    identity: { arn: "arn:aws:iam::123456789012:user/alice" },
    mark: "m",
    reload: unused,
    identify: unused,
    surroundings: {
      clock,
      interaction: {
        ...UNATTENDED,
        async mfaCode() {
          await clock.advance(thinksMs);
          return "123456";
        },
      },
      warn: () => {},
    },
  });
  assertEquals(await mfa.code(DEVICE), "123456");
  thinksMs = 60_001;
  await assertRejects(() => mfa.code(DEVICE), SentinelError, "The code came too late");
});
