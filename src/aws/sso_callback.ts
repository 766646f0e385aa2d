/**
 * Waits on loopback for the browser that comes back from a sign-in (RFC 8252). Only the answer
 * that carries the secret of this sign-in is heard; whatever else calls learns nothing and ends
 * nothing.
 *
 * @module
 */
import { listenOnLoopback, LOOPBACK } from "../transport/loopback.ts";

/** Path of the redirect; AWS registers it without the port. */
const CALLBACK_PATH = "/oauth/callback";

/** A page that is ready is on the wire after this time. */
const FLUSH_MS = 20;

/** The redirect as a client is registered for it. */
export const REGISTERED_REDIRECT = `http://${LOOPBACK}${CALLBACK_PATH}`;

/** What the browser brought. */
export type SsoCallback =
  | { readonly kind: "code"; readonly code: string }
  /** The person, or the service, said no. */
  | { readonly kind: "refused" };

/** A listener for one answer. Disposing of it closes its port; the page is still delivered. */
export interface SsoCallbackListener extends AsyncDisposable {
  /** The redirect with its port. */
  readonly redirectUri: string;
  /** Resolves when the browser comes back. */
  readonly answer: Promise<SsoCallback>;
}

/** Listens for the answer that carries `state`. Throws when no port can be had. */
export function listenForSsoCallback(state: string): SsoCallbackListener {
  const { promise: answer, resolve } = Promise.withResolvers<SsoCallback>();
  const closing = new AbortController();
  const server = listenOnLoopback(
    { port: 0, signal: closing.signal },
    (request) => {
      const url = new URL(request.url);
      // The host that the client names: a page under another name must not be able to call here.
      if (request.headers.get("host") !== host) return page(421, "Not here");
      if (url.pathname !== CALLBACK_PATH) return page(404, "Nothing here");
      if (request.method !== "GET") return page(405, "Nothing here");
      const heard = understand(url.searchParams, state);
      if (heard === null) return page(400, "This is not the answer to a sign-in of this program.");
      resolve(heard);
      return heard.kind === "code"
        ? page(200, "You can close this window. The terminal says whether you are signed in.")
        : page(200, "The sign-in was refused. You can close this window.");
    },
  );
  const host = `${LOOPBACK}:${server.addr.port}`;
  return {
    redirectUri: `http://${host}${CALLBACK_PATH}`,
    answer,
    async [Symbol.asyncDispose]() {
      // The page is on its way; whoever keeps a connection open besides is not waited for.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      closing.abort();
      await server.finished;
    },
  };
}

function understand(query: URLSearchParams, state: string): SsoCallback | null {
  const only = (name: string) => {
    const values = query.getAll(name);
    return values.length === 1 ? values[0]! : null;
  };
  if (only("state") !== state) return null;
  if (query.has("error")) return { kind: "refused" };
  const code = only("code");
  return code !== null && /^[!-~]+$/.test(code) ? { kind: "code", code } : null;
}

/** A page of our own words: nothing of the request is ever repeated. */
function page(status: number, text: string): Response {
  const html = `<!doctype html><meta charset="utf-8"><title>Sentinel</title><p>${text}</p>\n`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      // The code stands in the address of the page.
      "referrer-policy": "no-referrer",
      "connection": "close",
    },
  });
}
