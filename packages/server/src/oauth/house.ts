// A platform with the OAuth room open in it, for tests: APIs and clients of every kind, a person, and the few steps
// that every test takes (sign in, ask for a code, exchange it).
import { codeChallenge, type JwsHeader, peekUnverified } from '@countersign/protocol'
import { byPassword } from '../accounts/sessions/session.ts'
import { openSession } from '../accounts/sessions/sessions.ts'
import { insertUser, type User } from '../accounts/users/users.store.ts'
import { type Answer, edgeOf, type House, openHouse, Visitor } from '../platform/house.ts'
import { cookieName } from '../platform/http/cookies.ts'
import { openKeyring } from '../platform/keys/keyring.ts'
import type { Instant } from '../platform/runtime.ts'
import { createApi } from './apis/registration.ts'
import type { MutualTls } from './binding/mutual-tls.ts'
import { clientOrigins } from './clients/origins.ts'
import { type ClientDescription, createClient } from './clients/registration.ts'
import type { Lifetimes } from './lifetimes.ts'
import { oauthRoom, oauthRoutes } from './oauth.routes.ts'
import type { ProfileName } from './profiles/rules.ts'
import type { RegistrationSettings } from './registration/rules.ts'
import type { OAuthRoom } from './room.ts'

export const bank = 'https://bank.example/api'
export const ledger = 'https://ledger.example/'
export const secret = 'a-secret-of-thirty-two-characters'
const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'

const everything = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
  'accounts:read',
  'transfers:write',
  'ledger:read',
]

export const clients = {
  spa: {
    id: 'spa',
    name: 'The Page',
    authentication: 'none',
    redirectUris: ['https://spa.example/callback'],
    scopes: everything,
  },
  local: {
    id: 'local',
    name: 'The Local Page',
    authentication: 'none',
    redirectUris: ['http://localhost:5001/callback'],
    scopes: everything,
  },
  native: {
    id: 'native',
    name: 'The Program',
    authentication: 'none',
    redirectUris: ['http://127.0.0.1/callback', 'com.example.program:/callback'],
    scopes: everything,
  },
  web: {
    id: 'web',
    name: 'The Site',
    secret,
    redirectUris: ['https://web.example/callback', 'https://web.example/other?with=query'],
    postLogoutRedirectUris: ['https://web.example/bye', 'https://web.example/bye?from=here'],
    scopes: everything,
  },
  other: {
    id: 'other',
    name: 'Another Site',
    secret,
    redirectUris: ['https://other.example/callback'],
    scopes: everything,
  },
  machine: {
    id: 'machine',
    name: 'The Machine',
    secret,
    grants: ['client_credentials'],
    scopes: ['accounts:read', 'transfers:write', 'ledger:read'],
  },
  bankApi: { id: 'bank-api', name: 'The Bank', secret, api: bank },
} as const satisfies Record<string, ClientDescription>

export const ada: User = {
  id: 'usr_ada',
  username: 'ada' as User['username'],
  email: 'ada@example.test' as User['email'],
  emailVerified: true,
  name: 'Ada Lovelace',
  claims: {
    given_name: 'Ada',
    family_name: 'Lovelace',
    middle_name: 'King',
    nickname: 'Ada',
    profile: 'https://ada.example/',
    picture: 'https://ada.example/ada.jpg',
    website: 'https://ada.example/',
    gender: 'female',
    birthdate: '1815-12-10',
    zoneinfo: 'Europe/London',
    locale: 'en-GB',
    address: { formatted: '12 St James’s Square, London' },
    phone_number: '+442079460000',
    phone_number_verified: true,
  },
  disabledAt: null,
  createdAt: 1 as Instant,
  updatedAt: 1 as Instant,
}

export const grace: User = {
  ...ada,
  id: 'usr_grace',
  username: 'grace' as User['username'],
  email: 'grace@example.test' as User['email'],
  name: 'Grace Hopper',
  claims: {},
}

export interface OAuthHouse extends House {
  readonly room: OAuthRoom
  readonly edge: ReturnType<typeof edgeOf>
  /** A new program or browser at the door. */
  visitor(): Visitor
  /** A browser in which `user` has just signed in. */
  signedIn(user?: User): Promise<Visitor>
  /** Signs `user` in in a browser, again or for the first time. */
  signIn(browser: Visitor, user?: User): Promise<void>
}

export async function openOAuthHouse(
  options: {
    readonly house?: House
    readonly lifetimes?: Partial<Lifetimes>
    readonly profile?: ProfileName
    readonly registration?: RegistrationSettings
    readonly encryptedTokens?: boolean
    readonly dpopNonces?: boolean
    readonly mutualTls?: MutualTls
  } = {},
): Promise<OAuthHouse> {
  const house = options.house ?? (await openHouse())
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  const room = oauthRoom(house, {
    keyring,
    ...(options.lifetimes !== undefined && { lifetimes: options.lifetimes }),
    ...(options.profile !== undefined && { profile: options.profile }),
    ...(options.registration !== undefined && { registration: options.registration }),
    encryptedTokens: options.encryptedTokens ?? false,
    dpopNonces: options.dpopNonces ?? false,
    mutualTls: options.mutualTls ?? null,
  })
  await seed(house)
  const address = options.mutualTls?.address ?? null
  const edge = edgeOf(house, oauthRoutes(room), {
    allowsOrigin: clientOrigins(house),
    programHosts: address === null ? [] : [address.host],
  })
  const visitor = () => new Visitor(edge)
  const signIn = async (browser: Visitor, user: User = ada): Promise<void> => {
    const cookies = new Map(browser.cookies)
    const opened = await openSession(
      house,
      { cookies, headers: { get: () => 'a browser' }, peer: '203.0.113.7' },
      { userId: user.id, authentication: byPassword, remember: false },
    )
    await house.database.commit([opened.writes])
    const name = cookieName(house.issuer, 'sid')
    const value = opened.cookies[0]?.match(/^[^=]+=([^;]*)/)?.[1] ?? ''
    browser.cookies.set(name, value)
  }
  const signedIn = async (user: User = ada): Promise<Visitor> => {
    const browser = visitor()
    await signIn(browser, user)
    return browser
  }
  return { ...house, room, edge, visitor, signIn, signedIn }
}

