/**
 * Policy documents of the tests with the real program.
 *
 * @module
 */

/** Allows everything, or does to everything what `effect` says. */
export function policyOf(effect = "allow", more = ""): string {
  return `version: "1"
rules:
  - name: the-rule
    effect: ${effect}
    conditions: {}
    reason: because the test says so
${more}`;
}
