// Everything that people would take along when they leave: roles, and every person with their hash, in the open format
// of records.ts. What was exported can be imported again, here or elsewhere.
import { listRoles, rolesOf } from '../../access/roles.store.ts'
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { identitiesOf } from '../../accounts/identities/identities.store.ts'
import { listUsers, type User } from '../../accounts/users/users.store.ts'
import type { Platform } from '../../platform/platform.ts'
import type { MovedRecord, MovedUser } from './records.ts'

/** Every record, roles first and people in the order of their ids. Hashes are in the clear: guard what it is written to. */
export async function* exportAll(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
): AsyncGenerator<MovedRecord> {
  for (const { name, description } of await listRoles(platform.database)) {
    yield { kind: 'role', name, description }
  }
  let after = ''
  for (;;) {
    const users = await listUsers(platform.database, after)
    for (const user of users) yield recordOf(platform, passwords, user)
    const last = users.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function recordOf(
  { database }: Platform,
  passwords: Pick<Passwords, 'reveal'>,
  user: User,
): Promise<MovedUser> {
  const [credential, identities, roles] = await Promise.all([
    credentialOfUser(database, user.id),
    identitiesOf(database, user.id),
    rolesOf(database, user.id),
  ])
  const sealedHash = credential?.password?.sealedHash
  const { id, username, email, emailVerified, name, claims, disabledAt, createdAt } = user
  return {
    kind: 'user',
    id,
    username,
    email,
    emailVerified,
    name,
    claims: { ...claims },
    passwordHash: sealedHash === undefined ? null : passwords.reveal({ userId: id, sealedHash }),
    roles,
    identities: identities.map(({ upstream, issuer, subject, email: known }) => ({
      upstream,
      issuer,
      subject,
      email: known,
    })),
    disabled: disabledAt !== null,
    createdAt,
  }
}
