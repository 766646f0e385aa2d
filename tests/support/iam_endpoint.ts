/**
 * A strict IAM on 127.0.0.1 for tests: inline policies of roles and nothing else. It verifies
 * signatures, validates what IAM validates, keeps its limits, and can be made to lag or to fail.
 *
 * @module
 */
import { readMessage } from "./sts/message.ts";
import { checkSkew, parseSignature, verifySignature } from "./sts/signature.ts";
import { StsError } from "./sts/sts_error.ts";
import { formatError, formatResult } from "./sts/xml.ts";

/** One call as it was understood. */
export interface IamCall {
  readonly action: string;
  readonly role: string;
  readonly policy: string;
}

/** A running endpoint. */
export interface IamEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly calls: readonly IamCall[];
  /** Adds a role without policies. */
  addRole(name: string): void;
  /** The document of an inline policy, or `null`. */
  document(role: string, policy: string): string | null;
  /** Writes a document as another administrator would. */
  write(role: string, policy: string, document: string): void;
  /** Refuses the next calls of `action` with `code`. */
  fail(
    action: string,
    code: string,
    options?: { readonly times?: number; readonly status?: number },
  ): void;
  /** Runs `hook` before the next call of `action` is carried out: the place for a race. */
  before(action: string, hook: () => void): void;
  /** After each write, so many reads still see what was there before. */
  lag: number;
}

/** Whose calls are accepted. */
export interface IamEndpointOptions {
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const VERSION = "2010-05-08";
/** Of all inline policies of a role together, without white space. */
const LIMIT = 10_240;

interface Role {
  readonly policies: Map<string, string>;
  /** What reads still see, and how often. */
  readonly stale: Map<string, { readonly document: string | null; left: number }>;
}

/** Starts an endpoint on a free port. */
export function startIamEndpoint({ keys }: IamEndpointOptions): IamEndpoint {
  const roles = new Map<string, Role>();
  const calls: IamCall[] = [];
  const failures: { action: string; code: string; status: number; left: number }[] = [];
  const hooks: { action: string; hook: () => void }[] = [];
  const endpoint = { lag: 0 };

  function write(role: Role, policy: string, document: string): void {
    const before = role.policies.get(policy) ?? null;
    role.policies.set(policy, document);
    if (endpoint.lag > 0) role.stale.set(policy, { document: before, left: endpoint.lag });
  }

  function perform(parameters: ReadonlyMap<string, string>): Record<string, string> {
    const [action, name, policy] = ["Action", "RoleName", "PolicyName"].map((key) =>
      parameters.get(key) ?? ""
    ) as [string, string, string];
    calls.push({ action, role: name, policy });
    const failure = failures.find((failure) => failure.action === action && failure.left-- > 0);
    if (failure !== undefined) throw new StsError(failure.code, "injected", failure);
    const hook = hooks.findIndex((hook) => hook.action === action);
    if (hook !== -1) hooks.splice(hook, 1)[0]!.hook();
    if (!/^[\w+=,.@-]{1,64}$/.test(name) || !/^[\w+=,.@-]{1,128}$/.test(policy)) {
      throw new StsError("ValidationError", "a name fails to satisfy its constraint");
    }
    const role = roles.get(name);
    if (role === undefined) throw notFound(`The role with name ${name} cannot be found.`);
    switch (action) {
      case "GetRolePolicy": {
        const stale = role.stale.get(policy);
        const isStale = stale !== undefined && stale.left-- > 0;
        const document = isStale ? stale.document : role.policies.get(policy) ?? null;
        if (document === null) throw notFound(`The role policy ${policy} cannot be found.`);
        const encoded = encodeURIComponent(document);
        return { RoleName: name, PolicyName: policy, PolicyDocument: encoded };
      }
      case "PutRolePolicy": {
        if (name.startsWith("AWSReservedSSO_")) {
          throw new StsError("UnmodifiableEntity", "Cannot perform the operation on the role");
        }
        const document = parameters.get("PolicyDocument") ?? "";
        checkDocument(document);
        const others = [...role.policies].filter(([other]) => other !== policy);
        const size = [...others.map(([, text]) => text), document].join("").replace(/\s/g, "");
        if (size.length > LIMIT) {
          throw new StsError("LimitExceeded", `Maximum policy size of ${LIMIT} bytes exceeded`, {
            status: 409,
          });
        }
        write(role, policy, document);
        return {};
      }
      default:
        throw new StsError("InvalidAction", `Could not find operation ${action}`);
    }
  }

  async function answer(request: Request): Promise<Response> {
    const requestId = crypto.randomUUID();
    const respond = (xml: string, status: number) =>
      new Response(xml, { status, headers: { "content-type": "text/xml" } });
    try {
      const message = await readMessage(request);
      if (message === null) return new Response();
      if (message.method !== "POST" || message.path !== "/" || message.ambiguous) {
        throw new StsError("MalformedInput", "Use POST /, each parameter once");
      }
      const claim = parseSignature(message.headers, "iam");
      checkSkew(claim.amzDate, Date.now());
      if (claim.accessKeyId !== keys.accessKeyId) {
        throw new StsError("InvalidClientTokenId", "The security token is invalid", {
          status: 403,
        });
      }
      await verifySignature(message, { claim, secret: keys.secretAccessKey, service: "iam" });
      if (message.parameters.get("Version") !== VERSION) {
        throw new StsError("InvalidAction", "Could not find operation for version");
      }
      const action = message.parameters.get("Action") ?? "";
      return respond(formatResult(action, perform(message.parameters), requestId), 200);
    } catch (thrown) {
      const error = thrown instanceof StsError
        ? thrown
        : new StsError("ServiceFailure", "The request could not be processed", { status: 500 });
      return respond(formatError(error, requestId), error.status);
    }
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return Object.assign(endpoint, {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls,
    addRole: (name: string) => void roles.set(name, { policies: new Map(), stale: new Map() }),
    document: (role: string, policy: string) => roles.get(role)?.policies.get(policy) ?? null,
    write: (role: string, policy: string, document: string) =>
      write(roles.get(role)!, policy, document),
    fail(action: string, code: string, { times = Infinity, status = 400 } = {}) {
      failures.push({ action, code, status, left: times });
    },
    before: (action: string, hook: () => void) => void hooks.push({ action, hook }),
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

function notFound(message: string): StsError {
  return new StsError("NoSuchEntity", message, { status: 404 });
}

/** What IAM checks of the grammar, as far as it matters to what we write. */
function checkDocument(text: string): void {
  const malformed = (what: string) => new StsError("MalformedPolicyDocument", what);
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("Syntax errors in policy.");
  }
  const statements = [document?.Statement ?? []].flat();
  if (document?.Version !== "2012-10-17" || statements.length === 0) {
    throw malformed("A policy needs Version and Statement.");
  }
  const sids = statements.flatMap(({ Sid }) => Sid === undefined ? [] : [Sid]);
  if (new Set(sids).size !== sids.length) throw malformed("Statement IDs (SID) must be unique.");
  for (const { Sid, Effect, Action, NotAction, Resource, NotResource } of statements) {
    if (Sid !== undefined && !/^[A-Za-z0-9]*$/.test(Sid)) {
      throw malformed("Statement IDs (SID) must be alpha-numeric.");
    }
    const isComplete = ["Allow", "Deny"].includes(Effect) &&
      (Action ?? NotAction) !== undefined && (Resource ?? NotResource) !== undefined;
    if (!isComplete) throw malformed("Policy statement must contain actions and resources.");
  }
}
