// The authorization challenge endpoint (OAuth 2.0 for First-Party Applications, draft 04 §5): an application of the house asks
// a person for their name and password itself, and for the code of a second factor, and gets a code for them. What it is
// told is what the sign-in page says, after the same work and within the same limits; the code is good at the token
// endpoint as every other.
import {
  type AuthorizationRequest,
  classSatisfies,
  digest,
  formatOAuthError,
  formatOpaque,
  OAuthError,
  parseChallengeRequest,
} from '@countersign/protocol'
import {
  type PasswordDoor,
  type PasswordProof,
  provePassword,
} from '../../accounts/credentials/prove-password.ts'
import { proveSecond, type SecondFactorRefusal } from '../../accounts/factors/prove-second.ts'
import { type Authentication, byTotp, isStrong } from '../../accounts/sessions/session.ts'
import { openProgramSession } from '../../accounts/sessions/sessions.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import { type AskedFor, askedFor } from '../authorize/asked.ts'
import { grantedOf, toldOf } from '../authorize/granted.ts'
import { toldClass } from '../authorize/next.ts'
import { houseOf } from '../authorize/offer.ts'
import { invalidProof, type PresentedProof, readProof } from '../binding/proofs.ts'
import { type AuthenticatedClient, authenticate } from '../clients/authenticate.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { insertCode } from '../tokens/codes.store.ts'
import { type AuthSession, invalidSession, openAuthSession, sealAuthSession } from './auth-session.ts'
import { offersChallenge } from './offered.ts'

/** Seconds that a person has, from the first request on. */
const longest = 600

/** POST of the endpoint, where it is there at all. No script of a page may use it: §9.8 advises against that. */
export function challengeRoutes(room: OAuthRoom): readonly Route[] {
  const { door } = room
  if (door === null || !offersChallenge(room)) return []
  return [
    {
      method: 'POST',
      path: paths.challenge,
      caller: 'program',
      cors: 'none',
      run: (request) => challenge(room, door, request),
    },
  ]
}

/**
 * Answers an authorization challenge request.
 *
 * INVARIANT: an auth_session buys one try, in parallel too; nothing is answered with a code before that is committed.
 * @throws OAuthError with the codes of RFC 6749 §4.1.2.1 and §5.2, `unauthorized_client` for who is not of the house,
 *   `invalid_session`, `redirect_to_web`; Busy when no slot for a password becomes free in time
 */
async function challenge(room: OAuthRoom, door: PasswordDoor, request: Incoming): Promise<Outgoing> {
  const { form } = request
  // Before the client is asked for, so that no assertion of its is used up by a proof that wants another nonce.
  const proof = readProof(room, request, null)
  const client = await authenticate(room, request)
  if (!client.firstParty || !client.grants.includes('authorization_code'))
    throw new OAuthError('unauthorized_client')
  const session = await take(room, client, request, proof)
  const asked = await askedOf(room, client, session.request)
  const name = form.get('username') ?? session.request.loginHint
  const password = form.get('password')
  const headers = proof?.headers ?? {}
  if (name === undefined || password === undefined) return more(room, session, { reason: 'missing' }, headers)
  const proved = await provePassword(room.platform, door, request, { name }, password)
  if (!proved.ok) {
    const why =
      proved.because === 'limited'
        ? ({ reason: 'limited', retryAfter: proved.retryAfter } as const)
        : ({ reason: 'refused' } as const)
    return more(room, session, why, headers)
  }
  const second = await secondOf(room, door, request, proved)
  if (!second.ok) return more(room, session, second.why, headers)
  const { authentication, writes } = second
  const code = await issued(room, request, { client, session, asked, proved, authentication, writes })
  return code === null
    ? more(room, session, { reason: 'refused' }, headers)
    : json(200, { authorization_code: code }, headers)
}

/** The session that a request goes on with, or one that it begins; used up, with the proof, from here on. */
async function take(
  room: OAuthRoom,
  client: AuthenticatedClient,
  { form }: Incoming,
  proof: PresentedProof | null,
): Promise<AuthSession> {
  const { platform } = room
  const thumbprint = proof?.thumbprint ?? null
  const sealed = form.get('auth_session')
  const { session, once } =
    sealed === undefined
      ? { session: begun(room, parseChallengeRequest(form, client.id), thumbprint), once: null }
      : openAuthSession(platform, sealed, { clientId: client.id, thumbprint })
  const committed = await platform.database.commit([proof?.once, once])
  if (committed.ok) return session
  throw committed.lost === 'proof' ? invalidProof('used before') : invalidSession('used before')
}

function begun(
  { platform: { runtime } }: OAuthRoom,
  request: AuthorizationRequest,
  boundTo: string | null,
): AuthSession {
  refuseForWeb(request)
  if (request.dpopThumbprint !== undefined && request.dpopThumbprint !== boundTo)
    throw invalidProof('of another key than dpop_jkt names')
  return { id: runtime.secret(), request, boundTo, expiresAt: runtime.now() + longest }
}

