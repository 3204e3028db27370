// The answer of introspection as a token (RFC 9701): signed for whoever asks, so that it can be shown to have been said, by
// us, to them, about that token; and encrypted where they want it so.
import { signToken } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { sealedFor } from '../tokens/encryption.ts'
import { algToAnswer } from '../tokens/signed-answers.ts'

/** The media type of such an answer, and what an Accept header asks for it with. */
export const introspectionType = 'application/token-introspection+jwt'

/**
 * Whether an Accept header asks for an answer as a token: named as such, and wanted as much as JSON or more. A range that
 * covers everything asks for nothing in particular (RFC 9701 §4, RFC 9110 §12.5.1).
 */
export function wantsToken(accept: string | undefined): boolean {
  const wanted = weightOf(accept, introspectionType)
  return wanted > 0 && wanted >= weightOf(accept, 'application/json')
}

function weightOf(accept = '', type: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim())
    if (name !== type) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
    return /^[01](?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0
  }
  return 0
}

/** Signs an answer for the client that asked, which alone it is for (RFC 9701 §5). */
export async function introspectionToken(room: OAuthRoom, client: Client, answer: object): Promise<string> {
  const { keyring, platform } = room
  const alg = algToAnswer(room, client.introspectionAlg)
  await keyring.ensure(alg)
  const claims = {
    iss: platform.issuer.url,
    aud: client.id,
    iat: platform.runtime.now(),
    token_introspection: { ...answer },
  }
  const signed = signToken('introspection', claims, keyring.signingKey(alg))
  return sealedFor(room, client, client.introspectionEncryption, signed)
}
