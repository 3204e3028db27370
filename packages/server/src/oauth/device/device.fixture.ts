// Devices at the door, for tests: clients that run on them, what they send, and a person who answers them.
import { deviceGrant } from '@countersign/protocol'
import type { Answer, House, Visitor } from '../../platform/house.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { ada, type OAuthHouse, openOAuthHouse, post, secret, type Wire } from '../house.ts'

const clients = [
  {
    id: 'tv',
    name: 'The Television',
    authentication: 'none',
    grants: [deviceGrant, 'refresh_token'],
    scopes: ['openid', 'email', 'offline_access', 'accounts:read', 'ledger:read'],
  },
  { id: 'printer', name: 'The Printer', secret, grants: [deviceGrant], scopes: ['accounts:read'] },
] as const satisfies readonly ClientDescription[]

/** A house with devices. */
export async function openDeviceHouse(options: { readonly house?: House } = {}): Promise<OAuthHouse> {
  const house = await openOAuthHouse(options)
  for (const client of clients) {
    const created = await createClient(house, client)
    if (!created.ok) throw new Error(JSON.stringify(created.findings))
  }
  return house
}

/** What a device is answered. */
export interface Waiting {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

/** A device asks; as `tv` unless told otherwise. */
export function ask(program: Visitor, form: Wire = {}): Promise<Answer> {
  return post(program, '/oauth/device', {
    client_id: 'tv',
    scope: 'openid offline_access accounts:read',
    ...form,
  })
}

export async function waiting(house: OAuthHouse, form: Wire = {}): Promise<Waiting> {
  return (await ask(house.visitor(), form)).json() as unknown as Waiting
}

/** A device asks whether somebody has decided; as `tv` unless told otherwise. */
export function poll(house: OAuthHouse, deviceCode: unknown, form: Wire = {}): Promise<Answer> {
  return post(house.visitor(), '/oauth/token', {
    grant_type: deviceGrant,
    device_code: String(deviceCode),
    client_id: 'tv',
    ...form,
  })
}

/** The error of a poll, or `tokens`. */
export async function polled(house: OAuthHouse, deviceCode: unknown, form: Wire = {}): Promise<unknown> {
  const answer = await poll(house, deviceCode, form)
  return answer.status === 200 ? 'tokens' : answer.json()['error']
}

/** A person enters a code. @returns the page that asks, or that says why not */
export async function enter(browser: Visitor, userCode: string): Promise<Answer> {
  await browser.visit('/device')
  const answer = await browser.submit('/device', { user_code: userCode })
  return answer.location === undefined ? answer : browser.visit(answer.location)
}

/** A person presses a button of the page that asks. @returns the page after it */
export async function press(browser: Visitor, question: Answer, decision: 'allow' | 'deny'): Promise<Answer> {
  const answer = await browser.submit('/device', { request: question.field('request') ?? '', decision })
  return answer.location === undefined ? answer : browser.visit(answer.location)
}

/** A person enters a code and decides. */
export async function decide(
  house: OAuthHouse,
  userCode: string,
  decision: 'allow' | 'deny' = 'allow',
  browser?: Visitor,
): Promise<Answer> {
  const whose = browser ?? (await house.signedIn(ada))
  return press(whose, await enter(whose, userCode), decision)
}

/** The whole way: a device asks, a person allows it, the device gets its tokens. */
export async function deviceTokens(
  house: OAuthHouse,
  form: Wire = {},
  browser?: Visitor,
): Promise<Record<string, unknown>> {
  const device = await waiting(house, form)
  await decide(house, device.user_code, 'allow', browser)
  const { scope: _, ...who } = form
  return (await poll(house, device.device_code, who)).json()
}
