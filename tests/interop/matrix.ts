// All that `openid-client` and `oauth4webapi` describe of the authorization code flow, in combinations: each alone, each with
// each other, all at once. What is the same for both libraries: the features, the applications, their keys.
import * as jose from 'jose'
import { Person } from '../harness/person.ts'
import type { Server } from '../harness/server.ts'
import { ada, type Browser, browserOf } from './client-run.ts'

export const features = ['PAR', 'JAR', 'DPoP', 'JARM', 'encrypted ID token', 'signed userinfo'] as const
export type Feature = (typeof features)[number]
export type Features = ReadonlySet<Feature>

/** None, each, each two, all. */
export const combinations: readonly Features[] = [
  [],
  ...features.map((one) => [one]),
  ...features.flatMap((one, at) => features.slice(at + 1).map((other) => [one, other])),
  features,
].map((list) => new Set(list))

export const nameOf = (asked: Features): string =>
  asked.size === 0 ? 'nothing else' : [...asked].join(' and ')

export const redirectUri = 'http://localhost:4402/callback'
export const scope = 'openid email offline_access accounts:read'

/** An application's own keys: one that it signs with, one that answers are encrypted to. */
export interface Keys {
  readonly signing: CryptoKey
  readonly opening: CryptoKey
  readonly jwks: { readonly keys: readonly jose.JWK[] }
}

export async function makeKeys(): Promise<Keys> {
  const signing = await jose.generateKeyPair('ES256', { extractable: true })
  const opening = await jose.generateKeyPair('RSA-OAEP-256', { extractable: true })
  const published = async (key: jose.CryptoKey, more: object) => ({
    ...(await jose.exportJWK(key)),
    ...more,
  })
  return {
    signing: signing.privateKey,
    opening: opening.privateKey,
    jwks: {
      keys: [
        await published(signing.publicKey, { kid: 'signing', use: 'sig', alg: 'ES256' }),
        await published(opening.publicKey, { kid: 'opening', use: 'enc', alg: 'RSA-OAEP-256' }),
      ],
    },
  }
}

/** What an application says of itself when it registers (RFC 7591): only two features are said beforehand. */
export function metadataFor(asked: Features, { jwks }: Keys): Record<string, unknown> {
  return {
    client_name: `With ${nameOf(asked)}`,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    scope,
    jwks,
    ...(asked.has('encrypted ID token') && {
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      id_token_encrypted_response_enc: 'A256GCM',
    }),
    ...(asked.has('signed userinfo') && { userinfo_signed_response_alg: 'ES256' }),
  }
}

/** Those of the features that an application registers for; the others it just uses. */
export const registeredOf = (asked: Features): Features =>
  new Set([...asked].filter((one) => one === 'encrypted ID token' || one === 'signed userinfo'))

// Ada, in one browser for all: whoever signs in fifty times a minute is asked to wait.
const redirected = { redirectUri, postLogoutRedirectUri: redirectUri }
let browser: Browser | undefined

/** Ada signs in, the first time, and allows what is asked. @returns where she is sent then */
export function answerOf(url: URL): Promise<URL> {
  browser ??= browserOf(redirected)
  return browser.walk(url)
}

/** Ada follows a device's link, and allows it. */
export function allowDevice(link: string): Promise<void> {
  browser ??= browserOf(redirected)
  return browser.approve(link)
}

/** Ada looks at what waits for her, and approves it. */
export async function approve({ issuer }: Server): Promise<void> {
  await new Person().walk(`${issuer}/approve`, ada)
}
