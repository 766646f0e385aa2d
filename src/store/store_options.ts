/**
 * How a table is reached: what a caller may say beyond its name.
 *
 * @module
 */

/** Credentials with which a table in AWS is reached. */
export interface StoreCredentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token of temporary credentials. */
  readonly sessionToken?: string;
  /** When they end; they are asked for again a few minutes before. Default: never. */
  readonly expiration?: Date;
}

/** How a table is reached. */
export interface StoreOptions {
  /** Region of a DynamoDB table. Default: as the AWS SDK finds it. */
  readonly region?: string;
  /** URL of the DynamoDB service; `null` for AWS's own. Default: as the AWS SDK finds it. */
  readonly endpoint?: string | null;
  /** Whether AWS's FIPS endpoint is called. Default: as the AWS SDK finds it. */
  readonly useFips?: boolean;
  /** Gives credentials for DynamoDB. Default: the AWS SDK's default chain. */
  readonly credentials?: () => Promise<StoreCredentials>;
  /** What `~/` stands for in `sqlite:~/…`. Default: `HOME` (on Windows `USERPROFILE`). */
  readonly homeDirectory?: string;
  /**
   * Whether the file of `sqlite:PATH` is made where it is missing; without it a mistyped path is an
   * error, not an empty table. Default: `true`.
   */
  readonly create?: boolean;
}
