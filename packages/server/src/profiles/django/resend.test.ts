import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lettersTo, openPeople } from '../../accounts/people.fixture.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import type { Write } from '../../platform/db/engine.ts'
import { resendVerification } from './resend.ts'

test('C26, PW-10: an address that waits to be proven, one that is proven and one that nobody has cost the same', async (t) => {
  const { house, add } = await openPeople()
  t.after(() => house.close())
  const { database, runtime } = house
  await add({ email: 'waits@example.test', emailVerified: false })
  await add({ email: 'is-proven@example.test' })
  const off = await add({ email: 'off@example.test', emailVerified: false })
  await database.commit([disableUser(database, runtime.now(), off.id)])
  const work = async (address: string) => {
    const said: string[] = []
    let [size, rows] = [0, 0]
    const { read, commit } = database
    Object.assign(database, {
      read: async (sql: string, parameters: never[]) => {
        said.push(sql)
        const found = await read(sql, parameters)
        rows += found.length
        return found
      },
      commit: (set: readonly (Write | null)[]) => {
        for (const write of [set].flat(9) as (Write | null)[]) {
          said.push(write?.sql ?? '')
          size += write?.parameters.join('').length ?? 0
        }
        return commit(set)
      },
    })
    await resendVerification(house, { peer: '192.0.2.1' }, address, undefined)
    Object.assign(database, { read, commit })
    return { said, rows, size: Math.round(size / 1000) }
  }
  const ofNobody = await work('nobody@example.test')
  for (const name of ['waits', 'is-proven', 'off'])
    assert.deepEqual(await work(`${name}@example.test`), ofNobody, name)
  assert.equal((await lettersTo(house, 'waits@example.test')).length, 1)
  for (const name of ['nobody', 'is-proven', 'off'])
    assert.equal((await lettersTo(house, `${name}@example.test`)).length, 0, name)
})
