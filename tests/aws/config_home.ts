/**
 * A home directory with AWS configuration files, for one test.
 *
 * @module
 */
import {
  loadProfile,
  type LoadProfileOptions,
  type ResolvedProfile,
} from "../../src/aws/profile.ts";

/** The files of a home directory; an absent one does not exist. */
export interface ConfigTexts {
  readonly config?: string;
  readonly credentials?: string;
}

/** A home directory; dispose of it to remove it. */
export class ConfigHome implements Disposable {
  /** Its path. */
  readonly path = Deno.makeTempDirSync();
  /** An environment that has it as `HOME`, and `variables`. */
  readonly env: Map<string, string>;

  /** Writes the files. */
  constructor(texts: ConfigTexts, variables: Readonly<Record<string, string>> = {}) {
    this.env = new Map([["HOME", this.path], ...Object.entries(variables)]);
    Deno.mkdirSync(`${this.path}/.aws`);
    for (const [name, text] of Object.entries(texts)) {
      Deno.writeTextFileSync(`${this.path}/.aws/${name}`, text);
    }
  }

  /** Path of a file. */
  file(name: keyof ConfigTexts): string {
    return `${this.path}/.aws/${name}`;
  }

  /** Loads a profile from here. */
  load(name: string, options: Omit<LoadProfileOptions, "env"> = {}) {
    return loadProfile(name, { os: "linux", ...options, env: this.env });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A chain in one line: base profile and key or kind, then the roles in the order of assumption. */
export function chainOf({ base, hops }: ResolvedProfile): string {
  const roles = hops.map(({ roleArn, profile }) => `${profile}:${roleArn.split("/").at(-1)}`);
  const what = base.kind === "keys"
    ? base.accessKeyId + (base.sessionToken === null ? "" : "+token")
    : base.kind;
  return [`${base.profile}:${what}`, ...roles].join(" → ");
}
