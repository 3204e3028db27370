// An access token as it is presented back to us: is it ours, does it live, and what does it hold? For userinfo,
// introspection and revocation alike, so that none of them believes a token that another one refuses.
import {
  type AccessClaims,
  parseOpaque,
  peekUnverified,
  TokenError,
  type VerificationKey,
  verifyToken,
} from '@countersign/protocol'
import { type Confirmation, confirmationOf } from '../binding/confirmation.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { isClientTokenLive, type StoredToken } from './access-tokens.store.ts'
import { looksEncrypted } from './encryption.ts'
import { familyOfToken } from './families.store.ts'
import { keptToken } from './kept-token.ts'

/** An access token that is good now, whose it is, and what its holder has to prove. */
export interface KnownToken extends StoredToken {
  readonly confirmation: Confirmation
}

/**
 * The live access token behind a text; null for anything else, whatever the reason. That its holder proves what it is
 * bound to is left to whoever takes it as a credential (`proveSender`).
 */
export async function knownToken(room: OAuthRoom, text: string): Promise<KnownToken | null> {
  const stored = await storedToken(room, text)
  const confirmation = stored === null ? null : confirmationOf(stored.claims)
  if (stored === null || confirmation === null) return null
  const isGood = hasItsRole(stored) && (await everyHandLives(room, stored.claims))
  return isGood ? { ...stored, confirmation } : null
}

/** Whether a token concerns a client: one of its own, or made for the API that it is. */
export function concerns(client: Client, { claims }: KnownToken): boolean {
  return claims.client_id === client.id || (client.api !== null && claims.aud === client.api)
}

/** An exchanged token ends with each client that it came through, beside what ends the family that it is of. */
async function everyHandLives({ platform }: OAuthRoom, claims: AccessClaims): Promise<boolean> {
  const { via, client_id: last, jti, iat } = claims
  if (via === undefined) return true
  const clients = [last, ...via]
  const live = await Promise.all(
    clients.map((client) => isClientTokenLive(platform.database, { client_id: client, jti, iat })),
  )
  return live.every((lives) => lives)
}

/** What was given to somebody as one of a role is good while they have it (PM-05). */
function hasItsRole({ claims, live }: StoredToken): boolean {
  const { needs_role: role } = claims
  return role === undefined || live?.roles.includes(role) === true
}

/** A key of Django REST framework, which is kept as opaque tokens are. */
const keyOfDjango = /^[0-9a-f]{40}$/

/** A token of Knock: signed for others to verify, and kept as opaque ones are. No other token of ours names an entity. */
function isOfKnock(text: string): boolean {
  return typeof peekUnverified(text)?.claims['entity'] === 'string'
}

async function storedToken(room: OAuthRoom, text: string): Promise<StoredToken | null> {
  const { platform } = room
  const { database, runtime } = platform
  // An encrypted one is as opaque to us as to everyone but its API.
  if (parseOpaque('csat', text) !== null || looksEncrypted(text) || keyOfDjango.test(text)) {
    return keptToken(platform, text)
  }
  const claims = await signedClaims(room, text)
  if (claims === null && isOfKnock(text)) return keptToken(platform, text)
  // Our own clock made it: there is no skew to forgive.
  if (claims === null || claims.exp <= runtime.now()) return null
  const { fam: familyId, jti } = claims
  if (familyId === undefined) {
    return (await isClientTokenLive(database, claims)) ? { claims, live: null } : null
  }
  const live = await familyOfToken(platform, { familyId, jti })
  return live === undefined ? null : { claims, live }
}

/** The claims of a JWT access token that we signed, for whatever audience; null for any other text. */
async function signedClaims(room: OAuthRoom, text: string): Promise<AccessClaims | null> {
  const before = room.verified.get(text)
  if (before !== undefined && (await room.keyring.findFresh(before.header)) === before.key)
    return before.claims
  const peeked = peekUnverified(text)
  // The audience is the token's own word here: each endpoint judges it by its own rule.
  const audience = peeked?.claims['aud']
  if (peeked === null || typeof audience !== 'string') return null
  const { header } = peeked
  const key = await room.keyring.findFresh(header)
  if (key === undefined) return null
  const claims = verified(room, text, audience, key)
  if (claims !== null) room.verified.add(text, { header, key, claims })
  return claims
}

function verified(
  room: OAuthRoom,
  text: string,
  audience: string,
  key: VerificationKey,
): AccessClaims | null {
  const { issuer, runtime } = room.platform
  try {
    return verifyToken('access', text, {
      keys: ({ alg, kid }) => (alg === key.alg && kid === key.kid ? key : undefined),
      issuer: issuer.url,
      audience,
      now: runtime.now(),
    }).claims
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}
