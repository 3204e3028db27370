// The wire of djoser: its views below each base that front ends call them at.
import type { Incoming, Outgoing, Route } from '../../platform/http/exchange.ts'
import { type Asker, asAsker, askerOf, forLeaving } from '../django/asker.ts'
import { letIn, notLetIn } from '../django/let-in.ts'
import { endFamily } from '../django/sign-out.ts'
import { drfToken, newKey } from '../drf-token/key.ts'
import { endless } from '../enter.ts'
import { codeIn } from '../second-factor.ts'
import { simpleJwtRoutes } from '../simplejwt/simplejwt.routes.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, nothing, type Respond, type View, view, viewsBelow } from '../wire/view.routes.ts'
import { setLogin, setPassword } from './credentials.ts'
import { activate, confirmReset, resendActivation, resetByMail } from './mailed.ts'
import type { DjoserRoom } from './room.ts'
import { confirmUsername, resetUsername } from './username.ts'
import { asThemself, create, list, remove, show, update } from './users.ts'

/** Every route of the profile. */
export function djoserRoutes(room: DjoserRoom): readonly Route[] {
  const { base, token, loginField } = room.settings
  const views: Readonly<Record<string, View>> = {
    ...(token && keyViews(room)),
    ...userViews(room),
    ...passwordViews(room),
    ...usernameViews(room),
    [`users/set_${loginField}/`]: view('Set Username', {
      post: signedIn(room, (request, asker, members) => setLogin(room, request, asker, members)),
    }),
  }
  return [...viewsBelow(base, views), ...jwtRoutes(room)]
}

/** Answers whoever is in. */
function signedIn(
  room: DjoserRoom,
  work: (request: Incoming, asker: Asker, members: Members) => Promise<Outgoing>,
): Respond {
  return (request, members) => asAsker(room, request, (asker) => work(request, asker, members))
}

function keyViews(room: DjoserRoom): Record<string, View> {
  const { loginField } = room.settings
  return {
    'token/login/': view('Token Create', {
      description: 'Use this endpoint to obtain user authentication token.',
      fields: [
        { name: 'password', label: 'Password' },
        { name: loginField, label: loginField === 'email' ? 'Email' : 'Username' },
      ],
      post: (request, members) => login(room, request, members),
    }),
    'token/logout/': view('Token Destroy', {
      description: 'Use this endpoint to logout user (remove user authentication token).',
      post: async (request) => {
        const asked = await askerOf(forLeaving(room), request)
        if (!asked.ok) return asked.refusal
        await endFamily(room, request, asked.asker)
        return nothing()
      },
    }),
  }
}

/** Its fields may be left out, and come to nothing then. */
async function login(room: DjoserRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const { loginField } = room.settings
  const fields = readForm(members, {
    password: { optional: true },
    name: { optional: true, named: loginField },
  })
  if (!fields.ok) return answer(400, fields.body)
  const { password, name } = fields.values
  if (name === undefined || password === undefined) return answer(400, notLetIn)
  const entrance = { name, password, code: codeIn(members), clientId: drfToken.id, seconds: endless }
  return letIn(room, request, entrance, async (came) => {
    const { key, write } = await newKey(room, came)
    return { answer: answer(200, { auth_token: key }), writes: [write] }
  })
}

function userViews(room: DjoserRoom): Record<string, View> {
  const own = (work: (request: Incoming, asker: Asker, members: Members) => Promise<Outgoing>): Respond =>
    signedIn(room, (request, asker, members) =>
      asThemself(room, request, asker, () => work(request, asker, members)),
    )
  const change = (isWhole: boolean) => (request: Incoming, asker: Asker, members: Members) =>
    update(room, request, asker, members, isWhole)
  const erase = (request: Incoming, asker: Asker, members: Members) => remove(room, request, asker, members)
  return {
    'users/': view('User List', {
      get: signedIn(room, (_request, asker) => list(room, asker)),
      post: (request, members) => create(room, request, members),
    }),
    'users/me/': view('User', {
      get: signedIn(room, (_request, asker) => show(room, asker)),
      put: signedIn(room, change(true)),
      patch: signedIn(room, change(false)),
      delete: signedIn(room, erase),
    }),
    'users/:id/': view('User Instance', {
      get: own((_request, asker) => show(room, asker)),
      put: own(change(true)),
      patch: own(change(false)),
      delete: own(erase),
    }),
  }
}

function passwordViews(room: DjoserRoom): Record<string, View> {
  const open = (
    name: string,
    work: (room: DjoserRoom, request: Incoming, members: Members) => Promise<Outgoing>,
  ): View => view(name, { post: (request, members) => work(room, request, members) })
  return {
    'users/set_password/': view('Set Password', {
      post: signedIn(room, (request, asker, members) => setPassword(room, request, asker, members)),
    }),
    'users/activation/': open('Activation', activate),
    'users/resend_activation/': open('Resend Activation', resendActivation),
    'users/reset_password/': open('Reset Password', resetByMail),
    'users/reset_password_confirm/': open('Reset Password Confirm', confirmReset),
  }
}

/** There while there is a front end to mail links into. */
function usernameViews(room: DjoserRoom): Record<string, View> {
  const { loginField, usernameResetConfirmUrl } = room.settings
  if (loginField !== 'username' || usernameResetConfirmUrl === null) return {}
  return {
    'users/reset_username/': view('Reset Username', {
      post: (request, members) => resetUsername(room, request, members),
    }),
    'users/reset_username_confirm/': view('Reset Username Confirm', {
      post: (request, members) => confirmUsername(room, request, members),
    }),
  }
}

function jwtRoutes({ jwt, settings }: DjoserRoom): readonly Route[] {
  if (jwt === null) return []
  const at = (path: string) => settings.base.map((below) => `${below}jwt/${path}/`)
  const paths = { obtain: at('create'), refresh: at('refresh'), verify: at('verify') }
  return simpleJwtRoutes({
    ...jwt,
    settings: { ...jwt.settings, paths: { ...jwt.settings.paths, ...paths } },
  })
}
