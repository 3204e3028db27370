// The token endpoint (RFC 6749 §3.2): read, think, write once.
import { OAuthError, parseTokenRequest, type TokenRequest } from '@countersign/protocol'
import type { Committed } from '../../platform/db/engine.ts'
import { event } from '../../platform/events/events.ts'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import type { Authorization, Denial, Statement } from '../authorization.ts'
import { type Confirmation, confirmationBy } from '../binding/confirmation.ts'
import { invalidProof, type PresentedProof, readProof } from '../binding/proofs.ts'
import { type AuthenticatedClient, authenticate } from '../clients/authenticate.ts'
import { type Grant, grants } from '../grants/grants.ts'
import type { OAuthRoom } from '../room.ts'
import { issue } from '../tokens/issue.ts'

/**
 * Most often that a decision is made anew because another request was first. Each loss means that what was presented
 * moved on (unspent, spent, used up), and it can't move more often than this.
 */
const attempts = 4

/**
 * Answers a token request.
 *
 * INVARIANT: nothing is answered before it is committed, and one commit holds what is spent, what is made and the
 * event. Whoever loses a race gets what a replay gets; a DPoP proof that was accepted before changes nothing.
 * @throws OAuthError with the codes of RFC 6749 §5.2, RFC 8707 §2 and RFC 9449 §5 and §8
 */
export async function token(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const asked = parseTokenRequest(request.form)
  // Before the client is asked for, so that no assertion of its is used up by a proof that wants another nonce.
  const proof = readProof(room, request, null)
  const client = await authenticate(room, request)
  const confirmation = confirmationBy(room.rules, client, { proof, certificate: request.certificate })
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const authorization = await authorize(room, request, asked, { client, confirmation, proof })
    if (authorization === null) continue
    if (authorization.kind === 'statement') return state(room, request, proof, authorization)
    // A key that no client needed so far is made for the first that does.
    if (authorization.idToken !== null) await room.keyring.ensure(client.idTokenAlg)
    const { response, writes } = await issue(room, authorization, confirmation)
    const committed = await room.platform.database.commit([
      proof?.once,
      authorization.spends,
      writes,
      happened(room, request, authorization),
    ])
    if (committed.ok) return json(200, response, proof?.headers)
    refuseReplay(committed)
  }
  throw new Error('A token request lost every race.')
}

function refuseReplay(committed: Committed): void {
  if (!committed.ok && committed.lost === 'proof') throw invalidProof('used before')
}

/** Who asks, and the key that the access token is for. */
interface Asking {
  readonly client: AuthenticatedClient
  readonly confirmation: Confirmation
  readonly proof: PresentedProof | null
}

/**
 * @returns null when what was denied has changed meanwhile, so that it has to be decided anew
 * @throws OAuthError; a Denial is committed first, and with it the proof: who shows one again ends nothing
 */
async function authorize(
  room: OAuthRoom,
  request: Incoming,
  asked: TokenRequest,
  { client, confirmation, proof }: Asking,
): Promise<Authorization | Statement | null> {
  if (room.rules.withoutGrants.includes(asked.grantType)) throw new OAuthError('unsupported_grant_type')
  if (!client.grants.includes(asked.grantType)) throw new OAuthError('unauthorized_client')
  // Each row of the table takes the request of its own type, which is the one it is found by.
  const grant = grants[asked.grantType] as Grant<typeof asked.grantType>
  const outcome = await grant(room, asked as never, client, confirmation)
  if (outcome.kind !== 'denial') return outcome
  const writes = [proof?.once, outcome.writes, happened(room, request, outcome)]
  const committed = await room.platform.database.commit(writes)
  refuseReplay(committed)
  if (!committed.ok) return null
  throw outcome.error
}

/** Says what is no token of ours: nothing of it is kept but that it was said. */
async function state(
  room: OAuthRoom,
  request: Incoming,
  proof: PresentedProof | null,
  statement: Statement,
): Promise<Outgoing> {
  const committed = await room.platform.database.commit([proof?.once, happened(room, request, statement)])
  refuseReplay(committed)
  if (!committed.ok) throw new Error('A statement lost a race that it was not in.')
  return json(200, statement.response, proof?.headers)
}

function happened(room: OAuthRoom, request: Incoming, { happening }: Authorization | Statement | Denial) {
  const { database, runtime } = room.platform
  return happening && event(database, runtime, { ...happening, peer: request.peer })
}
