// GET /auth/verify, which a reverse proxy asks before it lets a request pass (nginx: auth_request), and GET /auth/start,
// where it sends a person who has to sign in first. docs/guides/nginx.md has the proxy's side.
import { challenge, needTwoFactors } from '@countersign/protocol'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { signInBefore, signInPath } from '../../accounts/sign-in-path.ts'
import type { OAuthRoom } from '../../oauth/room.ts'
import {
  empty,
  type Incoming,
  localPath,
  type Outgoing,
  problem,
  type Route,
  redirect,
} from '../../platform/http/exchange.ts'
import type { BasicDoor } from '../basic/proven.ts'
import { type JudgeRoom, judge, type Verdict } from './judge.ts'
import { type Original, originalOf, ownAddress } from './original.ts'
import { remoteHeaders } from './remote-headers.ts'
import { type Required, readRequired } from './required.ts'

/**
 * Every route of this profile.
 *
 * @param basic tells who sends a name and a password with each request; null where that is no way in
 */
export function forwardAuthRoutes(oauth: OAuthRoom, basic: BasicDoor | null = null): readonly Route[] {
  const room: JudgeRoom = { ...oauth, basic }
  return [
    { method: 'GET', path: '/auth/verify', caller: 'proxy', run: (request) => verify(room, request) },
    { method: 'GET', path: '/auth/start', caller: 'browser', run: (request) => start(room, request) },
  ]
}

/** 200 with who it is; 401 or 403 with what is missing; 400 when the proxy asks wrongly, which nginx makes a 500. */
async function verify(room: JudgeRoom, request: Incoming): Promise<Outgoing> {
  const reading = readRequired(request.query)
  if (!reading.ok) return misconfigured(room, request, reading.because)
  const original = originalOf(request.headers)
  if (original === null) {
    return misconfigured(room, request, 'X-Original-Method is missing or no method.')
  }
  const verdict = await judge(room, request, original, reading.required)
  if (verdict.passes) return empty(200, remoteHeaders(verdict.told))
  const { status, because, user } = verdict
  if (user !== undefined) {
    room.platform.log.info({ id: request.id, status, because, user }, 'A proxied request was refused.')
  }
  return empty(status, refusalHeaders(verdict, original, reading.required))
}

/** Closed, and told to whoever can mend it. */
function misconfigured({ platform }: OAuthRoom, request: Incoming, because: string): Outgoing {
  platform.log.warn({ id: request.id, path: request.path, because }, 'The proxy asks wrongly.')
  return problem(400, 'The proxy asks wrongly')
}

/** RFC 9110 §11.6.1: a 401 "MUST send a WWW-Authenticate header field". A role that is missing has no code there. */
function refusalHeaders(
  { status, error, scope }: Extract<Verdict, { passes: false }>,
  { isPage, returnTo }: Original,
  { acr, maxAge }: Required,
): Record<string, string> {
  if (status === 403 && error === undefined) return {}
  const isStepUp = error === 'insufficient_user_authentication'
  const header = challenge({
    ...(error !== undefined && { error }),
    ...(scope !== undefined && { scope }),
    ...(isStepUp && acr.length > 0 && { acrValues: acr }),
    ...(isStepUp && maxAge !== undefined && { maxAge }),
  })
  if (status === 403 || !isPage) return { 'www-authenticate': header }
  const asking = new URLSearchParams({
    ...(returnTo !== null && { to: returnTo }),
    ...(isStepUp && needTwoFactors(acr) && { level: 'mfa' }),
  })
  const query = asking.size === 0 ? '' : `?${asking}`
  return { 'www-authenticate': header, location: localPath(`/auth/start${query}`) }
}

/**
 * Sends a person to sign in, and from there to `to`, a path of this origin. The page asks whoever is signed in too: they
 * were sent here because that was not enough, and would go in circles otherwise.
 */
async function start({ platform }: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const to = ownAddress(request.query.get('to'))
  if (to === null) return redirect(signInPath({}))
  const signedIn = await currentSession(platform, request)
  return redirect(
    signInBefore(platform, request, to, {
      reason: signedIn === null ? undefined : 'confirm',
      stepUp: request.query.get('level') === 'mfa',
    }),
  )
}
