// Another user name by the wires of Django: whoever had the old one is told.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { openRestAuth, right } from './dj-rest-auth.fixture.ts'
import { keyOf, openDjoser } from './djoser.fixture.ts'
import { password } from './flows.ts'
import type { Accounts } from './ours.fixture.ts'

/** The names that were told of since. */
async function told({ house }: Accounts): Promise<(string | undefined)[]> {
  const letters = (await house.letters()).filter(({ subject }) => subject === 'Your user name was changed')
  for (const { to } of letters) equal(to, 'ada@example.test')
  return letters.map(({ text }) => /“(.*)”/.exec(text)?.[1])
}

test('PW-27: of a new user name its person is told, whichever wire it was changed by', async () => {
  await using djoser = await openDjoser()
  const headers = await keyOf(djoser)
  const rename = { current_password: password, new_username: 'countess' }
  const more = { headers }
  equal((await djoser.send('/auth/users/set_username/', rename, more)).status, 204)
  deepEqual(await told(djoser), ['countess'])
  equal((await djoser.send('/auth/users/set_username/', rename, more)).status, 204)
  deepEqual(await told(djoser), ['countess'])
  djoser.house.runtime.advance(1)
  await djoser.send('/auth/users/reset_username/', { email: 'ada@example.test' })
  const link = await djoser.lastLink()
  match(link.token, /^csmp_/)
  const again = { ...link, new_username: 'lovelace' }
  equal((await djoser.send('/auth/users/reset_username_confirm/', again)).status, 204)
  deepEqual(await told(djoser), ['countess', 'lovelace'])

  await using restAuth = await openRestAuth()
  const own = (await restAuth.ask('login/', right)).json()['key']
  const patch = (members: object) =>
    restAuth.ask('user/', members, { authorization: `Token ${own}` }, 'PATCH')
  equal((await patch({ first_name: 'Augusta' })).status, 200)
  equal((await patch({ username: 'ADA' })).status, 200)
  deepEqual(await told(restAuth), [])
  equal((await patch({ username: 'countess' })).status, 200)
  deepEqual(await told(restAuth), ['countess'])
})

test('C26, PW-24: who asks for names one after the other learns of a few alone who has them', async () => {
  await using accounts = await openRestAuth()
  const own = (await accounts.ask('login/', right)).json()['key']
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) {
    const username = i % 2 === 0 ? 'grace' : `countess${i}`
    const headers = { authorization: `Token ${own}` }
    statuses.push((await accounts.ask('user/', { username }, headers, 'PATCH')).status)
  }
  deepEqual([...new Set(statuses.slice(10))], [429])
  deepEqual([...new Set(statuses.slice(0, 10))].toSorted(), [200, 400])
  equal((await told(accounts)).length, 5)
})
