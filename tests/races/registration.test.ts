// Registration at several processes in the same moment: initial access tokens and registration access tokens.
import { deepEqual, equal } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Installation, openInstallation } from '../harness/installation.ts'
import { onBothEngines, tally } from './fleet.ts'

const application = {
  client_name: 'Racer',
  redirect_uris: ['https://racer.example/cb'],
  token_endpoint_auth_method: 'none',
}

onBothEngines('registration at two processes', (engine) => {
  let installation: Installation
  let origins: readonly string[] = []
  before(async () => {
    installation = await openInstallation({ engine })
    const env = { COUNTERSIGN_REGISTRATION: 'token' }
    const running = await Promise.all([installation.start({ env }), installation.start({ env })])
    origins = running.map(({ origin }) => origin)
  })
  after(() => installation[Symbol.asyncDispose]())

  const originOf = (at: number): string => origins[at % origins.length] ?? ''
  const invite = async (uses: number) =>
    String(
      (await installation.countersign('client', 'initial-token', 'create', '--uses', String(uses)))['token'],
    )
  const send = async (method: string, address: string, token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(address, { method, headers, body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const registrations = async (token: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, at) =>
        send('POST', `${originOf(at)}/oauth/register`, token, application),
      ),
    )
  /** Who comes with a token that is spent, and past a number of those is told to wait. */
  const refusals = (counts: ReadonlyMap<number, number>) => (counts.get(401) ?? 0) + (counts.get(429) ?? 0)
  const statuses = (answers: readonly { status: number }[]) => tally(answers.map(({ status }) => status))

  test('of 16 registrations with a token that is good for one, one is made', async () => {
    const made = statuses(await registrations(await invite(1), 16))
    deepEqual([made.get(201), refusals(made)], [1, 15])
  })

  test('of 12 changes that a client makes of itself with one token, one is stored', async () => {
    const [registered] = await registrations(await invite(1), 1)
    const { client_id, registration_access_token: token } = registered?.body ?? {}
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        send('PUT', `${originOf(at)}/oauth/register/${String(client_id)}`, String(token), {
          ...application,
          client_id,
          client_name: `Racer ${at}`,
        }),
      ),
    )
    equal(statuses(answers).get(200), 1)
    equal(refusals(statuses(answers)), 11)
    const stored = answers.find(({ status }) => status === 200)?.body['client_name']
    equal((await installation.countersign('client', 'show', String(client_id)))['client_name'], stored)
  })
})
