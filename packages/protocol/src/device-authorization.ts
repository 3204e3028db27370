// The device authorization request (RFC 8628 §3.1): what a device without a browser asks for, with RFC 8707's resources and
// RFC 9396's details.
import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { parseResources, repeatableParameters } from './authorization-request.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { parseScope } from './scope.ts'

/** What a device asks for. Plain values: it may be stored as JSON and read back. */
export interface DeviceAuthorizationRequest {
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/**
 * Reads a device authorization request. Unknown parameters are ignored; client authentication is read elsewhere.
 *
 * @throws OAuthError `invalid_request`, `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 */
export function parseDeviceAuthorizationRequest(form: Parameters): DeviceAuthorizationRequest {
  // RFC 8628 §3.1: "Request and response parameters MUST NOT be included more than once."
  if (form.repeated(repeatableParameters) !== undefined) {
    throw new OAuthError('invalid_request', { description: 'A parameter is given more than once.' })
  }
  const details = parseAuthorizationDetails(form)
  return {
    scope: parseScope(form.get('scope')),
    resources: parseResources(form),
    ...(details !== undefined && { details }),
  }
}
