/**
 * A TCP relay in front of an HTTP server, so that a handler can drop a client's connection
 * without a byte of an answer: `Deno.serve` alone cannot.
 *
 * @module
 */

/** Relays connections on a port of 127.0.0.1 to another one. */
export class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #targetPort: number;
  /** Both ends of each relayed connection, by the port from which the server sees it come. */
  readonly #pairs = new Map<number, readonly Deno.Conn[]>();
  readonly #running = new Set<Promise<void>>();

  /** Starts to relay to `targetPort`. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#track(this.#accept());
  }

  /** The port to connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Closes the connection that the server knows by its remote `port`. */
  cut(port: number): void {
    this.#pairs.get(port)?.forEach(close);
  }

  /** Stops listening and closes every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    close(this.#listener);
    for (const pair of this.#pairs.values()) pair.forEach(close);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #track(task: Promise<void>): void {
    this.#running.add(task);
    task.finally(() => this.#running.delete(task));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#track(this.#relay(client));
  }

  async #relay(client: Deno.Conn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
    } catch {
      return close(client);
    }
    const { port } = server.localAddr;
    this.#pairs.set(port, [client, server]);
    await Promise.all([copy(client, server), copy(server, client)]);
    this.#pairs.delete(port);
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already, by the other direction or by the other side.
  }
}

/** Copies until either end is gone, then closes both. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (;;) {
      const read = await from.read(buffer);
      if (read === null) break;
      for (let sent = 0; sent < read;) sent += await to.write(buffer.subarray(sent, read));
    }
  } catch {
    // A connection that dies is how relayed connections end.
  }
  close(from);
  close(to);
}
