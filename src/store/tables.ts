/**
 * The session table's schema as data: its keys, its indexes and what they carry. An index must
 * never carry an attribute that a touch changes, or each touch would pay for it again.
 *
 * @module
 */

/** Name of the attribute by which DynamoDB deletes records that have outlived their audit. */
export const SESSION_TTL_ATTRIBUTE = "ttl";

/** One index of the session table: which attribute it looks up, and how it sorts. */
export interface SessionIndex {
  /** Name of the index. */
  readonly name: string;
  /** Attribute that is looked up. */
  readonly hashKey: "user" | "status" | "profile" | "server_instance_id";
  /** Attribute by which the finds are sorted. */
  readonly rangeKey: "created_at" | "status";
}

/** Sessions of a policy username, by creation. */
export const USER_INDEX: SessionIndex = {
  name: "gsi-user",
  hashKey: "user",
  rangeKey: "created_at",
};
/** Sessions with a stored status, by creation. */
export const STATUS_INDEX: SessionIndex = {
  name: "gsi-status",
  hashKey: "status",
  rangeKey: "created_at",
};
/** Sessions of a profile, by creation. */
export const PROFILE_INDEX: SessionIndex = {
  name: "gsi-profile",
  hashKey: "profile",
  rangeKey: "created_at",
};
/** Sessions of a server process, by stored status. */
export const SERVER_INSTANCE_INDEX: SessionIndex = {
  name: "gsi-server-instance",
  hashKey: "server_instance_id",
  rangeKey: "status",
};

/** Every index of the session table. */
export const SESSION_INDEXES: readonly SessionIndex[] = [
  USER_INDEX,
  STATUS_INDEX,
  PROFILE_INDEX,
  SERVER_INSTANCE_INDEX,
];

/** One key of a table or an index, as `CreateTable` takes it. */
export interface TableKey {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}

/** The input of DynamoDB's `CreateTable` for a session table. */
export interface SessionTableDefinition {
  readonly TableName: string;
  readonly BillingMode: "PAY_PER_REQUEST";
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: "S";
  }[];
  readonly KeySchema: readonly TableKey[];
  readonly GlobalSecondaryIndexes: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly TableKey[];
    readonly Projection: { readonly ProjectionType: "KEYS_ONLY" };
  }[];
}

/** The definition of a session table called `tableName`, as `CreateTable` takes it. */
export function sessionTableDefinition(tableName: string): SessionTableDefinition {
  const attributes = new Set(["id"]);
  for (const { hashKey, rangeKey } of SESSION_INDEXES) attributes.add(hashKey).add(rangeKey);
  return {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Array.from(attributes, (name) => ({
      AttributeName: name,
      AttributeType: "S",
    })),
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    GlobalSecondaryIndexes: SESSION_INDEXES.map(({ name, hashKey, rangeKey }) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: hashKey, KeyType: "HASH" },
        { AttributeName: rangeKey, KeyType: "RANGE" },
      ],
      // A touch changes expires_at, last_access_at, request_count, updated_at and ttl: with keys
      // alone it writes to no index (1 write unit instead of 5).
      Projection: { ProjectionType: "KEYS_ONLY" },
    })),
  };
}

/** Whether DynamoDB would take `name` as the name of a table. */
export function isDynamoDbTableName(name: string): boolean {
  return /^[a-zA-Z0-9_.-]{3,255}$/.test(name);
}
