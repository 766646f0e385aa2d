import {
  auditDocument,
  COMPLIANCE_COLUMNS,
  complianceRow,
  formatAccesses,
  formatCompliance,
  type SessionAudit,
  whoDocument,
} from "../../src/cli/audit_view.ts";
import { formatCsv, formatJson } from "../../src/cli/output.ts";
import { textWidth } from "../../src/cli/table_layout.ts";
import type { DecisionRecord } from "../../src/gate/decision_record.ts";
import { groupAccesses } from "../../src/state/audit.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";

const HOSTILE = '\x1b]0;owned\x07\u202e=HYPERLINK("x")\r\n';
const NOW = Date.UTC(2026, 2, 1, 13);

function decision(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    timestamp: "2026-03-01T12:00:00.000Z",
    request_id: HOSTILE,
    user: HOSTILE,
    arn: HOSTILE,
    account: HOSTILE,
    profile: HOSTILE,
    mode: "cli",
    outcome: "issued",
    reason: HOSTILE,
    command: HOSTILE,
    policy: { source: HOSTILE, digest: HOSTILE },
    host: HOSTILE,
    pid: 1,
    ...changes,
  };
}

function audit(names: readonly string[], gapCount: number): SessionAudit {
  return {
    since: NOW - 3_600_000,
    policy: { source: HOSTILE, digest: "sha256:0" },
    profiles: names.map((profile) => ({
      profile,
      issued: 100_000,
      withSession: 99_999,
      withoutSession: 1,
      required: 100_000,
      gaps: 1,
    })),
    gaps: Array.from({ length: gapCount }, () => decision()),
    gapCount,
    records: 1,
    unreadable: 0,
  };
}

// Our own line breaks are the only controls.
const UNSAFE = /(?!\n)\p{Cc}|\u202e/u;

Deno.test("audit view: nothing of a log reaches the terminal or a spreadsheet raw", () => {
  const found = audit([HOSTILE], 12);
  const accesses = groupAccesses([decision(), decision({ outcome: "denied" })]);
  const who = { key: "k", accesses, session: null, now: NOW };
  for (
    const text of [
      formatCompliance(found, { width: 80 }),
      formatAccesses(who),
      formatJson(auditDocument(found)),
      formatJson(whoDocument(who)),
      formatCsv(COMPLIANCE_COLUMNS, [complianceRow({ ...found.profiles[0]!, profile: "=1+1" })])
        .replaceAll("\r\n", "\n"),
    ]
  ) assert(!UNSAFE.test(text), Deno.inspect(text));
  assertStringIncludes(
    formatCsv(COMPLIANCE_COLUMNS, [complianceRow({ ...found.profiles[0]!, profile: "=1+1" })]),
    "'=1+1,",
  );
});

Deno.test("audit view: the table fits the terminal, and what is not whole does not look so", () => {
  const names = ["p", "x".repeat(300), "本番".repeat(60), "\u{1f600}".repeat(50)];
  for (const width of [80, 72, 120]) {
    const text = formatCompliance(audit(names, 1), { width });
    const table = text.split("\n").slice(2, 7);
    for (const line of table) assert(textWidth(line) <= width, line);
    assert(table.slice(1).every((line) => line.endsWith("  99.9%")), text);
  }
});

Deno.test("audit view: ten gaps are told, the others counted", () => {
  const lines = formatCompliance(audit(["p"], 12), { width: 80 }).split("\n");
  assertEquals(lines.filter((line) => line.startsWith("  2026-")).length, 10);
  assertEquals(lines.at(-2), "  and 2 more: --output json shows them");
});
