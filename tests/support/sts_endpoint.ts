/**
 * A strict STS on 127.0.0.1 for tests and the demo: it verifies signatures, validates every
 * parameter, checks trust, durations and source identities, and enforces expiry as AWS does. It
 * counts calls and can be told to misbehave. What it records of a call never holds a secret.
 *
 * @module
 */
import { assertNever } from "../../src/errors.ts";
import { roleSession } from "./sts/actions.ts";
import { describe, type OpenCall, openCall, type StsCall } from "./sts/call.ts";
import { Directory, type MfaDevice, type RoleOptions, type UserOptions } from "./sts/directory.ts";
import { FaultPlan, type StsFault, type StsFaultOptions } from "./sts/fault.ts";
import { readMessage } from "./sts/message.ts";
import { Relay } from "./sts/relay.ts";
import { keyOf, perform, route } from "./sts/service.ts";
import { StsError } from "./sts/sts_error.ts";
import { formatError, formatResult } from "./sts/xml.ts";

export { DEFAULT_ACCOUNT } from "./sts/directory.ts";
export type { MfaDevice, RoleOptions, StsCall, StsFault, StsFaultOptions, UserOptions };

/** Long-term keys of a user. */
export interface UserCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** ARN of the user. */
  readonly arn: string;
}

/** Temporary keys of a role session. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  /** ARN of the session, `arn:aws:sts::…:assumed-role/…`. */
  readonly arn: string;
}

/** A role session to make without a call. */
export interface RoleSessionOptions {
  /** A role that was added. */
  readonly roleArn: string;
  readonly sessionName: string;
  /** Default: none. */
  readonly sourceIdentity?: string;
  /** Life in seconds from now, negative for a session that is over; default 3600. */
  readonly durationSeconds?: number;
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
  addUser(options: UserOptions): UserCredentials;
  /** Adds a role, or replaces the one of the same ARN. Throws `TypeError` or `RangeError` on what IAM would not take. */
  addRole(options: RoleOptions): { readonly arn: string };
  /** Gives a user a device; its codes count once. */
  addMfaDevice(user: { readonly arn: string }): MfaDevice;
  /** A token with which the role may be assumed. */
  addWebIdentity(role: { readonly arn: string }): string;
  /** Credentials that came about without a call here, as by single sign-on. */
  addRoleSession(options: RoleSessionOptions): SessionCredentials;
  /** Orders a fault; `null` takes back that of `options.action`, or every one. */
  fault(fault: StsFault | null, options?: StsFaultOptions): void;
  /** ARN of whoever holds an access key, or `null`. */
  ownerOf(accessKeyId: string): string | null;
  /** Every secret key and session token so far, to prove that they turn up nowhere. */
  secrets(): readonly string[];
}

/** Settings of {@linkcode startStsEndpoint}. */
export interface StsEndpointOptions {
  /** Clock for expiry, skew and the `Date` header, in milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Starts an endpoint on a free port.
 *
 * @example
 * ```ts ignore
 * await using sts = startStsEndpoint();
 * const alice = sts.addUser({ name: "alice" });
 * const role = sts.addRole({ name: "Deploy", trusts: [alice.arn] });
 * const client = new STSClient({ endpoint: sts.url, region: "eu-west-1", credentials: alice });
 * await client.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "alice" }));
 * sts.count("AssumeRole"); // 1
 * ```
 */
export function startStsEndpoint(options: StsEndpointOptions = {}): StsEndpoint {
  return new Endpoint(options.now ?? Date.now);
}

class Endpoint implements StsEndpoint {
  readonly calls: OpenCall[] = [];
  readonly url: string;
  readonly #now: () => number;
  readonly #directory = new Directory();
  readonly #faults = new FaultPlan();
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
    await this.#relay[Symbol.asyncDispose]();
    await this.#server.shutdown();
  }

  count(action?: string): number {
    return this.calls.filter((call) => action === undefined || call.action === action).length;
  }

  addUser(options: UserOptions): UserCredentials {
    const { accessKeyId, secretAccessKey, principal } = this.#directory.addUser(options);
    return { accessKeyId, secretAccessKey, arn: principal.arn };
  }

