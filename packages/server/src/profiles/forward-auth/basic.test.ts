import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { type OAuthHouse, openOAuthHouse } from '../../oauth/house.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { basic as client } from '../basic/basic.routes.ts'
import { basicDoor } from '../basic/proven.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { forwardAuthRoutes } from './forward-auth.routes.ts'

let house: OAuthHouse
let people: People
before(async () => {
  house = await openOAuthHouse()
  people = await openPeople({ house, limits: noLimits })
  await ensureProfileClients(house, [client])
  await people.add({ username: 'tim', email: 'tim@example.test', name: 'Tim Teller' })
})
after(() => house.close())

const basicOf = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

function verify(
  authorization: string,
  isOn = true,
  more: Record<string, string> = {},
  way: { readonly peer?: string; readonly isPrivate?: boolean } = {},
) {
  const basic = isOn ? basicDoor({ platform: house, door: people }) : null
  const visitor = new Visitor(edgeOf(house, forwardAuthRoutes(house.room, basic)))
  const headers = { 'x-original-method': 'GET', 'x-original-uri': '/app/', authorization, ...more }
  return visitor.visit('/auth/verify', { headers, peer: '127.0.0.1', ...way })
}

test('a person who sends a name and a password passes, and the application is told who it is', async () => {
  const answer = await verify(basicOf('tim', password))
  assert.equal(answer.status, 200)
  assert.match(answer.header('remote-user') ?? '', /^usr_/)
  assert.equal(answer.header('remote-email'), 'tim@example.test')
})

test('a password that others could read on its way passes nobody', async () => {
  const right = basicOf('tim', password)
  for (const way of [{ peer: '203.0.113.7' }, { isPrivate: false }])
    assert.equal((await verify(right, true, {}, way)).status, 403)
})

test('a wrong password, a malformed header and a way in that is off are 401', async () => {
  for (const [authorization, isOn] of [
    [basicOf('tim', 'wrong'), true],
    [basicOf('nobody', password), true],
    ['Basic !', true],
    [basicOf('tim', password), false],
  ] as const) {
    const answer = await verify(authorization, isOn)
    assert.equal(answer.status, 401)
    assert.doesNotMatch(answer.header('www-authenticate') ?? '', /basic/i)
  }
})

test('HT-07: a name and a password that a browser remembers write nothing for another site', async () => {
  const right = basicOf('tim', password)
  const own = house.issuer.origin
  const written = (from: Record<string, string>) =>
    verify(right, true, { 'x-original-method': 'POST', ...from })
  for (const from of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ])
    assert.equal((await written(from)).status, 403, JSON.stringify(from))
  for (const from of [{}, { 'sec-fetch-site': 'same-origin', origin: own }])
    assert.equal((await written(from)).status, 200, JSON.stringify(from))
})
