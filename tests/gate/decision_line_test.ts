import fc from "fast-check";
import { readDecisionLine } from "../../src/gate/decision_line.ts";
import { formatDecisionRecord } from "../../src/io/decision_log.ts";
import { assertEquals } from "../support/assert.ts";
import { accessRequest, gateFixture } from "../support/gate_fixture.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const POLICY = `version: "1"
rules:
  - { name: tracked, effect: require_server_session, conditions: { profiles: [prod] } }
`;

async function records() {
  const fixture = gateFixture({ policy: POLICY });
  await fixture.gate.authorize(accessRequest({ sessionTable: "sessions" }));
  await fixture.gate.authorize(accessRequest({ profile: "x", role: null, command: null }));
  await fixture.gate.authorize(accessRequest({ user: 'a"\u202e\n\\' }));
  return fixture.records;
}

Deno.test("decision line: what the gate wrote is read back as it was", async () => {
  const written = await records();
  assertEquals(written.map(({ outcome }) => outcome), ["issued", "denied", "denied"]);
  for (const record of written) {
    assertEquals(readDecisionLine(formatDecisionRecord(record)), record);
  }
});

Deno.test("decision line: no part of a line is a record", async () => {
  for (const record of await records()) {
    const line = formatDecisionRecord(record).trimEnd();
    for (let length = 0; length < line.length; length++) {
      assertEquals(readDecisionLine(line.slice(0, length)), null);
    }
  }
});

Deno.test("decision line: what is not known is not taken, and nothing throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
    assertEquals(readDecisionLine(line), null);
  }));
  const known = {
    timestamp: "2026-03-01T12:00:00.000Z",
    user: "u",
    profile: "p",
    mode: "cli",
    outcome: "issued",
  };
  const read = (changes: object) => readDecisionLine(JSON.stringify({ ...known, ...changes }));
  const wrong: object[] = [
    { timestamp: "yesterday" },
    { timestamp: "2026-13-01T12:00:00.000Z" },
    { timestamp: 1 },
    { mode: "ssh" },
    { outcome: "Issued" },
    { user: null },
    { profile: ["p"] },
  ];
  for (const changes of wrong) assertEquals(read(changes), null, JSON.stringify(changes));
  const odd = readDecisionLine(
    `{"__proto__":{"session_id":"evil"},${
      JSON.stringify({ ...known, extra: 1, pid: "x", rule: 7 }).slice(1)
    }`,
  );
  assertEquals(odd, {
    timestamp: "2026-03-01T12:00:00.000Z",
    request_id: "",
    user: "u",
    arn: "",
    account: "",
    profile: "p",
    mode: "cli",
    outcome: "issued",
    host: "",
    pid: 0,
  });
});
