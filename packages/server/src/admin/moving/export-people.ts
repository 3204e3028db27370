// People as an export tells them: with the hash of their password, their factors and their passkeys, in the clear.
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { base32 } from '../../accounts/factors/base32.ts'
import { storedTotpOf } from '../../accounts/factors/factors.store.ts'
import { openTotp } from '../../accounts/factors/factors.ts'
import { listUsers, type User } from '../../accounts/users/users.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { pageOfPeople, type RowsOfPeople, rowsOfPeople } from './export-people.store.ts'
import type { MovedPasskey, MovedTotp, MovedUser } from './records.ts'

/** Everybody, in the order of their ids. */
export async function* exportPeople(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
): AsyncGenerator<MovedUser> {
  let after = ''
  for (;;) {
    const users = await listUsers(platform.database, after, pageOfPeople)
    const last = users.at(-1)
    if (last === undefined) return
    const rows = await rowsOfPeople(
      platform.database,
      users.map(({ id }) => id),
    )
    for (const user of users) yield recordOf(platform, passwords, user, rows)
    after = last.id
  }
}

function recordOf(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
  { id, username, email, emailVerified, name, claims, disabledAt, createdAt }: User,
  rows: RowsOfPeople,
): MovedUser {
  const [password] = rows.passwords(id)
  const [totp] = rows.totps(id)
  return {
    kind: 'user',
    id,
    username,
    email,
    emailVerified,
    name,
    claims: { ...claims },
    passwordHash:
      password === undefined ? null : passwords.reveal({ userId: id, sealedHash: password.sealed_hash }),
    passwordChangedAt: password?.changed_at ?? null,
    roles: rows
      .roles(id)
      .map(({ role }) => role)
      .sort(),
    identities: rows
      .identities(id)
      .map(({ upstream, issuer, subject, email: known }) => ({ upstream, issuer, subject, email: known }))
      .sort(byText(({ upstream, issuer, subject }) => `${upstream} ${issuer} ${subject}`)),
    disabled: disabledAt !== null,
    createdAt,
    numbers: Object.fromEntries(
      rows
        .numbers(id)
        .sort(byText(({ source }) => source))
        .map(({ source, number }) => [source, number]),
    ),
    totp: totp === undefined ? null : totpRecord(platform, totp),
    recoveryCodes: rows
      .codes(id)
      .map(({ digest }) => digest)
      .sort(),
    passkeys: rows
      .passkeys(id)
      .map(passkeyRecord)
      .sort(byText(({ createdAt: made, credentialId }) => `${String(made).padStart(12)} ${credentialId}`)),
  }
}

/** By the bytes of a text, which no language of a database changes. */
export function byText<T>(textOf: (value: T) => string): (one: T, other: T) => number {
  return (one, other) => (textOf(one) < textOf(other) ? -1 : 1)
}

function totpRecord(platform: Platform, row: ReturnType<RowsOfPeople['totps']>[number]): MovedTotp {
  const { secret, algorithm, digits, period } = openTotp(platform, storedTotpOf(row))
  return { secret: base32(secret), algorithm, digits, period, lastStep: row.last_step }
}

function passkeyRecord(row: ReturnType<RowsOfPeople['passkeys']>[number]): MovedPasskey {
  return {
    credentialId: row.credential_id,
    publicKey: row.public_key,
    rpId: row.rp_id,
    userHandle: row.user_handle,
    signCount: row.sign_count,
    transports: JSON.parse(row.transports) as string[],
    backupEligible: row.backup_eligible === null ? null : row.backup_eligible === 1,
    backedUp: row.backed_up === null ? null : row.backed_up === 1,
    userVerified: row.user_verified === 1,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
