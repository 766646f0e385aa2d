/**
 * What dynalite does not know of tables: deletion protection, encryption, backups, and indexes that
 * are added later. Input is refused as AWS refuses it, and changes take as long as one look.
 *
 * @module
 */
import { type Answer, type DynamoDbRequest, errorType, failure } from "./dynamodb_answer.ts";

type Body = DynamoDbRequest["body"];
type Json = Record<string, unknown>;

/** Calls dynalite. */
type Run = (operation: string, body: unknown) => Promise<Answer>;

interface TableSettings {
  deletionProtection: boolean;
  encryption: Json | null;
  backups: boolean;
  /** Index that is being added, until somebody has seen it. */
  adding: string | null;
}

const OPERATIONS: ReadonlySet<string> = new Set([
  "CreateTable",
  "DescribeTable",
  "UpdateTable",
  "DeleteTable",
  "DescribeContinuousBackups",
  "UpdateContinuousBackups",
]);

const invalid = (message: string) => failure("ValidationException", message);

/** The settings of all tables. */
export class DynamoDbControlPlane {
  readonly #run: Run;
  readonly #settings = new Map<string, TableSettings>();

  constructor(run: Run) {
    this.#run = run;
  }

  /** Whether `operation` is for {@linkcode perform}. */
  knows(operation: string): boolean {
    return OPERATIONS.has(operation);
  }

  /** Whether a change of the table is under way. */
  isBusy(table: string): boolean {
    return this.#of(table).adding !== null;
  }

  async perform({ operation, body }: DynamoDbRequest): Promise<Answer> {
    const table = String(body["TableName"]);
    switch (operation) {
      case "CreateTable":
        return await this.#create(table, body);
      case "UpdateTable":
        return await this.#update(table, body);
      case "DeleteTable":
        return await this.#delete(table, body);
      case "DescribeTable": {
        const answer = this.#decorate(table, await this.#run(operation, body));
        this.#of(table).adding = null;
        return answer;
      }
      default:
        return await this.#backups(table, { operation, body });
    }
  }