/** §5.2.2.1.1: what a name and a password can't come to is for the browser, and is said before anybody is asked. */
function refuseForWeb({ acrValues, prompt, idTokenHint, claims }: AuthorizationRequest): void {
  const isOtherProof = acrValues.length > 0 && !acrValues.some((acr) => classSatisfies(byTotp.acr, acr))
  const isOtherQuestion = prompt.some((one) => one !== 'login')
  const isOfSomebody = idTokenHint !== undefined || claims?.idToken?.['sub'] !== undefined
  const isEssential = claims?.idToken?.['acr']?.essential === true
  if (isOtherProof || isOtherQuestion || isOfSomebody || isEssential) throw new OAuthError('redirect_to_web')
}

async function askedOf(
  room: OAuthRoom,
  client: AuthenticatedClient,
  request: AuthorizationRequest,
): Promise<AskedFor> {
  const apis = await room.apis.look(request)
  const asked = askedFor(request, client, apis, room.rules)
  // What people are asked about each time is asked on a page, also by the house.
  if (houseOf(asked, null, apis) === null) throw new OAuthError('redirect_to_web')
  return asked
}

type Second =
  | { readonly ok: true; readonly authentication: Authentication; readonly writes: WriteSet }
  | { readonly ok: false; readonly why: Why }

/**
 * The second factor of whoever has one: field `otp`, beside the password.
 *
 * @throws OAuthError `redirect_to_web` for who has to set one up
 */
async function secondOf(
  { platform }: OAuthRoom,
  door: PasswordDoor,
  request: Incoming,
  { user, writes }: Extract<PasswordProof, { ok: true }>,
): Promise<Second> {
  const code = request.form.get('otp') ?? null
  const second = await proveSecond(platform, { limits: door.limits, request, userId: user.id, code })
  const isEnough = second.ok && (platform.secondFactor !== 'required' || isStrong(second.authentication))
  if (isEnough) return second
  // A right password is no failure, whatever is lacking beside it.
  await platform.database.commit(writes)
  if (second.ok) throw new OAuthError('redirect_to_web')
  const { because: reason } = second
  return { ok: false, why: reason === 'limited' ? { reason, retryAfter: second.retryAfter } : { reason } }
}

type Why =
  | { readonly reason: 'missing' | 'refused' | SecondFactorRefusal }
  | { readonly reason: 'limited'; readonly retryAfter: number }

/** §5.2.2.1: what is still to be had from the person; wrong, unknown and disabled are one answer. */
function more(
  { platform }: OAuthRoom,
  session: AuthSession,
  why: Why,
  headers: Readonly<Record<string, string>>,
): Outgoing {
  const error = new OAuthError('insufficient_authorization')
  const next = { ...session, id: platform.runtime.secret() }
  return json(
    error.status,
    {
      ...formatOAuthError(error),
      auth_session: sealAuthSession(platform, next),
      reason: why.reason,
      fields: fieldsFor(why),
    },
    { ...headers, ...(why.reason === 'limited' && { 'retry-after': String(why.retryAfter) }) },
  )
}

function fieldsFor({ reason }: Why): readonly string[] {
  return reason.startsWith('second_factor') ? ['username', 'password', 'otp'] : ['username', 'password']
}

interface Proved {
  readonly client: AuthenticatedClient
  readonly session: AuthSession
  readonly asked: AskedFor
  readonly proved: Extract<PasswordProof, { readonly ok: true }>
  readonly authentication: Authentication
  /** Of the second factor. */
  readonly writes: WriteSet
}

/** @returns null when the password was changed or the person disabled at this moment */
async function issued(
  { platform, lifetimes }: OAuthRoom,
  request: Incoming,
  { client, session: { request: asking, boundTo }, asked, proved, authentication, writes }: Proved,
): Promise<string | null> {
  const { database, runtime } = platform
  const { peer } = request
  const userId = proved.user.id
  const seconds = lifetimes.code + lifetimes.refreshAbsolute
  const opened = openProgramSession(platform, request, {
    userId,
    authentication,
    clientId: client.id,
    seconds,
  })
  const code = formatOpaque('csac', runtime.secret())
  const familyId = runtime.id('fam')
  const who = { clientId: client.id, userId, sessionId: opened.session.id }
  const committed = await database.commit([
    proved.writes,
    writes,
    opened.writes,
    insertCode(database, digest(code), {
      ...who,
      familyId,
      redirectUri: asking.redirectUri,
      codeChallenge: asking.codeChallenge,
      granted: grantedOf(asked, { ...opened.session, acr: toldClass(asking, opened.session.acr) }),
      nonce: asking.nonce ?? null,
      boundTo,
      expiresAt: runtime.now() + lifetimes.code,
    }),
    event(database, runtime, { type: 'user.signed_in', ...who, peer }),
    event(database, runtime, { type: 'code.issued', ...who, peer, familyId, detail: toldOf(asked) }),
  ])
  return committed.ok ? code : null
}
