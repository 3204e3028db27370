// The conformance suite's own client in the plans with dynamic_client: it registers itself for each module, and has a place
// on the web where its keys, its sector and its requests are fetched from.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answers, Person, Seen } from '../harness/person.ts'
import type { Server } from '../harness/server.ts'
import { get, type Sent } from '../harness/wire.ts'
import {
  type Asking,
  ada,
  basic,
  type Changes,
  type Credential,
  callback,
  Tester,
  type Tokens,
} from './oidcc-tester.ts'

/** A client as the server answered that it is. */
export interface Registered {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly id: string
  readonly credential: Credential
}

/** What the suite's client says of itself in every module. */
const usual = {
  client_name: 'Conformance',
  redirect_uris: [callback],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  contacts: ['certification@oidf.org'],
}

/** A web server of the client: what it answers is what a test puts there. */
class Site {
  readonly #pages = new Map<string, { readonly type: string; readonly body: string | Buffer }>()
  readonly #server = createServer((request, response) => {
    const page = this.#pages.get(request.url ?? '')
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': page?.type ?? 'text/plain' })
    response.end(page?.body)
  })

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, 'localhost', resolve))
  }

  /** @returns the address */
  put(path: string, body: unknown, type = 'application/json'): string {
    const isText = typeof body === 'string' || Buffer.isBuffer(body)
    this.#pages.set(path, { type, body: isText ? body : JSON.stringify(body) })
    return `http://localhost:${(this.#server.address() as AddressInfo).port}${path}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

export class DynamicTester extends Tester {
  readonly site = new Site()
  /** Somebody who has signed in before: modules that are not about signing in go on with them. */
  readonly someone: Person

  constructor(on: Server) {
    super(on, 'query', '')
    this.someone = this.person()
  }

  /** Registers a client that says this of itself. */
  async register(more: Readonly<Record<string, unknown>> = {}): Promise<Registered> {
    const { status, json } = await this.tryRegister(more)
    assert.equal(status, 201, JSON.stringify(json))
    const { client_id: id, client_secret: secret, ...metadata } = json
    // RFC 7591 §3.2.1: everything that is registered, what was sent among it.
    for (const [name, value] of Object.entries({ ...usual, ...more }))
      assert.deepEqual(metadata[name], value, name)
    const credential = secret === undefined ? {} : { authorization: basic(String(id), String(secret)) }
    if (secret !== undefined) assert.ok(Object.hasOwn(metadata, 'client_secret_expires_at'))
    return { metadata, id: String(id), credential }
  }

  async tryRegister(
    more: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> {
    const { registration_endpoint: endpoint } = await this.metadata()
    const response = await fetch(String(endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ ...usual, ...more }),
    })
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }

  /** The registration is refused with this error. */
  async refuses(more: Readonly<Record<string, unknown>>, error: string): Promise<void> {
    const { status, json } = await this.tryRegister(more)
    assert.deepEqual([status, json['error']], [400, error])
  }

  /** A registered client's way from request to tokens. */
  async tokensOf({ id, credential }: Registered, changes: Changes = {}, prove = credential): Promise<Tokens> {
    const asking = this.asking({ client_id: id, ...changes })
    return this.tokens(await this.code(this.someone, asking), asking, prove)
  }

  /** As a page that goes nowhere: what the person reads of a request that can't be answered. */
  async errorPage(asking: Pick<Asking, 'parameters'>, answers: Answers = ada): Promise<Seen> {
    const seen = await this.someone.walk(this.addressOf(asking), answers)
    assert.deepEqual([seen.left, seen.status], [undefined, 400])
    return seen
  }

  /** The names of the keys that are published now. */
  async published(): Promise<string[]> {
    const { json } = await get(String((await this.metadata())['jwks_uri']))
    return (json['keys'] as { kid: string }[]).map(({ kid }) => kid)
  }

  /** Uses a refresh token. */
  refresh(token: string | undefined, credential: Credential) {
    const form: Sent = { grant_type: 'refresh_token', refresh_token: token ?? '' }
    return this.redeem(form, credential)
  }
}
