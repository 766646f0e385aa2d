import {
  changeInlinePolicy,
  openRolePolicies,
  type RolePolicies,
} from "../../src/aws/inline_policy.ts";
import { SentinelError } from "../../src/errors.ts";
import {
  DENY_POLICY_NAME,
  denyDocument,
  isDenied,
  mergeDenials,
} from "../../src/state/deny_policy.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { type IamEndpoint, startIamEndpoint } from "../support/iam_endpoint.ts";

const KEYS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret/of+the=example" };
const NAME = { role: "Prod", policy: DENY_POLICY_NAME };
const UNTIL = Date.UTC(2026, 2, 1, 13);
const OURS = [{ identity: "sentinel=alice=*=0000000000000001", until: UNTIL }];
const THEIRS = [{ identity: "sentinel=bob=*=0000000000000002", until: UNTIL }];

interface Fixture extends AsyncDisposable {
  readonly iam: IamEndpoint;
  readonly policies: RolePolicies;
  /** Adds {@linkcode OURS} to the policy. */
  apply(): Promise<void>;
}

async function fixture(keys = KEYS): Promise<Fixture> {
  const iam = startIamEndpoint({ keys: KEYS });
  iam.addRole("Prod");
  const policies = await openRolePolicies({
    region: "eu-west-1",
    endpoint: iam.url,
    credentials: () => Promise.resolve(keys),
  });
  return {
    iam,
    policies,
    apply: () =>
      changeInlinePolicy(policies, NAME, {
        isDone: (document) => isDenied(document, OURS),
        merge: (document) => JSON.stringify(mergeDenials(document, OURS, UNTIL - 1)),
        pause: () => Promise.resolve(),
      }),
    async [Symbol.asyncDispose]() {
      policies[Symbol.dispose]();
      await iam[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a document goes to IAM and comes back as it was", async () => {
  await using fixed = await fixture();
  const { iam, policies } = fixed;
  assertEquals(await policies.get(NAME), null);
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "Odd", Effect: "Deny", Action: "*", Resource: 'a%b+c d&é"=' }],
  });
  await policies.put(NAME, document);
  assertEquals(iam.document("Prod", DENY_POLICY_NAME), document);
  assertEquals(await policies.get(NAME), document);
});

Deno.test("a change is read back, written once, and not repeated", async () => {
  await using fixed = await fixture();
  const { iam, apply } = fixed;
  await apply();
  assert(isDenied(iam.document("Prod", DENY_POLICY_NAME)!, OURS));
  assertEquals(iam.calls.map(({ action }) => action), [
    "GetRolePolicy",
    "PutRolePolicy",
    "GetRolePolicy",
    // Once more when whoever read before the write has had time to write.
    "GetRolePolicy",
  ]);
  await apply();
  assertEquals(iam.calls.filter(({ action }) => action === "PutRolePolicy").length, 1);
  assertEquals(new Set(iam.calls.map(({ policy }) => policy)), new Set([DENY_POLICY_NAME]));
});

Deno.test("what another administrator writes over ours is merged with it", async () => {
  await using fixed = await fixture();
  const { iam, apply } = fixed;
  iam.before("GetRolePolicy", () => {
    // They have read before us, and write after us.
    iam.before(
      "GetRolePolicy",
      () => iam.write("Prod", DENY_POLICY_NAME, JSON.stringify(denyDocument(THEIRS))),
    );
  });
  await apply();
  const document = iam.document("Prod", DENY_POLICY_NAME)!;
  assert(isDenied(document, OURS) && isDenied(document, THEIRS), document);
});

Deno.test("reads that lag behind undo nothing", async () => {
  for (const lag of [1, 3, 20]) {
    await using fixed = await fixture();
    const { iam, apply } = fixed;
    iam.write("Prod", DENY_POLICY_NAME, JSON.stringify(denyDocument(THEIRS)));
    iam.lag = lag;
    await apply();
    const document = iam.document("Prod", DENY_POLICY_NAME)!;
    assert(isDenied(document, OURS) && isDenied(document, THEIRS), document);
    assertEquals(iam.calls.filter(({ action }) => action === "PutRolePolicy").length, 1);
  }
});

