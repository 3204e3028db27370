// A small application as others write it, over openid-client from npm: it signs people in, keeps its own sessions, and
// hears that they have ended by the back channel, by the front channel, or by both.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'
import type { Server } from './server.ts'

/** What the application keeps of somebody who signed in. */
export interface OwnSession {
  readonly sid: string
  readonly sub: string
  readonly idToken: string
}

export interface RelyingPartyOptions {
  readonly id: string
  /** As browsers call it: two of them are two origins, and two sites. */
  readonly host: 'localhost' | '127.0.0.1'
  readonly hears: readonly ('back' | 'front')[]
  /** Judges a logout token. @throws to refuse it */
  readonly judge?: (token: string, issuer: string, clientId: string) => Promise<{ readonly sid?: string }>
}

export interface RelyingParty extends AsyncDisposable {
  readonly id: string
  readonly origin: string
  /** Its own sessions, by its own cookie. */
  readonly sessions: Map<string, OwnSession>
  /** Logout tokens that came by the back channel. */
  readonly heard: readonly string[]
  /** Queries of the front channel's page. */
  readonly loaded: readonly URLSearchParams[]
  /** What its back-channel endpoint answers from now on, instead of judging. */
  answerWith(status: number | 'nothing' | null): void
}

interface Attempt {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

/** An application at work. */
interface Application {
  readonly id: string
  readonly issuer: string
  readonly origin: string
  readonly config: client.Configuration
  readonly judge: RelyingPartyOptions['judge']
  readonly sessions: Map<string, OwnSession>
  readonly attempts: Map<string, Attempt>
  readonly heard: string[]
  readonly loaded: URLSearchParams[]
  fixed: number | 'nothing' | null
}

type Run = (application: Application, url: URL, request: IncomingMessage) => Promise<Answer>

/** Opens one and registers it with a development server. */
export async function openRelyingParty(on: Server, options: RelyingPartyOptions): Promise<RelyingParty> {
  const { id, host, judge } = options
  const server = createServer()
  // Whoever forgets to close it is not kept waiting.
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  const secret = await register(on, options, origin)
  const execute = [client.allowInsecureRequests]
  const application: Application = {
    id,
    issuer: on.issuer,
    origin,
    config: await client.discovery(new URL(on.issuer), id, secret, undefined, { execute }),
    judge,
    sessions: new Map(),
    attempts: new Map(),
    heard: [],
    loaded: [],
    fixed: null,
  }
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', origin)
    const run = routes[url.pathname]
    const answering = run === undefined ? Promise.resolve({ status: 404 }) : run(application, url, request)
    answering.then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, { status: 500, body: String(error) }),
    )
  })
  const { sessions, heard, loaded } = application
  return {
    id,
    origin,
    sessions,
    heard,
    loaded,
    answerWith: (status) => {
      application.fixed = status
    },
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** @returns its secret */
async function register(on: Server, { id, hears }: RelyingPartyOptions, origin: string): Promise<string> {
  const front = ['--frontchannel-logout-uri', `${origin}/frontchannel`]
  const registered = await on.countersign(
    ...['client', 'create', `Application ${id}`, '--id', id, '--redirect-uri', `${origin}/callback`],
    ...['--post-logout-redirect-uri', `${origin}/bye`],
    ...(hears.includes('back') ? ['--backchannel-logout-uri', `${origin}/backchannel`] : []),
    ...(hears.includes('front') ? [...front, '--frontchannel-logout-session-required'] : []),
  )
  return String(registered['secret'])
}

const home: Run = async ({ sessions }, _, request) => {
  const session = sessions.get(cookieOf(request))
  return page(session === undefined ? '<a href="/sign-in">Sign in</a>' : `<p id="who">${session.sub}</p>`)
}

const signIn: Run = async ({ attempts, config, origin }, url) => {
  const attempt = {
    verifier: client.randomPKCECodeVerifier(),
    state: client.randomState(),
    nonce: client.randomNonce(),
  }
  attempts.set(attempt.state, attempt)
  const prompt = url.searchParams.get('prompt')
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: `${origin}/callback`,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    state: attempt.state,
    nonce: attempt.nonce,
    ...(prompt === null ? {} : { prompt }),
  })
  return to(address.href)
}

const callback: Run = async ({ attempts, config, sessions }, url) => {
  const attempt = attempts.get(url.searchParams.get('state') ?? '')
  if (attempt === undefined) return { status: 400 }
  if (url.searchParams.has('error')) return page(`<p id="error">${url.searchParams.get('error')}</p>`)
  const tokens = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: attempt.verifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  const key = crypto.randomUUID()
  const session = { sid: String(claims?.['sid']), sub: String(claims?.sub), idToken: tokens.id_token ?? '' }
  sessions.set(key, session)
  return { ...to('/'), headers: { 'set-cookie': `own=${key}; Path=/; HttpOnly; SameSite=Lax` } }
}

const signOut: Run = async ({ config, origin, sessions }, _, request) => {
  const address = client.buildEndSessionUrl(config, {
    id_token_hint: sessions.get(cookieOf(request))?.idToken ?? '',
    post_logout_redirect_uri: `${origin}/bye`,
    state: 'a state',
  })
  return to(address.href)
}

const frontChannel: Run = async (application, url) => {
  application.loaded.push(url.searchParams)
  const { sid, iss } = Object.fromEntries(url.searchParams)
  if (iss === application.issuer) endBySid(application, sid)
  return page('<p>Signed out here</p>')
}

const backChannel: Run = async (application, _, request) => {
  const { fixed, heard, id, issuer, judge } = application
  const token = new URLSearchParams(await bodyOf(request)).get('logout_token') ?? ''
  heard.push(token)
  if (fixed === 'nothing') return new Promise(() => {})
  if (fixed !== null) return { status: fixed }
  try {
    endBySid(application, (await judge?.(token, issuer, id))?.sid)
    return { status: 200 }
  } catch {
    return { status: 400 }
  }
}

const routes: Readonly<Record<string, Run>> = {
  '/': home,
  '/sign-in': signIn,
  '/callback': callback,
  '/sign-out': signOut,
  '/bye': async () => page('<p id="bye">Goodbye</p>'),
  '/frontchannel': frontChannel,
  '/backchannel': backChannel,
}

function endBySid({ sessions }: Application, sid: string | undefined): void {
  for (const [key, session] of sessions) if (session.sid === sid) sessions.delete(key)
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly location?: string
  readonly body?: string
}

const to = (location: string): Answer => ({ status: 303, location })
const page = (body: string): Answer => ({ status: 200, body })

function send(response: ServerResponse, { status, headers = {}, location, body = '' }: Answer): void {
  response.writeHead(status, {
    'content-type': 'text/html',
    ...headers,
    ...(location === undefined ? {} : { location }),
  })
  response.end(body)
}

function cookieOf(request: IncomingMessage): string {
  return /(?:^|; )own=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += String(piece)
  return text
}

/** Waits for what happens beside the request. @throws when it has not within a minute */
export async function eventually(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It did not happen: ${what}.`)
    await new Promise((resume) => setTimeout(resume, 20))
  }
}
