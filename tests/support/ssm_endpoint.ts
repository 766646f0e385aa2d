/**
 * A strict Parameter Store on 127.0.0.1 for tests: it verifies signatures, validates what AWS
 * validates, keeps versions, tiers and keys as AWS does, and can be told to misbehave.
 *
 * @module
 */
import { FaultPlan, type StsFault, type StsFaultOptions } from "./sts/fault.ts";
import { readMessage } from "./sts/message.ts";
import { checkSkew, parseSignature, verifySignature } from "./sts/signature.ts";
import { StsError } from "./sts/sts_error.ts";

/** Keys whose calls are accepted. */
export interface SsmKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One call as it was understood; `name` without a version. */
export interface SsmCall {
  readonly action: string;
  readonly name: string;
  readonly accessKeyId: string;
}

/** What is known of a parameter. */
export interface SsmParameter {
  readonly text: string;
  readonly version: number;
  readonly type: string;
  readonly keyId: string | null;
  readonly tier: string;
  readonly description: string | null;
}

/** What a parameter is made of; what is left out is as AWS makes it by default. */
export interface SsmParameterOptions {
  readonly type?: "String" | "SecureString" | "StringList";
  readonly keyId?: string;
  readonly tier?: "Standard" | "Advanced";
  readonly description?: string;
}

/** Settings of {@linkcode startSsmEndpoint}. */
export interface SsmEndpointOptions {
  readonly keys: SsmKeys;
  /** The only region that has parameters. Default `eu-west-1`. */
  readonly region?: string;
  /** Clock for dates, in milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

/** A running endpoint. */
export interface SsmEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly calls: readonly SsmCall[];
  /** Calls of `action` so far. */
  count(action: string): number;
  /** Writes the next version, as somebody else would. */
  put(name: string, text: string, options?: SsmParameterOptions): void;
  /** The version in force, or `null`. */
  get(name: string): SsmParameter | null;
  delete(name: string): void;
  /** Orders a fault; `null` takes back that of `options.action`, or every one. */
  fault(fault: StsFault | null, options?: StsFaultOptions): void;
  /** Denies an action, or allows it again. */
  deny(action: string, isDenied?: boolean): void;
  /** Runs `hook` before the next call of `action` is carried out: the place for a race. */
  before(action: string, hook: () => void): void;
  /** From now on `name` is answered with this version of it, as a copy that lags behind would. */
  lag(name: string, version: number | null): void;
}

interface Version extends SsmParameter {
  readonly modifiedAt: number;
}

type Body = Readonly<Record<string, unknown>>;

const DEFAULT_KEY = "alias/aws/ssm";
const TARGET = "AmazonSSM.";
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  GetParameter: ["Name", "WithDecryption"],
  DescribeParameters: ["ParameterFilters", "MaxResults", "NextToken"],
  PutParameter: [
    ...["Name", "Value", "Type", "Overwrite", "Tier", "KeyId", "Description", "AllowedPattern"],
    ...["DataType"],
  ],
};