Deno.test("somebody who never stops writing is told of, not fought for ever", async () => {
  await using fixed = await fixture();
  const { iam, apply } = fixed;
  const writeOver = (count: number) => {
    iam.before("GetRolePolicy", () => {
      const other = [{ identity: `other${count}`, until: UNTIL }];
      if (count > 0) iam.write("Prod", DENY_POLICY_NAME, JSON.stringify(denyDocument(other)));
      writeOver(count + 1);
    });
  };
  writeOver(0);
  const error = await assertRejects(apply, SentinelError, "somebody else keeps changing it");
  assertEquals(error.code, "AWS_REFUSED");
  assert(iam.calls.length < 40);
});

Deno.test("each refusal of IAM says what to do, and none of IAM's own words", async () => {
  const cases = [
    ["PutRolePolicy", "AccessDenied", 403, "AWS_REFUSED", "iam:PutRolePolicy"],
    ["GetRolePolicy", "AccessDenied", 403, "AWS_REFUSED", "iam:GetRolePolicy"],
    ["PutRolePolicy", "LimitExceeded", 409, "AWS_REFUSED", "Shorten"],
    ["PutRolePolicy", "UnmodifiableEntity", 400, "AWS_REFUSED", "--deny-policy"],
    ["PutRolePolicy", "NoSuchEntity", 404, "AWS_REFUSED", "--role"],
    ["GetRolePolicy", "ServiceFailure", 500, "AWS_UNAVAILABLE", "Try again"],
    ["GetRolePolicy", "Throttling", 400, "AWS_UNAVAILABLE", "Try again"],
  ] as const;
  for (const [action, awsCode, status, code, suggestion] of cases) {
    await using fixed = await fixture();
    fixed.iam.fail(action, awsCode, { status });
    const error = await assertRejects(fixed.apply, SentinelError);
    assertEquals(error.code, code, awsCode);
    assertStringIncludes(error.suggestion, suggestion);
    assert(!error.message.includes("injected"));
  }
});

Deno.test("a fault that passes is got over; a role that is not there is named", async () => {
  await using fixed = await fixture();
  fixed.iam.fail("PutRolePolicy", "ServiceFailure", { times: 1, status: 500 });
  await fixed.apply();
  const missing = { ...NAME, role: "Gone" };
  assertEquals(await fixed.policies.get(missing), null);
  const document = JSON.stringify(denyDocument(OURS));
  await assertRejects(() => fixed.policies.put(missing, document), SentinelError, '"Gone"');
});

Deno.test("a wrong secret is refused, and shown nowhere", async () => {
  await using fixed = await fixture({ ...KEYS, secretAccessKey: "wrong-secret" });
  const error = await assertRejects(fixed.apply, SentinelError);
  assertEquals(error.code, "AWS_REFUSED");
  assert(!`${error.message}${error.suggestion}`.includes("wrong-secret"));
});

Deno.test("a denial survives somebody who read before it and writes after it was read back", async () => {
  await using fixed = await fixture();
  const { iam, policies } = fixed;
  const theirs = JSON.stringify(mergeDenials(await policies.get(NAME), THEIRS, UNTIL - 1));
  let pauses = 0;
  await changeInlinePolicy(policies, NAME, {
    isDone: (document) => isDenied(document, OURS),
    merge: (document) => JSON.stringify(mergeDenials(document, OURS, UNTIL - 1)),
    pause: async () => {
      if (pauses++ === 0) await policies.put(NAME, theirs);
    },
  });
  const document = iam.document("Prod", DENY_POLICY_NAME)!;
  assert(isDenied(document, OURS) && isDenied(document, THEIRS), document);
});
