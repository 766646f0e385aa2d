import fc from "fast-check";
import {
  type Denial,
  denialOf,
  denyDocument,
  documentSize,
  isDenied,
  mergeDenials,
  type PolicyDocument,
} from "../../src/state/deny_policy.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { idOf, sampleSession, T0 } from "../store/session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const HOUR = 3_600_000;

interface Statement {
  readonly Sid: string;
  readonly Condition: {
    readonly StringLike: { readonly "aws:SourceIdentity": readonly string[] };
    readonly DateLessThan: { readonly "aws:CurrentTime": string };
  };
}

/** Identities by end, as AWS would read them. */
function denied(document: PolicyDocument): Map<string, number> {
  const found = new Map<string, number>();
  for (const { Sid, Condition } of document.Statement as Statement[]) {
    if (!Sid?.startsWith("SentinelRevocationsUntil")) continue;
    for (const identity of Condition.StringLike["aws:SourceIdentity"]) {
      found.set(identity, Date.parse(Condition.DateLessThan["aws:CurrentTime"]));
    }
  }
  return found;
}

Deno.test("denialOf() covers every marker of the session, until all clocks agree that it is over", () => {
  const denial = denialOf(sampleSession(), T0 + 1);
  assertEquals(denial, { identity: "sentinel=alice=*=0000000000000001", until: T0 + HOUR });
  assertEquals(denialOf(sampleSession(), T0 + 46 * 60_000)?.until, T0 + 2 * HOUR);
  const odd = sampleSession({ sourceIdentity: "sentinel=a=b=breakglass=0000000000000001" });
  assertEquals(denialOf(odd, T0)?.identity, "sentinel=a=b=*=0000000000000001");
});

Deno.test("denialOf(): a record can have nobody denied but its own session", () => {
  const identities = [
    null,
    "*",
    "alice",
    "sentinel=*=direct=0000000000000001",
    "sentinel=a?=direct=0000000000000001",
    "sentinel=${aws:username}=direct=0000000000000001",
    "sentinel=alice=direct=0000000000000002",
    "sentinel=alice=*=0000000000000001",
    "sentinel=alice=direct=0000000000000001\n",
    "sentinel=é=direct=0000000000000001",
    'sentinel=a"=direct=0000000000000001',
  ];
  for (const sourceIdentity of identities) {
    assertEquals(denialOf(sampleSession({ sourceIdentity }), T0), null, String(sourceIdentity));
  }
});

Deno.test("denyDocument() is one statement an hour, with an end", () => {
  const document = denyDocument([
    { identity: "b", until: T0 },
    { identity: "a", until: T0 },
    { identity: "c", until: T0 + HOUR },
  ]);
  assertEquals(document, {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "SentinelRevocationsUntil20260301T1200Z",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: {
          StringLike: { "aws:SourceIdentity": ["a", "b"] },
          DateLessThan: { "aws:CurrentTime": "2026-03-01T12:00:00Z" },
        },
      },
      {
        Sid: "SentinelRevocationsUntil20260301T1300Z",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: {
          StringLike: { "aws:SourceIdentity": ["c"] },
          DateLessThan: { "aws:CurrentTime": "2026-03-01T13:00:00Z" },
        },
      },
    ],
  });
});

Deno.test("mergeDenials() keeps what is not ours to the letter, also one statement alone", () => {
  const other = { Sid: "Mine", Effect: "Deny", Action: "s3:*", Resource: "*", Extra: { x: [1] } };
  for (const Statement of [other, [other, { Effect: "Allow", Action: "*", Resource: "*" }]]) {
    const text = JSON.stringify({ Version: "2008-10-17", Id: "kept", Statement });
    const merged = mergeDenials(text, [{ identity: "a", until: T0 }], T0);
    assertEquals([merged.Version, merged["Id"]], ["2008-10-17", "kept"]);
    assertEquals(merged.Statement.slice(0, -1), [Statement].flat());
    assertEquals(denied(merged), new Map([["a", T0]]));
  }
});

Deno.test("mergeDenials() takes an edited statement of ours for somebody's own", () => {
  const [ours] = denyDocument([{ identity: "a", until: T0 }]).Statement;
  const edits = [
    { ...Object(ours), Action: "s3:*" },
    { ...Object(ours), NotPrincipal: "x" },
    { ...Object(ours), Condition: { StringLike: { "aws:SourceIdentity": "a" } } },
  ];
  for (const edited of edits) {
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [edited] });
    const merged = mergeDenials(text, [{ identity: "b", until: T0 }], T0 + 10 * HOUR);
    assertEquals(merged.Statement[0], edited, "not even pruned");
    const sids = merged.Statement.map((statement) => Object(statement).Sid);
    assertEquals(sids, [
      "SentinelRevocationsUntil20260301T1200Z",
      "SentinelRevocationsUntil20260301T1200Zx2",
    ]);
    // What was written under the second name is known again.
    const again = mergeDenials(JSON.stringify(merged), [], T0 + 10 * HOUR);
    assertEquals(again.Statement, [edited]);
  }
});

Deno.test("mergeDenials() refuses to write over what is no policy document", () => {
  for (const text of ["", "[]", "null", "{}", '{"Version":"2012-10-17"}', '{"Statement":[]}']) {
    const error = assertThrows(() => mergeDenials(text, [], T0), SentinelError);
    assertEquals(error.code, "CONFIG_INVALID");
  }
});

const denials: fc.Arbitrary<Denial[]> = fc.array(
  fc.record({
    identity: fc.constantFrom("a", "b", "c", "d", "e"),
    until: fc.integer({ min: -3, max: 3 }).map((hours) => T0 + hours * HOUR),
  }),
  { maxLength: 8 },
);

Deno.test("mergeDenials() forgets what has ended, keeps the latest end, and may be repeated", () => {
  fc.assert(fc.property(denials, denials, (first, second) => {
    const text = JSON.stringify(denyDocument(first));
    const merged = mergeDenials(text, second, T0);
    const expected = new Map<string, number>();
    for (const { identity, until } of [...first.filter(({ until }) => until > T0), ...second]) {
      expected.set(identity, Math.max(until, expected.get(identity) ?? -Infinity));
    }
    const found = denied(merged);
    assertEquals([...found].sort(), [...expected].sort());
    assert(isDenied(JSON.stringify(merged), second));
    assertEquals(mergeDenials(JSON.stringify(merged), second, -Infinity), merged);
    const sids = merged.Statement.map((statement) => Object(statement).Sid);
    assertEquals(new Set(sids).size, sids.length);
  }));
});

Deno.test("isDenied() knows what is missing, and a document in another order of keys", () => {
  const denial = { identity: "a", until: T0 };
  const text = JSON.stringify(denyDocument([denial]));
  assert(isDenied(text, [denial]));
  assert(!isDenied(text, [{ identity: "b", until: T0 }]));
  assert(!isDenied(text, [{ identity: "a", until: T0 + HOUR }]));
  const { Version, Statement } = JSON.parse(text);
  const { Sid, Effect, Action, Resource, Condition } = Statement[0];
  const reordered = { Statement: [{ Condition, Resource, Action, Effect, Sid }], Version };
  assert(isDenied(JSON.stringify(reordered), [denial]));
});

Deno.test("two hundred sessions of one hour fit into an inline policy", () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    denialOf(
      sampleSession({
        id: idOf(index),
        sourceIdentity: `sentinel=alice=direct=${idOf(index)}`,
      }),
      T0,
    )!);
  assert(documentSize(denyDocument(many)) < 10_240);
});
