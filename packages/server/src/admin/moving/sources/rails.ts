// Rails: a table of users with `has_secure_password` or Devise.
import { withPepper } from '../../../accounts/credentials/hashes/bcrypt.ts'
import { type ForeignRow, ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { deviseTotp } from './devise-two-factor.ts'
import { doorkeeperApplication } from './doorkeeper.ts'
import { identitiesIn, unlinked } from './elsewhere.ts'
import { smallFile } from './export-file.ts'
import { personFound } from './found.ts'
import { aDatabase, namedTable, needColumn, openOldDatabase } from './old-database.ts'
import type { Source, SourceInput } from './source.ts'
import { momentIn, textIn } from './values.ts'

/**
 * Devise locks who has typed wrong passwords, for an hour unless told otherwise (`unlock_in`), and leaves `locked_at` as it is
 * until they come again: guesses are limited here by themselves. A lock without them was set by somebody, and stays.
 */
function isLockOfGuesses(row: ForeignRow): boolean {
  return row['locked_at'] != null && Number(row['failed_attempts'] ?? 0) > 0
}

async function pepperIn({
  pepper,
  'pepper-file': file,
}: SourceInput['options']): Promise<string | undefined> {
  if (pepper !== undefined && file !== undefined)
    throw new ForeignUnreadable('The pepper is there twice: in the command and in a file.')
  return file === undefined ? pepper : (await smallFile(file)).replace(/\r?\n$/, '')
}

const noPepper =
  'Where Devise has a config.pepper, name a file that holds it with --pepper-file: without it no password is right here.'

const noDigest =
  'has neither password_digest nor encrypted_password: people come without passwords, unless you name its column with --digest.'

const noRoles =
  'What is a role there only its application knows: people come without. Give them here, or bring people by CSV with roles.'

export const rails: Source = {
  title: 'Rails',
  reads: aDatabase,
  options: {
    table: 'the table of users, users unless given',
    login: 'the column of the name, email unless given',
    digest: 'the column of the hash: password_digest, or encrypted_password (Devise) where there is that',
    entity: 'what Knock calls the people of the table, user unless given',
    'pepper-file': 'a file that holds Devise’s config.pepper',
    pepper: 'the same in the command, where whoever is on this machine can read it',
    'encryption-keys':
      'a JSON file of Active Record’s keys (primary_key, key_derivation_salt), or before devise-two-factor 5 of its own (otp_secret_encryption_key)',
    'client-secrets': 'how Doorkeeper keeps them: plain or sha256 (bcrypt is seen)',
  },
  // Said of each person: which wire knows them by it depends on the table.
  numbers: [],
  async *read({ from, options, since, gauge }) {
    await using database = await openOldDatabase(from, 'rails')
    const { login = 'email', entity = 'user' } = options
    const pepper = await pepperIn(options)
    const tables = await database.tables()
    const table = namedTable(tables, options['table'], 'users', 'rails')
    const columns = await database.columns(table)
    needColumn(columns, table, 'id')
    needColumn(columns, table, login)
    needColumn(columns, table, options['digest'])
    const digestColumn =
      options['digest'] ?? (columns.has('password_digest') ? 'password_digest' : 'encrypted_password')
    if (!columns.has(digestColumn)) yield { kind: 'remark', text: `${table} ${noDigest}` }
    else if (digestColumn === 'encrypted_password' && pepper === undefined)
      yield { kind: 'remark', text: noPepper }
    const keepsRoles = ['role', 'roles', 'admin', 'is_admin'].some((column) => columns.has(column))
    if (keepsRoles || tables.has('users_roles')) yield { kind: 'remark', text: noRoles }
    gauge?.expects(await database.count(table), 'people')
    let looked = 0
    for await (const row of database.rows(table, 'id')) {
      const linked = [{ provider: row['provider'], subject: row['uid'] }]
      looked += 1
      gauge?.passed(looked)
      const changed = momentIn(row['updated_at']) ?? momentIn(row['created_at']) ?? 0
      if (since !== null && changed < since) continue
      const hash = textIn(row[digestColumn])
      const totp = await deviseTotp(row, options['encryption-keys'])
      const id = textIn(row['id']) ?? ''
      yield personFound({
        // Two tables count from one: an administrator is somebody else than the user of the same number.
        id: entity === 'user' ? id : `${entity} ${id}`,
        numbers: /^[1-9]\d{0,14}$/.test(id) ? { [`knock ${entity}`]: Number(id) } : {},
        email: textIn(row['email']),
        username: login === 'email' ? textIn(row['username']) : textIn(row[login]),
        emailVerified: row['confirmed_at'] != null,
        name:
          textIn(row['name']) ??
          [textIn(row['first_name']), textIn(row['last_name'])].filter(Boolean).join(' '),
        passwordHash: hash === null || pepper === undefined ? hash : withPepper(hash, pepper),
        identities: identitiesIn(linked),
        disabled: (row['locked_at'] != null && !isLockOfGuesses(row)) || row['deleted_at'] != null,
        createdAt: momentIn(row['created_at']),
        totp: totp.found,
      })
      yield* unlinked(id, linked)
      if (isLockOfGuesses(row)) yield { kind: 'left-behind', what: 'locks after wrong passwords', id }
      if (totp.isLost)
        yield {
          kind: 'left-behind',
          what: 'authenticator applications whose secrets can’t be read',
          id,
        }
    }
    if (!tables.has('oauth_applications')) return
    for await (const row of database.rows('oauth_applications', 'id'))
      yield* doorkeeperApplication(row, options['client-secrets'])
  },
}
