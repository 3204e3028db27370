// A small authorization server for the tests of the browser client: code with PKCE, rotation with a grace, and levers
// to misbehave with. It signs nothing: the client reads ID tokens that come over the token endpoint only.
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Family {
  readonly subject: string
  readonly clientId: string
  current: string
  previous: string | undefined
  alive: boolean
}

interface Code {
  readonly subject: string
  readonly request: URLSearchParams
}

export interface Provider {
  readonly issuer: string
  /** Every request so far, as `METHOD /path`, token requests with their grant: `POST /token refresh_token`. */
  readonly log: string[]
  readonly levers: {
    /** Seconds that access tokens live. */
    lifetime: number
    /** Members that overwrite those of the ID token. */
    idToken: Record<string, unknown>
    metadata: Record<string, unknown>
    /** Replaces `iss` in authorization answers; null leaves it out. */
    iss: string | null | undefined
    /** So many token requests from now are carried out, but their answers are lost. */
    lostAnswers: number
    /** Held before a token request is answered. */
    hold: Promise<unknown> | undefined
    refreshTokens: boolean
    clientSecret: string | undefined
  }
  /** The most token requests that were under way at the same moment. */
  readonly mostAtOnce: () => number
  /** Is this access token good? */
  accepts(authorization: string | undefined): boolean
  /** Makes every access token worthless, as if all had expired early. */
  forgetAccess(): void
  /** Ends every family and forgets every access token and browser session. */
  endEverything(): void
  close(): Promise<void>
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export async function startProvider(): Promise<Provider> {
  const state = createState()
  const server = createServer((request, response) => {
    void answer(state, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  state.issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    issuer: state.issuer,
    log: state.log,
    levers: state.levers,
    mostAtOnce: () => state.most,
    accepts: (authorization) => state.access.has(String(authorization).replace(/^Bearer /, '')),
    forgetAccess: () => state.access.clear(),
    endEverything() {
      for (const family of state.families) family.alive = false
      state.access.clear()
      state.browsers.clear()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type State = ReturnType<typeof createState>

function createState() {
  const levers: Provider['levers'] = {
    lifetime: 300,
    idToken: {},
    metadata: {},
    iss: undefined,
    lostAnswers: 0,
    hold: undefined,
    refreshTokens: true,
    clientSecret: undefined,
  }
  return {
    issuer: '',
    log: [] as string[],
    levers,
    most: 0,
    atOnce: 0,
    codes: new Map<string, Code>(),
    families: [] as Family[],
    access: new Set<string>(),
    browsers: new Map<string, string>(),
  }
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', state.issuer)
  let body = ''
  for await (const piece of request) body += piece
  const form = new URLSearchParams(body)
  const grant = form.get('grant_type')
  if (request.method !== 'OPTIONS')
    state.log.push(`${request.method} ${url.pathname}${grant ? ` ${grant}` : ''}`)
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-headers', 'authorization')
  response.setHeader('cache-control', 'no-store')
  const routes: Record<string, () => void | Promise<void>> = {
    '/.well-known/openid-configuration': () => send(response, 200, metadata(state)),
    '/authorize': () => authorize(state, url, request, response),
    '/sign-in': () => signIn(state, form, response),
    '/token': () => token(state, form, request, response),
    '/userinfo': () => send(response, 200, { sub: 'ada', name: 'Ada from userinfo' }),
    '/revoke': () => revoke(state, form, response),
    '/end': () => end(state, url, response),
  }
  await (routes[url.pathname] ?? (() => send(response, 404, {})))()
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function metadata({ issuer, levers }: State): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/end`,
    authorization_response_iss_parameter_supported: true,
    ...levers.metadata,
  }
}

const browserOf = (request: IncomingMessage) =>
  /(?:^|; )browser=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]

function authorize(state: State, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const asked = url.searchParams
  const subject = state.browsers.get(browserOf(request) ?? '')
  const prompt = asked.get('prompt')
  const known = subject && prompt !== 'login'
  if (known || prompt === 'none') {
    redirect(
      state,
      asked,
      response,
      known ? { code: mint(state, subject, asked) } : { error: 'login_required' },
    )
    return
  }
  const back = encodeURIComponent(asked.toString())
  const button = (name: string) => `<button name="user" value="${name}">${name}</button>`
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.setHeader('x-frame-options', 'DENY')
  response.end(
    `<!doctype html><html lang="en"><title>Sign in</title><form method="post" action="/sign-in">
    <input type="hidden" name="back" value="${back}">${button('ada')}${button('grace')}</form></html>`,
  )
}

function signIn(state: State, form: URLSearchParams, response: ServerResponse): void {
  const asked = new URLSearchParams(decodeURIComponent(form.get('back') ?? ''))
  const subject = form.get('user') ?? 'ada'
  const browser = randomUUID()
  state.browsers.set(browser, subject)
  response.setHeader('set-cookie', `browser=${browser}; HttpOnly; SameSite=Lax; Path=/`)
  redirect(state, asked, response, { code: mint(state, subject, asked) })
}

function mint(state: State, subject: string, request: URLSearchParams): string {
  const code = randomUUID()
  state.codes.set(code, { subject, request })
  return code
}

function redirect(
  { issuer, levers }: State,
  asked: URLSearchParams,
  response: ServerResponse,
  answer: Record<string, string>,
): void {
  const to = new URL(asked.get('redirect_uri') ?? '')
  for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value)
  to.searchParams.set('state', asked.get('state') ?? '')
  if (levers.iss !== null) to.searchParams.set('iss', levers.iss ?? issuer)
  response.writeHead(303, { location: to.href }).end()
}

async function token(
  state: State,
  form: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  state.atOnce++
  state.most = Math.max(state.most, state.atOnce)
  try {
    const { levers } = state
    await levers.hold
    if (levers.clientSecret) {
      const basic = Buffer.from(`shop:${levers.clientSecret}`).toString('base64')
      if (request.headers.authorization !== `Basic ${basic}`)
        return send(response, 401, { error: 'invalid_client' })
    }
    const tokens = form.get('grant_type') === 'refresh_token' ? rotate(state, form) : exchange(state, form)
    if (levers.lostAnswers > 0) {
      levers.lostAnswers--
      response.destroy()
    } else if (tokens) send(response, 200, tokens)
    else send(response, 400, { error: 'invalid_grant' })
  } finally {
    state.atOnce--
  }
}

function exchange(state: State, form: URLSearchParams): object | undefined {
  const code = state.codes.get(form.get('code') ?? '')
  state.codes.delete(form.get('code') ?? '')
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  if (code?.request.get('code_challenge') !== challenge) return undefined
  if (code.request.get('redirect_uri') !== form.get('redirect_uri')) return undefined
  const clientId = code.request.get('client_id') ?? ''
  const family: Family = {
    subject: code.subject,
    clientId,
    current: randomUUID(),
    previous: undefined,
    alive: true,
  }
  state.families.push(family)
  return tokensOf(state, family, code.request.get('nonce'))
}

function rotate(state: State, form: URLSearchParams): object | undefined {
  const shown = form.get('refresh_token')
  const family = state.families.find((one) => one.current === shown || one.previous === shown)
  if (!family?.alive) return undefined
  if (family.current === shown) {
    family.previous = shown
    family.current = randomUUID()
  }
  return tokensOf(state, family, null)
}

function tokensOf({ issuer, levers, access }: State, family: Family, nonce: string | null): object {
  const accessToken = `at-${randomUUID()}`
  access.add(accessToken)
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: family.clientId,
    sub: family.subject,
    iat: now,
    exp: now + 300,
    ...(nonce !== null && { nonce }),
    name: family.subject === 'ada' ? 'Ada' : 'Grace',
    ...levers.idToken,
  }
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: levers.lifetime,
    id_token: `${encode({ alg: 'ES256' })}.${encode(claims)}.c2lnbmF0dXJl`,
    ...(levers.refreshTokens && { refresh_token: family.current }),
  }
}

function revoke(state: State, form: URLSearchParams, response: ServerResponse): void {
  for (const family of state.families) if (family.current === form.get('token')) family.alive = false
  response.writeHead(200).end()
}

function end(state: State, url: URL, response: ServerResponse): void {
  state.browsers.clear()
  const to = url.searchParams.get('post_logout_redirect_uri') ?? '/'
  response.writeHead(303, { location: to }).end()
}