  addRole(options: RoleOptions): { readonly arn: string } {
    return { arn: this.#directory.addRole(options).arn };
  }

  addMfaDevice(user: { readonly arn: string }): MfaDevice {
    return this.#directory.addDevice(user.arn);
  }

  addWebIdentity(role: { readonly arn: string }): string {
    const token = `ey.${crypto.getRandomValues(new Uint8Array(60)).toHex()}.sig`;
    this.#directory.addToken(token, { roleArn: role.arn, subject: "pod" });
    return token;
  }

  addRoleSession(options: RoleSessionOptions): SessionCredentials {
    const { roleArn, sessionName, sourceIdentity = null, durationSeconds = 3600 } = options;
    const role = this.#directory.role(roleArn);
    if (role === undefined) throw new TypeError(`No such role: ${roleArn}`);
    const principal = roleSession(role, { sessionName, sourceIdentity });
    const key = this.#directory.issue(principal, this.#now() + durationSeconds * 1000);
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = key;
    const expiration = new Date(expiresAt);
    return { accessKeyId, secretAccessKey, sessionToken, expiration, arn: principal.arn };
  }

  fault(fault: StsFault | null, options?: StsFaultOptions): void {
    this.#faults.order(fault, options);
  }

  ownerOf(accessKeyId: string): string | null {
    return this.#directory.key(accessKeyId)?.principal.arn ?? null;
  }

  secrets(): readonly string[] {
    return this.#directory.secrets();
  }

  /** Answers one request, whatever it is, and completes its record. */
  async #answer(request: Request, remotePort: number): Promise<Response> {
    const requestId = crypto.randomUUID();
    const call = openCall(this.#now());
    this.calls.push(call);
    try {
      const xml = await this.#work(request, { call, remotePort, requestId });
      if (xml === null) {
        call.outcome = "dropped";
        this.#relay.cut(remotePort);
        return new Response();
      }
      call.outcome = "ok";
      return this.#respond(xml, { status: 200, requestId });
    } catch (thrown) {
      const error = thrown instanceof StsError
        ? thrown
        : new StsError("InternalFailure", "The request could not be processed", { status: 500 });
      call.outcome = "error";
      call.errorCode = error.code;
      return this.#respond(formatError(error, requestId), { status: error.status, requestId });
    }
  }

  /** The document that answers a request, or `null` when it is not to be answered. */
  async #work(
    request: Request,
    options: { readonly call: OpenCall; readonly remotePort: number; readonly requestId: string },
  ): Promise<string | null> {
    const { call, remotePort, requestId } = options;
    const message = await readMessage(request);
    if (message === null) return null;
    describe(call, message);
    const fault = this.#faults.take(call.action);
    if (fault !== null && !(await this.#suffer(fault, remotePort))) return null;
    const context = { directory: this.#directory, now: this.#now() };
    const action = route(message);
    const key = await keyOf(message, { ...context, action });
    if (!action.isUnsigned) call.callerArn = key.principal.arn;
    const result = perform(message, { ...context, action, key });
    call.issuedAccessKeyId = result.issued?.accessKeyId ?? null;
    return formatResult(action.name, result.fields, requestId);
  }

  #respond(
    xml: string,
    options: { readonly status: number; readonly requestId: string },
  ): Response {
    return new Response(xml, {
      status: options.status,
      headers: {
        "content-type": "text/xml",
        // SDKs correct their clocks by this header, so it must tell the endpoint's time.
        "date": new Date(this.#now()).toUTCString(),
        "x-amzn-requestid": options.requestId,
      },
    });
  }

  /** Lives through a fault: true when the call goes on, false when it is to be dropped. */
  async #suffer(fault: StsFault, remotePort: number): Promise<boolean> {
    switch (fault.kind) {
      case "slow":
        return await this.#outlasts(fault.ms, remotePort);
      case "throttle":
        throw new StsError("Throttling", "Rate exceeded");
      case "error":
        throw new StsError(fault.code, fault.message ?? fault.code, { status: fault.status });
      case "hang":
        await this.#relay.ended(remotePort);
        return false;
      case "reset":
        return false;
      default:
        return assertNever(fault);
    }
  }

  /** Waits: true after `ms` milliseconds, false as soon as the client is gone. */
  async #outlasts(ms: number, remotePort: number): Promise<boolean> {
    const { promise: waited, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), ms);
    const left = this.#relay.ended(remotePort).then(() => false);
    const outlasted = await Promise.race([waited, left]);
    clearTimeout(timer);
    return outlasted;
  }
}
