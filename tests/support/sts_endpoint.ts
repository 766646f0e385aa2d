/**
 * A strict STS on 127.0.0.1 for tests and the demo: it verifies signatures, validates every
 * parameter, checks trust, durations and source identities, and enforces expiry as AWS does. It
 * counts calls and can be told to misbehave. What it records of a call never holds a secret.
 *
 * @module
 */
import { assertNever } from "../../src/errors.ts";
import { type Action, ACTIONS, roleSession } from "./sts/actions.ts";
import { type AccessKey, Directory, type RoleOptions, type UserOptions } from "./sts/directory.ts";
import { FaultPlan, type StsFault, type StsFaultOptions } from "./sts/fault.ts";
import { type Message, readMessage } from "./sts/message.ts";
import { PROTOCOL_PARAMETERS, ruleOf, validate } from "./sts/parameters.ts";
import { Relay } from "./sts/relay.ts";
import {
  checkSkew,
  parseSignature,
  type SignatureClaim,
  verifySignature,
} from "./sts/signature.ts";
import { StsError } from "./sts/sts_error.ts";
import { formatError, formatResult } from "./sts/xml.ts";

export type { RoleOptions, StsFault, StsFaultOptions, UserOptions };

const API_VERSION = "2011-06-15";

/** What is known of one call. Its fields fill in while it is worked on. */
export interface StsCall {
  /** When it arrived, by the endpoint's clock. */
  readonly time: number;
  /** As asked, or `null` while or when none could be read. */
  readonly action: string | null;
  /** Parameters that the action knows, without one-time codes. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Access key id as claimed, or `null`. */
  readonly accessKeyId: string | null;
  /** Region of the credential scope as claimed, or `null`. */
  readonly region: string | null;
  /** The caller, once the signature was verified. */
  readonly callerArn: string | null;
  /** `dropped` was never answered, because of a fault or because the client went away. */
  readonly outcome: "pending" | "ok" | "error" | "dropped";
  /** STS error code of the answer, or `null`. */
  readonly errorCode: string | null;
  /** The access key that was issued, or `null`. */
  readonly issuedAccessKeyId: string | null;
}

/** Credentials as an SDK client takes them. */
export interface StsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** A running endpoint. Dispose of it to close its port and every connection. */
export interface StsEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Every call so far, in the order of arrival. */
  readonly calls: readonly StsCall[];
  /** Calls so far, whatever became of them: of `action`, or all. */
  count(action?: string): number;
  /** Adds a user with long-term keys. Throws `TypeError` on what IAM would not take. */
  addUser(options: UserOptions): {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly arn: string;
  };
  /** Adds a role. Throws `TypeError` or `RangeError` on what IAM would not take. */
  addRole(options: RoleOptions): { readonly arn: string };
  /** Credentials of a role session that came about without a call here, as by single sign-on. */
  addRoleSession(options: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly sourceIdentity?: string;
    /** Default 3600; negative for a session that is over. */
    readonly durationSeconds?: number;
  }): StsCredentials & { readonly arn: string };
  /** Orders a fault; `null` takes back that of `options.action`, or every one. */
  fault(fault: StsFault | null, options?: StsFaultOptions): void;
  /** Every secret key and session token so far, to prove that they turn up nowhere. */
  secrets(): readonly string[];
}

/** Settings of {@linkcode startStsEndpoint}. */
export interface StsEndpointOptions {
  /** Clock for expiry, skew and the `Date` header, in milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type CallRecord = Writable<StsCall>;

/** Starts an endpoint on a free port. */
export function startStsEndpoint(options: StsEndpointOptions = {}): StsEndpoint {
  return new Endpoint(options.now ?? Date.now);
}

class Endpoint implements StsEndpoint {
  readonly calls: CallRecord[] = [];
  readonly url: string;
  readonly #now: () => number;
  readonly #directory = new Directory();
  readonly #faults = new FaultPlan();
  readonly #closing = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #relay: Relay;

