/**
 * The one error class of the program and the catalogue that gives each of its codes an exit
 * status, an HTTP status and a next step. A refusal by policy is not an error: it is a value
 * (`gate/decision.ts`) that shares this catalogue's statuses.
 *
 * @module
 */

/** How a code is answered: by a process, by the credential endpoint, and by a person. */
export interface ErrorClass {
  /** Exit status of a process that ends because of it (sysexits where one fits). */
  readonly exitStatus: number;
  /** Status of the credential endpoint's answer when it happens inside a request. */
  readonly httpStatus: number;
  /** What it means, in one line, for the documentation. */
  readonly meaning: string;
  /** What to do when the error itself does not know better. */
  readonly suggestion: string;
}

/** Every code with which Sentinel fails. Codes are public API: they are never renamed. */
export const ERROR_CATALOGUE = {
  USAGE: {
    exitStatus: 64,
    httpStatus: 400,
    meaning: "The command line is wrong.",
    suggestion: "See: sentinel --help",
  },
  NESTED: {
    exitStatus: 64,
    httpStatus: 400,
    meaning: "exec was started inside a shell that sentinel already runs.",
    suggestion: "Leave it first: exit",
  },
  POLICY_INVALID: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The policy document has mistakes, so it grants nothing.",
    suggestion: "Mend the lines named above and run the command again.",
  },
  POLICY_UNREADABLE: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The policy could not be read, so nothing is granted.",
    suggestion: "Name it with --policy PATH or SENTINEL_POLICY.",
  },
  POLICY_CONFLICT: {
    exitStatus: 75,
    httpStatus: 503,
    meaning: "Somebody else changed the policy that was to be written.",
    suggestion: "Look at the version in force, then push again.",
  },
  CONFIG_INVALID: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The AWS configuration or a setting of sentinel is wrong or ambiguous.",
    suggestion: "Mend the setting named above.",
  },
  PROFILE_NOT_FOUND: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "No such profile in the AWS configuration.",
    suggestion: "List the profiles: aws configure list-profiles",
  },
  CREDENTIAL_PROCESS_RECURSION: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The profile's credential_process is sentinel for the same profile.",
    suggestion:
      "Put `credential_process = sentinel credentials --profile NAME` into a profile of another name.",
  },
  CREDENTIALS_UNSUITABLE: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The profile's credentials cannot be delivered in the way that was asked for.",
    suggestion: "Add a role_arn to the profile.",
  },
  SIGN_IN_REQUIRED: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "A person has to sign in or to give a code first, and nobody could be asked.",
    suggestion: "Run the command at a terminal.",
  },
  LOG_UNWRITABLE: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The decision log that was asked for cannot be written, so nothing is granted.",
    suggestion:
      "Make the file writable or name another one with --log-file; a running server: start it again.",
  },
  LOG_UNREADABLE: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "A decision log that was to be audited cannot be read.",
    suggestion: "Check the path and its permissions.",
  },
  AWS_REFUSED: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "AWS refused the call that would have made the credentials.",
    suggestion: "Check the role's trust policy and the caller's permissions.",
  },
  AWS_UNAVAILABLE: {
    exitStatus: 69,
    httpStatus: 503,
    meaning: "An AWS service did not answer in time, failed or throttled the call.",
    suggestion: "Try again; check the network, the region and AWS_ENDPOINT_URL.",
  },
  SESSION_STORE_UNAVAILABLE: {
    exitStatus: 69,
    httpStatus: 503,
    meaning: "The session table could not be reached, and the policy requires it.",
    suggestion: "Check the table's region, its permissions and the network, then try again.",
  },
  SESSION_TABLE_INVALID: {
    exitStatus: 78,
    httpStatus: 503,
    meaning: "The session table does not exist, or its name or keys are wrong.",
    suggestion: "Check the name given with --session-table.",
  },
  SESSION_RECORD_INVALID: {
    exitStatus: 78,
    httpStatus: 403,
    meaning: "The session's record cannot be understood, so it counts as revoked.",
    suggestion: "Start again; if it happens again, check who else writes to the session table.",
  },
  SESSION_NOT_FOUND: {
    exitStatus: 64,
    httpStatus: 503,
    meaning: "There is no session of this id in the session table.",
    suggestion: "List the sessions: sentinel server-sessions --all-users",
  },
  OVERRIDE_STORE_UNAVAILABLE: {
    exitStatus: 69,
    httpStatus: 503,
    meaning: "The table of approval requests or break-glass events could not be reached.",
    suggestion: "Check the table's region, its permissions and the network, then try again.",
  },
  OVERRIDE_TABLE_INVALID: {
    exitStatus: 78,
    httpStatus: 503,
    meaning:
      "The table of approval requests or break-glass events does not exist, or its name or keys are wrong.",
    suggestion: "Check the name given with --request-table or --breakglass-table.",
  },
  OVERRIDE_RECORD_INVALID: {
    exitStatus: 78,
    httpStatus: 403,
    meaning: "A record of an approval request or break-glass event cannot be understood.",
    suggestion: "Ask anew; if it happens again, check who else writes to the table.",
  },
  OVERRIDE_NOT_FOUND: {
    exitStatus: 64,
    httpStatus: 503,
    meaning: "There is no approval request or break-glass event of this id in the table.",
    suggestion: "List them: sentinel list, or sentinel breakglass-list",
  },
  OVERRIDE_REFUSED: {
    exitStatus: 77,
    httpStatus: 403,
    meaning:
      "The policy, a limit, or what was decided before refuses this approval or break-glass.",
    suggestion: "See what is known of it: sentinel check ID, or sentinel breakglass-check ID",
  },
  SERVER_FAILED: {
    exitStatus: 69,
    httpStatus: 503,
    meaning: "The credential server could not listen, or its listener died.",
    suggestion: "Choose another port with --server-port, or 0 for any.",
  },
  COMMAND_NOT_FOUND: {
    exitStatus: 127,
    httpStatus: 503,
    meaning: "The command to run does not exist.",
    suggestion: "Check the spelling and PATH.",
  },
  COMMAND_NOT_EXECUTABLE: {
    exitStatus: 126,
    httpStatus: 503,
    meaning: "The command to run may not be executed.",
    suggestion: "Check its mode: chmod +x FILE",
  },
  OUTPUT_FAILED: {
    exitStatus: 74,
    httpStatus: 503,
    meaning: "Standard output or a file could not take what was to be written.",
    suggestion: "Check what reads the output, or the disk it goes to.",
  },
  TIMED_OUT: {
    exitStatus: 69,
    httpStatus: 503,
    meaning: "Something took longer than a request may wait.",
    suggestion: "Try again.",
  },
  TTL_TOO_SHORT: {
    exitStatus: 75,
    httpStatus: 503,
    meaning: "Less time is left than --min-ttl asks for, so nothing was started.",
    suggestion: "Do with less: --min-ttl",
  },
  INTERNAL: {
    exitStatus: 70,
    httpStatus: 503,
    meaning: "A defect in sentinel.",
    suggestion: "Please report it with the command that led to it.",
  },
} as const satisfies Readonly<Record<string, ErrorClass>>;

