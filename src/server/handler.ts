/**
 * The credential endpoint as a function from request to response. It decides who may ask; what
 * they get is the gate's decision. It never throws, never waits longer than the deadline, and
 * tells nothing to whoever does not hold the token.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { asSentinelError, assertNever, SentinelError } from "../errors.ts";
import type { Decision, Refused } from "../gate/decision.ts";
import {
  type Answer,
  createResponse,
  credentialAnswer,
  fault,
  gateRefusal,
  refusal,
} from "./answer.ts";
import { sameToken } from "./token.ts";
import { type Waiting, WaitingRoom } from "./waiting_room.ts";

/** The one path. It is not empty, because the Ruby SDK refuses a URI without one. */
export const CREDENTIALS_PATH = "/v1/credentials";

/** Told of every decision that was answered. What they throw is ignored. */
export interface DecisionListener {
  /** Credentials were handed over. */
  readonly onAllowed?: () => void;
  /** The gate refused. */
  readonly onRefusal?: (refused: Refused) => void;
  /** There was no decision, or not in time. */
  readonly onFault?: (error: SentinelError) => void;
}

/** What {@linkcode createHandler} closes over. */
export interface HandlerOptions extends DecisionListener {
  /** `127.0.0.1:PORT`: what the `Host` header must be, byte for byte. */
  readonly host: string;
  /** What the `Authorization` header must be, byte for byte. */
  readonly token: string;
  /**
   * The gate's decision on a request with this id; `isWanted` says whether the client still waits
   * for it. Throws or rejects with `SentinelError`.
   */
  readonly authorize: (
    requestId: string,
    isWanted: () => boolean,
  ) => Decision | Promise<Decision>;
  /** A new id for a request: ASCII without spaces. */
  readonly newRequestId: () => string;
  /** Requests that may wait for a decision at the same time. Default 512. */
  readonly maxInFlight?: number;
  /** A decision that takes longer is answered 503. Default 900: SDKs give up after 1,000. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

/** The endpoint: answers requests until it is closed. */
export interface CredentialHandler {
  (request: Request): Response | Promise<Response>;
  /**
   * From now on credentials are refused. Resolves when every request that waits has its answer,
   * after `deadlineMs` at the latest.
   */
  close(): Promise<void>;
}

const MISDIRECTED = refusal(421, "MISDIRECTED_REQUEST", "This is not the address of this server.");
const BROWSER = refusal(403, "BROWSER_REFUSED", "This server does not answer browsers.");
const UNAUTHORIZED = refusal(
  401,
  "UNAUTHORIZED",
  "The Authorization header does not hold the token of this server.",
);
const WRONG_METHOD: Answer = {
  ...refusal(405, "METHOD_NOT_ALLOWED", "Only GET is answered."),
  allow: "GET",
};
const WRONG_PATH = refusal(
  400,
  "BAD_REQUEST",
  `Only ${CREDENTIALS_PATH} is served, without query.`,
);
const UNWANTED_BODY = refusal(400, "BAD_REQUEST", "A request for credentials has no body.");
const BUSY = refusal(429, "TOO_MANY_REQUESTS", "Too many requests wait for a decision.");
const CLOSED = refusal(503, "SERVER_CLOSED", "This server is about to end.");

/** Creates the endpoint. */
export function createHandler(options: HandlerOptions): CredentialHandler {
  const { host, token, authorize, newRequestId, maxInFlight = 512, deadlineMs = 900 } = options;
  const { clock = systemClock } = options;
  const origin = `http://${host}`;
  const url = `${origin}${CREDENTIALS_PATH}`;
  const room = new WaitingRoom({ clock, capacity: maxInFlight, deadlineMs });

  /** Why `request` may not ask the gate, or `null`. */
  function reject(request: Request): Answer | null {
    const { headers } = request;
    // INVARIANT: up to the token nothing depends on method, path or body, so that a stranger
    // learns nothing, not even what exists. A name that DNS rebinding points at us is not ours;
    // the host of an absolute-form target stands in the URL only.
    const exact = request.url === url;
    if (headers.get("host") !== host) return MISDIRECTED;
    if (!exact && !request.url.startsWith(`${origin}/`)) return MISDIRECTED;
    // Browsers add these themselves and pages cannot remove them.
    if (headers.has("origin") || headers.has("sec-fetch-site")) return BROWSER;
    // Deno joins repeated headers with ", ", so two tokens are none.
    if (!sameToken(headers.get("authorization"), token)) return UNAUTHORIZED;
    if (request.method !== "GET") return WRONG_METHOD;
    if (!exact) return WRONG_PATH;
    if (headers.has("transfer-encoding")) return UNWANTED_BODY;
    const length = headers.get("content-length");
    return length === null || length === "0" ? null : UNWANTED_BODY;
  }

  /** What a fault is answered; the person at the terminal hears the rest. */
  function failed(thrown: unknown): Answer {
    const error = asSentinelError(thrown);
    notify(options.onFault, error);
    return fault(error.code);
  }

  /** What the gate's decision is answered. Never throws. */
  function decided(decision: Decision): Answer {
    try {
      switch (decision.kind) {
        case "allow": {
          const answer = credentialAnswer(decision.credentials);
          notify(options.onAllowed, undefined);
          return answer;
        }
        case "deny":
          notify(options.onRefusal, decision);
          return gateRefusal(decision);
        default:
          return assertNever(decision);
      }
    } catch (thrown) {
      return failed(thrown);
    }
  }

  /** Asks the gate; the first of decision, fault and deadline is the answer. */
  function ask(id: string): Response | Promise<Response> {
    if (room.closed || room.full) return createResponse(room.closed ? CLOSED : BUSY, id);
    let waiting: Waiting | null = null;
    let decision: Decision | Promise<Decision>;
    try {
      decision = authorize(id, () => waiting === null || room.has(waiting));
    } catch (thrown) {
      return createResponse(failed(thrown), id);
    }
    if (!(decision instanceof Promise)) return createResponse(decided(decision), id);
    const deciding = decision;
    return new Promise((resolve) => {
      const answer = (answered: Answer) => resolve(createResponse(answered, id));
      const entered = waiting = room.enter(() => answer(failed(late(deadlineMs))));
      if (entered === null) return answer(room.closed ? CLOSED : BUSY);
      deciding.then(
        (decision) => room.leave(entered) && answer(decided(decision)),
        (thrown) => room.leave(entered) && answer(failed(thrown)),
      );
    });
  }

  function handle(request: Request): Response | Promise<Response> {
    let id = "";
    try {
      id = newRequestId();
      const rejected = reject(request);
      return rejected === null ? ask(id) : createResponse(rejected, id);
    } catch (thrown) {
      return createResponse(failed(thrown), id);
    }
  }

  return Object.assign(handle, { close: () => room.close() });
}

function late(deadlineMs: number): SentinelError {
  return new SentinelError("TIMED_OUT", `Cannot decide within ${deadlineMs} ms`);
}

/** Tells a listener. Its terminal may be gone; that is no reason for another answer. */
function notify<T>(listener: ((told: T) => void) | undefined, told: T): void {
  try {
    listener?.(told);
  } catch {
    // Nobody is left to tell.
  }
}
