// People as values and in the table, for tests of the stores.
import type { House } from '../../platform/house.ts'
import { insertUser, type User } from './users.store.ts'

/** Somebody new without a sign-in name, but for `changes`; not stored. */
export function someone({ runtime }: House, changes: Partial<User> = {}): User {
  const now = runtime.now()
  return {
    id: runtime.id('usr'),
    username: null,
    email: null,
    emailVerified: false,
    name: 'Ada Lovelace',
    claims: {},
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
    ...changes,
  }
}

/** Stores somebody new. */
export async function addSomeone(house: House, changes: Partial<User> = {}): Promise<User> {
  const user = someone(house, changes)
  const committed = await house.database.commit([insertUser(house.database, user)])
  if (!committed.ok) throw new Error('One of the sign-in names is taken.')
  return user
}
