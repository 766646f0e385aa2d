/**
 * The load generator of the endpoint's benchmark, a process of its own: keeps each connection
 * busy with one request at a time for a bounded time, then prints what it saw as JSON.
 *
 * Usage: endpoint_load.ts PORT TOKEN CONNECTIONS MS
 *
 * @module
 */
import { quantile } from "./figures.ts";

/** What one run of the generator saw. */
export interface LoadFigures {
  /** Requests in the time that was measured. */
  readonly requests: number;
  /** Those before it included. */
  readonly allRequests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Load {
  readonly port: number;
  readonly token: string;
  readonly connections: number;
  readonly ms: number;
}

/** One request after the other on one connection; gives each one's milliseconds to `saw`. */
async function drive({ port, token, ms }: Load, saw: (ms: number) => void): Promise<void> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  socket.setNoDelay(true);
  const request = new TextEncoder().encode(
    `GET /v1/credentials HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${token}\r\n` +
      "Accept: */*\r\nUser-Agent: bench\r\n\r\n",
  );
  const buffer = new Uint8Array(16_384);
  // Every answer has the same length: the first tells it.
  let length = 0;
  for (let now = performance.now(), end = now + ms; now < end;) {
    await socket.write(request);
    let received = 0;
    do {
      const count = await socket.read(buffer.subarray(received));
      if (count === null) throw new Error("the server closed the connection");
      received += count;
      if (length === 0) {
        length = answerLength(new TextDecoder().decode(buffer.subarray(0, received)));
      }
    } while (length === 0 || received < length);
    // "2" of "HTTP/1.1 200".
    if (received !== length || buffer[9] !== 0x32) throw new Error("an answer differs");
    const answered = performance.now();
    saw(answered - now);
    now = answered;
  }
}

/** Bytes of the answer that begins with `text`, or 0 when its head is not complete. */
function answerLength(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`refused: ${text}`);
  return head + 4 + Number(/^content-length: (\d+)/im.exec(text)?.[1]);
}

/** Drives all connections at once. */
async function generate(load: Load): Promise<Omit<LoadFigures, "allRequests">> {
  const latencies: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, () => drive(load, (ms) => latencies.push(ms))),
  );
  return {
    requests: latencies.length,
    seconds: (performance.now() - started) / 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

if (import.meta.main) {
  const [port, token, connections, ms] = Deno.args;
  const load = {
    port: Number(port),
    token: token ?? "",
    connections: Number(connections),
    ms: Number(ms),
  };
  // Whatever hangs, the generator ends.
  Deno.unrefTimer(setTimeout(() => Deno.exit(1), load.ms + 10_000));
  // What the first requests pay for compilation is not what a server costs.
  const warmUp = await generate({ ...load, ms: load.ms / 4 });
  const figures = await generate(load);
  console.log(JSON.stringify({ ...figures, allRequests: warmUp.requests + figures.requests }));
}
