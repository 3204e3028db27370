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

export interface Tester {
  readonly on: Server
  /** Secret of the client `second`. */
  readonly second: string
  /** Moves the server's clock. */
  advance(seconds: number): Promise<void>
  metadata(): Promise<Readonly<Record<string, unknown>>>
  asking(changes?: Changes): Asking
  addressOf(asking: Pick<Asking, 'parameters'>): string
  /** A person who stops where the client's redirect URI is, and at what else is said. */
  person(...stopsAt: string[]): Person
  /** What came back to the client. @throws AssertionError when nothing did */
  answerOf(seen: Seen): Readonly<Record<string, string>>
  /** Walks to a code. Left out, `answers` are Ada's. */
  code(person: Person, asking: Asking, answers?: Answers): Promise<Sent>
  /** The code's own form, made tokens of. */
  tokens(form: Sent, asking: Asking, credential?: Credential): Promise<Tokens>
  redeem(form: Sent, credential?: Credential): Promise<Answer>
  /** Code and tokens in one go. */
  signedIn(person: Person, changes?: Changes, credential?: Credential): Promise<Tokens>
  /** Walks to an error. @returns its code */
  refusal(person: Person, asking: Pick<Asking, 'parameters'>, answers?: Answers): Promise<string>
  userinfo(access: string): Promise<Answer>
}

/** The client of all modules but some; `second` is the suite's second one. */
export const first: Credential = { authorization: basic('demo-web', 'demo-web-secret-0123456789abcdef') }

/** Registers what the plan needs beside the seed: a second client, with other ID tokens, and one that signs its requests. */
export async function openTester(on: Server, mode: 'query' | 'form_post'): Promise<Tester> {
  const scopes = ['openid', 'email', 'offline_access'].flatMap((name) => ['--scope', name])
  const create = (id: string, ...options: string[]) =>
    on.countersign('client', 'create', `Client ${id}`, '--id', id, '--redirect-uri', callback, ...options)
  const { secret } = await create('second', '--id-token-alg', 'RS256', ...scopes)
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [publicPart(specimen('ES256', 'signs').jwk)] }))
  await create('signs', '--jwks', jwks, ...scopes)
  rmSync(folder, { recursive: true })
  return testerOf(on, mode, String(secret))
}

function testerOf(on: Server, mode: 'query' | 'form_post', second: string): Tester {
  const keys = jose.createRemoteJWKSet(new URL(`${on.issuer}/oauth/jwks`))
  let ahead = 0
  const now = (): Date => new Date(Date.now() + ahead * 1000)

  const asking = (changes: Changes = {}): Asking => {
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
      ...(mode === 'query' ? {} : { response_mode: mode }),
    }
    return { parameters: present({ ...usual, ...changes }), verifier }
  }
  const addressOf = ({ parameters }: Pick<Asking, 'parameters'>): string =>
    `${on.issuer}/oauth/authorize?${new URLSearchParams(parameters)}`
  const answerOf = (seen: Seen): Readonly<Record<string, string>> => {
    const fields = mode === 'query' ? seen.left?.searchParams : postedFields(seen)
    assert.ok(fields, `Nothing came back to the client but ${seen.status}: ${seen.html}`)
    return Object.fromEntries(fields)
  }
  const answer = async (person: Person, asked: Pick<Asking, 'parameters'>, answers: Answers = ada) => {
    const fields = answerOf(await person.walk(addressOf(asked), answers))
    assert.equal(fields['state'], asked.parameters['state'])
    assert.equal(fields['iss'], on.issuer)
    return fields
  }
  const code = async (person: Person, asked: Asking, answers?: Answers): Promise<Sent> => {
    const fields = await answer(person, asked, answers)
    const { code, ...rest } = fields
    assert.ok(code, String(fields['error']))
    assert.deepEqual(Object.keys(rest).sort(), ['iss', ...('state' in asked.parameters ? ['state'] : [])])
    return { grant_type: 'authorization_code', code, code_verifier: asked.verifier, redirect_uri: callback }
  }
  const redeem = (form: Sent, { authorization, fields = {} }: Credential = first): Promise<Answer> =>
    post(`${on.issuer}/oauth/token`, { ...form, ...fields }, authorization)
  const tokens = async (form: Sent, asked: Asking, credential?: Credential): Promise<Tokens> => {
    const { access_token, refresh_token, id_token } = tokenAnswer(await redeem(form, credential))
    const { payload, protectedHeader } = await jose.jwtVerify(String(id_token), keys, {
      issuer: on.issuer,
      audience: asked.parameters['client_id'] ?? '',
      currentDate: now(),
      maxTokenAge: 300,
      requiredClaims: ['sub', 'exp', 'iat', 'auth_time', 'acr'],
    })
    assert.equal(payload['nonce'], asked.parameters['nonce'])
    assert.ok(payload.sub !== undefined && payload.sub.length <= 255)
    const refresh = refresh_token === undefined ? undefined : String(refresh_token)
    const header = { ...protectedHeader }
    return { access: String(access_token), refresh, idToken: String(id_token), header, claims: payload }
  }
  const signedIn = async (
    person: Person,
    changes: Changes = {},
    credential?: Credential,
  ): Promise<Tokens> => {
    const asked = asking(changes)
    return tokens(await code(person, asked), asked, credential)
  }
  return {
    on,
    second,
    async advance(seconds) {
      await on.advance(seconds)
      ahead += seconds
    },
    metadata: async () => (await get(`${on.issuer}/.well-known/openid-configuration`)).json,
    asking,
    addressOf,
    person: (...stopsAt) => new Person(callback, ...stopsAt),
    answerOf,
    code,
    tokens,
    redeem,
    signedIn,
    async refusal(person, asked, answers = ada) {
      const { error = '', ...rest } = await answer(person, asked, answers)
      const known = ['error_description', 'iss', 'state']
      assert.deepEqual(
        Object.keys(rest).filter((name) => !known.includes(name)),
        [],
      )
      return error
    },
    userinfo: (access) => get(`${on.issuer}/oauth/userinfo`, { authorization: `Bearer ${access}` }),
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
