// The JWT bearer grant's request (RFC 7523 §2.1, §4): a client shows what an issuer whom the server trusts says of somebody.
import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { parseResources } from './authorization-request.ts'
import type { Parameters } from './parameters.ts'
import { parseScope } from './scope.ts'

/** RFC 7523 §2.1: the grant type of assertions. */
export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** An assertion to be exchanged (RFC 7523 §2.1). */
export interface AssertionGrantRequest {
  readonly grantType: typeof jwtBearerGrant
  readonly assertion: string
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/**
 * Reads such a request.
 *
 * @throws OAuthError `invalid_request`, `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 */
export function parseAssertionRequest(form: Parameters): AssertionGrantRequest {
  const details = parseAuthorizationDetails(form)
  return {
    grantType: jwtBearerGrant,
    assertion: form.require('assertion'),
    ...(form.has('scope') && { scope: parseScope(form.get('scope')) }),
    resources: parseResources(form),
    ...(details !== undefined && { details }),
  }
}
