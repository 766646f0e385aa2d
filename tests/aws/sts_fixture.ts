/**
 * Profiles whose keys and roles exist at a test's STS.
 *
 * @module
 */
import { createCredentialSource } from "../../src/aws/assume_role.ts";
import { fileKeys } from "../../src/aws/base_keys.ts";
import type { CredentialRequest, IssuedCredentials } from "../../src/gate/ports.ts";
import type { CredentialSourceOptions } from "../../src/aws/assume_role.ts";
import type { ResolvedProfile, RoleHop } from "../../src/aws/profile.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertRejects } from "../support/assert.ts";
import type { StsEndpoint } from "../support/sts_endpoint.ts";

/** A source identity as the gate makes it. */
export const IDENTITY = "sentinel=alice=direct=0123456789abcdef";

/** A request of the gate. */
export const REQUEST = { durationSeconds: 900, sourceIdentity: IDENTITY };

/** Keys of a profile's base. */
export interface BaseKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A profile `prod` on keys of the profile `keys`, with hops in the order of assumption. */
export function profileOf(
  keys: BaseKeys,
  hops: readonly (Pick<RoleHop, "roleArn"> & Partial<RoleHop>)[] = [],
): ResolvedProfile {
  return {
    name: "prod",
    region: null,
    hops: hops.map((hop, index) => ({
      externalId: null,
      durationSeconds: null,
      roleSessionName: null,
      region: null,
      mfa: null,
      profile: `hop${index}`,
      file: "/home/alice/.aws/config",
      line: index + 1,
      ...hop,
    })),
    base: {
      kind: "keys",
      profile: "keys",
      file: "/home/alice/.aws/credentials",
      line: 1,
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      sessionToken: keys.sessionToken ?? null,
    },
    settings: { values: new Map(), blocks: new Map(), services: null },
  };
}

/** A credential source that calls `url`; without a window it always has credentials. */
export function sourceAt(
  url: string,
  profile: ResolvedProfile,
  options: Partial<CredentialSourceOptions> = {},
) {
  const { base } = profile;
  if (base.kind !== "keys") throw new TypeError("These profiles have keys");
  const source = createCredentialSource(profile, {
    region: null,
    endpoint: url,
    clock: Date,
    base: { current: () => Promise.resolve(fileKeys(base)) },
    mfaCode: null,
    ...options,
  });
  return source as {
    issue(request: CredentialRequest, signal?: AbortSignal): Promise<IssuedCredentials>;
  };
}

/** Runs `body`, which must reject with `code`; no word of the error may hold a secret of `sts`. */
export async function assertFails(
  body: () => Promise<unknown>,
  expected: { readonly code: string; readonly says: string; readonly advises?: string },
  sts?: StsEndpoint,
): Promise<SentinelError> {
  const error = await assertRejects(body, SentinelError, expected.says);
  const told = `${error.message}\n${error.suggestion}\n${JSON.stringify(error.details)}`;
  assert(error.code === expected.code, `${error.code}: ${told}`);
  if (expected.advises !== undefined) assert(told.includes(expected.advises), told);
  for (const secret of sts?.secrets() ?? []) assert(!told.includes(secret), told);
  return error;
}
