// Tokens of Knock as they are looked up: by the API that they are for, until somebody ends them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeBase64url, importSecretJwk, peekUnverified, signJws } from '@countersign/protocol'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { bank, introspected, type OAuthHouse, openOAuthHouse } from '../../oauth/house.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { knock, knockRoutes } from './knock.routes.ts'
import { knockSettings } from './settings.ts'

const railsKey = importSecretJwk({ kty: 'oct', k: encodeBase64url('f'.repeat(128)) }, 'HS256')
const inactive = { active: false }

describe('A token of Knock', () => {
  let house: OAuthHouse
  let people: People
  let visitor: Visitor
  let tim: User

  before(async () => {
    house = await openOAuthHouse()
    people = await openPeople({ house, limits: noLimits })
    await ensureProfileClients(house, [knock])
    const settings = knockSettings.parse({
      entities: [
        { name: 'user' },
        { name: 'v1_user', lifetime: null },
        { name: 'admin', lifetime: null, role: 'keeper' },
      ],
      resource: bank,
    })
    const signingKey = () => ({ key: railsKey, isShared: false })
    visitor = new Visitor(edgeOf(house, knockRoutes({ platform: house, door: people, settings, signingKey })))
    tim = await people.add({ username: 'tim', email: 'tim@example.test' })
  })
  after(() => house.close())

  async function tokenOf(entity: string): Promise<string> {
    const answer = await visitor.visit(`/${entity}_token`, {
      method: 'POST',
      body: JSON.stringify({ auth: { email: 'tim@example.test', password } }),
      headers: { 'content-type': 'application/json' },
    })
    return String(answer.json()['jwt'])
  }

  test('is told to the API that it is for, and to nobody else', async () => {
    const jwt = await tokenOf('user')
    const { active, sub, client_id: client, aud, jti, exp } = await introspected(house, jwt, 'bank-api')
    const claims = peekUnverified(jwt)?.claims
    assert.deepEqual([active, sub, client, aud], [true, tim.id, '~knock', bank])
    assert.deepEqual([jti, exp], [claims?.['jti'], claims?.['exp']])
    assert.deepEqual(await introspected(house, jwt, 'other'), inactive)
  })

  test('C1: is what was given out, and nothing that somebody else has signed, be it with the same key', async () => {
    const jwt = await tokenOf('user')
    const { claims = {} } = peekUnverified(jwt) ?? {}
    const forged = [
      signJws({}, { ...claims, sub: 8 }, railsKey),
      `${jwt.split('.').slice(0, 2).join('.')}.`,
      `${jwt} `,
    ]
    for (const one of forged) assert.deepEqual(await introspected(house, one, 'bank-api'), inactive)
  })

  test('PM-05: opens nothing to who was one of its entity and has lost the role for it', async () => {
    const { database } = house
    await database.commit([defineRole(database, { name: 'keeper', description: '' })])
    await database.commit([grantRole(database, tim.id, 'keeper')])
    const [admin, user] = [await tokenOf('admin'), await tokenOf('user')]
    const told = await introspected(house, admin, 'bank-api')
    assert.deepEqual([told['active'], told['roles'], told['needs_role']], [true, ['keeper'], undefined])
    await database.commit([withdrawRole(database, tim.id, 'keeper')])
    assert.deepEqual(await introspected(house, admin, 'bank-api'), inactive)
    assert.equal((await introspected(house, user, 'bank-api'))['active'], true)
  })

  test('is none once its time is up; one without an end goes on, until its person ends it', async () => {
    const [jwt, forever] = [await tokenOf('user'), await tokenOf('v1_user')]
    assert.equal(peekUnverified(forever)?.claims['exp'], undefined)
    const { runtime, database } = house
    runtime.advance(86_401)
    assert.deepEqual(await introspected(house, jwt, 'bank-api'), inactive)
    runtime.advance(10 * 365 * 86_400)
    assert.equal((await introspected(house, forever, 'bank-api'))['active'], true)
    await database.commit([endAllSessions(database, runtime.now(), tim.id)])
    assert.deepEqual(await introspected(house, forever, 'bank-api'), inactive)
  })
})
