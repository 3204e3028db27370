// Whether whoever sends an access token to us holds what it is bound to (RFC 8705 §3, RFC 9449 §7): the one check for every
// endpoint of ours that takes one as a resource does, so that no bound token is a bearer token anywhere.
import { OAuthError, type SentToken } from '@countersign/protocol'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { OAuthRoom } from '../room.ts'
import type { Confirmation } from './confirmation.ts'
import { invalidProof, readProof } from './proofs.ts'

/**
 * Checks a request's proof against the token that came with it, and accepts it for this once.
 *
 * INVARIANT: a bearer token costs nothing here: no read, no write.
 * @returns headers for the answer
 * @throws OAuthError `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`
 */
export async function proveSender(
  room: OAuthRoom,
  request: Incoming,
  sent: SentToken,
  confirmation: Confirmation,
): Promise<Readonly<Record<string, string>>> {
  switch (confirmation.kind) {
    case 'none':
      if (sent.scheme === 'Bearer') return {}
      throw invalidToken('it is not bound to a key and was sent with a proof')
    case 'x5t':
      if (sent.scheme === 'DPoP') throw invalidToken('it is bound to a certificate and was sent with a proof')
      // RFC 8705 §3: "If they do not match, the resource access attempt MUST be rejected with an error per [RFC6750] using an
      // HTTP 401 status code and the "invalid_token" error code."
      if (request.certificate === null) throw invalidToken('the certificate that it is bound to is missing')
      if (request.certificate.thumbprint !== confirmation.thumbprint)
        throw invalidToken('it is bound to another certificate')
      return {}
    case 'jkt': {
      // RFC 9449 §7.2: a bound token received as a bearer token is rejected.
      if (sent.scheme === 'Bearer') throw invalidToken('it is bound to a key and was sent as a bearer token')
      const proof = readProof(room, request, sent.token)
      if (proof === null) throw invalidProof('there is none')
      if (proof.thumbprint !== confirmation.thumbprint)
        throw invalidToken('the proof is of another key than the one that it is bound to')
      const { ok } = await room.platform.database.commit([proof.once])
      if (!ok) throw invalidProof('used before')
      return proof.headers
    }
  }
}

function invalidToken(detail: string): OAuthError {
  return new OAuthError('invalid_token', { detail: `access token: ${detail}` })
}
