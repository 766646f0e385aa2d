import { SentinelError } from "../../src/errors.ts";
import { createRefusalNotice, type Notice } from "../../src/server/refusal_notice.ts";
import { assertEquals } from "../support/assert.ts";
import { refused } from "./decisions.ts";

function setUp() {
  const notices: Notice[] = [];
  const listener = createRefusalNotice((notice) => notices.push(notice));
  return { notices, ...listener };
}

Deno.test("createRefusalNotice() tells rule, reason and next step of a refusal", () => {
  const { notices, onRefusal } = setUp();
  onRefusal(refused("POLICY_DENIED", { matchedRule: "freeze", ruleIndex: 2, reason: "Friday" }));
  assertEquals(notices, [{
    message: 'policy denies profile "prod": rule "freeze" (3): Friday',
    suggestion: "An explicit deny is final; ask whoever keeps the policy.",
  }]);
});

Deno.test("createRefusalNotice() adds the rule where the gate's words leave it out", () => {
  const { notices, onRefusal } = setUp();
  onRefusal(
    refused("SESSION_REQUIRED", { matchedRule: "tracked", requiresSessionTracking: true }),
  );
  assertEquals(
    notices[0]?.message,
    'policy requires session tracking for profile "prod". Add --session-table <table> flag ' +
      '(rule "tracked")',
  );
});

Deno.test("createRefusalNotice() names no rule where none matched", () => {
  const { notices, onRefusal } = setUp();
  onRefusal(refused("NO_MATCHING_RULE", { matchedRule: null, ruleIndex: -1, ruleEffect: null }));
  assertEquals(
    notices[0]?.message,
    'policy denies profile "prod": no rule matches this request',
  );
});

Deno.test("createRefusalNotice() prints hostile rule names only in quotes and escapes", () => {
  const { notices, onRefusal } = setUp();
  onRefusal(refused("SESSION_REVOKED", { matchedRule: 'x\x1b[2J"\n' }));
  assertEquals(
    notices[0]?.message,
    'session for profile "prod" was revoked (rule "x\\u{1b}[2J\\"\\u{a}")',
  );
});

Deno.test("createRefusalNotice() tells a refusal once, however often it is repeated", () => {
  const { notices, onRefusal } = setUp();
  for (let count = 0; count < 100; count++) onRefusal(refused());
  assertEquals(notices.length, 1);
});

Deno.test("createRefusalNotice() tells another code, rule or reason, also in turns", () => {
  const { notices, onRefusal } = setUp();
  for (let round = 0; round < 3; round++) {
    onRefusal(refused("POLICY_DENIED", { reason: "one" }));
    onRefusal(refused("POLICY_DENIED", { reason: "two" }));
    onRefusal(refused("POLICY_DENIED", { reason: "one", matchedRule: "other" }));
    onRefusal(refused("SESSION_EXPIRED", { reason: "one" }));
  }
  assertEquals(notices.length, 4);
});

Deno.test("createRefusalNotice() tells what became of an approval, by the same rule", () => {
  const { notices, onRefusal } = setUp();
  const lapsed = refused("APPROVAL_REQUIRED");
  for (let count = 0; count < 3; count++) {
    onRefusal({ ...lapsed, message: `${lapsed.message}; request 1 was ended` });
  }
  onRefusal({ ...lapsed, message: `${lapsed.message}; request 2 waits for approval` });
  assertEquals(notices.length, 2);
});

Deno.test("createRefusalNotice() tells it again after an answer with credentials", () => {
  const { notices, onAllowed, onRefusal, onFault } = setUp();
  const error = new SentinelError("AWS_UNAVAILABLE", "Cannot reach STS");
  for (let round = 0; round < 3; round++) {
    onRefusal(refused());
    onFault(error);
    onAllowed();
    onAllowed();
  }
  assertEquals(notices.length, 6);
});

Deno.test("createRefusalNotice() tells a fault once, with its own next step", () => {
  const { notices, onFault } = setUp();
  const suggestion = "Log in again: aws sso login";
  onFault(new SentinelError("AWS_REFUSED", "Cannot assume the role", { suggestion }));
  onFault(new SentinelError("AWS_REFUSED", "Cannot assume the role", { suggestion }));
  onFault(new SentinelError("AWS_REFUSED", "Cannot assume another role", { suggestion }));
  assertEquals(notices, [
    { message: "credentials withheld: Cannot assume the role", suggestion },
    { message: "credentials withheld: Cannot assume another role", suggestion },
  ]);
});

Deno.test("createRefusalNotice() forgets old notices rather than grow without end", () => {
  const { notices, onRefusal } = setUp();
  for (let count = 0; count < 64; count++) {
    onRefusal(refused("POLICY_DENIED", { reason: `${count}` }));
  }
  onRefusal(refused("POLICY_DENIED", { reason: "0" }));
  assertEquals(notices.length, 64);
  onRefusal(refused("POLICY_DENIED", { reason: "one more" }));
  onRefusal(refused("POLICY_DENIED", { reason: "0" }));
  assertEquals(notices.length, 66);
});
