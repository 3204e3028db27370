// A client that signs its requests, and what it signs.
import type { JwsAlgorithm } from '@countersign/protocol'
import { publicPart, type Specimen, specimen } from '../../../../../tests/harness/specimens.ts'
import { forge } from '../../../../../tests/harness/token-kinds.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import type { OAuthHouse } from '../house.ts'
import { askedBy } from './pushed.fixture.ts'

export interface Signer {
  readonly id: string
  readonly own: Specimen
  readonly redirectUri: string
  /** The parameters that it asks with when it doesn't sign them; undefined takes one away. */
  asks(more?: Readonly<Record<string, string | undefined>>): Record<string, string>
  /** A good request object, but for these claims and header members; undefined takes one away. */
  object(claims?: Readonly<Record<string, unknown>>, header?: object, key?: Specimen): string
}

/** Registers a client with a key, and a second one of another algorithm. */
export async function signer(
  house: OAuthHouse,
  id: string,
  more: Partial<ClientDescription> = {},
  alg: JwsAlgorithm = 'ES256',
): Promise<Signer> {
  const own = specimen(alg, `${id} ${alg}`)
  const second = specimen('RS256', `${id} second`)
  const redirectUri = `https://${id}.example/callback`
  const made = await createClient(house, {
    id,
    name: id,
    authentication: 'private_key_jwt',
    jwks: { keys: [publicPart(own.jwk), publicPart(second.jwk)] },
    redirectUris: [redirectUri],
    scopes: ['openid', 'profile', 'accounts:read', 'transfers:write', 'offline_access'],
    ...more,
  })
  if (!made.ok) throw new Error(JSON.stringify(made.findings))
  const asks: Signer['asks'] = (changes = {}) =>
    given({ ...askedBy(), client_id: id, redirect_uri: redirectUri, ...changes })
  return {
    id,
    own,
    redirectUri,
    asks,
    object: (claims = {}, header = {}, { key } = own) => {
      const now = house.runtime.now()
      const usual = {
        iss: id,
        aud: house.issuer.url,
        iat: now,
        nbf: now,
        exp: now + 60,
        jti: house.runtime.secret(8),
      }
      const payload = { ...usual, ...asks(), ...claims }
      return forge({ typ: 'oauth-authz-req+jwt', alg: key.alg, kid: key.kid, ...header }, payload, key)
    },
  }
}

function given(wire: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wire).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

/** The address of a request that is signed; `beside` stands beside the object. */
export function signedAddress(
  { id }: Pick<Signer, 'id'>,
  object: string,
  beside: Readonly<Record<string, string>> = {},
): string {
  return `/oauth/authorize?${new URLSearchParams({ client_id: id, request: object, ...beside })}`
}
