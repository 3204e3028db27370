import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeOf, type House, Visitor } from '../../platform/house.ts'
import { accountRoutes } from '../account.routes.ts'
import { deletePasswordRow } from '../credentials/passwords.store.ts'
import { identitiesOf, linkIdentity } from '../identities/identities.store.ts'
import { noLimits, openPeople, password, wayIn } from '../people.fixture.ts'
import type { User } from '../users/users.store.ts'

const another = 'another-difference-engine'

async function openAccount() {
  const people = await openPeople({ limits: noLimits })
  const { house, passwords, limits, add } = people
  const routes = accountRoutes(house, {
    passwords,
    limits,
    upstreams: [{ id: 'google', name: 'Google' }],
    devices: async () => [],
    connectedClients: async () => [],
    apiKeys: async () => [],
    waiting: async () => 0,
  })
  const visitor = new Visitor(edgeOf(house, [wayIn(house), ...routes]), house.issuer.origin)
  const ada = await add()
  await visitor.visit(`/enter/${ada.id}`)
  await visitor.visit('/account')
  return { house, visitor, ada, [Symbol.asyncDispose]: () => house.close() }
}

const subjects = async (house: House): Promise<string[]> =>
  (await house.letters()).map(({ to, subject }) => `${to}: ${subject}`)

async function link({ database, runtime }: House, { id }: User, subject: string): Promise<void> {
  const identity = { id: runtime.id('idn'), userId: id, upstream: 'google', issuer: 'https://idp.test' }
  const rest = { subject, email: null, createdAt: runtime.now() }
  assert.ok((await database.commit([linkIdentity(database, { ...identity, ...rest })])).ok)
}

test('PW-27: whose password is changed is told of it once it is, and not before', async () => {
  await using account = await openAccount()
  const { house, visitor } = account
  const change = (current: string) =>
    visitor.submit('/account/password', { current_password: current, new_password: another })
  await change(another)
  assert.deepEqual(await subjects(house), [])
  assert.equal((await change(password)).location, '/account?done=password-changed')
  assert.deepEqual(await subjects(house), ['ada@example.test: Your password was changed'])
  const [letter] = await house.letters()
  assert.equal(letter?.text.includes(another), false)
})

test('PW-27: a first password and a sign-in that was unlinked are told, and what was refused is not', async () => {
  await using account = await openAccount()
  const { house, visitor, ada } = account
  await link(house, ada, '1')
  await link(house, ada, '2')
  await house.database.commit([deletePasswordRow(house.database, ada.id)])
  const unlink = async () => {
    const [identity] = await identitiesOf(house.database, ada.id)
    return visitor.submit('/account/identities/unlink', { identity: identity?.id ?? '' })
  }
  assert.equal((await unlink()).status, 303)
  assert.equal((await unlink()).status, 409, 'the last way in')
  assert.deepEqual(await subjects(house), ['ada@example.test: Signing in with Google was removed'])
  await visitor.submit('/account/password', { new_password: another })
  assert.deepEqual((await subjects(house)).toSorted(), [
    'ada@example.test: Signing in with Google was removed',
    'ada@example.test: Your account has a password now',
  ])
})
