// OAuth's wire as a client speaks it, without an SDK: what was sent and what came back, byte by byte. Whether an answer
// is right is the test's business.
import { randomBytes } from 'node:crypto'
import { codeChallenge } from '@countersign/protocol'
import { Person, type Seen } from './person.ts'
import { callback, credentials, type Inhabitant } from './population.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export type Sent = Readonly<Record<string, string>>

/** Posts a form. @param authorization of a confidential client; a public one names itself in the form */
export async function post(
  address: string,
  form: Sent,
  authorization?: string,
  more: Sent = {},
): Promise<Answer> {
  const headers = { ...more, ...(authorization === undefined ? {} : { authorization }) }
  return heard(await fetch(address, { method: 'POST', headers, body: new URLSearchParams(form) }))
}

export async function get(address: string, headers: Sent = {}): Promise<Answer> {
  return heard(await fetch(address, { headers, redirect: 'manual' }))
}

async function heard(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: response.status, headers: response.headers, text, json }
}

/** A person's browser, at a network address of its own, who stops at the client's door. */
export function browserAt(address: string): Person {
  const person = new Person(callback)
  person.says = { 'x-forwarded-for': address }
  return person
}

/** @returns what they see then: the account page, or the form again */
export async function signIn(
  origin: string,
  person: Person,
  { username, password }: Pick<Inhabitant, 'username' | 'password'>,
): Promise<Seen> {
  return admitted(async () => person.submit(await person.open(`${origin}/sign-in`), { username, password }))
}

/** Sends a form with a password again while the server has no room to hash one, for two minutes at most. */
export async function admitted(send: () => Promise<Seen>): Promise<Seen> {
  const end = performance.now() + 120_000
  for (;;) {
    const seen = await send()
    if (seen.status !== 503 || performance.now() > end) return seen
    const seconds = Number(seen.headers.get('retry-after') ?? 1)
    await new Promise((resume) => setTimeout(resume, seconds * 1000))
  }
}

export interface Ticket {
  readonly code: string
  readonly verifier: string
}

export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** How `web` (or `client`) asks for a person. */
export function authorizeAddress(origin: string, verifier: string, more: Sent = {}): string {
  const query = new URLSearchParams({
    client_id: 'web',
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid offline_access',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 's',
    ...more,
  })
  return `${origin}/oauth/authorize?${query}`
}

export function newVerifier(): string {
  return randomBytes(32).toString('base64url')
}

/** Walks to a code, allowing what is asked. @returns null when the person is asked to sign in instead */
export async function codeFor(origin: string, person: Person, more: Sent = {}): Promise<Ticket | null> {
  const verifier = newVerifier()
  const seen = await person.walk(authorizeAddress(origin, verifier, more), {})
  const code = seen.left?.searchParams.get('code') ?? null
  if (code !== null) return { code, verifier }
  if (seen.status === 200 && seen.url.pathname === '/sign-in') return null
  throw new Error(`No code but ${seen.status} at ${seen.left?.href ?? seen.url.pathname}: ${seen.html}`)
}

export function redeem(origin: string, { code, verifier }: Ticket, authorization = credentials.web) {
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: callback }
  return post(`${origin}/oauth/token`, form, authorization)
}

export function refresh(origin: string, token: string, authorization: string = credentials.web) {
  return post(`${origin}/oauth/token`, { grant_type: 'refresh_token', refresh_token: token }, authorization)
}

export function introspect(origin: string, token: string, authorization: string = credentials.web) {
  return post(`${origin}/oauth/introspect`, { token }, authorization)
}

export function revoke(origin: string, token: string, authorization: string = credentials.web) {
  return post(`${origin}/oauth/revoke`, { token }, authorization)
}

export function userinfo(origin: string, token: string) {
  return get(`${origin}/oauth/userinfo`, { authorization: `Bearer ${token}` })
}

/** The tokens of a good answer. @throws with the answer when it is none */
export function tokensOf(answer: Answer): Tokens {
  const { access_token: access, refresh_token: refreshToken } = answer.json
  if (answer.status !== 200 || typeof access !== 'string' || typeof refreshToken !== 'string')
    throw new Error(`No tokens but ${answer.status}: ${answer.text}`)
  return { access, refresh: refreshToken }
}

/** Code and tokens in one go, for a person who is signed in. */
export async function tokensFor(origin: string, person: Person, more: Sent = {}): Promise<Tokens> {
  const ticket = await codeFor(origin, person, more)
  if (ticket === null) throw new Error('The person is not signed in.')
  return tokensOf(await redeem(origin, ticket))
}
