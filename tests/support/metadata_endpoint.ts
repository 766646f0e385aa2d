/**
 * A strict metadata service on 127.0.0.1, of an EC2 instance (version 2 only) and of a container:
 * it checks methods, tokens and headers as AWS does, and hands out sessions of a role.
 *
 * @module
 */
import type { SessionCredentials } from "./sts_endpoint.ts";

/** A running service. */
export interface MetadataEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Where a container gets its keys. */
  readonly containerUrl: string;
  /** What the container's `Authorization` must be. */
  readonly containerToken: string;
  /** `METHOD path → status`, in order. */
  readonly calls: readonly string[];
  /** From now on each call is answered so; `null`: properly; `hang`: not at all. */
  fault(fault: MetadataFault | "hang" | null): void;
}

/** An answer that is none of a metadata service. */
export interface MetadataFault {
  readonly status: number;
  readonly body: string;
  /** Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What it hands out. */
export interface MetadataEndpointOptions {
  /** Name of the instance's role; `null`: it has none. Default: `Instance`. */
  readonly role?: string | null;
  /** Keys at each call. */
  readonly issue: () => SessionCredentials;
}

const TTL = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN = "x-aws-ec2-metadata-token";
const ROLES = "/latest/meta-data/iam/security-credentials/";

/** Starts a service on a free port. */
export function startMetadataEndpoint(options: MetadataEndpointOptions): MetadataEndpoint {
  const { role = "Instance", issue } = options;
  const calls: string[] = [];
  const tokens = new Map<string, number>();
  const containerToken = `Bearer ${crypto.randomUUID()}`;
  let fault: Parameters<MetadataEndpoint["fault"]>[0] = null;

  function document(): string {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issue();
    return JSON.stringify({
      Code: "Success",
      LastUpdated: new Date().toISOString(),
      Type: "AWS-HMAC",
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration.toISOString().replace(/\.\d+Z$/, "Z"),
    });
  }

  function answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname === "/container") {
      if (request.method !== "GET") return new Response(null, { status: 405 });
      return request.headers.get("authorization") === containerToken
        ? new Response(document())
        : Response.json({ code: "AccessDenied", message: "wrong token" }, { status: 403 });
    }
    if (pathname === "/latest/api/token") {
      const seconds = Number(request.headers.get(TTL));
      // The real one refuses a request that came through a proxy.
      if (request.method !== "PUT" || request.headers.has("x-forwarded-for")) {
        return new Response(null, { status: 403 });
      }
      if (!(seconds >= 1 && seconds <= 21_600)) return new Response(null, { status: 400 });
      const token = crypto.randomUUID();
      tokens.set(token, Date.now() + seconds * 1000);
      return new Response(token);
    }
    const isFresh = (tokens.get(request.headers.get(TOKEN) ?? "") ?? 0) > Date.now();
    if (request.method !== "GET" || !isFresh) return new Response(null, { status: 401 });
    if (role === null) return new Response(null, { status: 404 });
    if (pathname === ROLES) return new Response(role);
    if (pathname === ROLES + role) return new Response(document());
    return new Response(null, { status: 404 });
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (fault === "hang") {
      calls.push(`${request.method} hang`);
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      return new Response();
    }
    const response = fault === null ? answer(request) : new Response(fault.body, fault);
    calls.push(`${request.method} ${new URL(request.url).pathname} → ${response.status}`);
    return response;
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    containerUrl: `${url}/container`,
    containerToken,
    calls,
    fault: (next) => void (fault = next),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