/** A stable code of {@linkcode SentinelError}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Exit status when a policy (or a revocation) refuses: `EX_NOPERM`. */
export const EXIT_DENIED = 77;

/** What a {@linkcode SentinelError} carries besides code and message. */
export interface SentinelErrorOptions {
  /** The next command to run or the line to mend; default: the catalogue's. */
  readonly suggestion?: string;
  /** Machine-readable facts, by code. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The fault underneath. Never printed: its text may come from outside. */
  readonly cause?: unknown;
}

/**
 * A failure with a stable code. The message names action, object and reason; it never contains
 * a secret.
 */
export class SentinelError extends Error {
  /** `SentinelError`. */
  override readonly name = "SentinelError";
  /** Stable code: public API. */
  readonly code: ErrorCode;
  /** The next step for the person who sees it. */
  readonly suggestion: string;
  /** Machine-readable facts, by code; for `POLICY_INVALID`: `{ problems }`. */
  readonly details: Readonly<Record<string, unknown>>;

  /** Creates an error of the catalogue. */
  constructor(code: ErrorCode, message: string, options: SentinelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.suggestion = options.suggestion ?? ERROR_CATALOGUE[code].suggestion;
    this.details = options.details ?? {};
  }

  /** Exit status of a process that ends because of this error. */
  get exitStatus(): number {
    return ERROR_CATALOGUE[this.code].exitStatus;
  }

  /** Status of an HTTP answer that fails because of this error. */
  get httpStatus(): number {
    return ERROR_CATALOGUE[this.code].httpStatus;
  }
}

/** Any thrown value as a {@linkcode SentinelError}: an unknown one becomes `INTERNAL`. */
export function asSentinelError(thrown: unknown): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new SentinelError("INTERNAL", `Unexpected fault (${name})`, { cause: thrown });
}

/** Proves to the compiler that a `switch` has decided every member of a union. */
export function assertNever(value: never): never {
  throw new SentinelError("INTERNAL", `Unhandled case ${JSON.stringify(value)}`);
}
