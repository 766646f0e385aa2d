/**
 * The credential server: the socket, the token and the end. It listens on 127.0.0.1 and nowhere
 * else, whatever the environment says, and nothing that a client does or leaves undone keeps it
 * from closing.
 *
 * `Deno.serve` has no time-out for connections that send nothing: a local process, even without
 * the token, can hold connections open. Each costs a file descriptor and about 16 KiB and delays
 * nobody; when no descriptor is left the listener dies, and with it, loudly, the server.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { printable } from "../text/printable.ts";
import { type Listener, listenOnLoopback, LOOPBACK } from "../transport/loopback.ts";
import {
  createHandler,
  type CredentialHandler,
  CREDENTIALS_PATH,
  type HandlerOptions,
} from "./handler.ts";
import { createToken } from "./token.ts";

/** Answers that are ready when the server ends are on the wire after this time. */
const FLUSH_MS = 20;

/** What {@linkcode startServer} takes: what the handler does, but for what the socket decides. */
export interface ServerOptions extends Omit<HandlerOptions, "host" | "token"> {
  /** 0 = any free one. */
  readonly port: number;
}

/** A server that listens. */
export interface CredentialServer extends AsyncDisposable {
  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly url: string;
  /** For `AWS_CONTAINER_AUTHORIZATION_TOKEN`. A secret. */
  readonly token: string;
  readonly port: number;
  /** Resolves at the end of `shutdown`; rejects with `SERVER_FAILED` if the listener dies before. */
  readonly finished: Promise<void>;
  /**
   * Stops handing out credentials, lets the requests that wait have their answers (for `deadlineMs`
   * at the most), then closes every connection. Never throws.
   */
  shutdown(): Promise<void>;
}

/** Starts a server. Throws `SERVER_FAILED` when it cannot listen where it must. */
export function startServer({ port: wanted, ...options }: ServerOptions): CredentialServer {
  const token = createToken();
  const closing = new AbortController();
  const server = listen(wanted, closing, (request) => handler(request));
  const { port } = server.addr;
  const host = `${LOOPBACK}:${port}`;
  // Requests come in later turns of the event loop: none can be earlier than this.
  const handler: CredentialHandler = createHandler({ ...options, host, token });

  let gone = false;
  let ended: Promise<void> | null = null;
  const finished = server.finished.then(() => {
    gone = true;
    if (ended === null) throw listenerDied(host, null);
  }, (thrown) => {
    if (ended === null) throw listenerDied(host, thrown);
  });
  // Whoever never looks at `finished` must not die of it.
  finished.catch(() => {});

  async function end(): Promise<void> {
    await handler.close();
    // `server.shutdown()` would wait without end for a client that does not read its answers, and
    // nothing can be forced after it: connections are cut instead, once the answers are out.
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    // A listener that died has left its connections open; one that is gone cannot be aborted.
    if (!gone) closing.abort();
    await finished.catch(() => {});
  }

  const shutdown = () => ended ??= end();
  return {
    url: `http://${host}${CREDENTIALS_PATH}`,
    token,
    port,
    finished,
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

function listen(
  port: number,
  closing: AbortController,
  handler: (request: Request) => Response | Promise<Response>,
): Listener {
  try {
    return listenOnLoopback({ port, signal: closing.signal }, handler);
  } catch (thrown) {
    closing.abort();
    const message = `Cannot listen on ${LOOPBACK}:${port}: ${why(thrown)}`;
    throw new SentinelError("SERVER_FAILED", message, { cause: thrown });
  }
}

function why(thrown: unknown): string {
  if (thrown instanceof Deno.errors.AddrInUse) return "the port is in use";
  if (thrown instanceof Deno.errors.PermissionDenied) return "the system does not permit it";
  if (thrown instanceof Deno.errors.NotCapable) return "Deno was not given the permission";
  return printable(thrown instanceof Error ? thrown.message : "unknown fault");
}

function listenerDied(host: string, thrown: unknown): SentinelError {
  const reason = thrown instanceof Error ? printable(thrown.message) : "it ended by itself";
  return new SentinelError("SERVER_FAILED", `The credential server on ${host} died: ${reason}`, {
    cause: thrown,
    suggestion: "Leave this shell and start sentinel exec again.",
  });
}
