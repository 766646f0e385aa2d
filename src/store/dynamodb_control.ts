/**
 * The calls of DynamoDB's API that make and change a table, through the SDK, which is loaded only
 * when they are opened. It does one thing at a time and decides nothing; every call ends in time.
 *
 * @module
 */
import type {
  CreateTableCommandInput,
  DynamoDBClient,
  UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { assertNever } from "../errors.ts";
import {
  isBusy,
  isMissing,
  isUnknownOperation,
  tableControlFault,
} from "./dynamodb_control_fault.ts";
import {
  type ExistingTable,
  indexKeys,
  type ProvisionStep,
  type WantedTable,
} from "./provision_plan.ts";
import type { StoreCredentials } from "./store_options.ts";
import { readTable } from "./table_description.ts";
import { createTableInput, encryption } from "./table_formats.ts";
import { TTL_ATTRIBUTE } from "./tables.ts";

type Sdk = typeof import("@aws-sdk/client-dynamodb");

/** Where the table is, and who calls. */
export interface TableControlOptions {
  readonly region: string;
  /** URL of DynamoDB; `null`: AWS's own. */
  readonly endpoint: string | null;
  readonly credentials: () => Promise<StoreCredentials>;
}

/** What became of a step: DynamoDB may be busy, or have done it already. */
export type StepOutcome = "begun" | "busy";

/** How long one attempt of a call may take. */
const ATTEMPT_TIMEOUT_MS = 5000;
/** How long a call may take in all, credentials and retries included. */
const CALL_TIMEOUT_MS = 30_000;

/** Opens the calls for the table `wanted`. Nothing is called yet. */
export async function openTableControl(
  wanted: WantedTable,
  { region, endpoint, credentials }: TableControlOptions,
): Promise<TableControl> {
  const sdk = await import("@aws-sdk/client-dynamodb");
  const client = new sdk.DynamoDBClient({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    credentials,
    // Where the service is was decided already: no setting may divert the calls.
    ignoreConfiguredEndpointUrls: true,
    // The default asks for the release of the operating system.
    defaultUserAgentProvider: () => Promise.resolve([["sentinel"]]),
    // Nobody waits for a single answer here: a throttled call may be repeated more often.
    maxAttempts: 4,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: 2000,
      requestTimeout: ATTEMPT_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  return new TableControl({ sdk, client, wanted, region });
}

interface ControlParts {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
  readonly wanted: WantedTable;
  readonly region: string;
}

/** Describes and changes one table. Every method rejects with `SentinelError`. */
export class TableControl implements Disposable {
  readonly #parts: ControlParts;

  /** Use {@linkcode openTableControl}. */
  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The table as it is, or `null`. */
  async describe(): Promise<ExistingTable | null> {
    const { sdk, client, wanted } = this.#parts;
    const TableName = wanted.name;
    const described = await this.#send(
      "DescribeTable",
      (options) => client.send(new sdk.DescribeTableCommand({ TableName }), options),
      isMissing,
    );
    if (described?.Table === undefined) return null;
    const table = readTable(described.Table);
    // A table that is being made has neither yet, and DynamoDB may not even answer for it.
    if (table.status === "CREATING") {
      const ttl = { status: "DISABLED", attribute: null };
      return { ...table, ttl, pointInTimeRecovery: false };
    }
    const [ttl, backups] = await this.#describeExtras(TableName);
    const { TimeToLiveStatus = "DISABLED", AttributeName = null } = ttl?.TimeToLiveDescription ??
      {};
    const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return {
      ...table,
      ttl: ttl === null ? null : { status: TimeToLiveStatus, attribute: AttributeName },
      pointInTimeRecovery: backups === null
        ? null
        : recovery?.PointInTimeRecoveryStatus === "ENABLED",
    };
  }

  /** What an endpoint that is not AWS's may not know: `null` then. */
  #describeExtras(TableName: string) {
    const { sdk, client, wanted } = this.#parts;
    return Promise.all([
      this.#send(
        "DescribeTimeToLive",
        (options) => client.send(new sdk.DescribeTimeToLiveCommand({ TableName }), options),
        isUnknownOperation,
      ),
      // Who does not want backups needs no permission to ask for them.
      wanted.pointInTimeRecovery
        ? this.#send(
          "DescribeContinuousBackups",
          (options) =>
            client.send(new sdk.DescribeContinuousBackupsCommand({ TableName }), options),
          isUnknownOperation,
        )
        : null,
    ]);
  }

  /** Begins `step`. */
  async perform(step: ProvisionStep): Promise<StepOutcome> {
    const { sdk, client, wanted } = this.#parts;
    const TableName = wanted.name;
    switch (step.kind) {
      case "create-table": {
        // The round trip makes the read-only definition the SDK's own mutable type.
        const input = structuredClone(createTableInput(wanted)) as CreateTableCommandInput;
        const command = new sdk.CreateTableCommand(input);
        return await this.#begin("CreateTable", (options) => client.send(command, options));
      }
      case "add-index":
        return await this.#update({
          AttributeDefinitions: indexKeys(step.index).map(({ AttributeName }) => ({
            AttributeName,
            AttributeType: "S",
          })),
          GlobalSecondaryIndexUpdates: [{
            Create: {
              IndexName: step.index.name,
              KeySchema: [...indexKeys(step.index)],
              Projection: { ProjectionType: "KEYS_ONLY" },
            },
          }],
        });
      case "enable-deletion-protection":
        return await this.#update({ DeletionProtectionEnabled: true });
      case "set-kms-key":
        return await this.#update({ SSESpecification: encryption(step.key) });
      case "enable-ttl": {
        const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
        const command = new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
        return await this.#begin("UpdateTimeToLive", (options) => client.send(command, options));
      }
      case "enable-backups": {
        const command = new sdk.UpdateContinuousBackupsCommand({
          TableName,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        });
        return await this.#begin(
          "UpdateContinuousBackups",
          (options) => client.send(command, options),
        );
      }
      default:
        return assertNever(step);
    }
  }

  [Symbol.dispose](): void {
    this.#parts.client.destroy();
  }

  #update(input: Omit<UpdateTableCommandInput, "TableName">): Promise<StepOutcome> {
    const { sdk, client, wanted } = this.#parts;
    const command = new sdk.UpdateTableCommand({ TableName: wanted.name, ...input });
    return this.#begin("UpdateTable", (options) => client.send(command, options));
  }

  /** Sends a change. That somebody else makes one at this moment is no fault: look again later. */
  async #begin(
    operation: string,
    send: (options: SendOptions) => Promise<unknown>,
  ): Promise<StepOutcome> {
    return await this.#send(operation, send, isBusy) === null ? "busy" : "begun";
  }

  /** The answer, or `null` for an exception that is expected. */
  async #send<Output>(
    operation: string,
    send: (options: SendOptions) => Promise<Output>,
    isExpected: (thrown: unknown) => boolean,
  ): Promise<Output | null> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), CALL_TIMEOUT_MS);
    const aborted = Promise.withResolvers<never>();
    timeout.signal.addEventListener("abort", () => aborted.reject(timeout.signal.reason));
    try {
      // The SDK heeds the signal neither between two attempts nor while it gets credentials.
      return await Promise.race([send({ abortSignal: timeout.signal }), aborted.promise]);
    } catch (thrown) {
      if (isExpected(thrown)) return null;
      const { wanted, region } = this.#parts;
      const call = { kind: wanted.kind, operation, table: wanted.name, region };
      throw tableControlFault(call, timeout.signal.aborted ? { name: "AbortError" } : thrown);
    } finally {
      clearTimeout(timer);
    }
  }
}

interface SendOptions {
  readonly abortSignal: AbortSignal;
}
