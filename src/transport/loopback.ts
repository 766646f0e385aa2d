/**
 * Listens on loopback, and nowhere else, whatever the environment tells the runtime.
 *
 * @module
 */

/** The one address: clients refuse others of loopback, and machines may lack `::1`. */
export const LOOPBACK = "127.0.0.1";

/** A listener. */
export type Listener = Deno.HttpServer<Deno.NetAddr>;

/** How {@linkcode listenOnLoopback} listens. */
export interface ListenOptions {
  /** 0 is any free one. */
  readonly port: number;
  /** Cuts the listener and every connection; whoever catches a fault aborts it. */
  readonly signal: AbortSignal;
}

/** Answers requests on {@linkcode LOOPBACK} with `handler`. Throws what the system says. */
export function listenOnLoopback(
  { port, signal }: ListenOptions,
  handler: (request: Request) => Response | Promise<Response>,
): Listener {
  const server = withoutAddressOverride(() =>
    Deno.serve({
      hostname: LOOPBACK,
      port,
      signal,
      automaticCompression: false,
      onListen: () => {},
      onError: () => new Response(null, { status: 503 }),
    }, handler)
  );
  // INVARIANT: loopback only. The runtime is not trusted to have done what it was told.
  if (server.addr.hostname === LOOPBACK) return server;
  throw new Error("another address was forced upon it");
}

/**
 * Runs `start` where `DENO_SERVE_ADDRESS` is not set: it makes `Deno.serve` listen on the address
 * it names, instead of or besides the one in the call. It stays for the child, whose own it is.
 */
function withoutAddressOverride<T>(start: () => T): T {
  const override = Deno.env.get("DENO_SERVE_ADDRESS");
  if (override === undefined) return start();
  Deno.env.delete("DENO_SERVE_ADDRESS");
  try {
    return start();
  } finally {
    Deno.env.set("DENO_SERVE_ADDRESS", override);
  }
}
