// Systems whose people are one table of a database, with accounts elsewhere in a second: Supabase, Better Auth, Auth.js.

import { openForeign } from '../../../platform/db/foreign.ts'
import { type ForeignRow, ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { type Found, movedUser, type PartialUser } from '../records.ts'
import { betterAuthClient, clientTables } from './better-auth-clients.ts'
import type { Source, SourceInput } from './source.ts'
import { claimsOf, membersIn, momentIn, textIn, truthIn } from './values.ts'

type Identity = NonNullable<PartialUser['identities']>[number]

interface Shape {
  readonly title: string
  /** Names that the table of people has had; the first that is there. */
  readonly users: readonly string[]
  readonly accounts: readonly string[]
  readonly accountKey: string
  /** Whose account a row is. */
  readonly owner: (account: ForeignRow) => string | null
  readonly identity: (account: ForeignRow) => Identity | null
  /** The hash in a row of accounts; null where it isn't there. */
  readonly accountHash?: (account: ForeignRow) => string | null
  readonly user: (row: ForeignRow, now: number) => Omit<PartialUser, 'identities'>
  readonly changed: (row: ForeignRow) => number | null
  /** Tables of other things, each read where it is there. */
  readonly others?: Readonly<Record<string, (row: ForeignRow) => Iterable<Found>>>
}

const google = 'https://accounts.google.com'
const facebook = 'https://www.facebook.com'

function identityBy(provider: unknown, subject: unknown, email: unknown = null): Identity | null {
  const [name, id] = [textIn(provider), textIn(subject)]
  if (id === null || (name !== 'google' && name !== 'facebook')) return null
  return { upstream: name, issuer: name === 'google' ? google : facebook, subject: id, email: textIn(email) }
}

export const supabase: Source = sourceOf({
  title: 'Supabase',
  users: ['auth.users'],
  accounts: ['auth.identities'],
  accountKey: 'id',
  owner: (account) => textIn(account['user_id']),
  identity: (account) => {
    const told = membersIn(account['identity_data'])
    return identityBy(account['provider'], account['provider_id'] ?? told['sub'], told['email'])
  },
  user: (row, now) => {
    const told = membersIn(row['raw_user_meta_data'])
    return {
      id: textIn(row['id']) ?? '',
      email: textIn(row['email']),
      emailVerified: row['email_confirmed_at'] != null,
      name: textIn(told['full_name']) ?? textIn(told['name']) ?? '',
      claims: claimsOf({ picture: told['avatar_url'], phone_number: textIn(row['phone']) }),
      passwordHash: textIn(row['encrypted_password']),
      disabled: (momentIn(row['banned_until']) ?? 0) > now || row['deleted_at'] != null,
      createdAt: momentIn(row['created_at']),
    }
  },
  changed: (row) => momentIn(row['updated_at']),
  others: {
    'auth.oauth_clients': function* (row) {
      yield { kind: 'left-behind', what: 'clients of OAuth', id: textIn(row['id']) ?? '' }
    },
  },
})

export const betterAuth: Source = sourceOf({
  title: 'Better Auth',
  users: ['user', 'users'],
  accounts: ['account', 'accounts'],
  accountKey: 'id',
  owner: (account) => textIn(account['userId'] ?? account['user_id']),
  identity: (account) =>
    identityBy(
      account['providerId'] ?? account['provider_id'],
      account['accountId'] ?? account['account_id'],
    ),
  accountHash: (account) => {
    const isOwn = (account['providerId'] ?? account['provider_id']) === 'credential'
    return isOwn ? scryptOf(textIn(account['password'])) : null
  },
  user: (row) => ({
    id: textIn(row['id']) ?? '',
    email: textIn(row['email']),
    username: textIn(row['username']),
    emailVerified: truthIn(row['emailVerified'] ?? row['email_verified']),
    name: textIn(row['name']) ?? '',
    claims: claimsOf({ picture: textIn(row['image']) }),
    roles: (textIn(row['role']) ?? '').split(',').filter((role) => role !== '' && role !== 'user'),
    disabled: truthIn(row['banned']),
    createdAt: momentIn(row['createdAt'] ?? row['created_at']),
  }),
  changed: (row) => momentIn(row['updatedAt'] ?? row['updated_at']),
  others: Object.fromEntries(clientTables.map((table) => [table, betterAuthClient])),
})

export const authJs: Source = sourceOf({
  title: 'Auth.js',
  users: ['users', 'User', 'user'],
  accounts: ['accounts', 'Account', 'account'],
  accountKey: 'providerAccountId',
  owner: (account) => textIn(account['userId'] ?? account['user_id']),
  identity: (account) =>
    identityBy(account['provider'], account['providerAccountId'] ?? account['provider_account_id']),
  user: (row) => ({
    id: textIn(row['id']) ?? '',
    email: textIn(row['email']),
    emailVerified: (row['emailVerified'] ?? row['email_verified']) != null,
    name: textIn(row['name']) ?? '',
    claims: claimsOf({ picture: textIn(row['image']) }),
    passwordHash: textIn(row['password'] ?? row['passwordHash'] ?? row['password_hash']),
  }),
  changed: () => null,
})

/** `salt:key`, both in hex, the salt taken as the text that it is: scrypt with N 16384, r 16, p 1. */
function scryptOf(text: string | null): string | null {
  const [, salt, key] = /^([0-9a-f]+):([0-9a-f]{128})$/.exec(text ?? '') ?? []
  if (salt === undefined || key === undefined) return text
  const base64 = (value: Buffer): string => value.toString('base64').replace(/=+$/, '')
  return `$scrypt$ln=14,r=16,p=1$${base64(Buffer.from(salt))}$${base64(Buffer.from(key, 'hex'))}`
}

function sourceOf(shape: Shape): Source {
  return {
    title: shape.title,
    reads: 'postgres:// or an SQLite file',
    options: {},
    numbers: [],
    read: (input) => readShape(shape, input),
  }
}

async function* readShape(shape: Shape, { from, since, now }: SourceInput): AsyncGenerator<Found> {
  await using database = await openForeign(from)
  const tables = await database.tables()
  const users = shape.users.find((name) => tables.has(name))
  if (users === undefined) {
    throw new ForeignUnreadable(
      `There is no table ${shape.users.join(' or ')}: is this a database of ${shape.title}?`,
    )
  }
  const accounts = shape.accounts.find((name) => tables.has(name))
  const identities = new Map<string, Identity[]>()
  const hashes = new Map<string, string>()
  if (accounts !== undefined) {
    for await (const account of database.rows(accounts, shape.accountKey)) {
      const owner = shape.owner(account) ?? ''
      const identity = shape.identity(account)
      const hash = shape.accountHash?.(account) ?? null
      if (identity !== null) identities.set(owner, [...(identities.get(owner) ?? []), identity])
      if (hash !== null) hashes.set(owner, hash)
    }
  }
  for await (const row of database.rows(users, 'id')) {
    const changed = shape.changed(row)
    if (since !== null && changed !== null && changed < since) continue
    const user = shape.user(row, now)
    const passwordHash = user.passwordHash ?? hashes.get(user.id) ?? null
    yield movedUser({ ...user, passwordHash, identities: identities.get(user.id) ?? [] })
  }
  for (const [table, read] of Object.entries(shape.others ?? {})) {
    if (tables.has(table)) for await (const row of database.rows(table, 'id')) yield* read(row)
  }
}
