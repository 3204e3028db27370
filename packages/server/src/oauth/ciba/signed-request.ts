// Signed backchannel requests (CIBA §7.1.1): what a client asks, in a JWT that it signed. Each is good once: who has seen
// one can't have the person asked again.

import {
  type BackchannelRequestClaims,
  KeyError,
  OAuthError,
  type Parameters,
  requestObjectParameters,
  TokenError,
  usualSkew,
} from '@countersign/protocol'
import type { Write } from '../../platform/db/engine.ts'
import { takeOnce } from '../../platform/once.store.ts'
import type { Client } from '../clients/client.ts'
import { beganLongAgo, claimsSignedBy } from '../clients/signed.ts'
import type { OAuthRoom } from '../room.ts'

/** A request as it is to be judged. */
export interface OpenedRequest {
  readonly parameters: Parameters
  /** Taking a signed one, guarded by `request`: part of the commit of what it asks. */
  readonly once: Write | null
}

/**
 * The request that arrives: the parameters themselves, or what the JWT among them says.
 *
 * @throws OAuthError `invalid_request`, which is what §13 has for all of it
 */
export function openBackchannelRequest(room: OAuthRoom, client: Client, form: Parameters): OpenedRequest {
  const { signingAlg } = client.ciba
  const object = form.get('request')
  if (object === undefined) {
    if (signingAlg !== null) throw invalid('unsigned', 'The client has to sign its requests.')
    return { parameters: form, once: null }
  }
  // §4: without a registered algorithm, "the Client will not send signed authentication requests".
  if (signingAlg === null) throw invalid('unexpected', 'The client is not registered for signed requests.')
  // §7.1.1: they "MUST NOT be present outside of the JWT".
  if (form.names().some((name) => requestParameters.includes(name)))
    throw invalid('parameters beside it', 'Send all parameters within the signed request.')
  const claims = verified(room, client, object)
  const { database } = room.platform
  return {
    parameters: parametersOf(claims),
    once: takeOnce(database, {
      kind: 'request',
      name: [client.id, claims.jti],
      until: claims.exp + usualSkew,
    }),
  }
}

function verified({ platform, rules }: OAuthRoom, { id, jwks, ciba }: Client, object: string) {
  if (jwks === null) throw invalid('the client has no keys')
  const now = platform.runtime.now()
  try {
    const claims = claimsSignedBy('backchannelRequest', object, {
      client: { id, jwks },
      alg: ciba.signingAlg,
      signatures: rules.signatures,
      issuer: platform.issuer.url,
      now,
    })
    if (beganLongAgo(claims.nbf, now)) throw invalid('nbf is too long ago')
    return claims
  } catch (error) {
    if (error instanceof TokenError) throw invalid(`${error.code}: ${error.detail}`)
    if (error instanceof KeyError) throw invalid('the client has no keys to sign with')
    throw error
  }
}

function parametersOf(claims: BackchannelRequestClaims): Parameters {
  try {
    return requestObjectParameters(claims)
  } catch (error) {
    if (error instanceof OAuthError) throw invalid(error.detail ?? '')
    throw error
  }
}

/** CIBA §7.1, RFC 8707, RFC 9396; what else stands beside the JWT is nobody's business here, or proves the client. */
const requestParameters = [
  'scope',
  'client_notification_token',
  'acr_values',
  'login_hint_token',
  'id_token_hint',
  'login_hint',
  'binding_message',
  'user_code',
  'requested_expiry',
  'resource',
  'authorization_details',
]

function invalid(detail: string, description?: string): OAuthError {
  return new OAuthError('invalid_request', {
    detail: `backchannel request: ${detail}`,
    description: description ?? 'The signed request is not valid.',
  })
}
