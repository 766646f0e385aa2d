/**
 * What is wrong with one rule by itself, whatever stands before it: conditions that exclude each
 * other, that bind to nothing, or that let anybody in.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import { ARN_PREFIX } from "./caller_list.ts";
import { isGrant, type LintFinding } from "./lint_finding.ts";
import type { Conditions, Rule } from "./policy.ts";
import { isAny } from "./wildcard_search.ts";

/** A finding without the rule, which the caller knows. */
export type RuleRemark = Pick<LintFinding, "code" | "level" | "key" | "message">;

/** What there is to say of `rule` alone. */
export function remarksOn(rule: Rule): RuleRemark[] {
  const impossible = remarkOnContradiction(rule) ?? remarkOnUnmetRequirement(rule);
  // What matches nothing, or only refuses, grants nothing to anybody.
  if (impossible !== null) return [impossible];
  return [remarkOnBinding(rule), remarkOnUsers(rule)].filter((remark) => remark !== null);
}

/**
 * The only account that an ARN pattern can match, or `null`. A `*` before it stands for another
 * account as well, and for a path that holds the rest: its owner chooses the path.
 */
function accountOfPattern(pattern: string): string | null {
  return /^arn:[^:*]*:[^:*]*:[^:*]*:([0-9]{12})(?:[:*]|$)/.exec(pattern)?.[1] ?? null;
}

/** Whether the rule may ever grant credentials, as far as it says itself. */
export function canGrant(rule: Rule): boolean {
  return isGrant(rule) && !areContradictory(rule.conditions) && !isUnmet(rule);
}

/** The credentials of a role belong to the role's account. */
function areContradictory({ roles = [], accounts = [] }: Conditions): boolean {
  if (roles.length === 0 || accounts.length === 0) return false;
  return roles.every((role) => {
    const account = accountOfPattern(role);
    return account !== null && !accounts.includes(account) && !accounts.some(hasStar);
  });
}

function hasStar(pattern: string): boolean {
  return pattern.includes("*");
}

/** What there is to say of conditions that exclude each other. */
export function remarkOnContradiction(
  { conditions }: { readonly conditions: Conditions },
): RuleRemark | null {
  if (!areContradictory(conditions)) return null;
  return {
    code: "contradictory-conditions",
    level: "error",
    key: "roles",
    message: "no request matches: none of its roles is in one of its accounts",
  };
}

/** Whether the rule grants at the server only. */
export function requiresServer({ effect }: Rule): boolean {
  return effect === "require_server" || effect === "require_server_session";
}

function isUnmet(rule: Rule): boolean {
  const { mode = [] } = rule.conditions;
  return requiresServer(rule) && mode.length > 0 && !mode.includes("server");
}

function remarkOnUnmetRequirement(rule: Rule): RuleRemark | null {
  if (!isUnmet(rule)) return null;
  const { effect, conditions: { mode = [] } } = rule;
  return {
    code: "unmet-requirement",
    level: "error",
    key: "mode",
    message: `it can only refuse: ${effect} asks for the server, and its mode is ` +
      mode.join(" or "),
  };
}

function remarkOnBinding(rule: Rule): RuleRemark | null {
  return isGrant(rule) ? remarkOnUnbound(rule.conditions) : null;
}

/** What there is to say of conditions that hold in any account. */
export function remarkOnUnbound({ roles = [], accounts = [] }: Conditions): RuleRemark | null {
  if (accounts.length > 0 && !accounts.some(hasStar)) return null;
  const open = roles.find((role) => accountOfPattern(role) === null);
  if (roles.length > 0 && open === undefined) return null;
  const where = open === undefined
    ? "it names neither roles nor accounts"
    : `its role ${quote(open)} may be of any account`;
  return {
    code: "unbound-grant",
    level: "warning",
    key: open === undefined ? "profiles" : "roles",
    message: `${where}: who edits the AWS configuration can lead its profiles anywhere`,
  };
}

/** A policy username carries no account, so that names are not looked at; but `*` is everybody. */
function remarkOnUsers(rule: Rule): RuleRemark | null {
  if (!isGrant(rule)) return null;
  const open = openCaller(rule.conditions.users ?? []);
  if (open === null) return null;
  return {
    code: "any-user",
    level: "warning",
    key: "users",
    message: `its user ${quote(open.item)} matches ${open.who}` +
      (open.isEverybody ? ", as if there were no users" : ""),
  };
}

/** The first of `items` that lets in people whom nobody chose, and whom; `null`: there is none. */
export function openCaller(items: readonly string[]) {
  const item = items.find((item) =>
    item.startsWith(ARN_PREFIX) ? accountOfPattern(item) === null : isAny(item)
  );
  if (item === undefined) return null;
  const isEverybody = !item.startsWith(ARN_PREFIX);
  return {
    item,
    isEverybody,
    who: isEverybody ? "everybody" : "callers of any account, also of strangers'",
  };
}
