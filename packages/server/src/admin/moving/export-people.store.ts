// All that hangs on people, of many at once: one read for each table and page.
import type { Database } from '../../platform/db/database.ts'
import { filling, listLength, places } from '../../platform/db/listed.ts'
import { query } from '../../platform/db/statement.ts'

/** People who are read at once. */
export const pageOfPeople = listLength

const passwords = query((db, p: Record<string, string>) =>
  db
    .selectFrom('passwords')
    .select(['user_id', 'sealed_hash', 'changed_at'])
    .where('user_id', 'in', places(p)),
)
const identities = query((db, p: Record<string, string>) =>
  db
    .selectFrom('identities')
    .select(['user_id', 'upstream', 'issuer', 'subject', 'email'])
    .where('user_id', 'in', places(p)),
)
const roles = query((db, p: Record<string, string>) =>
  db.selectFrom('user_roles').select(['user_id', 'role']).where('user_id', 'in', places(p)),
)
const numbers = query((db, p: Record<string, string>) =>
  db.selectFrom('user_numbers').select(['user_id', 'source', 'number']).where('user_id', 'in', places(p)),
)
const totps = query((db, p: Record<string, string>) =>
  db
    .selectFrom('totp_factors')
    .select(['user_id', 'id', 'sealed_secret', 'algorithm', 'digits', 'period', 'last_step', 'created_at'])
    .where('user_id', 'in', places(p)),
)
const codes = query((db, p: Record<string, string>) =>
  db.selectFrom('recovery_codes').select(['user_id', 'digest']).where('user_id', 'in', places(p)),
)
const passkeys = query((db, p: Record<string, string>) =>
  db
    .selectFrom('passkeys')
    .select([
      'user_id',
      'credential_id',
      'user_handle',
      'rp_id',
      'public_key',
      'sign_count',
      'transports',
      'backup_eligible',
      'backed_up',
      'user_verified',
      'name',
      'created_at',
      'last_used_at',
    ])
    .where('user_id', 'in', places(p)),
)
const count = query((db) => db.selectFrom('users').select((eb) => eb.fn.countAll().as('people')))

/** How many people there are. */
export async function countPeople(database: Database): Promise<number> {
  return Number((await count.first(database, {}))?.people ?? 0)
}

/** The rows of some people in each table that is theirs. */
export type RowsOfPeople = Awaited<ReturnType<typeof rowsOfPeople>>

/** @param ids of `pageOfPeople` at most */
export async function rowsOfPeople(database: Database, ids: readonly string[]) {
  const values = filling(ids) ?? {}
  const [ofPasswords, ofIdentities, ofRoles, ofNumbers, ofTotps, ofCodes, ofPasskeys] = await Promise.all([
    passwords.all(database, values),
    identities.all(database, values),
    roles.all(database, values),
    numbers.all(database, values),
    totps.all(database, values),
    codes.all(database, values),
    passkeys.all(database, values),
  ])
  return {
    passwords: byPerson(ofPasswords),
    identities: byPerson(ofIdentities),
    roles: byPerson(ofRoles),
    numbers: byPerson(ofNumbers),
    totps: byPerson(ofTotps),
    codes: byPerson(ofCodes),
    passkeys: byPerson(ofPasskeys),
  }
}

function byPerson<Row extends { readonly user_id: string }>(rows: readonly Row[]): (id: string) => Row[] {
  const found = Map.groupBy(rows, ({ user_id }) => user_id)
  return (id) => found.get(id) ?? []
}
