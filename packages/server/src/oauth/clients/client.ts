// A client: what asks for tokens (RFC 6749 §2). Plain values; what it may do follows from them, and who it is is
// proven elsewhere: `AuthenticatedClient` is made by `authenticate.ts` alone.
import type { ClientAuthenticationMethod, GrantType } from '@countersign/protocol'
import { isLoopback } from '@countersign/protocol'
import type { SigningAlgorithm } from '../../platform/keys/keyring.ts'
import type { ExchangePolicy } from '../exchange/policy.ts'
import type { SignOutChannels } from '../sign-out/channels.ts'
import type { Encryption } from '../tokens/encryption.ts'
import type { ClientExtras } from './extras.ts'
import type { JwkSet } from './jwk-set.ts'
import type { RequestRules } from './request-rules.ts'

/** A registered client. */
export interface Client extends ClientExtras {
  readonly id: string
  readonly name: string
  readonly authentication: ClientAuthenticationMethod
  /**
   * SHA-256 of the secret, base64url; null for clients without one. Of one that was brought from another system and has
   * not come yet, what `brought-secret.ts` keeps there.
   */
  readonly secretDigest: string | null
  /** Its public keys; null for clients without. */
  readonly jwks: JwkSet | null
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grants: readonly GrantType[]
  /** Every scope that it may ask for, OpenID Connect's among them. */
  readonly scopes: readonly string[]
  /** The identifier of the API that this client is: it may introspect tokens made for it. Null for the others. */
  readonly api: string | null
  readonly idTokenAlg: SigningAlgorithm
  /** How its ID tokens are encrypted, to a key of `jwks`; null for clients that get them signed alone. */
  readonly idTokenEncryption: Encryption | null
  /** Whether every access token that it gets is bound to a key of its own (RFC 9449 §5.2). */
  readonly dpopBoundAccessTokens: boolean
  /** Where it is told that a session has ended; null for clients that aren't. */
  readonly signOut: SignOutChannels | null
  /** For which APIs, and for what there, it may exchange tokens; null for clients that may not. */
  readonly exchange: ExchangePolicy | null
  /** How it has to make its authorization requests. */
  readonly requests: RequestRules
  readonly logoUri: string | null
  readonly policyUri: string | null
  readonly tosUri: string | null
  /** How often it was changed as a whole; whoever changes it says which one they looked at. */
  readonly revision: number
  readonly createdAt: number
  readonly disabledAt: number | null
}

/** RFC 6749 §2.1: whether it can keep a credential. */
export function isConfidential(client: Pick<Client, 'authentication'>): boolean {
  return client.authentication !== 'none'
}

/**
 * How far a redirect URI proves that the answer reaches the client and nobody else.
 *
 * - `proven`: the client authenticates itself, or the address is https, which only its owner answers.
 * - `local`: a fixed port on this person's own computer: probably the client, but any local program could listen.
 * - `unproven`: any program of the computer may claim it (any loopback port, a private-use scheme).
 *
 * RFC 8252 §8.6: a server that can't tell "MUST NOT process repeated authorization requests automatically".
 */
export function identityProof(client: Client, redirectUri: string): 'proven' | 'local' | 'unproven' {
  if (isConfidential(client) || redirectUri.startsWith('https:')) return 'proven'
  const isRegisteredAsIs = client.redirectUris.includes(redirectUri)
  const anyPort = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?:[/?]|$)/.test(redirectUri)
  return isRegisteredAsIs && isLoopback(redirectUri) && !anyPort ? 'local' : 'unproven'
}
