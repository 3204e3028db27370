// A person in a browser without script: signs in at our server and lets the bench's web client have tokens.
import { createHash, randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { type Reply, send } from './load.ts'
import { host, password, redirectUri, secret } from './ours.ts'
import type { Server } from './process.ts'
import { get } from './raw.ts'

interface Page {
  readonly body: string
  readonly location: string
  readonly status: number
}

/** Somebody with a cookie jar. */
export class Person {
  readonly #cookies = new Map<string, string>()
  readonly #base: string
  readonly #from: string

  /** @param from the network address that the proxy in front of the server would name */
  constructor(server: Server, from = '198.51.100.250') {
    this.#base = server.url
    this.#from = from
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async go(path: string, form?: Record<string, string>): Promise<Page> {
    const answer = await get(
      this.#base,
      path,
      { host, cookie: this.cookie, origin: `https://${host}`, 'x-forwarded-for': this.#from },
      form,
    )
    for (const line of answer.cookies) {
      const [pair = ''] = line.split(';')
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }

  /** Signs in; the limits count these tries, so keep them few. */
  async signIn(email: string): Promise<void> {
    const page = await this.go('/sign-in')
    const answer = await this.go('/sign-in', {
      form_token: hidden(page.body, 'form_token'),
      username: email,
      password,
    })
    if (answer.location === '') throw new Error('The sign-in was refused.')
  }

  /** An authorization code for the bench's web client, consent included. */
  async code(challenge: string, scope: string): Promise<string> {
    const query = new URLSearchParams({
      client_id: 'bench-web',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    let answer = await this.go(`/oauth/authorize?${query}`)
    if (answer.location.startsWith('/')) answer = await this.go(answer.location)
    if (answer.location === '') {
      const fields = Object.fromEntries(
        [...answer.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
          ([, name, value]) => [name, value],
        ),
      )
      answer = await this.go('/oauth/authorize', { ...fields, decision: 'allow' })
    }
    return new URL(answer.location).searchParams.get('code') ?? ''
  }
}

/** The value of a hidden field. */
export function hidden(body: string, name: string): string {
  return body.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? ''
}

/** So many refresh tokens, each of a family of its own, from one sign-in. */
export async function refreshTokens(
  server: Server,
  count: number,
  scope = 'offline_access accounts:read',
): Promise<string[]> {
  const person = new Person(server)
  await person.signIn('person0@bench.example')
  const agent = new Agent({ keepAlive: true })
  const tokens: string[] = []
  for (let index = 0; index < count; index++) {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const code = await person.code(challenge, scope)
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    }).toString()
    const reply: Reply = await send(agent, server.url, {
      method: 'POST',
      path: '/oauth/token',
      headers: {
        host,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
        authorization: `Basic ${Buffer.from(`bench-web:${secret}`).toString('base64')}`,
      },
      body,
    })
    if (reply.status !== 200) throw new Error(`The code was refused: ${reply.body}`)
    tokens.push((JSON.parse(reply.body) as { refresh_token: string }).refresh_token)
  }
  agent.destroy()
  return tokens
}
