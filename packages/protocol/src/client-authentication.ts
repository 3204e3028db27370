// How a client says who it is (RFC 6749 §2.3, RFC 7521 §4.2, RFC 7523 §2.2, RFC 8705 §2, OpenID Connect Core §9).
import { OAuthError } from './errors.ts'
import { decodeFormText, type Parameters } from './parameters.ts'

/** What a client presented; nothing of it is proven. */
export type ClientCredentials =
  | { readonly method: 'none'; readonly clientId: string }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post'
      readonly clientId: string
      readonly secret: string
    }
  | { readonly method: 'private_key_jwt'; readonly clientId?: string; readonly assertion: string }
  | ({ readonly method: 'attest_jwt_client_auth'; readonly clientId?: string } & Attested)

/** What vouches for a copy of a client, and proves that it is this copy (attestation-based client authentication §4, §5.1). */
export interface Attested {
  readonly attestation: string
  readonly pop: string
}

/** The name of a method, as in client metadata (RFC 7591 §2). */
export type ClientAuthenticationMethod =
  | ClientCredentials['method']
  /** By the certificate of its connection: nothing of it is in the request but the `client_id` (RFC 8705 §2). */
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads the credentials of exactly one method.
 *
 * RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
 *
 * @param attested the headers `OAuth-Client-Attestation` and `-PoP`; beside another method they are but another sign of
 *   who asks, and don't count
 * @throws OAuthError `invalid_request` for two methods at once or half of one; `invalid_client` for none, or for an
 *   Authorization header that is not well-formed Basic. RFC 6749 §5.2: WWW-Authenticate is sent "if the client attempted
 *   to authenticate via the "Authorization" request header field".
 */
export function readClientCredentials(
  authorization: string | undefined,
  form: Parameters,
  attested?: Attested,
): ClientCredentials {
  const clientId = form.get('client_id')
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const assertionType = form.get('client_assertion_type')
  const methods = [authorization, secret, assertion ?? assertionType].filter((part) => part !== undefined)
  if (methods.length > 1) throw invalid('More than one client authentication method was used.')
  if (authorization !== undefined) return readBasic(authorization, clientId)
  if (assertion !== undefined || assertionType !== undefined) {
    return readAssertion(form, clientId)
  }
  if (secret !== undefined) {
    return { method: 'client_secret_post', clientId: form.require('client_id'), secret }
  }
  if (attested !== undefined)
    return { method: 'attest_jwt_client_auth', ...attested, ...(clientId !== undefined && { clientId }) }
  if (clientId === undefined) throw new OAuthError('invalid_client')
  return { method: 'none', clientId }
}

function readBasic(authorization: string, bodyClientId: string | undefined): ClientCredentials {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) throw badHeader('not Basic credentials')
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) throw badHeader('not canonical base64')
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  if (colon === -1) throw badHeader('no colon')
  // RFC 6749 §2.3.1: identifier and password are each "encoded using the "application/x-www-form-urlencoded" encoding".
  const clientId = decodeHalf(text.slice(0, colon))
  const secret = decodeHalf(text.slice(colon + 1))
  if (clientId === '') throw badHeader('an empty client id')
  if (bodyClientId !== undefined && bodyClientId !== clientId) {
    throw invalid('The client_id differs from that of the Authorization header.')
  }
  return { method: 'client_secret_basic', clientId, secret }
}

function decodeHalf(text: string): string {
  // Form-urlencoded text is ASCII; RFC 6749 Appendix B.
  if (!/^[\x20-\x7e]*$/.test(text)) throw badHeader('not form-urlencoded')
  try {
    return decodeFormText(text)
  } catch {
    throw badHeader('not form-urlencoded')
  }
}

function readAssertion(form: Parameters, clientId: string | undefined): ClientCredentials {
  const assertion = form.require('client_assertion')
  if (form.require('client_assertion_type') !== jwtBearer) {
    throw new OAuthError('invalid_client', { detail: 'the client assertion type is unknown' })
  }
  return { method: 'private_key_jwt', assertion, ...(clientId !== undefined && { clientId }) }
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}

function badHeader(detail: string): OAuthError {
  return new OAuthError('invalid_client', {
    detail: `Authorization header: ${detail}`,
    headers: { 'WWW-Authenticate': 'Basic realm="clients"' },
  })
}
