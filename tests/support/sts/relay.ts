/**
 * A TCP relay in front of an HTTP server. It lets a handler drop its client without a byte of an
 * answer, and learn that its client is gone: `Deno.serve` alone offers neither quietly.
 *
 * @module
 */

/** A relayed connection. */
interface Pair {
  readonly ends: readonly Deno.Conn[];
  /** Resolves when both ends are closed. */
  readonly ended: Promise<void>;
}

/** Relays connections on a port of 127.0.0.1 to another one. */
export class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #targetPort: number;
  /** Connections by the port from which the server sees them come. */
  readonly #pairs = new Map<number, Pair>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  /** Starts to relay to `targetPort`. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#track(this.#accept());
  }

  /** The port to connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Resolves when the connection that the server sees come from `remotePort` is closed. */
  async ended(remotePort: number): Promise<void> {
    await this.#pairs.get(remotePort)?.ended;
  }

  /** Closes the connection that the server sees come from `remotePort`. */
  cut(remotePort: number): void {
    this.#pairs.get(remotePort)?.ends.forEach(close);
  }

  /** Stops listening and closes every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    close(this.#listener);
    for (const pair of this.#pairs.values()) pair.ends.forEach(close);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#track(this.#relay(await this.#listener.accept()));
      } catch {
        // The listener was closed, or a client left before it was accepted.
      }
    }
  }

  async #relay(client: Deno.Conn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
    } catch {
      return close(client);
    }
    const ends = [client, server];
    const ended = Promise.all([copy(client, server), copy(server, client)]).then(() => {
      this.#pairs.delete(server.localAddr.port);
    });
    this.#pairs.set(server.localAddr.port, { ends, ended });
    if (this.#closed) ends.forEach(close);
    await ended;
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already, by the other direction or by the other side.
  }
}

/** Copies until either end is gone, then closes both. Never rejects. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      for (let sent = 0; sent < read;) sent += await to.write(buffer.subarray(sent, read));
    }
  } catch {
    // A connection that dies is how relayed connections end.
  }
  close(from);
  close(to);
}
