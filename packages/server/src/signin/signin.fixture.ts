// The sign-in room in a test house: its routes over the real edge, and people in front of it.
import { accountRoutes } from '../accounts/account.routes.ts'
import type { LimitPolicies } from '../accounts/credentials/limit-policies.ts'
import { openPeople, type People, password } from '../accounts/people.fixture.ts'
import { currentSession } from '../accounts/sessions/sessions.ts'
import { type Answer, edgeOf, type House, Visitor } from '../platform/house.ts'
import { type Incoming, json, localPath, text } from '../platform/http/exchange.ts'
import { sealReturn } from '../platform/http/return.ts'
import type { SecondFactorRule } from '../platform/platform.ts'
import { forgotPasswordRoutes } from './forgot-password.routes.ts'
import { secondRoutes } from './second/second.routes.ts'
import { type SignInRoom, signInRoutes } from './sign-in.routes.ts'
import { signOutRoutes } from './sign-out.routes.ts'
import { signUpRoutes } from './sign-up.routes.ts'
import { signUpConfirmRoutes } from './sign-up-confirm.routes.ts'

export interface Hall extends People {
  readonly room: SignInRoom
  readonly visitor: () => Visitor
}

export async function openHall(
  options: {
    limits?: Partial<LimitPolicies>
    room?: Partial<SignInRoom>
    house?: House
    secondFactor?: SecondFactorRule
  } = {},
): Promise<Hall> {
  const people = await openPeople(options)
  const { house, passwords, limits } = people
  const room: SignInRoom = {
    passwords,
    limits,
    upstreams: [],
    signUp: house.mail.isOpen ? 'confirmed' : 'open',
    partyAt: async () => null,
    farewell: async (_request, _session, next) => next,
    ...options.room,
  }
  const edge = edgeOf(house, [
    ...signInRoutes(house, room),
    ...secondRoutes(house, room),
    ...signUpRoutes(house, room),
    ...signUpConfirmRoutes(house, room),
    ...forgotPasswordRoutes(house, room),
    ...signOutRoutes(house, room),
    ...accountRoutes(house, {
      ...room,
      devices: async () => [],
      connectedClients: async () => [],
      apiKeys: async () => [],
      waiting: async () => 0,
    }),
    {
      method: 'GET',
      path: '/who',
      caller: 'browser',
      run: async (request: Incoming) => json(200, (await currentSession(house, request))?.user ?? {}),
    },
    // Stands for the authorization endpoint: sends a person to sign in and wants them back.
    {
      method: 'GET',
      path: '/seal',
      caller: 'browser',
      run: (request: Incoming) =>
        text(200, sealReturn(house.vault, request.browser, localPath('/who?back=1'))),
    },
  ])
  return { ...people, room, visitor: () => new Visitor(edge, house.issuer.origin) }
}

export interface Attempt {
  readonly username?: string
  readonly password?: string
  readonly peer?: string
  readonly headers?: Record<string, string>
  readonly form?: Record<string, string>
}

/** Fills in the sign-in form as a person would; Ada with the right password unless something else is said. */
export async function signIn(visitor: Visitor, attempt: Attempt = {}): Promise<Answer> {
  const peer = attempt.peer === undefined ? {} : { peer: attempt.peer }
  await visitor.visit('/sign-in', peer)
  const fields = { username: attempt.username ?? 'ada@example.test', password: attempt.password ?? password }
  const headers = attempt.headers === undefined ? {} : { headers: attempt.headers }
  return visitor.submit('/sign-in', { ...fields, ...attempt.form }, { ...peer, ...headers })
}

/** The address of the person who is signed in, or undefined. */
export async function whoIs(visitor: Visitor): Promise<unknown> {
  return (await visitor.visit('/who')).json()['email']
}

/** The problems that a page tells of, as a person reads them. */
export function problemsOn(answer: Answer): string[] {
  const summary = /<div class="summary"[\s\S]*?<ul>([\s\S]*?)<\/ul>/.exec(answer.body)?.[1] ?? ''
  return [...summary.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, item = '']) => item.replace(/<[^>]+>/g, ''))
}

/** Everything of an answer that could tell two cases apart, without what is new in every answer. */
export function seenOf(answer: Answer, name: string): unknown {
  const nonce = /nonce="([^"]+)"/.exec(answer.body)?.[1] ?? ''
  const token = answer.field('form_token') ?? ''
  // A page without a form has no token.
  const known = [
    [nonce, 'NONCE'],
    [token, 'TOKEN'],
    [answer.field('passkey_ticket') ?? '', 'TICKET'],
    [/challenge&quot;:&quot;([\w-]+)/.exec(answer.body)?.[1] ?? '', 'CHALLENGE'],
    [name, 'NAME'],
  ].filter(([text]) => text !== '') as [string, string][]
  const plain = (text: string): string => known.reduce((all, [one, by]) => all.replaceAll(one, by), text)
  const headers = Object.entries(answer.headers).map(([header, value]) => [header, plain(String(value))])
  return { status: answer.status, headers: headers.sort(), body: plain(answer.body) }
}
