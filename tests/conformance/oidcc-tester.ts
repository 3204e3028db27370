// A relying party as the conformance suite plays it in the OpenID Connect plans: it asks, reads the answer by either
// response mode, and checks of every answer what each module checks. Pages are driven as plain HTML forms.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeChallenge } from '@countersign/protocol'
import * as jose from 'jose'
import { type Answers, Person, type Seen } from '../harness/person.ts'
import { password, type Server } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { type Answer, get, newVerifier, post, type Sent } from '../harness/wire.ts'

export const callback = 'http://localhost:4402/callback'
export const ada = { username: 'ada', password }

/** A request, and what of it the client keeps. */
export interface Asking {
  readonly parameters: Sent
  readonly verifier: string
}

/** What a request changes of the usual one; undefined leaves a parameter out. */
export type Changes = Readonly<Record<string, string | undefined>>

type Mode = 'query' | 'form_post'

/** Tokens whose answer and ID token were checked. */
export interface Tokens {
  readonly access: string
  readonly refresh: string | undefined
  readonly idToken: string
  readonly header: jose.JWTHeaderParameters
  readonly claims: jose.JWTPayload
}

/** How a client proves itself at the token endpoint: a header, or fields of the form. */
export interface Credential {
  readonly authorization?: string
  readonly fields?: Sent
}

/** The client of all modules but some; `second` is the suite's second one. */
export const first: Credential = { authorization: basic('demo-web', 'demo-web-secret-0123456789abcdef') }

/** Registers what the plan needs beside the seed: a second client, with other ID tokens, and one that signs its requests. */
export async function openTester(on: Server, mode: Mode): Promise<Tester> {
  const scopes = ['openid', 'email', 'offline_access'].flatMap((name) => ['--scope', name])
  const create = (id: string, ...options: string[]) =>
    on.countersign('client', 'create', `Client ${id}`, '--id', id, '--redirect-uri', callback, ...options)
  const { secret } = await create('second', '--id-token-alg', 'RS256', ...scopes)
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [publicPart(specimen('ES256', 'signs').jwk)] }))
  await create('signs', '--jwks', jwks, ...scopes)
  rmSync(folder, { recursive: true })
  return new Tester(on, mode, String(secret))
}

export class Tester {
  readonly on: Server
  /** Secret of the client `second`. */
  readonly second: string
  readonly #mode: Mode
  readonly #keys: ReturnType<typeof jose.createRemoteJWKSet>
  /** Seconds by which the server's clock was moved. */
  #ahead = 0

  constructor(on: Server, mode: Mode, second: string) {
    this.on = on
    this.second = second
    this.#mode = mode
    // A key that it doesn't know is looked for at once.
    this.#keys = jose.createRemoteJWKSet(new URL(`${on.issuer}/oauth/jwks`), { cooldownDuration: 0 })
  }

  /** Moves the server's clock. */
  async advance(seconds: number): Promise<void> {
    await this.on.advance(seconds)
    this.#ahead += seconds
  }

  async metadata(): Promise<Answer['json']> {
    return (await get(`${this.on.issuer}/.well-known/openid-configuration`)).json
  }

