/**
 * A credential source of which only credentials without a window are asked: it always has some.
 *
 * @module
 */
import type {
  CredentialRequest,
  CredentialSource,
  IssuedCredentials,
} from "../../src/gate/ports.ts";

/** What {@linkcode sure} gives. */
export interface SureSource {
  issue(request: CredentialRequest): IssuedCredentials | Promise<IssuedCredentials>;
}

/** `source`, whose answer is never `null`. */
export function sure(source: CredentialSource): SureSource {
  return source as SureSource;
}
