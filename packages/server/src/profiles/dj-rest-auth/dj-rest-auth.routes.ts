// The wire of dj-rest-auth: its views below each base that front ends call them at.
import type { Incoming, Outgoing, Route } from '../../platform/http/exchange.ts'
import type { Asker } from '../django/asker.ts'
import { verifyOne } from '../simplejwt/verify.ts'
import type { Members } from '../wire/fields.ts'
import { answer, type Respond, type View, view, viewsBelow } from '../wire/view.routes.ts'
import { setsCookies } from './cookies.ts'
import { login, register } from './login.ts'
import { confirmReset, resendEmail, resetByMail, verifyEmail } from './mailed.ts'
import { changePassword, updateDetails } from './person.ts'
import { detailsOf, type RestAuthRoom } from './room.ts'
import { verifySecond } from './second-step.ts'
import { askerHere, logout, refresh, tokensOf } from './tokens.ts'

type Work = (room: RestAuthRoom, request: Incoming, members: Members) => Promise<Outgoing>

/** Every route of the profile. */
export function djRestAuthRoutes(room: RestAuthRoom): readonly Route[] {
  const { base, registration, mfa } = room.settings
  const views: Readonly<Record<string, View>> = {
    ...ownViews(room),
    ...tokenViews(room),
    ...(mfa && { 'mfa/verify/': posted(room, 'MFA Verify', verifySecond) }),
    ...(registration && registrationViews(room)),
    ...socialViews(),
  }
  const routes = viewsBelow(base, views)
  return setsCookies(room) ? routes.map((route) => ({ ...route, ownCookies: true })) : routes
}

function ownViews(room: RestAuthRoom): Record<string, View> {
  const signedIn =
    (work: (request: Incoming, asker: Asker, members: Members) => Promise<Outgoing>): Respond =>
    async (request, members) => {
      const asked = await askerHere(room, request)
      return asked.ok ? work(request, asked.asker, members) : asked.refusal
    }
  const update = (isWhole: boolean): Respond =>
    signedIn((request, asker, members) => updateDetails(room, request, asker, members, isWhole))
  return {
    'login/': posted(room, 'Login', login, {
      description: 'Check the credentials and return the REST Token if the credentials are valid.',
      fields: [
        { name: 'username', label: 'Username' },
        { name: 'email', label: 'Email' },
        { name: 'password', label: 'Password' },
      ],
    }),
    'logout/': posted(room, 'Logout', logout, {
      description: 'Ends what is sent along.',
      // Listed among the methods there, and refused unless a setting that lets any page sign people out is on.
      get: async () => answer(405, { detail: 'Method "GET" not allowed.' }),
    }),
    'user/': view('User Details', {
      get: signedIn(async (_request, { user }) => answer(200, await detailsOf(room, user))),
      put: update(true),
      patch: update(false),
    }),
    'password/change/': view('Password Change', {
      post: signedIn((request, asker, members) => changePassword(room, request, asker, members)),
    }),
    'password/reset/': posted(room, 'Password Reset', resetByMail),
    'password/reset/confirm/': posted(room, 'Password Reset Confirm', confirmReset),
  }
}

function tokenViews(room: RestAuthRoom): Record<string, View> {
  const jwt = tokensOf(room)
  if (jwt === null) return {}
  return {
    'token/verify/': view('Token Verify', { post: (request, members) => verifyOne(jwt, request, members) }),
    'token/refresh/': posted(room, 'Refresh View With Cookie Support', refresh),
  }
}

function registrationViews(room: RestAuthRoom): Record<string, View> {
  return {
    'registration/': posted(room, 'Register', register),
    'registration/verify-email/': posted(room, 'Verify Email', verifyEmail),
    'registration/resend-email/': posted(room, 'Resend Email Verification', resendEmail),
  }
}

/**
 * Where front ends post what another provider gave them. A token for their own application says nothing of who brings it
 * here (C18), and a code that nobody here asked for is bound to no browser (RFC 9700 §4.5): both are refused.
 */
function socialViews(): Record<string, View> {
  const refusal = {
    non_field_errors: [
      'This server signs people in with other providers on its own sign-in page, and takes no token or code of theirs.',
    ],
  }
  const social = view('Social Login', { post: async () => answer(400, refusal) })
  return Object.fromEntries(
    ['apple', 'facebook', 'github', 'google', 'microsoft'].map((id) => [`${id}/`, social]),
  )
}

function posted(room: RestAuthRoom, name: string, work: Work, of: Partial<View> = {}): View {
  return { ...view(name, of), post: (request, members) => work(room, request, members) }
}
