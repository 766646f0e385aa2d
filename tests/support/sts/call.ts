/**
 * The record of one call. It is filled in while the call is worked on, and never holds a secret.
 *
 * @module
 */
import { ACTIONS } from "./actions.ts";
import type { Message } from "./message.ts";
import { ruleOf } from "./parameters.ts";

/** What is known of one call. */
export interface StsCall {
  /** When it arrived, by the endpoint's clock: milliseconds since the epoch. */
  readonly time: number;
  /** As asked, or `null` when none could be read (yet). */
  readonly action: string | null;
  /** Parameters that the action knows, as asked, without codes and tokens. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Access key id as claimed, or `null`. */
  readonly accessKeyId: string | null;
  /** Region of the credential scope as claimed, or `null`. */
  readonly region: string | null;
  /** The caller, once the signature was verified. */
  readonly callerArn: string | null;
  /** `dropped` was never answered, because of a fault or because the client went away. */
  readonly outcome: "pending" | "ok" | "error" | "dropped";
  /** Code of the error that answered it, or `null`. */
  readonly errorCode: string | null;
  /** The access key that it issued, or `null`. */
  readonly issuedAccessKeyId: string | null;
}

/** A record that is still being filled in. */
export type OpenCall = { -readonly [Field in keyof StsCall]: StsCall[Field] };

/** The record of a call that arrived at `time`. */
export function openCall(time: number): OpenCall {
  return {
    time,
    action: null,
    parameters: {},
    accessKeyId: null,
    region: null,
    callerArn: null,
    outcome: "pending",
    errorCode: null,
    issuedAccessKeyId: null,
  };
}

/** Parameters that are never kept. */
const SECRETS = ["TokenCode", "WebIdentityToken"];

/** Notes what `message` claims. Unknown parameters may hold anything, so they are not kept. */
export function describe(call: OpenCall, message: Message): void {
  const action = message.parameters.get("Action") ?? "";
  const rules = ACTIONS.get(action)?.rules ?? {};
  call.action = /^\w{1,64}$/.test(action) ? action : null;
  call.parameters = Object.fromEntries(
    [...message.parameters].filter(([name]) => !SECRETS.includes(name) && ruleOf(rules, name)),
  );
  const authorization = message.headers.get("authorization") ?? "";
  const [, accessKeyId = null, region = null] =
    /\bCredential=(\w{1,128})\/\d{8}\/([a-z0-9-]{1,64})\/sts\//.exec(authorization) ?? [];
  call.accessKeyId = accessKeyId;
  call.region = region;
}
