// A client that does all that any profile asks for: it proves itself by a key, pushes what it asks, names the API, and has
// its tokens bound to a key.
import { codeChallenge, type JwsAlgorithm, type SigningKey } from '@countersign/protocol'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { forge } from '../../../../../tests/harness/token-kinds.ts'
import type { Answer } from '../../platform/house.ts'
import { allow } from '../authorize/pushed.fixture.ts'
import { type Holder, holder } from '../binding/holder.fixture.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { bank, type OAuthHouse, post, type Wire } from '../house.ts'

const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'

export interface StrictClient {
  readonly id: string
  readonly holder: Holder
  /** What proves who it is, for a form. */
  proof(): Wire
  /** Asks for a token as itself. */
  asItself(more?: Wire, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Pushes a request. */
  push(more?: Wire): Promise<Answer>
  /** Signs a request. */
  object(alg?: JwsAlgorithm, claims?: Readonly<Record<string, unknown>>): string
  /** The whole way to tokens, as Ada, who allows everything. */
  tokens(more?: Wire): Promise<Answer>
  /** Uses a refresh token. */
  refresh(token: unknown): Promise<Answer>
}

interface Registered {
  readonly id: string
  readonly redirectUri: string
  readonly key: SigningKey
}

/** Registers one; `alg` signs all that it signs. */
export async function strictClient(
  house: OAuthHouse,
  id: string,
  alg: JwsAlgorithm = 'ES256',
  more: Partial<ClientDescription> = {},
): Promise<StrictClient> {
  const { key, jwk } = specimen(alg, `${id} ${alg}`)
  const redirectUri = `https://${id.toLowerCase()}.example/callback`
  const made = await createClient(house, {
    id,
    name: id,
    authentication: 'private_key_jwt',
    jwks: { keys: [publicPart(jwk)] },
    redirectUris: [redirectUri],
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['openid', 'offline_access', 'accounts:read'],
    ...more,
  })
  if (!made.ok) throw new Error(JSON.stringify(made.findings))
  return acting(house, { id, redirectUri, key })
}

function acting(house: OAuthHouse, registered: Registered): StrictClient {
  const { id, redirectUri, key } = registered
  const owner = holder(house, id)
  const proof = (): Wire => proofOf(house, registered)
  const token = (form: Wire, headers?: Readonly<Record<string, string>>): Promise<Answer> =>
    post(house.visitor(), '/oauth/token', { ...form, ...proof() }, headers ?? owner.headers())
  const push: StrictClient['push'] = (changes = {}) =>
    post(house.visitor(), '/oauth/par', { ...asking(registered, changes), ...proof() })
  return {
    id,
    holder: owner,
    proof,
    push,
    asItself: (changes = {}, headers = undefined) =>
      token(
        { grant_type: 'client_credentials', scope: 'accounts:read', resource: bank, ...changes },
        headers,
      ),
    object: (alg = key.alg, changes = {}) => {
      const now = house.runtime.now()
      const claims = {
        iss: id,
        aud: house.issuer.url,
        nbf: now,
        exp: now + 60,
        ...asking(registered),
        ...changes,
      }
      return signed('oauth-authz-req+jwt', claims, specimen(alg, `${id} ${alg}`).key)
    },
    tokens: async (changes = {}) => {
      const requestUri = String((await push(changes)).json()['request_uri'])
      const back = await allow(await house.signedIn(), requestUri, { client_id: id })
      const code = back.searchParams.get('code') ?? ''
      const form = { code, code_verifier: verifier, redirect_uri: redirectUri }
      return token({ grant_type: 'authorization_code', ...form })
    },
    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: String(refreshToken) }),
  }
}

function proofOf(house: OAuthHouse, { id, key }: Registered): Wire {
  const now = house.runtime.now()
  const claims = { iss: id, sub: id, aud: house.issuer.url, jti: house.runtime.secret(8), exp: now + 60 }
  return {
    client_id: id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed('client-authentication+jwt', claims, key),
  }
}

function asking({ id, redirectUri }: Registered, changes: Wire = {}): Wire {
  return {
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid offline_access accounts:read',
    resource: bank,
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
}

function signed(typ: string, claims: object, key: SigningKey): string {
  return forge({ typ, alg: key.alg, kid: key.kid }, claims, key)
}
