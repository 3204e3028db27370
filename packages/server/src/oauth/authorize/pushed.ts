// Pushed requests between two moments: a client gives one (RFC 9126 §2), a browser brings its name (§4). In between it is
// a flow that waits for nobody in particular; the first browser to bring the name has it from then on, reloads included.
import { formatRequestUri, OAuthError, type Parameters, parseRequestUri } from '@countersign/protocol'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { claimFlow, insertFlow, unclaimed } from './flows.store.ts'
import { type FoundFlow, findFlow, newFlow } from './flows.ts'

/** A request that is about to be kept. */
export interface PushedRequest {
  readonly requestUri: string
  readonly writes: Write
}

/** Keeps a client's request until a browser brings its name. Nothing of it can be read from the table alone. */
export function keepPushed(room: OAuthRoom, client: Client, parameters: Parameters): PushedRequest {
  const { database, runtime } = room.platform
  const reference = runtime.secret()
  const until = runtime.now() + room.lifetimes.pushedRequest
  const flow = newFlow(room, reference, parameters)
  const pushed = { by: client.id, until }
  const row = { ...flow, browserDigest: unclaimed, priorProof: null, expiresAt: until, pushed }
  return { requestUri: formatRequestUri(reference), writes: insertFlow(database, row) }
}

/**
 * The request that a browser brings the name of. Of the parameters beside it only `client_id` counts.
 *
 * INVARIANT: it is the client's own, before its end, not yet answered, and in one browser alone.
 * @throws OAuthError for a page: `invalid_request`, `invalid_request_uri`
 */
export async function claimPushed(
  room: OAuthRoom,
  request: Incoming,
  parameters: Parameters,
): Promise<FoundFlow> {
  const clientId = parameters.require('client_id')
  const reference = parseRequestUri(parameters.require('request_uri'))
  // RFC 9101 §5: the two "MUST NOT be used together".
  if (parameters.has('request'))
    throw new OAuthError('invalid_request', { description: 'Send either request or request_uri.' })
  const flow = reference === null ? undefined : await findFlow(room, reference)
  if (flow === undefined || flow.pushed?.by !== clientId) throw unusable('unknown, or of another client')
  if (flow.browserDigest !== unclaimed) return mine(room, request, flow)
  const { platform, lifetimes } = room
  const now = platform.runtime.now()
  const signedIn = await currentSession(platform, request)
  const claimed: FoundFlow = {
    ...flow,
    browserDigest: request.browser.digest,
    priorProof: signedIn?.session.proof ?? null,
    startedAt: now,
    expiresAt: now + lifetimes.flow,
  }
  const committed = await platform.database.commit([claimFlow(platform.database, claimed)])
  if (committed.ok) return claimed
  // Too late, or overtaken: perhaps by this very browser.
  const current = await findFlow(room, flow.reference)
  if (current === undefined) throw unusable('expired')
  return mine(room, request, current)
}

function mine({ platform }: OAuthRoom, { browser }: Incoming, flow: FoundFlow): FoundFlow {
  if (flow.pushed === null || platform.runtime.now() >= flow.pushed.until) throw unusable('expired')
  if (flow.browserDigest !== browser.digest) throw unusable('in another browser already')
  if (flow.finishedAt !== null) throw unusable('answered already')
  return flow
}

/** One answer for all of them: whoever tries names learns nothing from it. */
function unusable(detail: string): OAuthError {
  return new OAuthError('invalid_request_uri', { detail: `request URI: ${detail}` })
}

/** The parameters of a request as it may be kept: without what proved who the client is. */
export function withoutCredentials(form: Parameters): readonly (readonly [string, string])[] {
  return [...form].filter(([name]) => !credentials.includes(name))
}

const credentials = ['client_secret', 'client_assertion', 'client_assertion_type']
