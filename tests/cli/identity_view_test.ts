import { formatIdentity, identityRow } from "../../src/cli/identity_view.ts";
import { parsePolicy } from "../../mod.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { assertEquals } from "../support/assert.ts";

const HEX = "0123456789abcdef";

for (
  const [arn, type, rawName, user] of [
    ["arn:aws:iam::123456789012:user/alice", "user", "alice", "alice"],
    ["arn:aws-cn:iam::123456789012:user/ops/eu/alice", "user", "alice", "alice"],
    ["arn:aws:sts::123456789012:assumed-role/Admin/alice", "assumed-role", "alice", "Admin/alice"],
    [
      `arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_${HEX}/alice@example.com`,
      "sso-role",
      "alice@example.com",
      "alice@example.com",
    ],
    [
      "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_forged/alice@example.com",
      "assumed-role",
      "alice@example.com",
      "AWSReservedSSO_Admin_forged/alice@example.com",
    ],
    [
      "arn:aws:sts::123456789012:federated-user/alice",
      "federated-user",
      "alice",
      "federated-user/alice",
    ],
    ["arn:aws-us-gov:iam::123456789012:root", "root", "root", "root"],
  ] as const
) {
  const view = { arn, profile: null, role: null, account: "123456789012" };

  Deno.test(`whoami shows ${arn}`, () => {
    const row = identityRow(view);
    assertEquals(
      [row.type, row.account, row.raw_name, row.policy_username],
      [type, "123456789012", rawName, user],
    );
  });

  Deno.test(`both lines that whoami shows for ${arn} match it in a policy`, () => {
    const lines = formatIdentity(view).split("\n").filter((line) => line.includes("users:"));
    assertEquals(lines.length, 2);
    for (const line of lines) {
      const policy = parsePolicy(
        `version: "1"\nrules:\n- name: me\n  effect: allow\n  conditions: { ${line.trim()} }\n`,
      );
      const request = { profile: "p", mode: "cli", time: new Date() } as const;
      assertEquals(evaluate(policy, { ...request, user, arn }).effect, "allow");
      const other = { user: `${user}x`, arn: `${arn}x` };
      assertEquals(evaluate(policy, { ...request, ...other }).effect, "deny");
    }
  });
}
