// A client of whom nothing is registered (RFC 7591 §2): no way in, no address, no grant, and of all else what is usual.
import type { Client } from './client.ts'
import { usualExtras } from './extras.ts'
import { usualRules } from './request-rules.ts'

/** What every other client is made from that no description makes. */
export const blankClient: Client = Object.freeze({
  id: '',
  name: '',
  authentication: 'none',
  secretDigest: null,
  jwks: null,
  redirectUris: [],
  postLogoutRedirectUris: [],
  grants: [],
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
})
