// Applications that ask people who are elsewhere, for tests: clients, what they send, and a person who answers them.
import { cibaGrant, type JwsAlgorithm } from '@countersign/protocol'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import type { Answer, House, Visitor } from '../../platform/house.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { ada, type OAuthHouse, openOAuthHouse, post, secret, type Wire } from '../house.ts'

export const counter = { client_id: 'counter', client_secret: secret } as const

const clients: readonly ClientDescription[] = [
  {
    id: 'counter',
    name: 'The Counter',
    secret,
    grants: [cibaGrant, 'refresh_token'],
    scopes: ['openid', 'email', 'offline_access', 'accounts:read', 'ledger:read'],
  },
  { id: 'kiosk', name: 'The Kiosk', secret, grants: [cibaGrant], scopes: ['openid', 'accounts:read'] },
]

/** A house with clients that ask by the back channel. */
export async function openCibaHouse(options: { readonly house?: House } = {}): Promise<OAuthHouse> {
  const house = await openOAuthHouse(options)
  for (const client of clients) await added(house, client)
  return house
}

/** Adds a client. */
export async function added(house: OAuthHouse, client: ClientDescription): Promise<void> {
  const created = await createClient(house, client)
  if (!created.ok) throw new Error(JSON.stringify(created.findings))
}

/** A client that signs what it asks with this algorithm; its key is the specimen of its id. */
export function signer(id: string, signingAlg: JwsAlgorithm): ClientDescription {
  const { kty, crv, x, y, n, e } = specimen(signingAlg, id).jwk
  const key = { kty, crv, x, y, n, e, alg: signingAlg, kid: id, use: 'sig' }
  return {
    id,
    name: `The Signer ${id}`,
    secret,
    jwks: { keys: [JSON.parse(JSON.stringify(key))] },
    grants: [cibaGrant],
    scopes: ['openid', 'accounts:read'],
    ciba: { mode: 'poll', notificationEndpoint: null, signingAlg },
  }
}

/** What a client is answered. */
export interface Asked {
  readonly auth_req_id: string
  readonly expires_in: number
  readonly interval: number
}

/** A client asks Ada; as `counter` unless told otherwise. */
export function ask(program: Visitor, form: Wire = {}): Promise<Answer> {
  return post(program, '/oauth/ciba', {
    ...counter,
    scope: 'openid offline_access accounts:read',
    login_hint: 'ada@example.test',
    ...form,
  })
}

export async function asked(house: OAuthHouse, form: Wire = {}): Promise<Asked> {
  const answer = await ask(house.visitor(), form)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  return answer.json() as unknown as Asked
}

/** A client asks whether somebody has decided; as `counter` unless told otherwise. */
export function poll(house: OAuthHouse, authReqId: unknown, form: Wire = {}): Promise<Answer> {
  return post(house.visitor(), '/oauth/token', {
    grant_type: cibaGrant,
    auth_req_id: String(authReqId),
    ...counter,
    ...form,
  })
}

/** The error of a poll, or `tokens`. */
export async function polled(house: OAuthHouse, authReqId: unknown, form: Wire = {}): Promise<unknown> {
  const answer = await poll(house, authReqId, form)
  return answer.status === 200 ? 'tokens' : answer.json()['error']
}

/** The question that waits for a person: the only one, or that which names these words. */
export async function question(browser: Visitor, words?: string): Promise<Answer> {
  const answer = await browser.visit('/approve')
  if (answer.location !== undefined) return browser.visit(answer.location)
  if (words === undefined) return answer
  const row = answer.body.split('<li>').find((text) => text.includes(words)) ?? ''
  const at = /href="([^"]*)"/.exec(row)?.[1] ?? ''
  return browser.visit(at.replaceAll('&amp;', '&'))
}

/** A person presses a button of the question. @returns the page after it */
export async function press(browser: Visitor, page: Answer, decision: 'allow' | 'deny'): Promise<Answer> {
  const answer = await browser.submit('/approve', { request: page.field('request') ?? '', decision })
  return answer.location === undefined ? answer : browser.visit(answer.location)
}

/** A person answers what waits for them; Ada unless told otherwise. */
export async function decide(
  house: OAuthHouse,
  decision: 'allow' | 'deny' = 'allow',
  { browser, words }: { readonly browser?: Visitor; readonly words?: string } = {},
): Promise<Answer> {
  const whose = browser ?? (await house.signedIn(ada))
  return press(whose, await question(whose, words), decision)
}
