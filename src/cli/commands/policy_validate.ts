/**
 * `sentinel policy validate`: is a document a policy? It reads documents, tells every mistake, and
 * changes nothing.
 *
 * @module
 */
import { assertNever, ERROR_CATALOGUE, SentinelError } from "../../errors.ts";
import { MAX_PROBLEMS } from "../../policy/problems.ts";
import type { PolicyProblem } from "../../policy/policy.ts";
import { printable } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_VALIDATE_FLAGS } from "../descriptions/policy_validate.ts";
import type { Host } from "../host.ts";
import { formatCsv, formatJson, type OutputRow } from "../output.ts";
import {
  checkPolicyPaths,
  orFault,
  problemsOf,
  readPolicyInput,
  sourceOf,
  tellUnreadable,
} from "../policy_input.ts";
import { startTerminalProgress } from "../progress.ts";

/** What was found of one document. */
interface Validation {
  readonly source: string;
  /** The document, or `null` when it could not be read as text. */
  readonly text: string | null;
  /** How many rules a valid one has. */
  readonly rules: number | null;
  readonly problems: readonly PolicyProblem[];
  /** Why it could not be read. */
  readonly unreadable: SentinelError | null;
}

const COLUMNS = ["source", "path", "line", "column", "message"] as const;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_VALIDATE_FLAGS>,
  host: Host,
): Promise<number> {
  checkPolicyPaths(description, operands);
  const validations: Validation[] = [];
  for (const path of operands) {
    const validation = await validate(path, host);
    validations.push(validation);
    if (flags.output === "human") await tellHuman(validation, host);
    if (validation.unreadable !== null) tellUnreadable(validation.unreadable, host);
  }
  const { terminal } = host;
  switch (flags.output) {
    case "human":
      break;
    case "json":
      terminal.out(formatJson(documentOf(validations)));
      break;
    case "csv":
      terminal.out(formatCsv(COLUMNS, validations.flatMap(rowsOf)));
      break;
    default:
      assertNever(flags.output);
  }
  return validations.every(isValid) ? 0 : ERROR_CATALOGUE.POLICY_INVALID.exitStatus;
}

async function validate(path: string, host: Host): Promise<Validation> {
  using progress = startTerminalProgress(host.terminal);
  progress?.show(`Reading ${printable(sourceOf(path))}`);
  const source = sourceOf(path);
  const nothing = { source, text: null, rules: null, problems: [], unreadable: null };
  const input = await orFault(() => readPolicyInput(path, host));
  if (input instanceof SentinelError) {
    const problems = problemsOf(input);
    return problems === null ? { ...nothing, unreadable: input } : { ...nothing, problems };
  }
  progress?.show(`Checking ${printable(source)}`);
  const { parsePolicy } = await import("../../policy/parse.ts");
  const policy = await orFault(() => parsePolicy(input.text));
  return policy instanceof SentinelError
    ? { ...nothing, ...input, problems: problemsOf(policy) ?? [] }
    : { ...nothing, ...input, rules: policy.rules.length };
}

function isValid({ rules }: Validation): boolean {
  return rules !== null;
}

async function tellHuman({ source, text, rules, problems }: Validation, host: Host) {
  const { terminal } = host;
  const name = printable(source);
  if (rules !== null) {
    terminal.out(`${name}: valid, ${rules === 1 ? "1 rule" : `${rules} rules`}\n`);
  } else if (problems.length > 0) {
    const { formatProblemsIn } = await import("../../policy/excerpt.ts");
    const told = formatProblemsIn(problems, { source, text, width: terminal.columns });
    terminal.out(`${told}\n${name}: ${countProblems(problems.length)}\n`);
  }
}

function countProblems(count: number): string {
  if (count >= MAX_PROBLEMS) return `the first ${MAX_PROBLEMS} problems`;
  return count === 1 ? "1 problem" : `${count} problems`;
}

function documentOf(validations: readonly Validation[]): unknown {
  return {
    valid: validations.every(isValid),
    documents: validations.map(({ source, rules, problems, unreadable }) => ({
      source,
      valid: rules !== null,
      rules,
      error: unreadable?.message ?? null,
      problems,
    })),
  };
}

function rowsOf({ source, problems, unreadable }: Validation): OutputRow[] {
  if (unreadable !== null) return [{ source, message: unreadable.message }];
  return problems.map(({ path, line, column, message }) => ({
    source,
    path,
    line,
    column,
    message,
  }));
}
