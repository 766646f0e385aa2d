/**
 * Where a profile's chain begins, as its configuration says it: data, checked, and no step towards
 * credentials. Keys are made of it by `base_keys.ts`.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import type { ConfigLocation } from "./config_files.ts";
import type { SsoSession } from "./sso_token.ts";

/** What every way to sign in says. The location is the line to mend. */
interface BaseOrigin extends ConfigLocation {
  /** The profile that says how to sign in, the end of the chain; empty without a profile. */
  readonly profile: string;
}

/** Keys that stand in a configuration file. */
export interface StaticKeys extends BaseOrigin {
  readonly kind: "keys";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Not `null`: the keys are temporary. */
  readonly sessionToken: string | null;
}

/** A permission set of IAM Identity Center. */
export interface SsoCredentials extends BaseOrigin {
  readonly kind: "sso";
  /** Where one signs in. */
  readonly session: SsoSession;
  /** Twelve digits. */
  readonly accountId: string;
  readonly roleName: string;
}

/** A role that is assumed with a token of an identity provider. */
export interface WebIdentityCredentials extends BaseOrigin {
  readonly kind: "web_identity";
  readonly roleArn: string;
  /** Absolute path; read at each use. */
  readonly tokenFile: string;
  readonly roleSessionName: string | null;
  /** `duration_seconds` of the profile (900–43200), or `null`. */
  readonly durationSeconds: number | null;
  /** Region of the profile, or `null`. */
  readonly region: string | null;
}

/** Another program that prints keys. */
export interface ProcessCredentials extends BaseOrigin {
  readonly kind: "process";
  /** The program and its arguments, read as every tool reads them. Never to be printed. */
  readonly command: readonly [string, ...string[]];
}

/** Keys of environment variables. */
export interface EnvironmentCredentials extends BaseOrigin {
  readonly kind: "environment";
}

/** The role of the EC2 instance. */
export interface InstanceCredentials extends BaseOrigin {
  readonly kind: "instance";
}

/** The role of the container (ECS, EKS Pod Identity). */
export interface ContainerCredentials extends BaseOrigin {
  readonly kind: "container";
}

/** Where a chain begins. */
export type BaseCredentials =
  | StaticKeys
  | SsoCredentials
  | WebIdentityCredentials
  | ProcessCredentials
  | EnvironmentCredentials
  | InstanceCredentials
  | ContainerCredentials;

/** Whose credentials they are, for messages: `profile "dev"`, or the variable that holds them. */
export function originName(
  { profile, file, line }: Pick<BaseCredentials, "profile" | "file" | "line">,
): string {
  return line === 0 ? file : `profile ${quote(profile)}`;
}
