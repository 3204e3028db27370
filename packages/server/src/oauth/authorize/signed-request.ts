// Signed requests (RFC 9101, OpenID Connect Core §6): what a client asks, in a JWT that it signed, so that whoever carries
// the request can't change it. Beside the object nothing counts but which client it is.
import { KeyError, OAuthError, Parameters, requestObjectParameters, TokenError } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import { beganLongAgo, claimsSignedBy } from '../clients/signed.ts'
import type { OAuthRoom } from '../room.ts'
import { knownClient } from './prove.ts'

/** A request as it is to be judged. */
export interface OpenedRequest {
  readonly parameters: Parameters
  /** Whether the client signed it. */
  readonly signed: boolean
}

/**
 * The request that arrives: the parameters themselves, or what the object among them says.
 *
 * @throws OAuthError `invalid_request`, `invalid_request_object`, `request_not_supported`, `invalid_request_uri`,
 *   `request_uri_not_supported`
 */
export async function openRequest(room: OAuthRoom, parameters: Parameters): Promise<OpenedRequest> {
  if (!parameters.has('request') && !parameters.has('request_uri')) return { parameters, signed: false }
  const client = await knownClient(room, parameters.require('client_id'))
  return openRequestOf(room, client, await dereferenced(room, client, parameters))
}

/** The parameters with the object itself in place of its address. @throws OAuthError */
async function dereferenced(room: OAuthRoom, client: Client, parameters: Parameters): Promise<Parameters> {
  const uri = parameters.get('request_uri')
  if (uri === undefined || parameters.has('request')) return parameters
  // What nobody signed is no request here, wherever it lies.
  const canSign = client.jwks !== null || client.jwksUri !== null
  if (room.rules.pushedRequestsOnly || !canSign) throw new OAuthError('request_uri_not_supported')
  const object = await room.requestObjects.at(client, uri)
  const beside = [...parameters].filter(([name]) => name !== 'request_uri')
  return Parameters.from([...beside, ['request', object]])
}

/** The same of a client that is known. @throws OAuthError `invalid_request`, `invalid_request_object` */
export async function openRequestOf(
  room: OAuthRoom,
  client: Client,
  parameters: Parameters,
): Promise<OpenedRequest> {
  const object = parameters.get('request')
  if (object === undefined) return { parameters, signed: false }
  // RFC 9101 §5: the two "MUST NOT be used together".
  if (parameters.has('request_uri'))
    throw new OAuthError('invalid_request', { description: 'Send either request or request_uri.' })
  return {
    parameters: requestObjectParameters(
      verified(room, await room.clientKeys.withKeys(client, object), object),
    ),
    signed: true,
  }
}

/** Refuses what the client's registration wants signed. @throws OAuthError `invalid_request` */
export function refuseUnsigned({ requests }: Client, { signed }: Pick<OpenedRequest, 'signed'>): void {
  if (requests.mustSign && !signed)
    throw new OAuthError('invalid_request', { description: 'The client has to sign its requests.' })
}

function verified({ platform, rules }: OAuthRoom, client: Client, object: string) {
  const parts = object.split('.').length
  if (parts === 5) throw refused('it is encrypted', 'Encrypted request objects are not supported.')
  // Who has no keys can't sign, and an object that nobody signed is none here (RFC 9101 §10.5).
  const { id, jwks } = client
  if (jwks === null) throw new OAuthError('request_not_supported')
  const now = platform.runtime.now()
  try {
    const claims = claimsSignedBy('requestObject', object, {
      client: { id, jwks },
      alg: client.requests.signingAlg,
      signatures: rules.signatures,
      issuer: platform.issuer.url,
      now,
    })
    const { nbf } = claims as { readonly nbf?: number }
    if (nbf === undefined && rules.datedRequestsOnly) throw refused('there is no nbf')
    if (nbf !== undefined && beganLongAgo(nbf, now)) throw refused('nbf is too long ago')
    return claims
  } catch (error) {
    if (error instanceof TokenError) throw refused(`${error.code}: ${error.detail}`)
    if (error instanceof KeyError) throw refused('the client has no keys to sign with')
    throw error
  }
}

function refused(detail: string, description?: string): OAuthError {
  return new OAuthError('invalid_request_object', {
    detail: `request object: ${detail}`,
    ...(description !== undefined && { description }),
  })
}
