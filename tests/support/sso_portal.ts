/**
 * A strict access portal of IAM Identity Center on 127.0.0.1: GetRoleCredentials with a bearer
 * token, an account and a permission set, judged as AWS does. It counts calls and never records a
 * token.
 *
 * @module
 */
import type { SessionCredentials } from "./sts_endpoint.ts";

/** A running portal. */
export interface SsoPortal extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `account role → status`, in order. */
  readonly calls: readonly string[];
  /** Lets the bearer of `token` have the permission set; `issue` makes its keys at each call. */
  assign(token: string, assignment: Assignment): void;
  /** Lets whoever is signed in at `service` have the permission set. */
  admit(service: { accepts(token: string): boolean }, assignment: Assignment): void;
  /** From now on the token is worth nothing. */
  revoke(token: string): void;
  /** From now on each call is answered so; `null`: properly. */
  fault(fault: { readonly status: number; readonly code: string } | null): void;
}

/** A permission set of somebody in an account. */
export interface Assignment {
  readonly accountId: string;
  readonly roleName: string;
  readonly issue: () => SessionCredentials;
}

const BEARER = "x-amz-sso_bearer_token";

/** Starts a portal on a free port. */
export function startSsoPortal(): SsoPortal {
  const calls: string[] = [];
  const assignments = new Map<string, Assignment[]>();
  const services: { accepts(token: string): boolean; assignment: Assignment }[] = [];
  let fault: Parameters<SsoPortal["fault"]>[0] = null;

  function refuse(status: number, code: string): Response {
    return Response.json({ message: code }, { status, headers: { "x-amzn-errortype": code } });
  }

  function answer(request: Request): Response {
    const url = new URL(request.url);
    if (request.method !== "GET" || url.pathname !== "/federation/credentials") {
      return refuse(404, "UnknownOperationException");
    }
    if (fault !== null) return refuse(fault.status, fault.code);
    // The call is not signed: whoever holds the token is who they say.
    if (request.headers.has("authorization")) return refuse(400, "InvalidRequestException");
    const accountId = url.searchParams.get("account_id") ?? "";
    const roleName = url.searchParams.get("role_name") ?? "";
    if (!/^\d{12}$/.test(accountId) || roleName === "" || url.searchParams.size !== 2) {
      return refuse(400, "InvalidRequestException");
    }
    const token = request.headers.get(BEARER) ?? "";
    const admitted = services.filter((service) => service.accepts(token));
    const known = [
      ...assignments.get(token) ?? [],
      ...admitted.map(({ assignment }) => assignment),
    ];
    if (known.length === 0) return refuse(401, "UnauthorizedException");
    const assignment = known.find((one) =>
      one.accountId === accountId && one.roleName === roleName
    );
    if (assignment === undefined) return refuse(403, "ForbiddenException");
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = assignment.issue();
    return Response.json({
      roleCredentials: {
        accessKeyId,
        secretAccessKey,
        sessionToken,
        expiration: expiration.getTime(),
      },
    });
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const response = answer(request);
    const { searchParams } = new URL(request.url);
    calls.push(
      `${searchParams.get("account_id")} ${searchParams.get("role_name")} → ${response.status}`,
    );
    return response;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls,
    assign(token, assignment) {
      assignments.set(token, [...assignments.get(token) ?? [], assignment]);
    },
    admit: (service, assignment) =>
      void services.push({ accepts: (token) => service.accepts(token), assignment }),
    revoke: (token) => void assignments.delete(token),
    fault: (next) => void (fault = next),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
