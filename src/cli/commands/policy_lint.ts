/**
 * `sentinel policy lint`: does a valid policy do what its author thinks? It reads documents, tells
 * what it found, and changes nothing.
 *
 * @module
 */
import { assertNever, ERROR_CATALOGUE, SentinelError } from "../../errors.ts";
import type { LintFinding, LintLevel } from "../../policy/lint_finding.ts";
import { printable } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_LINT_FLAGS } from "../descriptions/policy_lint.ts";
import type { Host } from "../host.ts";
import {
  formatLint,
  LINT_COLUMNS,
  lintDocument,
  type LintedDocument,
  lintRows,
} from "../lint_view.ts";
import { formatCsv, formatJson } from "../output.ts";
import {
  checkPolicyPaths,
  orFault,
  readPolicyInput,
  sourceOf,
  tellInvalid,
} from "../policy_input.ts";
import { startTerminalProgress } from "../progress.ts";

/** Something was found. */
const EXIT_FINDINGS = 1;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_LINT_FLAGS>,
  host: Host,
): Promise<number> {
  checkPolicyPaths(description, operands);
  const documents: LintedDocument[] = [];
  for (const path of operands) {
    const linted = await lint(path, host);
    if (linted instanceof SentinelError) continue;
    documents.push(linted);
    if (flags.output === "human") host.terminal.out(formatLint(linted, host.terminal));
  }
  switch (flags.output) {
    case "human":
      break;
    case "json":
      host.terminal.out(formatJson({ documents: documents.map(lintDocument) }));
      break;
    case "csv":
      host.terminal.out(formatCsv(LINT_COLUMNS, documents.flatMap(lintRows)));
      break;
    default:
      assertNever(flags.output);
  }
  if (documents.length < operands.length) return ERROR_CATALOGUE.POLICY_INVALID.exitStatus;
  const fails = documents.some(({ findings }) =>
    findings.some((finding) => isFailure(finding, flags.failOn))
  );
  return fails ? EXIT_FINDINGS : 0;
}

/** Lints one document; one that is none is told, and its fault returned. */
async function lint(path: string, host: Host): Promise<LintedDocument | SentinelError> {
  using progress = startTerminalProgress(host.terminal);
  const source = sourceOf(path);
  progress?.show(`Reading ${printable(source)}`);
  const input = await orFault(() => readPolicyInput(path, host));
  if (input instanceof SentinelError) return await tellInvalid(input, { source, host });
  const { parsePolicyDocument } = await import("../../policy/parse.ts");
  const document = await orFault(() => parsePolicyDocument(input.text));
  if (document instanceof SentinelError) return await tellInvalid(document, { ...input, host });
  const { lintPolicy } = await import("../../policy/lint.ts");
  const { findings, undecided } = lintPolicy(document.policy, {
    onProgress: (done, all) =>
      progress?.show(`${done} of ${all} rules of ${printable(source)} linted`),
  });
  const places = document.places.locate(
    findings.map(({ rule: { section, index }, key }) => ({ section, index, key })),
  );
  return {
    source,
    text: input.text,
    rules: document.policy.rules.length,
    findings: findings.map((finding, index) => ({ ...finding, ...places[index]! })),
    undecided,
  };
}

function isFailure({ level }: LintFinding, failOn: "error" | "warning" | "never"): boolean {
  const failing: Readonly<Record<typeof failOn, readonly LintLevel[]>> = {
    error: ["error"],
    warning: ["error", "warning"],
    never: [],
  };
  return failing[failOn].includes(level);
}
