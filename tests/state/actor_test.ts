import { type Actor, isSameActor, mayBeSamePerson } from "../../src/state/actor.ts";
import { isSingleSignOnRole } from "../../src/state/single_sign_on_role.ts";
import { assertEquals } from "../support/assert.ts";

const SSO = "AWSReservedSSO_Admin_0123456789abcdef";
const iam = (user: string, account = "111111111111"): Actor => ({
  user,
  arn: `arn:aws:iam::${account}:user/${user}`,
});
const session = (role: string, name: string, user = `${role}/${name}`): Actor => ({
  user,
  arn: `arn:aws:sts::111111111111:assumed-role/${role}/${name}`,
});
const federated = (name: string, account = "111111111111"): Actor => ({
  user: `federated-user/${name}`,
  arn: `arn:aws:sts::${account}:federated-user/${name}`,
});

const PAIRS: readonly (readonly [string, Actor, Actor, boolean])[] = [
  ["one caller", iam("alice"), iam("alice"), true],
  ["two users", iam("alice"), iam("bob"), false],
  ["one name in two accounts", iam("alice"), iam("alice", "222222222222"), true],
  ["names that differ in case", iam("alice"), iam("ALICE", "222222222222"), true],
  ["a user, and the person of that name", iam("alice"), session(SSO, "alice", "alice"), true],
  [
    "two people of Identity Center",
    session(SSO, "a@x.com", "a@x.com"),
    session(SSO, "b@x.com", "b@x.com"),
    false,
  ],
  [
    "one person of Identity Center, in other case",
    session(SSO, "a@x.com", "a@x.com"),
    session(SSO, "A@x.com", "A@x.com"),
    true,
  ],
  ["two sessions of a role", session("Dev", "a"), session("Dev", "b"), true],
  ["sessions of two roles", session("Dev", "a"), session("Ops", "b"), false],
  [
    "sessions of a role that only looks like Identity Center",
    session("AWSReservedSSO_x", "a"),
    session("AWSReservedSSO_x", "b"),
    true,
  ],
  ["two federated users of an account", federated("a"), federated("b"), true],
  ["federated users of two accounts", federated("a"), federated("b", "222222222222"), false],
  ["a name with slashes cannot leave its role", session("Dev", "a"), {
    user: "Dev/x",
    arn: "arn:aws:sts::111111111111:assumed-role/Dev/x/y",
  }, true],
];

for (const [name, one, other, expected] of PAIRS) {
  Deno.test(`actor: ${name}: ${expected ? "may be" : "are not"} the same person`, () => {
    assertEquals([mayBeSamePerson(one, other), mayBeSamePerson(other, one)], [expected, expected]);
    assertEquals(mayBeSamePerson(one, one), true);
  });
}

Deno.test("actor: the same caller is the same by name and by all of the ARN", () => {
  assertEquals(isSameActor(iam("alice"), { ...iam("alice") }), true);
  assertEquals(isSameActor(iam("alice"), iam("alice", "222222222222")), false);
  assertEquals(isSameActor(iam("alice"), iam("Alice")), false);
});

Deno.test("actor: only roles that IAM Identity Center makes name people", () => {
  assertEquals(isSingleSignOnRole(SSO), true);
  for (const role of ["AWSReservedSSO_Admin", `x${SSO}`, `${SSO}0`, SSO.toUpperCase(), ""]) {
    assertEquals(isSingleSignOnRole(role), false, role);
  }
});
