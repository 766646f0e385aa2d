/**
 * What a door asks of the gate: who wants which profile's credentials, how, and when.
 *
 * @module
 */
import type { CredentialMode } from "../policy/policy.ts";

/** One request for credentials. The door fills it in; the gate alone judges it. */
export interface AccessRequest {
  /** Policy username of the caller. */
  readonly user: string;
  /** Account of the credentials that would be issued, twelve digits. */
  readonly account: string;
  /** ARN of the caller, before any role of the profile. */
  readonly arn: string;
  /** The profile whose credentials are asked for. */
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** The door. */
  readonly mode: CredentialMode;
  /** The moment of the request, in milliseconds since the epoch. */
  readonly time: number;
  /** Session table of the flag or the environment; `null` = none. Doors other than the server: `null`. */
  readonly sessionTable: string | null;
  /** Life of the credentials that was asked for, in seconds. */
  readonly durationSeconds: number;
  /** The access must last so long, in seconds, or nothing is handed over. Default: no such wish. */
  readonly minTtlSeconds?: number | null;
  /**
   * Nobody asked for that life: it is the default, and credentials that cannot be shortened may
   * live to their own end where nothing else limits them. Default: it is a limit.
   */
  readonly isDefaultDuration?: boolean;
  /** 16 hex digits, unique for each request. */
  readonly requestId: string;
  /** The command that will receive the credentials, without its arguments, or `null`. */
  readonly command: string | null;
}
