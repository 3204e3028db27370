// The way out of a browser whose session ends (OpenID Connect Front-Channel Logout 1.0 §3): past /oauth/signed-out, which
// tells the clients of that session, where any of them wants to be told so. Only ever the browser's own session.
import type { Session } from '../../accounts/sessions/session.ts'
import { frameOf } from '../../platform/html/frame.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  provenLocation,
  type Route,
  type SafeLocation,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { pagePolicy } from '../../platform/http/headers.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { farewellPage } from './farewell.page.ts'
import { framesOf } from './farewell.ts'
import { clientsOfSession } from './session-clients.store.ts'

/** The route of the page. */
export function farewellRoutes(room: OAuthRoom): readonly Route[] {
  return [
    { method: 'GET', path: paths.signedOut, caller: 'redirect', run: (request) => leave(room, request) },
  ]
}

interface Leaving {
  readonly sessionId: string
  readonly next: SafeLocation
}

const placeOf = (request: Pick<Incoming, 'browser'>): string => `signed-out/${request.browser.digest}`

/** Where a browser goes whose session has just ended, on its way to `next`. */
export async function farewell(
  { platform }: OAuthRoom,
  request: Pick<Incoming, 'browser'>,
  session: Pick<Session, 'id'>,
  next: SafeLocation,
): Promise<SafeLocation> {
  const clients = await clientsOfSession(platform.database, session.id)
  if (!clients.some(({ signOut }) => signOut?.frontChannel)) return next
  const leaving: Leaving = { sessionId: session.id, next }
  const sealed = platform.vault.seal(placeOf(request), JSON.stringify(leaving))
  return localPath(`${paths.signedOut}?sealed=${sealed}`)
}

async function leave({ platform, subjects }: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { sessionId, next } = opened(platform, request)
  const clients = await clientsOfSession(platform.database, sessionId)
  const leavers = clients.map(async (client) => ({
    signOut: client.signOut,
    sid: await subjects.sessionOf(client, sessionId),
  }))
  const { addresses, origins } = framesOf(await Promise.all(leavers), platform.issuer.url)
  return page(farewellPage({ frames: addresses, next }, frameOf(platform, request)), {
    headers: {
      refresh: `2; url=${next}`,
      'content-security-policy': pagePolicy(request.browser.nonce, origins),
    },
  })
}

/** @throws Refusal 400 for a seal that is none of ours, or another browser's */
function opened({ vault }: OAuthRoom['platform'], request: Incoming): Leaving {
  try {
    const leaving = JSON.parse(vault.open(placeOf(request), request.query.get('sealed') ?? '')) as Leaving
    return { sessionId: leaving.sessionId, next: provenLocation(leaving.next) }
  } catch (error) {
    if (error instanceof SealBroken) throw new Refusal(400)
    throw error
  }
}
