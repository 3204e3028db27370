// People with passkeys in a hall, for tests.
import assert from 'node:assert/strict'
import { Authenticator, addPasskey, type Nature } from '../../../../tests/harness/authenticator.ts'
import { noLimits } from '../accounts/people.fixture.ts'
import type { House } from '../platform/house.ts'
import { type Hall, openHall, problemsOn, signIn } from './signin.fixture.ts'

/** A hall in which Ada has a passkey, and is signed in by her password. */
export async function hallWithPasskey(nature: Nature = {}, house?: House) {
  const hall = await openHall({ limits: noLimits, ...(house && { house }) })
  const ada = await hall.add()
  const authenticator = new Authenticator(nature)
  const visitor = hall.visitor()
  await signIn(visitor)
  const added = await addPasskey(visitor, authenticator)
  assert.equal(added.location, '/account?done=passkey-added', problemsOn(added).join())
  return { hall, ada, authenticator, visitor }
}

/** What was recorded of a type, the first one first. */
export async function eventsOf(hall: Hall, type: string) {
  const rows = await hall.house.database.read(
    `select user_id, detail from events where type = '${type}' order by id`,
    [],
  )
  return rows.map((row) => ({ userId: row['user_id'], ...JSON.parse(String(row['detail'])) }))
}

/** How surely each session was opened, the first one first. */
export async function sessionsOf({ house }: Hall) {
  const rows = await house.database.read('select amr, acr from sessions order by created_at, id', [])
  return rows.map((row) => ({ amr: JSON.parse(String(row['amr'])), acr: row['acr'] }))
}
