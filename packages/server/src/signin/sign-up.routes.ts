// GET and POST /sign-up.
//
// With mail, an account is made once its address is proven, and a taken address is answered like a free one: see
// sign-up-by-mail.ts. Without, whether a name is taken can't be hidden entirely: an account appears or it doesn't, and
// the one who asked sees which. What can be done is done (PW-10): the refusal is one sentence for a taken address and a
// taken user name alike; it comes only after the same hashing and the same commit as a success; and how often one
// network may ask is limited, refusals counted. An address that was not proven stays marked so, and nothing is ever
// linked by it (C16).

import { requestVerification } from '../accounts/addresses/addresses.ts'
import { rememberDevice } from '../accounts/credentials/device.ts'
import { passwordMinimum } from '../accounts/credentials/password-policy.ts'
import { proofSeconds } from '../accounts/proofs/proofs.ts'
import { byPassword } from '../accounts/sessions/session.ts'
import { currentSession } from '../accounts/sessions/sessions.ts'
import { signInPath } from '../accounts/sign-in-path.ts'
import {
  type Person,
  type PersonFinding,
  type Prepared,
  personFindings,
  preparePerson,
} from '../accounts/users/create-user.ts'
import { event } from '../platform/events/events.ts'
import { frameOf } from '../platform/html/frame.ts'
import { type FormState, limited, overloaded, type Problem, unsent } from '../platform/html/problems.ts'
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
import { mailboxPage } from './mailbox.page.ts'
import { partyStub } from './sign-in.page.ts'
import { type SignInRoom, withContinue } from './sign-in.routes.ts'
import { signUpPage, signUpProblems, signUpSent } from './sign-up.page.ts'
import { requestSignUp } from './sign-up-by-mail.ts'

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
  return signUpForm(platform, room, request, continueTo, room.signUp === 'closed' ? closed : unsent)
}

async function submit(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const continueTo = request.form.get('continue')
  const again = (state: FormState): Promise<Outgoing> =>
    signUpForm(platform, room, request, continueTo, state)
  if (room.signUp === 'closed') return again(closed)

  const person = personIn(request)
  const problems = await problemsOf(person, passwordMinimum(platform))
  if (problems.length > 0) return again({ status: 422, problems })
  if (!room.passwords.hasRoom) return again(overloaded(signUpProblems.busy))
  const { near } = networksOf(request.peer)
  const reserved = await reserve(platform, `sign-up/${near}`, room.limits.signUps)
  if (!reserved.ok) return again(limited(reserved.retryAfter, signUpProblems.tooMany))
  try {
    const prepared = await preparePerson(platform, room.passwords, person, passwordMinimum(platform))
    if (!prepared.ok) return again(refused)
    return room.signUp === 'confirmed'
      ? await mailLink(platform, request, prepared, back(platform, request, continueTo))
      : ((await signUp(platform, request, prepared)) ?? (await again(refused)))
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return again(overloaded(signUpProblems.busy))
  }
}

const closed: FormState = { status: 403, problems: [signUpProblems.closed] }
const refused: FormState = { status: 422, problems: [signUpProblems.refused] }

type PreparedPerson = Extract<Prepared, { readonly ok: true }>

/** Queues the letter with which the account is finished; the answer is the same for an address that is taken. */
async function mailLink(
  platform: Platform,
  request: Incoming,
  { user, sealedHash }: PreparedPerson,
  continueTo: string | undefined,
): Promise<Outgoing> {
  if (sealedHash !== null) await requestSignUp(platform, request, user, sealedHash, continueTo)
  const frame = frameOf(platform, request)
  const model = {
    stub: partyStub('On the way to', null, frame),
    words: signUpSent(user.email ?? '', proofSeconds['sign-up']),
    again: withContinue('/sign-up', continueTo),
    development: platform.development,
  }
  return page(mailboxPage(model, frame))
}

/** Creates the account and signs it in; null when one of its names is taken. */
async function signUp(
  platform: Platform,
  request: Incoming,
  { user, writes }: PreparedPerson,
): Promise<Outgoing | null> {
  const signedUp = event(platform.database, platform.runtime, {
    type: 'user.signed_up',
    userId: user.id,
    peer: request.peer,
  })
  const arrived = await arrive(platform, request, {
    userId: user.id,
    method: 'password',
    authentication: byPassword,
    remember: false,
    continueTo: request.form.get('continue'),
    writes: [writes, signedUp],
    cookies: [rememberDevice(platform, request, { userId: user.id, passwordChangedAt: user.createdAt })],
  })
  if (!arrived.ok) return null
  await requestVerification(platform, request, user)
  return withCookies(redirect(arrived.location), ...arrived.cookies)
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

async function problemsOf(person: Person, minimum: number): Promise<readonly Problem[]> {
  const problems: Problem[] = (await personFindings(person, minimum)).map(problemOf)
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
  state: FormState,
): Promise<Outgoing> {
  const location = openReturn(platform.vault, request.browser, continueTo)
  const kept = location === null ? undefined : continueTo
  const html = signUpPage(
    {
      continueTo: kept,
      party: location === null ? null : await room.partyAt(location),
      name: request.form.get('name'),
      email: request.form.get('email'),
      username: request.form.get('username'),
      upstreams: room.upstreams,
      signIn: signInPath({ continueTo: kept }),
      passwordMinimum: passwordMinimum(platform),
      problems: state.problems,
    },
    frameOf(platform, request),
  )
  return page(html, state)
}

/** The sealed return address, if it is one of this browser's. */
function back(platform: Platform, request: Incoming, continueTo: string | undefined): string | undefined {
  return openReturn(platform.vault, request.browser, continueTo) === null ? undefined : continueTo
}
