// Signed answers (JWT Secured Authorization Response Mode): one JWT in place of the parameters, so that a client can tell
// who answered it, and that nobody else's answer was put in its place.
import { Parameters, signedResponseClaims, signToken } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { sealedFor } from '../tokens/encryption.ts'

/** JARM §2.1: "A maximum JWT lifetime of 10 minutes is RECOMMENDED." A code lives for less. */
const seconds = 300

/** What is sent in place of an answer's parameters; `iss` is inside, and beside it nothing (RFC 9207 §2). */
export async function signedResponse(
  room: OAuthRoom,
  client: Client,
  parameters: Parameters,
): Promise<Parameters> {
  const { keyring, platform } = room
  const alg = client.requests.responseAlg ?? client.idTokenAlg
  // A key that no client needed so far is made for the first that does.
  await keyring.ensure(alg)
  const to = { clientId: client.id, expires: platform.runtime.now() + seconds }
  const claims = signedResponseClaims(parameters, to)
  const signed = signToken('authorizationResponse', claims, keyring.signingKey(alg))
  // JARM §2.2: signed, then encrypted.
  return Parameters.from({ response: await sealedFor(room, client, client.responseEncryption, signed) })
}