  constructor(now: () => number) {
    this.#now = now;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request, info) => this.#answer(request, info.remoteAddr.port),
    );
    this.#relay = new Relay(this.#server.addr.port);
    this.url = `http://127.0.0.1:${this.#relay.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#relay[Symbol.asyncDispose]();
    await this.#server.shutdown();
  }

  count(action?: string): number {
    return this.calls.filter((call) => action === undefined || call.action === action).length;
  }

  addUser(options: UserOptions) {
    const { accessKeyId, secretAccessKey, principal } = this.#directory.addUser(options);
    return { accessKeyId, secretAccessKey, arn: principal.arn };
  }

  addRole(options: RoleOptions) {
    return { arn: this.#directory.addRole(options).arn };
  }

  addRoleSession(
    options: Parameters<StsEndpoint["addRoleSession"]>[0],
  ): ReturnType<StsEndpoint["addRoleSession"]> {
    const { roleArn, sessionName, sourceIdentity = null, durationSeconds = 3600 } = options;
    const role = this.#directory.role(roleArn);
    if (role === undefined) throw new TypeError(`No such role: ${roleArn}`);
    const principal = roleSession(role, { sessionName, sourceIdentity });
    const key = this.#directory.issue(principal, this.#now() + durationSeconds * 1000);
    return {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      sessionToken: key.sessionToken ?? "",
      expiration: new Date(key.expiresAt ?? 0),
      arn: principal.arn,
    };
  }

  fault(fault: StsFault | null, options?: StsFaultOptions): void {
    this.#faults.order(fault, options);
  }

  secrets(): readonly string[] {
    return this.#directory.secrets();
  }

  /** Answers one request, whatever it is, and completes its record. */
  async #answer(request: Request, remotePort: number): Promise<Response> {
    const requestId = crypto.randomUUID();
    const call: CallRecord = {
      time: this.#now(),
      action: null,
      parameters: {},
      accessKeyId: null,
      region: null,
      callerArn: null,
      outcome: "pending",
      errorCode: null,
      issuedAccessKeyId: null,
    };
    this.calls.push(call);
    try {
      const message = await readMessage(request);
      describe(call, message);
      const fault = this.#faults.take(call.action);
      if (fault !== null && !(await this.#suffer(fault))) {
        call.outcome = "dropped";
        this.#relay.cut(remotePort);
        return new Response();
      }
      const xml = await this.#perform(call, message, requestId);
      call.outcome = "ok";
      return this.#respond(200, xml, requestId);
    } catch (thrown) {
      const error = thrown instanceof StsError
        ? thrown
        : new StsError("InternalFailure", "The request could not be processed", { status: 500 });
      call.outcome = "error";
      call.errorCode = error.code;
      return this.#respond(error.status, formatError(error, requestId), requestId);
    }
  }

  #respond(status: number, xml: string, requestId: string): Response {
    return new Response(xml, {
      status,
      headers: {
        "content-type": "text/xml",
        // SDKs correct their clocks by this header, so it must tell the endpoint's time.
        "date": new Date(this.#now()).toUTCString(),
        "x-amzn-requestid": requestId,
      },
    });
  }

  /** Lives through a fault: true when the call goes on, false when it is to be dropped. */
  async #suffer(fault: StsFault): Promise<boolean> {
    switch (fault.kind) {
      case "slow":
        await this.#pause(fault.ms);
        return true;
      case "throttle":
        throw new StsError("Throttling", "Rate exceeded");
      case "error":
        throw new StsError(fault.code, fault.message ?? fault.code, { status: fault.status });
      case "hang":
        await this.#pause(null);
        return false;
      case "reset":
        return false;
      default:
        return assertNever(fault);
    }
  }

  /** Waits `ms` milliseconds (`null`: without end), or until the endpoint closes. */
  async #pause(ms: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === null ? undefined : setTimeout(resolve, ms);
    if (this.#closing.signal.aborted) resolve();
    this.#closing.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }

  /** Routes, authenticates, validates and performs, in the order in which STS does. */
  async #perform(call: CallRecord, message: Message, requestId: string): Promise<string> {
    const [name, action] = route(message);
    const claim = parseSignature(message.headers);
    const key = await this.#authenticate(message, claim);
    call.callerArn = key.principal.arn;
    const { parameters } = message;
    validate(parameters, action.rules);
    const now = this.#now();
    const result = action.perform({ parameters, key, directory: this.#directory, now });
    call.issuedAccessKeyId = result.issued?.accessKeyId ?? null;
    return formatResult(name, result.fields, requestId);
  }

  /** The key that signed the message. Only who holds its secret learns that it has expired. */
  async #authenticate(message: Message, claim: SignatureClaim): Promise<AccessKey> {
    checkSkew(claim, this.#now());
    const key = this.#directory.key(claim.accessKeyId);
    if (key === undefined || message.headers.get("x-amz-security-token") !== key.sessionToken) {
      throw new StsError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid",
        { status: 403 },
      );
    }
    await verifySignature(message, { claim, secret: key.secretAccessKey });
    if (key.expiresAt !== null && key.expiresAt <= this.#now()) {
      throw new StsError("ExpiredToken", "The security token included in the request is expired", {
        status: 403,
      });
    }
    return key;
  }
}

/** Notes what a message claims. Unknown parameters may hold anything, so they are not kept. */
function describe(call: CallRecord, message: Message): void {
  const action = message.parameters.get("Action") ?? "";
  const rules = ACTIONS.get(action)?.rules ?? {};
  call.action = /^\w{1,64}$/.test(action) ? action : null;
  call.parameters = Object.fromEntries(
    [...message.parameters].filter(([name]) => name !== "TokenCode" && ruleOf(rules, name)),
  );
  const authorization = message.headers.get("authorization") ?? "";
  const [, accessKeyId = null, region = null] =
    /\bCredential=(\w{1,128})\/\d{8}\/([a-z0-9-]{1,64})\/sts\//.exec(authorization) ?? [];
  call.accessKeyId = accessKeyId;
  call.region = region;
}

/** The action that a message asks for. */
function route(message: Message): readonly [string, Action] {
  const { method, path, parameters } = message;
  if (path !== "/") {
    throw new StsError("UnknownOperationException", "There is only /", { status: 404 });
  }
  if (method !== "GET" && method !== "POST") {
    throw new StsError("MethodNotAllowed", "Use GET or POST", { status: 405 });
  }
  const [name, version] = PROTOCOL_PARAMETERS.map((parameter) => parameters.get(parameter));
  if (name === undefined) {
    throw new StsError("MissingAction", "The request must contain the parameter Action");
  }
  const action = version === API_VERSION ? ACTIONS.get(name) : undefined;
  if (action === undefined) {
    const asked = version ?? "NO_VERSION_SPECIFIED";
    throw new StsError("InvalidAction", `Could not find operation ${name} for version ${asked}`);
  }
  if (message.ambiguous) {
    throw new StsError("MalformedQueryString", "The request contains a parameter twice");
  }
  return [name, action];
}
