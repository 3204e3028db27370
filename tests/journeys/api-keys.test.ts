// API keys on their way: to an API by the SDK's mode `database`, unchanged, and past a reverse proxy that asks us.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createVerifier, UnauthenticatedError } from '@countersign/sdk/verify'
import { defineRole, grantRole } from '../../packages/server/src/access/roles.store.ts'
import type { ApiKey, KeyOwner } from '../../packages/server/src/oauth/api-keys/api-key.ts'
import { endKey, makeKey } from '../../packages/server/src/oauth/api-keys/keep-keys.ts'
import {
  ada,
  bank,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  secret,
} from '../../packages/server/src/oauth/house.ts'
import { profiles } from '../../packages/server/src/oauth/profiles/rules.ts'
import { type Answer, edgeOf, Visitor } from '../../packages/server/src/platform/house.ts'
import { forwardAuthRoutes } from '../../packages/server/src/profiles/forward-auth/forward-auth.routes.ts'

let house: OAuthHouse
let asked: string[] = []
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

async function keyOf(owner: KeyOwner): Promise<{ readonly text: string; readonly key: ApiKey }> {
  const made = await makeKey(house, profiles.default, {
    ...{ name: 'Reports', owner, audience: bank, scopes: ['accounts:read'] },
  })
  assert.ok(made.ok)
  return made
}

/** The API's side: it knows the server by its address alone. */
function api() {
  asked = []
  return createVerifier({
    ...{ issuer: house.issuer.url, audience: bank, mode: 'database' },
    ...{ clientId: 'bank-api', clientSecret: secret },
    now: () => house.runtime.now(),
    fetch: async (url, init) => {
      const request = new Request(url, init)
      const { pathname } = new URL(url)
      asked.push(pathname)
      const answer = await house.visitor().visit(pathname, {
        method: request.method,
        headers: Object.fromEntries(request.headers),
        ...(request.method === 'POST' && { body: await request.text() }),
      })
      const headers = { 'content-type': answer.header('content-type') ?? '' }
      return new Response(answer.body, { status: answer.status, headers })
    },
  })
}

test('a key is taken as a token is, until it is revoked', async () => {
  const verifier = api()
  const machine = await keyOf({ kind: 'client', clientId: 'machine' })
  const person = await keyOf({ kind: 'user', userId: ada.id })
  const principal = await verifier.verify(machine.text)
  assert.deepEqual([principal.subject, principal.clientId], ['machine', 'machine'])
  assert.deepEqual(principal.scope, ['accounts:read'])
  const hers = await verifier.verify(person.text)
  assert.deepEqual([hers.subject, hers.authenticatedAt, hers.sessionId], [ada.id, undefined, undefined])
  await house.database.commit(endKey(house, machine.key))
  await assert.rejects(verifier.verify(machine.text), UnauthenticatedError)
  assert.equal((await verifier.verify(person.text)).subject, ada.id)
})

test('a mistyped key is refused by its checksum, and the server is not asked', async () => {
  const verifier = api()
  const { text } = await keyOf({ kind: 'client', clientId: 'machine' })
  const typo = text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')
  await assert.rejects(verifier.verify(typo), UnauthenticatedError)
  assert.deepEqual(asked, [])
})

test('a proxy lets a key pass for its API and its scopes, and where nobody asks for a sign-in', async () => {
  const { database, room } = house
  const edge = edgeOf(house, forwardAuthRoutes(room))
  await database.commit([defineRole(database, { name: 'teller', description: '' })])
  await database.commit([grantRole(database, ada.id, 'teller')])
  const { text: machine } = await keyOf({ kind: 'client', clientId: 'machine' })
  const { text: person } = await keyOf({ kind: 'user', userId: ada.id })
  const atBank = `?audience=${encodeURIComponent(bank)}`
  const proxied = { 'x-original-method': 'GET', 'x-original-uri': '/app/' }
  const verify = (query: string, key = person): Promise<Answer> =>
    new Visitor(edge).visit(`/auth/verify${query}`, {
      headers: { ...proxied, authorization: `Bearer ${key}` },
    })
  const told = (answer: Answer) => ['user', 'groups', 'email'].map((name) => answer.header(`remote-${name}`))
  assert.deepEqual(told(await verify(atBank, machine)), ['machine', '', ''])
  const hers = await verify(`${atBank}&role=teller&scope=accounts:read`)
  assert.deepEqual([hers.status, ...told(hers)], [200, ada.id, 'teller', ''])
  const status = async (query: string, key = person) => (await verify(query, key)).status
  assert.equal(await status(`?audience=${encodeURIComponent(ledger)}`), 401)
  assert.equal(await status(''), 401)
  assert.equal(await status(`${atBank}&scope=transfers:write`), 403)
  assert.equal(await status(`${atBank}&role=teller`, machine), 403)
  assert.equal(await status(`${atBank}&max_age=300`), 401)
  assert.equal(await status(atBank, `${person.slice(0, -1)}${person.endsWith('A') ? 'B' : 'A'}`), 401)
})