  #of(table: string): TableSettings {
    let settings = this.#settings.get(table);
    if (settings === undefined) {
      settings = { deletionProtection: false, encryption: null, backups: false, adding: null };
      this.#settings.set(table, settings);
    }
    return settings;
  }

  async #create(table: string, body: Body): Promise<Answer> {
    const { DeletionProtectionEnabled: protection, SSESpecification: sse, ...rest } = body;
    const wrong = checkProtection(protection) ?? checkEncryption(sse);
    if (wrong !== null) return wrong;
    const answer = await this.#run("CreateTable", rest);
    if (answer.status !== 200) return answer;
    this.#settings.delete(table);
    this.#change(table, { protection, sse });
    return this.#decorate(table, answer);
  }

  #change(table: string, { protection, sse }: { protection: unknown; sse: unknown }): void {
    const settings = this.#of(table);
    if (protection !== undefined) settings.deletionProtection = protection === true;
    if (sse !== undefined) settings.encryption = sse as Json;
  }

  async #update(table: string, body: Body): Promise<Answer> {
    const described = await this.#run("DescribeTable", { TableName: table });
    if (described.status !== 200) return described;
    const { DeletionProtectionEnabled: protection, SSESpecification: sse } = body;
    const updates = (body["GlobalSecondaryIndexUpdates"] ?? []) as readonly Json[];
    const wrong = checkProtection(protection) ?? checkEncryption(sse);
    if (wrong !== null) return wrong;
    if (this.isBusy(table)) {
      return failure("ResourceInUseException", `Attempt to change a busy resource: ${table}`);
    }
    if (updates.length > 1) {
      const only = "Only 1 online index can be created or deleted simultaneously per table";
      return failure("LimitExceededException", `Subscriber limit exceeded: ${only}`);
    }
    const created = updates[0]?.["Create"] as Json | undefined;
    if (created !== undefined) {
      const refused = await this.#addIndex(described.body["Table"] as Json, { created, body });
      if (refused !== null) return refused;
      this.#of(table).adding = String(created["IndexName"]);
    } else if (protection === undefined && sse === undefined) {
      return await this.#run("UpdateTable", body);
    }
    this.#change(table, { protection, sse });
    const after = await this.#run("DescribeTable", { TableName: table });
    const { Table } = this.#decorate(table, after).body;
    return { status: 200, body: { TableDescription: Table } };
  }

  /** Makes the table anew with one more index and the same items. */
  async #addIndex(
    table: Json,
    { created, body }: { readonly created: Json; readonly body: Body },
  ): Promise<Answer | null> {
    const TableName = String(table["TableName"]);
    const indexes = (table["GlobalSecondaryIndexes"] ?? []) as readonly Json[];
    if (indexes.some((index) => index["IndexName"] === created["IndexName"])) {
      return invalid(`Attempting to create an index which already exists`);
    }
    const named = new Set(
      (created["KeySchema"] as readonly Json[]).map((key) => key["AttributeName"]),
    );
    const defined = (body["AttributeDefinitions"] ?? []) as readonly Json[];
    if (
      defined.length !== named.size || !defined.every((entry) => named.has(entry["AttributeName"]))
    ) {
      return invalid("One or more parameter values were invalid: AttributeDefinitions");
    }
    const attributes = new Map(
      [...table["AttributeDefinitions"] as readonly Json[], ...defined].map((entry) => [
        entry["AttributeName"],
        entry,
      ]),
    );
    const { body: { Items } } = await this.#run("Scan", { TableName });
    await this.#run("DeleteTable", { TableName });
    await this.#until(TableName, false);
    const answer = await this.#run("CreateTable", {
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [...attributes.values()],
      KeySchema: table["KeySchema"],
      GlobalSecondaryIndexes: [...indexes, created].map((
        { IndexName, KeySchema, Projection },
      ) => ({ IndexName, KeySchema, Projection })),
    });
    if (answer.status !== 200) throw new Error(`cannot add an index: ${errorType(answer)}`);
    await this.#until(TableName, true);
    for (const Item of Items as readonly Json[]) await this.#run("PutItem", { TableName, Item });
    return null;
  }

  /** Waits until the table is active, or gone. */
  async #until(TableName: string, isActive: boolean): Promise<void> {
    for (;;) {
      const { status, body } = await this.#run("DescribeTable", { TableName });
      const state = status === 200 ? (body["Table"] as Json)["TableStatus"] : null;
      if (isActive ? state === "ACTIVE" : state === null) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async #delete(table: string, body: Body): Promise<Answer> {
    if (this.#of(table).deletionProtection) {
      return invalid("Resource cannot be deleted as it is currently protected against deletion.");
    }
    const answer = await this.#run("DeleteTable", body);
    if (answer.status === 200) this.#settings.delete(table);
    return answer;
  }

  /** What AWS says of a table beyond what dynalite does. */
  #decorate(table: string, answer: Answer): Answer {
    const described = (answer.body["Table"] ?? answer.body["TableDescription"]) as Json | undefined;
    if (answer.status !== 200 || described === undefined) return answer;
    const { deletionProtection, encryption, adding } = this.#of(table);
    described["DeletionProtectionEnabled"] = deletionProtection;
    if (encryption !== null) {
      const key = String(encryption["KMSMasterKeyId"] ?? "alias/aws/dynamodb");
      described["SSEDescription"] = {
        Status: "ENABLED",
        SSEType: "KMS",
        KMSMasterKeyArn: key.startsWith("arn:")
          ? key
          : `arn:aws:kms:us-east-1:000000000000:key/${key}`,
      };
    }
    if (adding !== null) {
      described["TableStatus"] = "UPDATING";
      for (const index of described["GlobalSecondaryIndexes"] as Json[]) {
        if (index["IndexName"] === adding) index["IndexStatus"] = "CREATING";
      }
    }
    return answer;
  }

  async #backups(table: string, { operation, body }: DynamoDbRequest): Promise<Answer> {
    const { status } = await this.#run("DescribeTable", { TableName: table });
    if (status !== 200) return failure("TableNotFoundException", `Table not found: ${table}`);
    const settings = this.#of(table);
    if (operation === "UpdateContinuousBackups") {
      const specification = body["PointInTimeRecoverySpecification"] as Json | undefined;
      const enabled = specification?.["PointInTimeRecoveryEnabled"];
      if (typeof enabled !== "boolean") {
        return invalid("PointInTimeRecoverySpecification must not be null");
      }
      settings.backups = enabled;
    }
    return {
      status: 200,
      body: {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: "ENABLED",
          PointInTimeRecoveryDescription: {
            PointInTimeRecoveryStatus: settings.backups ? "ENABLED" : "DISABLED",
          },
        },
      },
    };
  }
}

function checkProtection(value: unknown): Answer | null {
  return value === undefined || typeof value === "boolean"
    ? null
    : failure("SerializationException", "DeletionProtectionEnabled is not a boolean");
}

function checkEncryption(value: unknown): Answer | null {
  if (value === undefined) return null;
  const { Enabled, SSEType, KMSMasterKeyId } = value as Json;
  if (typeof Enabled !== "boolean") return invalid("SSESpecification.Enabled must not be null");
  if (SSEType !== "KMS") return invalid("SSESpecification.SSEType must be KMS");
  return KMSMasterKeyId === undefined || /^[\w:\/-]{1,2048}$/.test(String(KMSMasterKeyId))
    ? null
    : invalid("KMS key is invalid");
}
