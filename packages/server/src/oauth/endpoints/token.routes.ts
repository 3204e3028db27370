// The token endpoint (RFC 6749 §3.2): read, think, write once.
import { OAuthError, parseTokenRequest, type TokenRequest } from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import type { Authorization, Denial } from '../authorization.ts'
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
 * event. Whoever loses a race gets what a replay gets.
 * @throws OAuthError with the codes of RFC 6749 §5.2 and RFC 8707 §2
 */
export async function token(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const asked = parseTokenRequest(request.form)
  const client = await authenticate(room, request)
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const authorization = await authorize(room, request, asked, client)
    // A key that no client needed so far is made for the first that does.
    if (authorization.idToken !== null) await room.keyring.ensure(client.idTokenAlg)
    const { response, writes } = await issue(room, authorization)
    const committed = await room.platform.database.commit([
      authorization.spends,
      writes,
      happened(room, request, authorization),
    ])
    if (committed.ok) return json(200, response)
  }
  throw new Error('A token request lost every race.')
}

/** @throws OAuthError; a Denial is committed first */
async function authorize(
  room: OAuthRoom,
  request: Incoming,
  asked: TokenRequest,
  client: AuthenticatedClient,
): Promise<Authorization> {
  if (!client.grants.includes(asked.grantType)) throw new OAuthError('unauthorized_client')
  // Each row of the table takes the request of its own type, which is the one it is found by.
  const grant = grants[asked.grantType] as Grant<typeof asked.grantType>
  const outcome = await grant(room, asked as never, client)
  if (outcome.kind === 'authorization') return outcome
  await room.platform.database.commit([outcome.writes, happened(room, request, outcome)])
  throw outcome.error
}

function happened(room: OAuthRoom, request: Incoming, { happening }: Authorization | Denial) {
  const { database, runtime } = room.platform
  return event(database, runtime, { ...happening, peer: request.peer })
}
