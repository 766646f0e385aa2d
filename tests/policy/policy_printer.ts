/**
 * Writes a policy as a document, in either spelling: the inverse of `parsePolicy` for tests.
 *
 * @module
 */
import { formatDuration } from "../../src/text/duration.ts";
import type { Conditions, Policy, Rule } from "../../src/policy/policy.ts";

/** `policy` as YAML in the full spelling. */
export function printPolicy(policy: Policy): string {
  const blocks = policy.rules.map((rule) =>
    `  - name: ${text(rule.name)}\n` +
    `    conditions:${printConditions(rule.conditions)}` +
    printEffect(rule)
  );
  return `version: 1\nrules:${blocks.length === 0 ? " []\n" : `\n${blocks.join("")}`}`;
}

/** `policy` as YAML in the short spelling; lists of one become text. */
export function printShortPolicy(policy: Policy): string {
  const singular = { profiles: "profile", users: "user", roles: "role", accounts: "account" };
  const blocks = policy.rules.map(({ conditions, ...rule }) => {
    const match = Object.entries(conditions).map(([key, value]) => {
      const one = Array.isArray(value) && value.length === 1 ? value[0] : null;
      if (one === null) return [key, value];
      return [key in singular ? singular[key as keyof typeof singular] : key, one];
    });
    return `  - match: ${JSON.stringify(Object.fromEntries(match))}\n` +
      `    name: ${text(rule.name)}\n` +
      printEffect(rule);
  });
  return `policies:${blocks.length === 0 ? " []\n" : `\n${blocks.join("")}`}`;
}

function printConditions(conditions: Conditions): string {
  const lines = Object.entries(conditions).map(([key, value]) =>
    key === "time" || key === "mode"
      ? `      ${key}: ${JSON.stringify(value)}\n`
      : `      ${key}:\n${value.map((item: string) => `      - ${text(item)}\n`).join("")}`
  );
  return lines.length === 0 ? " {}\n" : `\n${lines.join("")}`;
}

function printEffect(rule: Omit<Rule, "conditions">): string {
  const cap = rule.maxServerDurationSeconds;
  return `    effect: ${rule.effect}\n` +
    (rule.sessionTable === null ? "" : `    session_table: ${text(rule.sessionTable)}\n`) +
    (cap === null ? "" : `    max_server_duration: ${formatDuration(cap)}\n`) +
    (rule.reason === null ? "" : `    reason: ${text(rule.reason)}\n`);
}

/** Single quotes: nothing in them has a meaning but the quote itself. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