/** Starts an endpoint on a free port. */
export function startSsmEndpoint(options: SsmEndpointOptions): SsmEndpoint {
  const { keys, region: home = "eu-west-1", now = Date.now } = options;
  const parameters = new Map<string, Version[]>();
  const lagging = new Map<string, number>();
  const calls: SsmCall[] = [];
  const denied = new Set<string>();
  const hooks: { action: string; hook: () => void }[] = [];
  const faults = new FaultPlan();
  const stopping = new AbortController();

  function put(name: string, text: string, given: SsmParameterOptions): Version {
    const versions = parameters.get(name) ?? [];
    const { type = "String", tier = "Standard" } = given;
    const version: Version = {
      text,
      version: versions.length + 1,
      type,
      keyId: type === "SecureString" ? given.keyId ?? DEFAULT_KEY : null,
      tier,
      description: given.description ?? null,
      // AWS tells whole seconds; here no two versions have the same time.
      modifiedAt: now() + versions.length,
    };
    parameters.set(name, [...versions, version]);
    return version;
  }

  function getParameter(body: Body): unknown {
    const [name = "", selector] = String(body["Name"]).split(":");
    const versions = parameters.get(name);
    if (versions === undefined) throw new StsError("ParameterNotFound", "");
    const wanted = selector === undefined ? lagging.get(name) : Number(selector);
    const found = wanted === undefined ? versions.at(-1) : versions[wanted - 1];
    if (found === undefined) throw new StsError("ParameterVersionNotFound", "");
    const isReadable = found.type !== "SecureString" || body["WithDecryption"] === true;
    return {
      Parameter: {
        Name: name,
        Type: found.type,
        Value: isReadable ? found.text : "AQICAHencrypted",
        Version: found.version,
        ...(selector !== undefined && { Selector: `:${selector}` }),
        LastModifiedDate: found.modifiedAt / 1000,
        ARN: `arn:aws:ssm:${home}:123456789012:parameter${name}`,
        DataType: "text",
      },
    };
  }

  function describeParameters(body: Body): unknown {
    const [filter] = body["ParameterFilters"] as readonly Record<string, unknown>[];
    if (filter?.["Key"] !== "Name" || filter["Option"] !== "Equals") {
      throw new StsError("InvalidFilterKey", "only Name Equals is known here");
    }
    const found = (filter["Values"] as readonly string[]).flatMap((name) => {
      const latest = parameters.get(name)?.at(-1);
      return latest === undefined ? [] : [{
        Name: name,
        Type: latest.type,
        ...(latest.keyId !== null && { KeyId: latest.keyId }),
        ...(latest.description !== null && { Description: latest.description }),
        Version: latest.version,
        Tier: latest.tier,
        DataType: "text",
        LastModifiedDate: latest.modifiedAt / 1000,
      }];
    });
    return { Parameters: found };
  }

  function putParameter(body: Body): unknown {
    const { Name, Value, Type, Overwrite = false, Tier, KeyId, Description } = body as {
      readonly [key: string]: string | undefined;
    };
    const invalid = (message: string) => new StsError("ValidationException", message);
    if (!/^(?:\/[\w.-]+)+$|^[\w.-]+$/.test(Name!)) throw invalid("Parameter name is invalid.");
    if (Value === undefined || Value === "") throw invalid("The value must not be empty.");
    const size = new TextEncoder().encode(Value).length;
    if (size > (Tier === "Advanced" ? 8192 : 4096)) {
      throw invalid("The parameter value exceeds the maximum limit of characters for its tier.");
    }
    const latest = parameters.get(Name!)?.at(-1);
    if (latest !== undefined && !Overwrite) throw new StsError("ParameterAlreadyExists", "");
    if (latest === undefined && Type === undefined) throw invalid("A parameter needs a type.");
    if (KeyId !== undefined && Type !== "SecureString") throw invalid("KeyId is for SecureString.");
    if (latest?.tier === "Advanced" && Tier === "Standard") {
      throw invalid("This parameter uses the advanced-parameter tier. You can't downgrade it.");
    }
    const { version } = put(Name!, Value, {
      type: (Type ?? latest!.type) as "String",
      ...(KeyId !== undefined && { keyId: KeyId }),
      tier: (Tier ?? latest?.tier ?? "Standard") as "Standard",
      ...(Description !== undefined && { description: Description }),
    });
    return { Version: version, Tier: parameters.get(Name!)!.at(-1)!.tier };
  }

  function perform(action: string, body: Body): unknown {
    switch (action) {
      case "GetParameter":
        return getParameter(body);
      case "DescribeParameters":
        return describeParameters(body);
      case "PutParameter":
        return putParameter(body);
      default:
        throw new StsError("UnknownOperationException", "");
    }
  }

  /** What the call asks for, from a caller who may. */
  async function work(request: Request): Promise<unknown> {
    const message = await readMessage(request);
    if (message === null) return {};
    const { method, path, headers } = message;
    const target = headers.get("x-amz-target") ?? "";
    const type = headers.get("content-type");
    if (method !== "POST" || path !== "/" || !target.startsWith(TARGET)) {
      throw new StsError("UnknownOperationException", "Use POST / with a target", { status: 404 });
    }
    if (type !== "application/x-amz-json-1.1") throw new StsError("SerializationException", "");
    const action = target.slice(TARGET.length);
    const claim = parseSignature(headers, "ssm");
    checkSkew(claim.amzDate, Date.now());
    const isKnown = claim.accessKeyId === keys.accessKeyId &&
      (headers.get("x-amz-security-token") ?? undefined) === keys.sessionToken;
    if (!isKnown) {
      throw new StsError("UnrecognizedClientException", "The security token is invalid.");
    }
    await verifySignature(message, { claim, secret: keys.secretAccessKey, service: "ssm" });
    const body: Body = JSON.parse(new TextDecoder().decode(message.body));
    const unknown = Object.keys(body).filter((key) => !FIELDS[action]?.includes(key));
    if (unknown.length > 0) throw new StsError("SerializationException", unknown.join());
    const name = String(body["Name"] ?? "").split(":")[0]!;
    calls.push({ action, name, accessKeyId: claim.accessKeyId });
    const fault = faults.take(action);
    if (fault !== null) await suffer(fault);
    if (denied.has(action)) {
      throw new StsError(
        "AccessDeniedException",
        `User is not authorized to perform ssm:${action}`,
      );
    }
    const hook = hooks.findIndex((hook) => hook.action === action);
    if (hook !== -1) hooks.splice(hook, 1)[0]!.hook();
    if (claim.region !== home && action === "GetParameter") {
      throw new StsError("ParameterNotFound", "");
    }
    return perform(action, body);
  }

  async function suffer(fault: StsFault): Promise<void> {
    switch (fault.kind) {
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        return;
      case "throttle":
        throw new StsError("ThrottlingException", "Rate exceeded");
      case "error":
        throw new StsError(fault.code, fault.message ?? "injected", { status: fault.status });
      case "hang":
      case "reset":
        await new Promise<void>((resolve) =>
          stopping.signal.addEventListener("abort", () => resolve())
        );
        throw new StsError("InternalServerError", "stopped", { status: 500 });
      default:
        fault satisfies never;
    }
  }

  async function answer(request: Request): Promise<Response> {
    const respond = (body: unknown, status: number) =>
      new Response(JSON.stringify(body), {
        status,
        headers: { "content-type": "application/x-amz-json-1.1" },
      });
    try {
      return respond(await work(request), 200);
    } catch (thrown) {
      const { code, message, status } = thrown instanceof StsError
        ? thrown
        : new StsError("InternalServerError", String(thrown), { status: 500 });
      return respond({ __type: code, message }, status);
    }
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls,
    count: (action) => calls.filter((call) => call.action === action).length,
    put: (name, text, given = {}) => void put(name, text, given),
    get: (name) => parameters.get(name)?.at(-1) ?? null,
    delete: (name) => void parameters.delete(name),
    fault: (fault, given) => faults.order(fault, given),
    deny: (action, isDenied = true) => void (isDenied ? denied.add(action) : denied.delete(action)),
    before: (action, hook) => void hooks.push({ action, hook }),
    lag: (name, version) =>
      void (version === null ? lagging.delete(name) : lagging.set(name, version)),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await server.shutdown();
    },
  };
}
