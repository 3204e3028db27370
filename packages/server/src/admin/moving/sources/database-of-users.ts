// Systems whose people are one table of a database, with accounts elsewhere in a second: Supabase, Better Auth, Auth.js.

import { type ForeignRow, ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found, MovedPasskey, MovedTotp, PartialUser } from '../records.ts'
import { belongingTo, inGroups, rowsOf, type Tables, tablesOf } from './belonging.ts'
import { betterAuthClient, clientTables } from './better-auth-clients.ts'
import { betterAuthOpened, secretIn } from './better-auth-secrets.ts'
import { identitiesIn, type Linked, unlinked } from './elsewhere.ts'
import { personFound } from './found.ts'
import { aboutLook, lookOfTables } from './look.ts'
import { aDatabase, openOldDatabase, refuseOther, tableOf } from './old-database.ts'
import {
  authJsPasskey,
  betterAuthPasskey,
  supabasePasskey,
  totpOfLetters,
  usualTotp,
} from './second-factors.ts'
import { type Source, type SourceInput, tellsNoChanges } from './source.ts'
import { claimsOf, membersIn, momentIn, textIn, truthIn } from './values.ts'

interface Shape {
  readonly title: string
  /** In the table of sources. */
  readonly name: string
  /** Another there, whose tables have the same names. */
  readonly like?: string
  readonly options?: Source['options']
  /** Names that the table of people has had; the first that is there. */
  readonly users: readonly string[]
  readonly accounts: readonly string[]
  /** Columns of that table, of which one has to be there: a table of others may have its name. */
  readonly provider?: readonly string[]
  /** Tables that hang on people, by what `factors` is told of them. */
  readonly hanging?: Readonly<Record<string, readonly string[]>>
  /** Second factors and passkeys in their rows. */
  readonly factors?: (
    rows: (what: string) => readonly ForeignRow[],
    input: SourceInput,
    person: ForeignRow,
  ) => Promise<Factors>
  readonly linked: (account: ForeignRow) => Linked
  /** What else their row holds that nothing here takes, in people's words. */
  readonly unread?: (row: ForeignRow) => readonly string[]
  /** The hash in a row of accounts; null where it isn't there. */
  readonly accountHash?: (account: ForeignRow) => string | null
  readonly user: (row: ForeignRow, now: number) => Omit<PartialUser, 'identities'>
  /** When somebody changed; left out where that is not written down. */
  readonly changed?: (row: ForeignRow) => number | null
  /** Tables of other things, each read where it is there. */
  readonly others?: Readonly<
    Record<string, (row: ForeignRow, input: SourceInput) => Iterable<Found> | AsyncIterable<Found>>
  >
}

interface Factors {
  readonly totp: MovedTotp | null
  readonly passkeys: readonly MovedPasskey[]
  /** What can't come, in people's words. */
  readonly left: readonly string[]
}

const noFactors: Factors = { totp: null, passkeys: [], left: [] }

/** Some that were read, null for each that can't be kept. */
function factorsOf(
  totps: readonly (MovedTotp | null)[],
  passkeys: readonly (MovedPasskey | null)[],
): Factors {
  const [totp = null] = totps.filter((one) => one !== null)
  return {
    totp,
    passkeys: passkeys.filter((one) => one !== null),
    left: [
      ...(totps.includes(null) ? ['authenticator applications whose secrets can’t be read'] : []),
      ...(passkeys.includes(null) ? ['passkeys that can’t be read'] : []),
    ],
  }
}