  asking(changes: Changes = {}): Asking {
    const verifier = newVerifier()
    const usual = {
      client_id: 'demo-web',
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid',
      state: randomBytes(16).toString('hex'),
      nonce: randomBytes(16).toString('hex'),
      code_challenge: codeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(this.#mode === 'query' ? {} : { response_mode: this.#mode }),
    }
    return { parameters: present({ ...usual, ...changes }), verifier }
  }

  addressOf({ parameters }: Pick<Asking, 'parameters'>): string {
    return `${this.on.issuer}/oauth/authorize?${new URLSearchParams(parameters)}`
  }

  /** A person who stops where the client's redirect URI is, and at what else is said. */
  person(...stopsAt: string[]): Person {
    return new Person(callback, ...stopsAt)
  }

  /** What came back to the client. @throws AssertionError when nothing did */
  answerOf(seen: Seen): Sent {
    const fields = this.#mode === 'query' ? seen.left?.searchParams : postedFields(seen)
    assert.ok(fields, `Nothing came back to the client but ${seen.status}: ${seen.html}`)
    return Object.fromEntries(fields)
  }

  /** Walks to a code. @returns the form that it is exchanged by */
  async code(person: Person, asking: Asking, answers: Answers = ada): Promise<Sent> {
    const { code, ...rest } = await this.#walk(person, asking, answers)
    assert.ok(code, String(rest['error']))
    const expected = 'state' in asking.parameters ? ['iss', 'state'] : ['iss']
    assert.deepEqual(Object.keys(rest).sort(), expected)
    return { grant_type: 'authorization_code', code, code_verifier: asking.verifier, redirect_uri: callback }
  }

  /** Walks to an error. @returns its code */
  async refusal(person: Person, asking: Pick<Asking, 'parameters'>, answers: Answers = ada): Promise<string> {
    const { error = '', error_description: _, ...rest } = await this.#walk(person, asking, answers)
    assert.deepEqual(Object.keys(rest).sort(), ['iss', 'state'])
    return error
  }

  redeem(form: Sent, { authorization, fields = {} }: Credential = first): Promise<Answer> {
    return post(`${this.on.issuer}/oauth/token`, { ...form, ...fields }, authorization)
  }

  /** Makes tokens of a form, and checks the answer (RFC 6749 §5.1) and the ID token (OpenID Connect Core §3.1.3.7). */
  async tokens(form: Sent, { parameters }: Asking, credential?: Credential): Promise<Tokens> {
    const { access_token, refresh_token, id_token } = tokenAnswer(await this.redeem(form, credential))
    const { payload: claims, protectedHeader: header } = await jose.jwtVerify(String(id_token), this.#keys, {
      issuer: this.on.issuer,
      audience: parameters['client_id'] ?? '',
      currentDate: new Date(Date.now() + this.#ahead * 1000),
      maxTokenAge: 300,
      requiredClaims: ['sub', 'exp', 'iat', 'auth_time', 'acr'],
    })
    assert.equal(claims['nonce'], parameters['nonce'])
    assert.ok(claims.sub !== undefined && claims.sub.length <= 255)
    const refresh = refresh_token === undefined ? undefined : String(refresh_token)
    return { access: String(access_token), refresh, idToken: String(id_token), header, claims }
  }

  /** Code and tokens in one go, as Ada. */
  async signedIn(person: Person, changes: Changes = {}, credential?: Credential): Promise<Tokens> {
    const asking = this.asking(changes)
    return this.tokens(await this.code(person, asking), asking, credential)
  }

  userinfo(access: string): Promise<Answer> {
    return get(`${this.on.issuer}/oauth/userinfo`, { authorization: `Bearer ${access}` })
  }

  async #walk(person: Person, asking: Pick<Asking, 'parameters'>, answers: Answers): Promise<Sent> {
    const fields = this.answerOf(await person.walk(this.addressOf(asking), answers))
    assert.equal(fields['state'], asking.parameters['state'])
    assert.equal(fields['iss'], this.on.issuer)
    return fields
  }
}

/** RFC 6749 §5.1. */
function tokenAnswer({ status, text, headers, json }: Answer): Answer['json'] {
  assert.equal(status, 200, text)
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
  assert.match(headers.get('cache-control') ?? '', /no-store/)
  assert.match(String(json['token_type']), /^bearer$/i)
  assert.ok(Number.isSafeInteger(json['expires_in']) && Number(json['expires_in']) > 0)
  return json
}

/** The form that the browser is told to post to the client (Form Post Response Mode §2); nothing stands in an address. */
function postedFields(seen: Seen): ReadonlyMap<string, string> | undefined {
  assert.equal(seen.left, undefined)
  const form = seen.forms.find(({ action }) => action.startsWith(callback))
  if (form === undefined) return undefined
  assert.equal(form.method, 'post')
  assert.equal(form.action, callback)
  assert.equal(seen.headers.get('cache-control')?.includes('no-store'), true)
  return form.fields
}

function present(changes: Changes): Sent {
  return Object.fromEntries(
    Object.entries(changes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

/** Whether a page asks who the person is. */
export function asksWho({ forms }: Seen): boolean {
  return forms.some(({ fields }) => fields.has('username') && fields.has('password'))
}