async function seed(house: House): Promise<void> {
  const results = [
    await createApi(house, {
      identifier: bank,
      name: 'The Bank',
      scopes: [
        { name: 'accounts:read', description: 'See your accounts' },
        { name: 'transfers:write', description: 'Move money between accounts' },
      ],
    }),
    await createApi(house, {
      identifier: ledger,
      scopes: [{ name: 'ledger:read', description: '' }],
      tokenFormat: 'opaque',
      accessTokenSeconds: 600,
    }),
    ...(await Promise.all(Object.values(clients).map((client) => createClient(house, client)))),
  ]
  for (const result of results) if (!result.ok) throw new Error(JSON.stringify(result.findings))
  const born = (user: User): User => ({ ...user, createdAt: house.runtime.now() })
  await house.database.commit([
    insertUser(house.database, born(ada)),
    insertUser(house.database, born(grace)),
  ])
}

export type Wire = Readonly<Record<string, string | undefined>>

/** The address of an authorization request of `web`, changed by `more`; undefined takes a parameter away. */
export function authorizeUrl(more: Wire = {}): string {
  const clientId = more['client_id'] ?? 'web'
  const client = Object.values(clients).find(({ id }) => id === clientId)
  const redirectUri = client !== undefined && 'redirectUris' in client ? client.redirectUris[0] : undefined
  return `/oauth/authorize?${formOf({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid accounts:read',
    state: 'a state',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  })}`
}

/** Asks for a code as a person who allows everything. @returns the parameters that the client received */
export async function codeFor(browser: Visitor, more: Wire = {}): Promise<URLSearchParams> {
  let answer = await browser.visit(authorizeUrl(more))
  if (answer.location?.startsWith('/oauth/authorize?flow=') === true) {
    const page = await browser.visit(answer.location)
    answer = await browser.submit('/oauth/authorize', { flow: page.field('flow') ?? '', decision: 'allow' })
  }
  return new URL(answer.location ?? 'about:blank').searchParams
}

/** What the client receives: the parameters after its redirect URI. */
export function received(answer: Answer): URLSearchParams {
  if (answer.status !== 303) throw new Error(`The answer is ${answer.status}, not a redirect.`)
  return new URL(answer.location ?? '').searchParams
}

/** The error that the client of a request receives; null when it receives a code. */
export async function errorOf(browser: Visitor, more: Wire): Promise<string | null> {
  return received(await browser.visit(authorizeUrl(more))).get('error')
}

/** Goes to the consent page of a request. */
export async function consentPageOf(browser: Visitor, more: Wire = {}): Promise<Answer> {
  const { location = '' } = await browser.visit(authorizeUrl(more))
  if (!location.startsWith('/oauth/authorize?flow=')) throw new Error(`No consent is asked at ${location}.`)
  return browser.visit(location)
}

/** Exchanges a code as `web` unless told otherwise. */
export function exchange(
  program: Visitor,
  code: string | null,
  more: Wire = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code: code ?? '',
    code_verifier: verifier,
    client_id: 'web',
    client_secret: more['client_id'] === undefined ? secret : undefined,
    ...more,
  }
  return post(program, '/oauth/token', form, headers)
}

/** Uses a refresh token as `web` unless told otherwise. */
export function refresh(
  program: Visitor,
  token: unknown,
  more: Wire = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: String(token),
    client_id: 'web',
    client_secret: more['client_id'] === undefined ? secret : undefined,
    ...more,
  }
  return post(program, '/oauth/token', form, headers)
}

/** The whole way: a person allows `scope`, and the client exchanges the code. */
export async function tokensFor(house: OAuthHouse, more: Wire = {}): Promise<Record<string, unknown>> {
  const answered = await codeFor(await house.signedIn(), more)
  const clientId = more['client_id']
  const answer = await exchange(
    house.visitor(),
    answered.get('code'),
    clientId === undefined ? {} : { client_id: clientId },
  )
  return answer.json()
}

/** What introspection says of a token, asked by `web` unless told otherwise. */
export async function introspected(
  house: OAuthHouse,
  token: unknown,
  by = 'web',
): Promise<Record<string, unknown>> {
  const form = { token: String(token), client_id: by, client_secret: secret }
  return (await post(house.visitor(), '/oauth/introspect', form)).json()
}

export function post(
  program: Visitor,
  path: string,
  form: Wire,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return program.visit(path, { body: formOf(form).toString(), headers })
}

function formOf(wire: Wire): URLSearchParams {
  return new URLSearchParams(
    Object.entries(wire).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

/** The claims of a JWT, unverified. */
export function claimsIn(token: unknown): Readonly<Record<string, unknown>> {
  return read(token).claims
}

/** The header of a JWT, unverified. */
export function headerIn(token: unknown): JwsHeader {
  return read(token).header
}

function read(token: unknown): { readonly header: JwsHeader; readonly claims: Record<string, unknown> } {
  const jwt = peekUnverified(String(token))
  if (jwt === null) throw new Error('This is no JWT.')
  return jwt
}

/** How many rows a table has. */
export async function rowCount(house: OAuthHouse, table: string): Promise<number> {
  return (await house.database.read(`select * from ${table}`, [])).length
}
