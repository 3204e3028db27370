// The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0): a client asks that the person's session here
// ends. A hint of that very session ends it at once; without one any page on the web could ask, so the person is
// asked (SE-10). Nobody is sent to an address that is not registered, byte for byte (SE-11).
import { Parameters } from '@countersign/protocol'
import {
  forgetSessionCookie,
  type PresentSession,
  presentSession,
  signOutOf,
} from '../../accounts/sessions/sessions.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  provenLocation,
  type Route,
  redirect,
  type SafeLocation,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { sealReturn } from '../../platform/http/return.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import { describesItself } from '../authorize/party.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { farewell } from '../sign-out/farewell.routes.ts'
import { idTokenHint } from '../tokens/id-token-hint.ts'

/** GET and POST of the end-session endpoint. */
export function logoutRoutes(room: OAuthRoom): readonly Route[] {
  return [
    {
      method: 'GET',
      path: paths.logout,
      caller: 'redirect',
      run: (request) => logout(room, request),
    },
    {
      // The session's cookie does not come with a POST from another site: the same request again, as a GET.
      method: 'POST',
      path: paths.logout,
      caller: 'redirect',
      run: (request) => redirect(again(room, request.form)),
    },
  ]
}

const place = 'logout/request'

/** The same request by GET, sealed: the hint in it is a token, and none stands in an address of ours (SC-06). */
function again({ platform }: OAuthRoom, parameters: Parameters): SafeLocation {
  return localPath(`${paths.logout}?sealed=${platform.vault.seal(place, parameters.toString())}`)
}

/** @throws Refusal 400 for a seal that is none of ours */
function opened({ platform }: OAuthRoom, query: Parameters): Parameters {
  const sealed = query.get('sealed')
  if (sealed === undefined) return query
  try {
    return Parameters.parse(platform.vault.open(place, sealed))
  } catch (error) {
    if (error instanceof SealBroken) throw new Refusal(400)
    throw error
  }
}

/** An ID token that we signed: the session that it names, and the person, as the client that it was made for knows them. */
interface Hint {
  readonly sid: string | undefined
  readonly sub: string
  readonly client: Client | undefined
}

/** What a client asks for, proven as far as it can be. */
interface Asked {
  /** The session and the person that the hint names; null without a hint. */
  readonly hint: Hint | null
  /** Where to go afterwards; null where the client named no address, or nobody proved whose it is. */
  readonly next: SafeLocation | null
  /**
   * Whether that is an address that nobody here has looked at: who is not signed in by the client is not sent there, or any
   * link to us could lead anywhere (RP-Initiated Logout 1.0 §3: by a hint, or "other means of confirming the legitimacy").
   */
  readonly onlyByHint: boolean
}

async function logout(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const parameters = opened(room, request.query)
  const { hint, next, onlyByHint } = await asked(room, parameters)
  const { platform } = room
  const signedIn = await presentSession(platform, request)
  if (signedIn !== null && !(await isHinted(room, signedIn, hint))) {
    const back = sealReturn(platform.vault, request.browser, again(room, parameters))
    return redirect(localPath(`/sign-out?continue=${back}`))
  }
  const nowhere = localPath('/sign-out')
  if (signedIn === null) return redirect(onlyByHint ? nowhere : (next ?? nowhere))
  await platform.database.commit(signOutOf(platform, signedIn.session, request.peer))
  const gone = redirect(await farewell(room, request, signedIn.session, next ?? nowhere))
  return withCookies(gone, forgetSessionCookie(platform))
}

/** @throws Refusal 400, a page: a hint that is none of ours, or an address that is not the client's */
async function asked(room: OAuthRoom, parameters: Parameters): Promise<Asked> {
  const clientId = parameters.get('client_id')
  const shown = parameters.get('id_token_hint')
  const claims = shown === undefined ? null : await idTokenHint(room, shown, clientId)
  if (shown !== undefined && claims === null) throw new Refusal(400, {}, badHint)
  const uri = parameters.get('post_logout_redirect_uri')
  const whose = clientId ?? (typeof claims?.aud === 'string' ? claims.aud : undefined)
  const client = whose === undefined ? undefined : await clientById(room.platform.database, whose)
  const hint = claims === null ? null : { sid: claims.sid, sub: claims.sub, client }
  if (uri === undefined || whose === undefined) return { hint, next: null, onlyByHint: false }
  const isRegistered = client?.disabledAt === null && client.postLogoutRedirectUris.includes(uri)
  if (!isRegistered) throw new Refusal(400, {}, badAddress)
  const state = parameters.get('state')
  const next = provenLocation(state === undefined ? uri : withState(uri, state))
  return { hint, next, onlyByHint: await describesItself(room.platform, whose) }
}

async function isHinted(
  room: OAuthRoom,
  { session, user }: PresentSession,
  hint: Hint | null,
): Promise<boolean> {
  if (hint === null) return false
  const { client, sid, sub } = hint
  // Of a client that is gone nobody can say by which names it knew people.
  if (client === undefined) return sid === session.id
  const { subjects } = room
  return (
    sid === (await subjects.sessionOf(client, session.id)) || sub === (await subjects.of(client, user.id))
  )
}

function withState(uri: string, state: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}state=${encodeURIComponent(state)}`
}

const badHint =
  'This request to sign out does not come from an application that signed you in here. You are still signed in.'
const badAddress =
  'The application named an address to return to that is not registered here. You are still signed in.'
