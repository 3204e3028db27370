// Steps of tests that bring people: taking them in, finding them, trying their passwords.
import assert from 'node:assert/strict'
import { madeElsewhere } from '../../accounts/credentials/hashes/made-elsewhere.fixture.ts'
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import type { People } from '../../accounts/people.fixture.ts'
import { canonicalEmail, canonicalForeignUsername } from '../../accounts/users/identifiers.ts'
import { type User, userByIdentifier } from '../../accounts/users/users.store.ts'
import { importAll } from './import.ts'
import { type Found, movedUser, type PartialUser } from './records.ts'
import type { ImportReport } from './report.ts'

export const hashBy = (by: string): readonly [password: string, hash: string] => {
  const [, password, hash] = madeElsewhere.find(([maker]) => maker === by) ?? assert.fail(by)
  return [password, hash]
}
async function* given(found: readonly Found[]): AsyncGenerator<Found> {
  yield* found
}

export const people = (...users: PartialUser[]): Found[] => users.map(movedUser)

export function take(
  to: People,
  found: AsyncIterable<Found> | readonly Found[],
  options: {
    readonly apply?: boolean
    readonly broken?: boolean
    readonly source?: string
    numbers?: string[]
    readonly keepsIds?: boolean
    readonly rpId?: string | null
  } = {},
): Promise<ImportReport> {
  const {
    apply = true,
    broken = false,
    source = 'django',
    numbers = ['simplejwt'],
    keepsIds = false,
    rpId = null,
  } = options
  const stream = Array.isArray(found) ? given(found as Found[]) : (found as AsyncIterable<Found>)
  return importAll(to.house, to.passwords, stream, {
    source,
    numbers,
    apply,
    broken,
    keepsIds,
    keyResource: null,
    encryptedTokens: false,
    rpId,
  })
}

export function userNamed({ house }: Pick<People, 'house'>, name: string): Promise<User | null> {
  const email = canonicalEmail(name)
  const username = canonicalForeignUsername(name)
  if (email !== null) return userByIdentifier(house.database, { kind: 'email', value: email })
  if (username === null) return Promise.resolve(null)
  return userByIdentifier(house.database, { kind: 'username', value: username })
}

export async function signsIn(to: People, name: string, password: string): Promise<boolean> {
  const user = await userNamed(to, name)
  const credential = user === null ? null : await credentialOfUser(to.house.database, user.id)
  if (user === null || credential?.password == null) return false
  const { sealedHash } = credential.password
  return (await to.passwords.matches({ userId: user.id, sealedHash }, password)).ok
}
