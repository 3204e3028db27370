// A trusted issuer, for tests: a partner with a key of its own, and what it says of people.
import { importPrivateJwk, jwtBearerGrant, publicJwk, type SigningKey, signJws } from '@countersign/protocol'
import type { Answer, House } from '../../platform/house.ts'
import { makePrivateJwk } from '../../platform/keys/key-pair.ts'
import { createClient } from '../clients/registration.ts'
import { type OAuthHouse, openOAuthHouse, post, secret, type Wire } from '../house.ts'
import { trustIssuer } from './trust.ts'
import type { IssuerDescription } from './trusted-issuer.ts'

export const partnerIssuer = 'https://partner.example'

/** A key pair of somebody's. */
export async function aKey(kid: string): Promise<SigningKey> {
  return importPrivateJwk({ ...(await makePrivateJwk('ES256')), kid })
}

export const partnerKey = await aKey('partner')

/** Any claims under any type, signed. */
export function signedAs(typ: string | undefined, claims: object, key: SigningKey = partnerKey): string {
  return signJws(typ === undefined ? {} : { typ }, { ...claims }, key)
}

let count = 0

/** What the partner says of Ada; `more` changes it, undefined takes a claim away. */
export function grantClaims(house: House, more: object = {}): Record<string, unknown> {
  const now = house.runtime.now()
  return {
    iss: partnerIssuer,
    sub: 'ada at partner',
    aud: house.issuer.url,
    iat: now,
    exp: now + 60,
    jti: `grant ${++count}`,
    email: 'ada@example.test',
    email_verified: true,
    ...more,
  }
}

export function grantOf(house: House, more: object = {}): string {
  return signedAs('authorization-grant+jwt', grantClaims(house, more))
}

/** An ID-JAG for `app`. */
export function idJagOf(house: House, more: object = {}): string {
  return signedAs('oauth-id-jag+jwt', grantClaims(house, { client_id: 'app', ...more }))
}

export const partner: IssuerDescription = {
  issuer: partnerIssuer,
  jwks: { keys: [publicJwk(partnerKey)] },
  accepts: ['grant', 'id-jag'],
  subjects: { by: 'email', domains: ['example.test'] },
  clients: ['app'],
  scopes: ['accounts:read', 'transfers:write', 'ledger:read'],
}

/** A house that trusts the partner, and two clients to which it may say something. */
export async function openPartnerHouse(
  options: { readonly house?: House; readonly trust?: Partial<IssuerDescription> } = {},
): Promise<OAuthHouse> {
  const house = await openOAuthHouse(options.house === undefined ? {} : { house: options.house })
  const saved = await trustIssuer(house, { ...partner, ...options.trust })
  if (!saved.ok) throw new Error(JSON.stringify(saved.findings))
  for (const id of ['app', 'stranger']) {
    const made = await createClient(house, {
      id,
      name: id,
      secret,
      grants: [jwtBearerGrant],
      scopes: ['accounts:read', 'ledger:read'],
    })
    if (!made.ok) throw new Error(JSON.stringify(made.findings))
  }
  return house
}

/** Shows an assertion, as `app` unless told otherwise. */
export function show(house: OAuthHouse, assertion: string, more: Wire = {}): Promise<Answer> {
  const form = { grant_type: jwtBearerGrant, assertion, client_id: 'app', client_secret: secret, ...more }
  return post(house.visitor(), '/oauth/token', form)
}
