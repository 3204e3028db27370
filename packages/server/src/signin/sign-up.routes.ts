// GET and POST /sign-up.
//
// Whether a name is taken can't be hidden entirely while no mail is sent: an account appears or it doesn't, and the
// one who asked sees which. What can be done is done (PW-10): the refusal is one sentence for a taken
// address and a taken user name alike; it comes only after the same hashing and the same commit as a success; and how
// often one network may ask is limited, refusals counted. An address that was not proven stays marked so, and nothing
// is ever linked by it (C16).
import { rememberDevice } from '../accounts/credentials/device.ts'
import { passwordLength } from '../accounts/credentials/password-policy.ts'
import { byPassword } from '../accounts/sessions/session.ts'
import { currentSession } from '../accounts/sessions/sessions.ts'
import {
  type Person,
  type PersonFinding,
  personFindings,
  preparePerson,
} from '../accounts/users/create-user.ts'
import { event } from '../platform/events/events.ts'
import { frameOf } from '../platform/html/frame.ts'
import type { Problem } from '../platform/html/problems.ts'
import {
  type Incoming,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../platform/http/exchange.ts'
import { Busy } from '../platform/http/failure.ts'
import { home, openReturn } from '../platform/http/return.ts'
import { reserve } from '../platform/limits/limits.ts'
import { networksOf } from '../platform/limits/network.ts'
import type { Platform } from '../platform/platform.ts'
import { arrive } from './arrive.ts'
import { type SignInRoom, withContinue } from './sign-in.routes.ts'
import { signUpPage, signUpProblems } from './sign-up.page.ts'

/** GET and POST /sign-up. */
export function signUpRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  return [
    { method: 'GET', path: '/sign-up', caller: 'browser', run: (request) => show(platform, room, request) },
    {
      method: 'POST',
      path: '/sign-up',
      caller: 'browser',
      run: (request) => submit(platform, room, request),
    },
  ]
}

async function show(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const continueTo = request.query.get('continue')
  if (continueTo === undefined && (await currentSession(platform, request)) !== null) return redirect(home)
  if (!room.signUpOpen) return signUpForm(platform, room, request, continueTo, 403, [signUpProblems.closed])
  return signUpForm(platform, room, request, continueTo, 200, [])
}

async function submit(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const continueTo = request.form.get('continue')
  const again = (status: number, problems: readonly Problem[], retryAfter?: number): Promise<Outgoing> =>
    signUpForm(platform, room, request, continueTo, status, problems, retryAfter)
  if (!room.signUpOpen) return again(403, [signUpProblems.closed])

  const person = personIn(request)
  const problems = await problemsOf(person)
  if (problems.length > 0) return again(422, problems)
  if (!room.passwords.hasRoom) return again(503, [signUpProblems.busy], 1)
  const { near } = networksOf(request.peer)
  const reserved = await reserve(platform, `sign-up/${near}`, room.limits.signUps)
  if (!reserved.ok) {
    return again(429, [signUpProblems.tooMany(reserved.retryAfter)], reserved.retryAfter)
  }
  try {
    return (await signUp(platform, room, request, person)) ?? (await again(422, [signUpProblems.refused]))
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return again(503, [signUpProblems.busy], 1)
  }
}

/** Creates the account and signs it in; null when one of its names is taken. */
async function signUp(
  platform: Platform,
  room: SignInRoom,
  request: Incoming,
  person: Person,
): Promise<Outgoing | null> {
  const prepared = await preparePerson(platform, room.passwords, person)
  if (!prepared.ok) return null
  const { user, writes } = prepared
  const signedUp = event(platform.database, platform.runtime, {
    type: 'user.signed_up',
    userId: user.id,
    peer: request.peer,
  })
  const arrived = await arrive(platform, room, request, {
    userId: user.id,
    method: 'password',
    authentication: byPassword,
    remember: false,
    continueTo: request.form.get('continue'),
    writes: [writes, signedUp],
    cookies: [rememberDevice(platform, request, { userId: user.id, passwordChangedAt: user.createdAt })],
  })
  return arrived.ok ? withCookies(redirect(arrived.location), ...arrived.cookies) : null
}

// What a person may say of themself, and nothing else of the form: a role or a flag in it is never looked at.
function personIn(request: Incoming): Person {
  const { form } = request
  return {
    name: form.get('name') ?? '',
    email: form.get('email'),
    username: form.get('username'),
    password: form.get('password'),
    emailVerified: false,
  }
}

async function problemsOf(person: Person): Promise<readonly Problem[]> {
  const problems: Problem[] = (await personFindings(person)).map(problemOf)
  const has = (field: string): boolean => problems.some((problem) => problem.field === field)
  if (person.email === undefined && !has('email')) problems.push(signUpProblems.emailMissing)
  if (person.password === undefined) problems.push(signUpProblems.passwordMissing)
  const order = ['name', 'email', 'username', 'password']
  return problems.sort((a, b) => order.indexOf(a.field ?? '') - order.indexOf(b.field ?? ''))
}

function problemOf({ path, code, message }: PersonFinding): Problem {
  if (path === 'email' && code === 'missing') return signUpProblems.emailMissing
  return { field: path, message }
}

async function signUpForm(
  platform: Platform,
  room: SignInRoom,
  request: Incoming,
  continueTo: string | undefined,
  status: number,
  problems: readonly Problem[],
  retryAfter?: number,
): Promise<Outgoing> {
  const back = openReturn(platform.vault, request.browser, continueTo)
  const kept = back === null ? undefined : continueTo
  const html = signUpPage(
    {
      continueTo: kept,
      party: back === null ? null : await room.partyAt(back),
      name: request.form.get('name'),
      email: request.form.get('email'),
      username: request.form.get('username'),
      upstreams: room.upstreams,
      signIn: withContinue('/sign-in', kept),
      passwordMinimum: passwordLength.minimum,
      problems,
    },
    frameOf(platform, request),
  )
  return page(html, { status, retryAfter })
}
