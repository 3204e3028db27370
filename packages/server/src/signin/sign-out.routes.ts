// Signing out. A GET never signs anybody out: any page on the web can cause one (OpenID Connect RP-Initiated Logout §2,
// SE-10).
import { forgetSessionCookie, presentSession, signOutOf } from '../accounts/sessions/sessions.ts'
import { frameOf } from '../platform/html/frame.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../platform/http/exchange.ts'
import { openReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import type { SignInRoom } from './sign-in.routes.ts'
import { signedOutPage, signOutPage } from './sign-out.page.ts'

/** GET and POST /sign-out. */
export function signOutRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  return [
    { method: 'GET', path: '/sign-out', caller: 'browser', run: (request) => ask(platform, room, request) },
    {
      method: 'POST',
      path: '/sign-out',
      caller: 'browser',
      run: (request) => signOut(platform, room, request),
    },
  ]
}

async function ask(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const continueTo = request.query.get('continue')
  const back = openReturn(platform.vault, request.browser, continueTo)
  const party = back === null ? null : await room.partyAt(back)
  const signedIn = await presentSession(platform, request)
  if (signedIn === null) {
    return page(signedOutPage({ signIn: '/sign-in', party }, frameOf(platform, request)))
  }
  const { name, email } = signedIn.user
  const model = {
    continueTo: back === null ? undefined : continueTo,
    party,
    account: { name, email },
    stay: '/account',
  }
  return page(signOutPage(model, frameOf(platform, request, { name })))
}

async function signOut(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const signedIn = await presentSession(platform, request)
  const back = openReturn(platform.vault, request.browser, request.form.get('continue'))
  const next = back ?? localPath('/sign-out')
  if (signedIn === null) return withCookies(redirect(next), forgetSessionCookie(platform))
  await platform.database.commit(signOutOf(platform, signedIn.session, request.peer))
  const onwards = await room.farewell(request, signedIn.session, next)
  return withCookies(redirect(onwards), forgetSessionCookie(platform))
}
