/**
 * The base keys of those about whom the policy was asked: keys that were renewed since are taken, as
 * long as they belong to the same owner. It never changes who is served what.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type BaseKeys, type BaseKeysNow, fileKeys, ownerMark } from "./base_keys.ts";
import type { ResolvedProfile } from "./profile.ts";

/** Whose keys are taken, and where they come from. */
export interface OwnedKeysOptions {
  /** The profile at the start. */
  readonly profile: ResolvedProfile;
  /** The keys of the start where they are known already; else `null`. */
  readonly first: BaseKeysNow | null;
  /** Whose keys they were at the start. */
  readonly owner: { readonly arn: string; readonly mark: string };
  /** Keys as they are now. */
  readonly keys: Pick<BaseKeys, "current" | "forget">;
  /** The profile as its files are now; `null`: they are not looked at again. */
  readonly reload: (() => Promise<ResolvedProfile>) | null;
  /** ARN of the owner of keys. */
  readonly identify: (keys: BaseKeysNow) => Promise<string>;
  readonly clock: { now(): number };
  /** `null`: nothing goes on with old keys, and the error says it all. */
  readonly warn: ((message: string) => void) | null;
}

/** Keys of the same owner, for as long as there are any. */
export class OwnedKeys {
  readonly #options: OwnedKeysOptions;
  #current: BaseKeysNow | null;
  /** The mark of keys that are known to be the owner's. */
  #mark: string;
  /** Keys that were looked at and not taken: nobody is asked about them twice. */
  #declined: string | null = null;
  /** What the person was told last. */
  #told: string | null = null;
  #renewing: Promise<BaseKeysNow> | null = null;

  /** Nothing is asked for yet. */
  constructor(options: OwnedKeysOptions) {
    this.#options = options;
    this.#current = options.first;
    this.#mark = options.owner.mark;
  }

  /**
   * The keys. Where the new ones cannot be had or are somebody else's, the old ones while they
   * last; rejects with `SentinelError` when they are over.
   */
  current(): Promise<BaseKeysNow> {
    this.#renewing ??= this.#renew().finally(() => this.#renewing = null);
    return this.#renewing;
  }

  async #renew(): Promise<BaseKeysNow> {
    let next: BaseKeysNow;
    try {
      next = await this.#candidate();
    } catch (error) {
      return this.#keepOr(error);
    }
    const mark = ownerMark(next);
    if (mark === this.#mark) return this.#current = next;
    if (mark === this.#declined) return this.#passOver();
    let owner: string;
    try {
      owner = next.arn ?? await this.#options.identify(next);
    } catch (error) {
      // Not answered, or not valid yet: asked again with the next call.
      return this.#keepOr(error);
    }
    if (owner !== this.#options.owner.arn) {
      this.#decline(mark, "has the keys of somebody else now");
      return this.#passOver();
    }
    this.#told = null;
    this.#mark = mark;
    return this.#current = next;
  }

  /** Keys of somebody else: whoever signs in next may be the right one again. */
  #passOver(): BaseKeysNow {
    this.#options.keys.forget();
    return this.#keepOr(this.#stranger());
  }

  /** Keys as they are now: those of a file as it is now, if it still leads by the same roles. */
  async #candidate(): Promise<BaseKeysNow> {
    const { profile, reload, keys } = this.#options;
    if (profile.base.kind !== "keys" || reload === null) return await keys.current();
    const next = await reload();
    const { base } = next;
    if (base.kind === "keys" && path(next) === path(profile)) {
      return fileKeys(base);
    }
    const what = base.kind === "keys" ? "leads to other roles now" : "signs in in another way now";
    this.#decline(base.kind === "keys" ? ownerMark(base) : base.kind, what);
    return this.#keepOr(this.#stranger());
  }

  #keepOr(error: unknown): BaseKeysNow {
    const current = this.#current;
    if (current === null) throw error;
    if (current.expiresAt !== null && current.expiresAt <= this.#options.clock.now()) throw error;
    return current;
  }

  #decline(mark: string, reason: string): void {
    this.#declined = mark;
    if (this.#told === reason) return;
    this.#told = reason;
    this.#options.warn?.(
      `profile ${quote(this.#options.profile.name)} ${reason}: this server goes on with what it ` +
        "had; start sentinel exec again to use it",
    );
  }

  #stranger(): SentinelError {
    return new SentinelError(
      "AWS_REFUSED",
      `Cannot use profile ${
        quote(this.#options.profile.name)
      }: its credentials are not those of the start any more`,
      { suggestion: "Sign in again as before, or start sentinel again." },
    );
  }
}

/** The roles on the way, wherever in the files they stand. */
function path({ hops }: ResolvedProfile): string {
  return JSON.stringify(
    hops.map((
      { roleArn, externalId, roleSessionName, region },
    ) => [roleArn, externalId, roleSessionName, region]),
  );
}
