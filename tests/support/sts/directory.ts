/**
 * Who exists: users, roles, and every access key with what it may be used for. Secrets live
 * here and nowhere else.
 *
 * @module
 */

/** Whoever signs with an access key. */
export interface Principal {
  /** As GetCallerIdentity answers it. */
  readonly arn: string;
  /** As GetCallerIdentity answers it: `AIDA…`, or `AROA…:session`. */
  readonly userId: string;
  readonly account: string;
  /** ARN of the IAM role behind a role session, otherwise of the user. */
  readonly iamArn: string;
  /** Set once, kept by every session that is made from this one. */
  readonly sourceIdentity: string | null;
  /** Whether a code of a device was given for it (`aws:MultiFactorAuthPresent`). */
  readonly hasCode?: boolean;
}

/** A device of a user. Each of its codes counts once. */
export interface MfaDevice {
  readonly serial: string;
  /** The code that it shows now, which no earlier call has used. */
  code(): string;
}

interface OwnedDevice extends MfaDevice {
  readonly userArn: string;
  readonly shown: Set<string>;
}

/** A role and who may assume it. */
export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly account: string;
  /** `AROA…` */
  readonly roleId: string;
  /** Longest session in seconds. */
  readonly maxSessionDurationSeconds: number;
  /** ARN patterns of callers (`*` and `?`); `null` = any caller. */
  readonly trusts: readonly string[] | null;
  /** What a caller must pass as ExternalId, or `null`. */
  readonly externalId: string | null;
  /** Whether its trust policy allows `sts:SetSourceIdentity`. */
  readonly allowSetSourceIdentity: boolean;
  /** Whether its trust policy demands `aws:MultiFactorAuthPresent`. */
  readonly requiresCode: boolean;
}

/** An access key with its secrets. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `null` for long-term keys. */
  readonly sessionToken: string | null;
  /** Milliseconds since the epoch, whole seconds; `null` for long-term keys. */
  readonly expiresAt: number | null;
  readonly principal: Principal;
}

/** A temporary access key. */
export interface TemporaryKey extends AccessKey {
  readonly sessionToken: string;
  readonly expiresAt: number;
}

/** A user to add. */
export interface UserOptions {
  readonly name: string;
  /** Begins and ends with `/`; default `/`. */
  readonly path?: string;
  /** Default {@linkcode DEFAULT_ACCOUNT}. */
  readonly account?: string;
  /** Default: random, `AKIA…`. */
  readonly accessKeyId?: string;
  /** Default: random, 40 characters. */
  readonly secretAccessKey?: string;
}

/** A role to add. */
export interface RoleOptions {
  readonly name: string;
  /** Begins and ends with `/`; default `/`. */
  readonly path?: string;
  /** Default {@linkcode DEFAULT_ACCOUNT}. */
  readonly account?: string;
  /** 3600–43200, as IAM allows; default 3600. */
  readonly maxSessionDurationSeconds?: number;
  /** ARN patterns of callers (`*` and `?`); an `:root` ARN means its account. Default: any. */
  readonly trusts?: readonly string[];
  /** What callers must pass as ExternalId; default: none. */
  readonly externalId?: string;
  /** Whether the trust policy allows `sts:SetSourceIdentity`; default true. */
  readonly allowSetSourceIdentity?: boolean;
  /** Whether the trust policy demands `aws:MultiFactorAuthPresent`; default false. */
  readonly requiresCode?: boolean;
}

/** Account of users and roles that name none. */
export const DEFAULT_ACCOUNT = "123456789012";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `prefix` and 16 random characters of [A-Z2-7], as AWS makes its ids. */
function randomId(prefix: string): string {
  return prefix +
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => BASE32[byte % 32]).join("");
}

function randomBase64(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64();
}

/** An IAM ARN; throws on a name, path or account that IAM would not take. */
function iamArn(kind: "user" | "role", entity: UserOptions | RoleOptions): string {
  const { name, path = "/", account = DEFAULT_ACCOUNT } = entity;
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw new TypeError(`Invalid ${kind} name: ${name}`);
  if (!/^\/(?:[!-.0-~]+\/)*$/.test(path)) throw new TypeError(`Invalid ${kind} path: ${path}`);
  if (!/^\d{12}$/.test(account)) throw new TypeError(`Invalid account: ${account}`);
  return `arn:aws:iam::${account}:${kind}${path}${name}`;
}

