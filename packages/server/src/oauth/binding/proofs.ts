// DPoP proofs as they come to our own endpoints (RFC 9449 §4.3): read, checked against the request and the nonces of now,
// and made into what has to be remembered when the request succeeds.

import {
  type DpopProof,
  dpopAlgorithms,
  OAuthError,
  TokenError,
  tokenKinds,
  usualSkew,
  verifyDpopProof,
} from '@countersign/protocol'
import type { Write } from '../../platform/db/engine.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { takeOnce } from '../../platform/once.store.ts'
import { allowsKey, among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import { addressOf } from './mutual-tls.ts'

/** A proof that fits its request. */
export interface PresentedProof {
  /** Of the key that it was made with (RFC 7638). */
  readonly thumbprint: string
  /** Accepting it, guarded by `proof`: part of the commit of what it is accepted for. */
  readonly once: Write
  /** For the answer: a newer nonce, where the proof named an older one (RFC 9449 §8.2). */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The proof of a request; null when it comes without. Nothing is read but the request.
 *
 * @param accessToken the token that came with it; null at the token endpoint
 * @throws OAuthError `invalid_dpop_proof`; `use_dpop_nonce` with the header `DPoP-Nonce`
 */
export function readProof(
  room: OAuthRoom,
  request: Incoming,
  accessToken: string | null,
): PresentedProof | null {
  const text = request.headers.get('dpop')
  if (text === undefined) return null
  // RFC 9449 §4.3: "There is not more than one DPoP HTTP request header field." Repeated ones arrive joined by a comma,
  // which no proof has.
  if (text.includes(',')) throw invalidProof('there is more than one')
  const { claims, thumbprint } = verified(room, request, text, accessToken)
  const { database } = room.platform
  return {
    thumbprint,
    headers: checkNonce(room, claims.nonce),
    once: takeOnce(database, {
      kind: 'proof',
      name: [thumbprint, claims.jti],
      until: claims.iat + tokenKinds.dpop.maximumAge + usualSkew,
    }),
  }
}

/** A proof that is missing, or was shown before, or is not what it should be. @param detail for the log */
export function invalidProof(detail: string, description?: string): OAuthError {
  return new OAuthError('invalid_dpop_proof', {
    detail: `proof: ${detail}`,
    ...(description !== undefined && { description }),
  })
}

function verified(room: OAuthRoom, request: Incoming, text: string, accessToken: string | null): DpopProof {
  const { platform, rules } = room
  try {
    // The address as clients know it from the metadata, whatever proxies made of the request on its way here.
    const proof = verifyDpopProof(text, {
      method: request.method,
      uri: addressOf(room, request),
      accessToken,
      boundTo: null,
      now: platform.runtime.now(),
      algorithms: among(rules.signatures, dpopAlgorithms),
    })
    const { alg, jwk } = proof
    if (!allowsKey(rules.signatures, alg, jwk)) throw invalidProof(`the curve of ${alg}`)
    return proof
  } catch (error) {
    if (error instanceof TokenError) throw invalidProof(`${error.code}: ${error.detail}`)
    throw error
  }
}

function checkNonce({ dpopNonces }: OAuthRoom, nonce: string | undefined): Record<string, string> {
  if (dpopNonces === null) return {}
  const current = dpopNonces.current()
  if (nonce === current) return {}
  const headers = { 'dpop-nonce': current }
  if (nonce === undefined || !dpopNonces.accepts(nonce)) throw new OAuthError('use_dpop_nonce', { headers })
  return headers
}
