// A client as a value, for tests that need no house.
import type { Client } from './client.ts'
import { usualExtras } from './extras.ts'
import { usualRules } from './request-rules.ts'

/** A public client of the code grant at https://web.example/cb, but for `changes`. */
export function aClient(changes: Partial<Client> = {}): Client {
  return {
    id: 'web',
    name: 'Web',
    authentication: 'none',
    secretDigest: null,
    jwks: null,
    redirectUris: ['https://web.example/cb'],
    postLogoutRedirectUris: [],
    grants: ['authorization_code'],
    scopes: [],
    api: null,
    idTokenAlg: 'ES256',
    idTokenEncryption: null,
    dpopBoundAccessTokens: false,
    signOut: null,
    exchange: null,
    requests: usualRules,
    ...usualExtras,
    logoUri: null,
    policyUri: null,
    tosUri: null,
    revision: 0,
    createdAt: 0,
    disabledAt: null,
    ...changes,
  }
}