export const supabase: Source = sourceOf({
  title: 'Supabase',
  name: 'supabase',
  users: ['auth.users'],
  accounts: ['auth.identities'],
  hanging: { factors: ['auth.mfa_factors'] },
  factors: async (rows) => {
    const verified = rows('factors').filter((row) => textIn(row['status']) === 'verified')
    const of = (type: string) => verified.filter((row) => textIn(row['factor_type']) === type)
    return factorsOf(
      of('totp').map((row) => usualTotp(textIn(row['secret']))),
      of('webauthn').map(supabasePasskey),
    )
  },
  unread: (row) =>
    Object.keys(membersIn(row['raw_app_meta_data'])).some((name) => !/^providers?$/.test(name))
      ? ['app metadata']
      : [],
  linked: (account) => {
    const told = membersIn(account['identity_data'])
    return {
      provider: account['provider'],
      subject: account['provider_id'] ?? told['sub'],
      email: told['email'],
    }
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
  name: 'better-auth',
  like: 'authjs',
  options: {
    'secret-file':
      'a file that holds BETTER_AUTH_SECRET: second factors are encrypted with it, and some clients’ secrets',
  },
  users: ['user', 'users'],
  accounts: ['account', 'accounts'],
  provider: ['providerId', 'provider_id'],
  hanging: { totp: ['twoFactor', 'two_factor'], passkeys: ['passkey', 'passkeys'] },
  factors: async (rows, { options }, person) => {
    const secret = await secretIn(options['secret-file'])
    const told = person['twoFactorEnabled'] ?? person['two_factor_enabled']
    // Its row is written when somebody begins; whoever never showed a code has no application to show one from.
    const enabled = told === undefined || truthIn(told) ? rows('totp') : []
    const factors = factorsOf(
      enabled.map((row) => {
        const letters = betterAuthOpened(textIn(row['secret']), secret)
        return letters === null ? null : totpOfLetters(letters)
      }),
      rows('passkeys').map(betterAuthPasskey),
    )
    const hasCodes = enabled.some((row) => textIn(row['backupCodes'] ?? row['backup_codes']) !== null)
    return hasCodes ? { ...factors, left: [...factors.left, 'recovery codes'] } : factors
  },
  linked: (account) => ({
    provider: account['providerId'] ?? account['provider_id'],
    subject: account['accountId'] ?? account['account_id'],
  }),
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
  name: 'authjs',
  like: 'better-auth',
  users: ['users', 'User', 'user'],
  accounts: ['accounts', 'Account', 'account'],
  provider: ['provider'],
  hanging: { passkeys: ['authenticators', 'Authenticator', 'authenticator'] },
  factors: async (rows) => factorsOf([], rows('passkeys').map(authJsPasskey)),
  linked: (account) => ({
    provider: account['provider'],
    subject: account['providerAccountId'] ?? account['provider_account_id'],
  }),
  user: (row) => ({
    id: textIn(row['id']) ?? '',
    email: textIn(row['email']),
    emailVerified: (row['emailVerified'] ?? row['email_verified']) != null,
    name: textIn(row['name']) ?? '',
    claims: claimsOf({ picture: textIn(row['image']) }),
    passwordHash: textIn(row['password'] ?? row['passwordHash'] ?? row['password_hash']),
  }),
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
    reads: aDatabase,
    options: shape.options ?? {},
    numbers: [],
    read: (input) => readShape(shape, input),
  }
}

async function* readShape(shape: Shape, input: SourceInput): AsyncGenerator<Found> {
  const { from, since, now, gauge } = input
  await using database = await openOldDatabase(from, shape.name)
  const tables = await tablesOf(database)
  refuseOther(tables.names, shape.name, shape.like)
  const users = tableOf(tables.names, shape.users, shape.name)
  await needAccounts(tables, shape)
  gauge?.expects(await tables.count(users), 'people')
  let looked = 0
  if (since !== null && shape.changed === undefined) yield { kind: 'remark', text: tellsNoChanges }
  for await (const rows of inGroups(tables.rows(users))) {
    const people = rows.filter((row) => {
      const changed = shape.changed?.(row) ?? null
      return since === null || changed === null || changed >= since
    })
    const ids = people.map((row) => textIn(row['id']) ?? '')
    const accounts = await hangingOn(tables, shape.accounts, ids)
    const hanging = new Map<string, (id: string) => readonly ForeignRow[]>()
    for (const [what, names] of Object.entries(shape.hanging ?? {}))
      hanging.set(what, await hangingOn(tables, names, ids))
    for (const row of people) {
      const user = shape.user(row, now)
      const own = accounts(user.id)
      const hash = own.map((account) => shape.accountHash?.(account) ?? null).find((found) => found !== null)
      const factors =
        (await shape.factors?.((what) => hanging.get(what)?.(user.id) ?? [], input, row)) ?? noFactors
      yield personFound({
        ...user,
        passwordHash: user.passwordHash ?? hash ?? null,
        identities: identitiesIn(own.map(shape.linked)),
        totp: factors.totp,
        passkeys: [...factors.passkeys],
      })
      yield* unlinked(user.id, own.map(shape.linked))
      for (const what of [...factors.left, ...(shape.unread?.(row) ?? [])])
        yield { kind: 'left-behind', what, id: user.id }
    }
    looked += rows.length
    gauge?.passed(looked)
  }
  for (const [table, read] of Object.entries(shape.others ?? {}))
    for await (const row of rowsOf(tables, table)) yield* read(row, input)
}

/**
 * @throws ForeignUnreadable where it looks like another system’s, and nobody’s accounts are there: nobody would have a
 * password
 */
async function needAccounts(tables: Tables, { accounts, provider = [], name }: Shape): Promise<void> {
  const look = lookOfTables(tables.names, name)
  if (look === null || look.source === name || provider.length === 0) return
  const table = accounts.find(tables.has)
  const columns = table === undefined ? null : await tables.columns(table)
  if (provider.some((column) => columns?.has(column))) return
  throw new ForeignUnreadable(`Its people are not kept as they are read here.${aboutLook(look, name)}`)
}

/** What hangs on people in the first of some tables that is there, by whichever name its column has. */
async function hangingOn(
  tables: Tables,
  names: readonly string[],
  ids: readonly string[],
): Promise<(id: string) => readonly ForeignRow[]> {
  const table = names.find(tables.has)
  if (table === undefined) return () => []
  const column = (await tables.columns(table)).has('userId') ? 'userId' : 'user_id'
  return belongingTo(tables, table, column, ids)
}
