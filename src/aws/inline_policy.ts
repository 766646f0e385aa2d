/**
 * The inline policy of a role, changed in place: read, merged, written and read again, because IAM
 * has no conditional write and another administrator may be doing the same. It touches the policy
 * of the given name and no other.
 *
 * @module
 */
import { type ErrorCode, SentinelError } from "../errors.ts";
import { printable, quote } from "../text/printable.ts";
import { FetchHandler, NoAnswerError } from "../transport/fetch_handler.ts";
import { SDK_SETTINGS } from "../transport/sdk_settings.ts";

/** Keys that sign calls of IAM. */
export interface IamCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where and as whom IAM is called. */
export interface IamOptions {
  /** Decides the partition: IAM itself is global. */
  readonly region: string;
  /** URL instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
  readonly credentials: () => Promise<IamCredentials>;
}

/** Which policy of which role. */
export interface InlinePolicyName {
  readonly role: string;
  readonly policy: string;
}

/** Inline policies of roles. Every method rejects with `SentinelError`. */
export interface RolePolicies extends Disposable {
  /** The document, or `null` when the role has no policy of this name. */
  get(name: InlinePolicyName): Promise<string | null>;
  /** Writes the document in place of the one before. */
  put(name: InlinePolicyName, document: string): Promise<void>;
}

type Sdk = typeof import("@aws-sdk/client-iam");

const ATTEMPT_TIMEOUT_MS = 5000;

/** Opens the inline policies of roles. Nothing is called yet. */
export async function openRolePolicies(options: IamOptions): Promise<RolePolicies> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = new sdk.IAMClient({
    ...SDK_SETTINGS,
    credentials: options.credentials,
    region: options.region,
    ...options.endpoint === null ? {} : { endpoint: options.endpoint },
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
    maxAttempts: 3,
    disableClockSkewCorrection: true,
    useFipsEndpoint: false,
  });
  return new SdkRolePolicies(sdk, client);
}

class SdkRolePolicies implements RolePolicies {
  readonly #sdk: Sdk;
  readonly #client: InstanceType<Sdk["IAMClient"]>;

  constructor(sdk: Sdk, client: InstanceType<Sdk["IAMClient"]>) {
    this.#sdk = sdk;
    this.#client = client;
  }

  async get(name: InlinePolicyName): Promise<string | null> {
    const command = new this.#sdk.GetRolePolicyCommand({
      RoleName: name.role,
      PolicyName: name.policy,
    });
    try {
      const { PolicyDocument } = await this.#client.send(command);
      // IAM gives documents back URL-encoded.
      return decodeURIComponent(PolicyDocument ?? "");
    } catch (thrown) {
      if (thrown instanceof this.#sdk.NoSuchEntityException) return null;
      throw iamFault("GetRolePolicy", name, thrown);
    }
  }

  async put(name: InlinePolicyName, document: string): Promise<void> {
    const command = new this.#sdk.PutRolePolicyCommand({
      RoleName: name.role,
      PolicyName: name.policy,
      PolicyDocument: document,
    });
    try {
      await this.#client.send(command);
    } catch (thrown) {
      throw iamFault("PutRolePolicy", name, thrown);
    }
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** How {@linkcode changeInlinePolicy} changes a document and knows that it did. */
export interface InlinePolicyChange {
  /** The new document in place of `document` (`null`: there is none). May throw. */
  readonly merge: (document: string | null) => string;
  /** Whether `document` already says all that is wanted. */
  readonly isDone: (document: string) => boolean;
  /** Waits; default: by the clock of the machine. */
  readonly pause?: (ms: number) => Promise<void>;
}

const ROUNDS = 4;
const LOOKS = 5;
const PAUSE_MS = 200;
/** Longer than an administrator's command needs from its look to its write. */
const SETTLE_MS = 2500;

/**
 * Changes an inline policy until it can be read as it was meant: a write that another
 * administrator's covered is done again. Rejects with `SentinelError`.
 */
export async function changeInlinePolicy(
  policies: RolePolicies,
  name: InlinePolicyName,
  { merge, isDone, pause = pauseMs }: InlinePolicyChange,
): Promise<void> {
  let before = await policies.get(name);
  for (let round = 0; round < ROUNDS; round++) {
    if (before !== null && isDone(before)) {
      if (round === 0) return;
      // Somebody who read before our write may still write over it.
      await pause(SETTLE_MS);
      before = await policies.get(name);
      if (before !== null && isDone(before)) return;
    }
    await policies.put(name, merge(before));
    let after = before;
    // What was there before may be read for a while; only something else was written over ours.
    for (let look = 0; look < LOOKS && after === before; look++) {
      if (look > 0) await pause(PAUSE_MS);
      after = await policies.get(name);
    }
    // IAM acknowledged the write and still shows the document of before: it will show ours.
    if (after === before) return;
    before = after;
  }
  if (before !== null && isDone(before)) return;
  throw new SentinelError(
    "AWS_REFUSED",
    `Cannot change the inline policy ${quote(name.policy)} of role ${quote(name.role)}: ` +
      "somebody else keeps changing it",
    { suggestion: "Run the command again when they have finished." },
  );
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A fault of IAM as an error that says what to do. Its own words may quote anything. */
function iamFault(
  operation: "GetRolePolicy" | "PutRolePolicy",
  { role, policy }: InlinePolicyName,
  thrown: unknown,
): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const { name, $metadata } = Object(thrown);
  const { code, reason, suggestion } = explain(operation, {
    name: thrown instanceof NoAnswerError ? "NoAnswer" : String(name ?? "Unknown").slice(0, 64),
    status: typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : null,
    role,
  });
  const verb = operation === "GetRolePolicy" ? "read" : "write";
  return new SentinelError(
    code,
    `Cannot ${verb} the inline policy ${quote(policy)} of role ${quote(role)}: ${reason}`,
    { ...(suggestion !== undefined && { suggestion }), cause: thrown },
  );
}

function explain(
  operation: string,
  { name, status, role }: {
    readonly name: string;
    readonly status: number | null;
    readonly role: string;
  },
): { readonly code: ErrorCode; readonly reason: string; readonly suggestion?: string } {
  const shown = printable(name);
  switch (name) {
    case "NoSuchEntity":
    case "NoSuchEntityException":
      return {
        code: "AWS_REFUSED",
        reason: "there is no such role in this account",
        suggestion: "Check --role, and --aws-profile: whose account is it?",
      };
    case "AccessDenied":
    case "AccessDeniedException":
      return {
        code: "AWS_REFUSED",
        reason: "AWS denies access",
        suggestion: `Allow iam:GetRolePolicy and iam:PutRolePolicy on role ${quote(role)}; ` +
          `${operation} was refused.`,
      };
    case "LimitExceeded":
    case "LimitExceededException":
      return {
        code: "AWS_REFUSED",
        reason: "the inline policies of the role would exceed 10,240 characters",
        suggestion: "Shorten its other inline policies, or revoke all sessions of the role in IAM.",
      };
    case "UnmodifiableEntity":
    case "UnmodifiableEntityException":
      return {
        code: "AWS_REFUSED",
        reason: "the role belongs to an AWS service and cannot be edited",
        suggestion: "Use --deny-policy, and attach its statement where it applies.",
      };
    case "NoAnswer":
      return { code: "AWS_UNAVAILABLE", reason: "IAM did not answer" };
    default:
      if (status !== null && status >= 400 && status < 500 && !/thrott|rate/i.test(name)) {
        return { code: "AWS_REFUSED", reason: `IAM refused it (${shown})` };
      }
      return { code: "AWS_UNAVAILABLE", reason: `IAM failed (${shown})` };
  }
}
