/**
 * The IAM policy by which AWS itself refuses credentials that revoked sessions have handed out
 * already. It names nothing but sessions of this program, ends by itself, and leaves the statements
 * of others in the same document alone. Pure: the time is a parameter.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { SessionRecord } from "./session.ts";
import { CLOCK_DIFFERENCE_MS } from "./window_bounds.ts";

/** Name of the inline policy that holds the statements. */
export const DENY_POLICY_NAME = "SentinelRevocations";

/** Most characters, without white space, of all inline policies of a role together. */
export const INLINE_POLICY_LIMIT = 10_240;
/** Most characters of a service control policy. */
export const SERVICE_CONTROL_POLICY_LIMIT = 5120;

/** A policy document of IAM; what we do not know of it is kept. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly unknown[];
  readonly [key: string]: unknown;
}

/** What is denied: a pattern for `aws:SourceIdentity`, until a moment (milliseconds, epoch). */
export interface Denial {
  readonly identity: string;
  readonly until: number;
}

const HOUR_MS = 3_600_000;

/**
 * How the credentials of `record`, all of which have expired at `end` (milliseconds since the
 * epoch), are denied; `null` when they carry no source identity of this program. One pattern covers
 * what was handed out directly, after an approval and by break-glass.
 */
export function denialOf(record: SessionRecord, end: number): Denial | null {
  const match = /^sentinel=([\w+=,.@-]+)=(?:direct|approved|breakglass)=([0-9a-f]{16})$/
    .exec(record.sourceIdentity ?? "");
  // INVARIANT: whoever can write a record must not be able to have anybody else denied.
  if (match === null || match[2] !== record.id) return null;
  return {
    identity: `sentinel=${match[1]}=*=${match[2]}`,
    // Whole hours keep the statements few: a session that is over is hurt by no longer denial.
    until: Math.ceil((end + CLOCK_DIFFERENCE_MS) / HOUR_MS) * HOUR_MS,
  };
}

/** Whether `document` already denies all of it. */
export function isDenied(document: string, denials: readonly Denial[]): boolean {
  const before = mergeDenials(document, [], -Infinity);
  return canonical(mergeDenials(document, denials, -Infinity)) === canonical(before);
}

/** A document that holds the denials and nothing else. */
export function denyDocument(denials: readonly Denial[]): PolicyDocument {
  return mergeDenials(null, denials, -Infinity);
}

/**
 * `document` (`null`: none yet) with the denials added, those of our statements that ended before
 * `now` removed, and all other statements as they were. Throws `CONFIG_INVALID` when it is not a
 * policy document.
 */
export function mergeDenials(
  document: string | null,
  denials: readonly Denial[],
  now: number,
): PolicyDocument {
  const known = document === null
    ? { Version: "2012-10-17", Statement: [] }
    : parseDocument(document);
  const others: unknown[] = [];
  const untilOf = new Map<string, number>();
  const deny = ({ identity, until }: Denial) =>
    untilOf.set(identity, Math.max(until, untilOf.get(identity) ?? -Infinity));
  for (const statement of known.Statement) {
    const own = readStatement(statement);
    if (own === null) others.push(statement);
    else own.filter(({ until }) => until > now).forEach(deny);
  }
  denials.forEach(deny);
  const own = Map.groupBy(untilOf.keys(), (identity) => untilOf.get(identity)!);
  const taken = new Set(others.map((statement) => Object(statement)["Sid"]));
  return {
    ...known,
    Statement: [
      ...others,
      ...[...own].sort(([a], [b]) => a - b)
        .map(([until, identities]) => writeStatement(until, identities.sort(), taken)),
    ],
  };
}

/** Characters of a document as IAM counts them: without white space. */
export function documentSize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, "").length;
}

const SID = /^SentinelRevocationsUntil\d{8}T\d{4}Z(?:x\d+)?$/;

function writeStatement(
  until: number,
  identities: readonly string[],
  taken: ReadonlySet<unknown>,
): unknown {
  const end = `${new Date(until).toISOString().slice(0, 19)}Z`;
  const sid = `SentinelRevocationsUntil${end.slice(0, 16).replace(/[-:]/g, "")}Z`;
  let free = sid;
  // Somebody has edited a statement of ours: it is theirs now, and a Sid must stand once.
  for (let count = 2; taken.has(free); count++) free = `${sid}x${count}`;
  return {
    Sid: free,
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: {
      StringLike: { "aws:SourceIdentity": identities },
      DateLessThan: { "aws:CurrentTime": end },
    },
  };
}

/** The denials of a statement that is exactly as we write them, or `null`. */
function readStatement(statement: unknown): readonly Denial[] | null {
  const { Sid, Condition } = Object(statement);
  if (typeof Sid !== "string" || !SID.test(Sid)) return null;
  const listed: unknown = Condition?.StringLike?.["aws:SourceIdentity"];
  const identities = Array.isArray(listed) ? listed : [listed];
  const until = Date.parse(String(Condition?.DateLessThan?.["aws:CurrentTime"]));
  if (Number.isNaN(until)) return null;
  if (!identities.every((identity) => typeof identity === "string")) return null;
  const same = writeStatement(until, listed as string[], new Set());
  const isOurs = canonical(same) === canonical({ ...Object(statement), Sid: Object(same).Sid });
  return isOurs ? identities.map((identity) => ({ identity, until })) : null;
}

/** JSON with sorted keys: IAM may give a document back in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}

function parseDocument(text: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = null;
  }
  const { Version, Statement } = Object(document);
  if (typeof Version !== "string" || typeof Statement !== "object" || Statement === null) {
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot add to the inline policy ${DENY_POLICY_NAME}: what is there is no policy document`,
      { suggestion: "Look at the policy, and delete it where it is not needed." },
    );
  }
  return {
    ...Object(document),
    Version,
    Statement: Array.isArray(Statement) ? Statement : [Statement],
  };
}
