/**
 * HTTP as bytes on a socket: what no well-behaved client would send, and exactly what came back.
 *
 * @module
 */

/** One response as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What {@linkcode exchange} reads. */
export interface ExchangeOptions {
  /** How many responses are awaited, default 1. Fewer come back if the server closes before. */
  readonly responses?: number;
  /** The answers have no body: they answer HEAD. */
  readonly headOnly?: boolean;
}

/** A connection that never hurries and never gives up by itself. */
export interface RawConnection extends Disposable {
  write(text: string): Promise<void>;
  /** The next final response, or `null` when the server closed the connection. */
  read(options?: { readonly headOnly?: boolean }): Promise<RawResponse | null>;
}

/** Bytes of `text`, one a character. */
function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function parseHead(head: string): Omit<RawResponse, "body"> {
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { status: Number(statusLine.split(" ")[1]), headers };
}

/** Opens a connection to a port of this machine. */
export async function connectRaw(port: number): Promise<RawConnection> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const chunk = new Uint8Array(65_536);
  let received = "";

  async function receive(): Promise<boolean> {
    // A reset is an answer, too: the server had enough.
    const count = await socket.read(chunk).catch(() => null);
    if (count === null) return false;
    for (const byte of chunk.subarray(0, count)) received += String.fromCharCode(byte);
    return true;
  }

  return {
    async write(text) {
      const bytes = latin1(text);
      for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
    },
    async read({ headOnly = false } = {}) {
      for (;;) {
        const end = received.indexOf("\r\n\r\n");
        if (end >= 0) {
          const head = parseHead(received.slice(0, end));
          const length = headOnly ? 0 : Number(head.headers.get("content-length") ?? 0);
          if (received.length >= end + 4 + length) {
            const body = received.slice(end + 4, end + 4 + length);
            received = received.slice(end + 4 + length);
            if (head.status >= 200) return { ...head, body };
            continue;
          }
        }
        if (!(await receive())) return null;
      }
    },
    [Symbol.dispose]() {
      socket.close();
    },
  };
}

/** Sends `text` on a connection of its own and reads what comes back. */
export async function exchange(
  port: number,
  text: string,
  { responses = 1, headOnly = false }: ExchangeOptions = {},
): Promise<readonly RawResponse[]> {
  using connection = await connectRaw(port);
  // The server may answer and close before all is sent.
  connection.write(text).catch(() => {});
  const read: RawResponse[] = [];
  while (read.length < responses) {
    const response = await connection.read({ headOnly });
    if (response === null) break;
    read.push(response);
  }
  return read;
}