/** Whether `pattern` (with `*` and `?`) matches all of `text`. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("\\*", ".*").replaceAll("\\?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}

/** Whether the trust policy of `role` names `caller`: itself, its role, or its account. */
export function isTrusted(role: Role, caller: Principal): boolean {
  const root = `arn:aws:iam::${caller.account}:root`;
  return role.trusts === null ||
    role.trusts.some((pattern) =>
      [caller.arn, caller.iamArn, root].some((arn) => matches(pattern, arn))
    );
}

/** Users, roles and access keys of one endpoint. */
export class Directory {
  readonly #keys = new Map<string, AccessKey>();
  readonly #roles = new Map<string, Role>();
  readonly #devices = new Map<string, OwnedDevice>();
  /** Roles that a token of an identity provider may assume, by token. */
  readonly #tokens = new Map<string, { readonly roleArn: string; readonly subject: string }>();

  /** Adds a user with one long-term access key. */
  addUser(options: UserOptions): AccessKey {
    const arn = iamArn("user", options);
    const account = options.account ?? DEFAULT_ACCOUNT;
    const userId = randomId("AIDA");
    return this.#addKey({
      accessKeyId: options.accessKeyId ?? randomId("AKIA"),
      secretAccessKey: options.secretAccessKey ?? randomBase64(30),
      sessionToken: null,
      expiresAt: null,
      principal: { arn, userId, account, iamArn: arn, sourceIdentity: null },
    });
  }

  /** Adds a role, or replaces the one of the same ARN. */
  addRole(options: RoleOptions): Role {
    const arn = iamArn("role", options);
    const longest = options.maxSessionDurationSeconds ?? 3600;
    if (!Number.isInteger(longest) || longest < 3600 || longest > 43_200) {
      throw new RangeError(`maxSessionDurationSeconds must be 3600–43200, not ${longest}`);
    }
    const role: Role = {
      arn,
      name: options.name,
      account: options.account ?? DEFAULT_ACCOUNT,
      roleId: randomId("AROA"),
      maxSessionDurationSeconds: longest,
      trusts: options.trusts ?? null,
      externalId: options.externalId ?? null,
      allowSetSourceIdentity: options.allowSetSourceIdentity ?? true,
      requiresCode: options.requiresCode ?? false,
    };
    this.#roles.set(arn, role);
    return role;
  }

  /** Gives the user of `userArn` a device. */
  addDevice(userArn: string): MfaDevice {
    const serial = userArn.replace(/:user\/(?:.*\/)?/, ":mfa/");
    const shown = new Set<string>();
    const code = () => {
      const next = String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000)
        .padStart(6, "0");
      shown.add(next);
      return next;
    };
    const device = { serial, userArn, shown, code };
    this.#devices.set(serial, device);
    return device;
  }

  /** Whether `code` is one that the device `serial` of `userArn` showed; it counts once. */
  takeCode(serial: string, code: string, { userArn }: { readonly userArn: string }): boolean {
    const device = this.#devices.get(serial);
    return device?.userArn === userArn && device.shown.delete(code);
  }

  /** Lets the bearer of `token` assume the role. */
  addToken(token: string, grant: { readonly roleArn: string; readonly subject: string }): void {
    this.#tokens.set(token, grant);
  }

  /** What `token` is good for, or `undefined`. */
  token(token: string) {
    return this.#tokens.get(token);
  }

  /** The role, or `undefined`. */
  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** The access key, or `undefined`. */
  key(accessKeyId: string): AccessKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** Makes temporary keys of `principal` that end at `expiresAt`, cut to the whole second. */
  issue(principal: Principal, expiresAt: number): TemporaryKey {
    return this.#addKey({
      accessKeyId: randomId("ASIA"),
      secretAccessKey: randomBase64(30),
      sessionToken: randomBase64(480),
      expiresAt: Math.floor(expiresAt / 1000) * 1000,
      principal,
    });
  }

  /** Every secret key and session token so far. */
  secrets(): string[] {
    return [...this.#keys.values()].flatMap(({ secretAccessKey, sessionToken }) =>
      sessionToken === null ? [secretAccessKey] : [secretAccessKey, sessionToken]
    );
  }

  #addKey<Key extends AccessKey>(key: Key): Key {
    if (this.#keys.has(key.accessKeyId)) throw new TypeError("The access key exists already");
    this.#keys.set(key.accessKeyId, key);
    return key;
  }
}
