/**
 * A strict sign-in service of IAM Identity Center (SSO OIDC) on 127.0.0.1 for tests: it checks
 * clients, grants, scopes, redirects, PKCE and the pace of polling, uses up codes and refresh
 * tokens, and has a consent page that a test answers. It can be told to misbehave.
 *
 * @module
 */
import { CodeDesk } from "./oidc/code_desk.ts";
import { DeviceDesk } from "./oidc/device_desk.ts";
import { OidcError } from "./oidc/oidc_error.ts";
import { type Client, Registry } from "./oidc/registry.ts";
import { TokenMint } from "./oidc/token_mint.ts";

/** One call as it was understood. It never holds a secret. */
export interface OidcCall {
  /** `RegisterClient`, `StartDeviceAuthorization`, `Authorize`, `CreateToken`. */
  readonly action: string;
  /** Of CreateToken; else `null`. */
  readonly grant: string | null;
  readonly outcome: string;
}

/** What the next calls of an action meet. */
export interface OidcFault {
  readonly action: string;
  /** Error of the service, such as `InternalServerException`; `hang`: never answered. */
  readonly code: string;
  readonly status?: number;
  /** Default: every call. */
  readonly times?: number;
}

/** How {@linkcode startOidcEndpoint} begins. */
export interface OidcEndpointOptions {
  /** In milliseconds; default `Date.now`. */
  readonly now?: () => number;
  /** Life of access tokens; default 8 hours. */
  readonly tokenSeconds?: number;
  /** Seconds that a device is told to wait between two questions; default 0.2. */
  readonly intervalSeconds?: number;
  /** Whether the authorization code grant is known: not in every region. Default: true. */
  readonly codeFlow?: boolean;
  /** Whether a renewal gives a new refresh token and uses up the old one. Default: true. */
  readonly rotates?: boolean;
}

/** A running service. */
export interface OidcEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly calls: readonly OidcCall[];
  /** Calls of `action`, with `grant` of that grant. */
  count(action: string, grant?: string): number;
  /** Lets the person at the page agree (the default) or not. */
  answer(consent: "allow" | "deny" | "wait"): void;
  /** Orders a fault; `null` takes back all. */
  fault(fault: OidcFault | null): void;
  /** Runs `hook` in the middle of the next call: the place for a race. */
  before(hook: () => void): void;
  /** Whether this is an access token of now: for the portal. */
  accepts(accessToken: string): boolean;
  /** Ends every token, as an administrator does. */
  endTokens(): void;
  /** Every secret so far, to prove that they turn up nowhere. */
  secrets(): readonly string[];
}

/** Starts a service on a free port. */
export function startOidcEndpoint(options: OidcEndpointOptions = {}): OidcEndpoint {
  const { now = Date.now, tokenSeconds = 8 * 3600, intervalSeconds = 0.2, codeFlow = true } =
    options;
  const { rotates = true } = options;
  const calls: OidcCall[] = [];
  const registry = new Registry(now, { codeFlow });
  const mint = new TokenMint(now, { tokenSeconds, rotates });
  const devices = new DeviceDesk(now, { intervalSeconds });
  const codes = new CodeDesk(now);
  const faults: { readonly fault: OidcFault; left: number }[] = [];
  const closing = Promise.withResolvers<void>();
  let hook: (() => void) | null = null;
  let consent: "allow" | "deny" | "wait" = "allow";

  async function suffer(action: string): Promise<void> {
    const found = faults.find(({ fault, left }) => fault.action === action && left > 0);
    if (found === undefined) return;
    found.left--;
    if (found.fault.code === "hang") {
      await closing.promise;
    }
    throw new OidcError(found.fault.code, "injected", found.fault.status ?? 400);
  }

  async function createToken(body: Body): Promise<unknown> {
    const client = registry.authenticate(body);
    switch (body.grantType) {
      case "urn:ietf:params:oauth:grant-type:device_code":
        devices.redeem(body, { client, consent });
        break;
      case "authorization_code":
        requireGrant(client, "authorization_code");
        await codes.redeem(body, client);
        break;
      case "refresh_token":
        return mint.renew(body, client);
      default:
        throw new OidcError("UnsupportedGrantTypeException", "unsupported grant type");
    }
    return mint.issue(client);
  }

  async function perform(path: string, body: Body): Promise<Response> {
    switch (path) {
      case "/client/register":
        return Response.json(registry.register(body));
      case "/device_authorization":
        return Response.json(devices.start(body, { client: registry.authenticate(body), url }));
      case "/token":
        return Response.json(await createToken(body));
      default:
        throw new OidcError("UnknownOperationException", "no such operation", 404);
    }
  }

  /** The page that a browser opens: a person looks at it and answers. */
  function page(request: Request, path: string): Response {
    if (path === "/device") return new Response("Enter the code", { status: 200 });
    const client = registry.find(new URL(request.url).searchParams.get("client_id"));
    requireGrant(client, "authorization_code");
    const redirect = codes.authorize(new URL(request.url).searchParams, { client, consent });
    return redirect === null ? new Response("Nobody answers") : Response.redirect(redirect, 302);
  }

  async function answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const action = request.method === "GET" ? "Authorize" : ACTIONS[path] ?? "Unknown";
    const call: { action: string; grant: string | null; outcome: string } = {
      action,
      grant: null,
      outcome: "ok",
    };
    calls.push(call);
    try {
      const body = request.method === "GET" ? null : await readBody(request);
      if (action === "CreateToken") call.grant = String(body?.grantType);
      hook?.();
      hook = null;
      await suffer(action);
      return await (body === null ? page(request, path) : perform(path, body));
    } catch (thrown) {
      const error = thrown instanceof OidcError
        ? thrown
        : new OidcError("InternalServerException", String(thrown), 500);
      call.outcome = error.code;
      return error.toResponse();
    }
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    calls,
    count: (action, grant) =>
      calls.filter((call) =>
        call.action === action && (grant === undefined || call.grant === grant)
      ).length,
    answer: (next) => void (consent = next),
    fault(fault) {
      if (fault === null) faults.length = 0;
      else faults.push({ fault, left: fault.times ?? Infinity });
    },
    before: (next) => void (hook = next),
    accepts: (accessToken) => mint.accepts(accessToken),
    endTokens: () => mint.endAll(),
    secrets: () => [...registry.secrets(), ...mint.secrets(), ...codes.secrets()],
    async [Symbol.asyncDispose]() {
      closing.resolve();
      await server.shutdown();
    },
  };
}

const ACTIONS: Readonly<Record<string, string>> = {
  "/client/register": "RegisterClient",
  "/device_authorization": "StartDeviceAuthorization",
  "/token": "CreateToken",
};

function requireGrant({ grantTypes }: Client, grant: string): void {
  if (!grantTypes.includes(grant)) {
    throw new OidcError("UnauthorizedClientException", "the client is not registered for this");
  }
}

type Body = Readonly<Record<string, unknown>>;

async function readBody(request: Request): Promise<Body> {
  if (request.method !== "POST") throw new OidcError("InvalidRequestException", "POST only", 405);
  if (request.headers.get("content-type") !== "application/json") {
    throw new OidcError("InvalidRequestException", "the body must be JSON");
  }
  if (request.headers.has("authorization")) {
    throw new OidcError("InvalidRequestException", "these calls are not signed");
  }
  try {
    return await request.json();
  } catch {
    throw new OidcError("InvalidRequestException", "the body is not JSON");
  }
}
