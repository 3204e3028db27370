// The JWK Set (RFC 7517 §5): the public parts of every key that may have signed a living token, or soon will.
import { cacheable } from '../../platform/http/cacheable.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { OAuthRoom } from '../room.ts'

/** Seconds that the set may be kept; a new key is published for longer than that before it signs. */
const maxAge = 300

/** The public keys (RFC 7517 §5), to be kept by caches for as long as rotation allows. Only reads. */
export async function jwks({ keyring }: OAuthRoom, request: Incoming): Promise<Outgoing> {
  await keyring.refresh()
  return cacheable(request, { keys: keyring.jwks() }, maxAge)
}
