// Django: a database, or what `manage.py dumpdata auth account socialaccount token_blacklist authtoken` wrote. Groups
// become roles; staff and superusers get the roles `staff` and `superuser`.
import { openForeign } from '../../../platform/db/foreign.ts'
import { type Found, movedUser } from '../records.ts'
import { oauthApplication } from './django-applications.ts'
import { jsonFile } from './export-file.ts'
import type { Source, SourceInput } from './source.ts'
import { listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

type Row = Readonly<Record<string, unknown>>

/** Rows of one table after the other, by their names in a database; a dump names them otherwise. */
interface Tables {
  has(table: string): boolean
  /** In the order of `id`, unless another column is its key. */
  rows(table: string, key?: string): AsyncIterable<Row>
}

const issuers: Readonly<Record<string, string>> = {
  google: 'https://accounts.google.com',
  facebook: 'https://www.facebook.com',
}

export const django: Source = {
  title: 'Django',
  reads: 'postgres://…, an SQLite file, or a file of dumpdata (JSON)',
  options: {
    table: 'the table of users, auth_user unless given',
    applications: 'the table of clients, oauth2_provider_application unless given',
    scopes: 'what clients of django-oauth-toolkit may ask for, separated by spaces',
  },
  numbers: ['simplejwt'],
  async *read(input) {
    if (/\.json$/i.test(input.from)) {
      yield* people(dumped(await jsonFile(input.from)), input)
      return
    }
    await using database = await openForeign(input.from)
    const tables = await database.tables()
    yield* people(
      { has: (table) => tables.has(table), rows: (table, key = 'id') => database.rows(table, key) },
      input,
    )
  },
}

/** Everything by user first: what belongs to a person has to be known before the person is given. */
async function* people(tables: Tables, { options, since }: SourceInput): AsyncGenerator<Found> {
  const table = options['table'] ?? 'auth_user'
  const groups = await collected(tables, 'auth_group', (row) => [textIn(row['id']), textIn(row['name'])])
  for (const [id, name] of groups) {
    if (name !== null) yield { kind: 'role', name, description: `Group ${id} of Django` }
  }
  const belonging = await belongings(tables, table, groups)
  for await (const row of tables.rows(table)) {
    const id = textIn(row['id']) ?? ''
    const changed = Math.max(momentIn(row['date_joined']) ?? 0, momentIn(row['last_login']) ?? 0)
    if (since !== null && changed < since) continue
    const addresses = belonging.addresses.get(id) ?? []
    const email = textIn(row['email']) ?? addresses[0]?.email ?? null
    const given = [textIn(row['first_name']), textIn(row['last_name'])]
    const own = [truthIn(row['is_staff']) ? ['staff'] : [], truthIn(row['is_superuser']) ? ['superuser'] : []]
    yield movedUser({
      id,
      username: textIn(row['username']),
      email,
      // Of allauth's list the very address: another one of theirs says nothing about it.
      emailVerified: addresses.some((one) => one.verified && isSameAddress(one.email, email)),
      name: given.filter((part) => part !== null).join(' '),
      claims: {
        ...(given[0] != null && { given_name: given[0] }),
        ...(given[1] != null && { family_name: given[1] }),
      },
      passwordHash: textIn(row['password']),
      roles: [...own.flat(), ...(belonging.roles.get(id) ?? [])],
      identities: belonging.identities.get(id) ?? [],
      disabled: 'is_active' in row && !truthIn(row['is_active']),
      createdAt: momentIn(row['date_joined']),
    })
  }
  yield* blacklisted(tables)
  yield* keys(tables)
  const applications = options['applications'] ?? 'oauth2_provider_application'
  for await (const row of rowsOf(tables, applications)) yield* oauthApplication(row, options['scopes'])
}

/** `authtoken_token` has no number: the key itself is its key. */
async function* keys(tables: Tables): AsyncGenerator<Found> {
  for await (const row of rowsOf(tables, 'authtoken_token', 'key')) {
    const userId = textIn(row['user_id'])
    const key = textIn(row['key'] ?? row['id']) ?? ''
    if (userId !== null && /^[0-9a-f]{40}$/.test(key))
      yield { kind: 'drf-key', userId, key, createdAt: momentIn(row['created']) }
    else
      yield { kind: 'left-behind', what: 'API keys that are none of Django REST framework', id: userId ?? '' }
  }
}

/** Of allauth. */
type Address = { email: string; verified: boolean }
type Identity = { upstream: string; issuer: string; subject: string; email: string | null }

function isSameAddress(one: string, other: string | null): boolean {
  return other !== null && one.toLowerCase() === other.toLowerCase()
}

async function belongings(tables: Tables, table: string, groups: ReadonlyMap<string, string | null>) {
  const roles = new Map<string, string[]>()
  const addresses = new Map<string, Address[]>()
  const identities = new Map<string, Identity[]>()
  for await (const row of rowsOf(tables, `${table}_groups`)) {
    const name = groups.get(textIn(row['group_id']) ?? '')
    const user = textIn(row['user_id']) ?? textIn(row[`${table.split('_').at(-1)}_id`]) ?? ''
    if (name != null) roles.set(user, [...(roles.get(user) ?? []), name])
  }
  for await (const row of rowsOf(tables, 'account_emailaddress')) {
    const [email, user] = [textIn(row['email']), textIn(row['user_id']) ?? '']
    if (email === null) continue
    const before = addresses.get(user) ?? []
    const one = { email, verified: truthIn(row['verified']) }
    addresses.set(user, truthIn(row['primary']) ? [one, ...before] : [...before, one])
  }
  for await (const row of rowsOf(tables, 'socialaccount_socialaccount')) {
    const [upstream, subject] = [textIn(row['provider']), textIn(row['uid'])]
    const issuer = upstream === null ? undefined : issuers[upstream]
    if (upstream === null || subject === null || issuer === undefined) continue
    const user = textIn(row['user_id']) ?? ''
    const email = textIn(membersIn(row['extra_data'])['email'])
    identities.set(user, [...(identities.get(user) ?? []), { upstream, issuer, subject, email }])
  }
  return { roles, addresses, identities }
}

/** Refresh tokens that were put on the blacklist and have not run out. */
async function* blacklisted(tables: Tables): AsyncGenerator<Found> {
  const ended = new Set<string>()
  for await (const row of rowsOf(tables, 'token_blacklist_blacklistedtoken')) {
    ended.add(textIn(row['token_id']) ?? '')
  }
  for await (const row of rowsOf(tables, 'token_blacklist_outstandingtoken')) {
    const [jti, expiresAt] = [textIn(row['jti']), momentIn(row['expires_at'])]
    if (jti === null || expiresAt === null || !ended.has(textIn(row['id']) ?? '')) continue
    yield { kind: 'revoked-token', jti, expiresAt }
  }
}

async function* rowsOf(tables: Tables, table: string, key = 'id'): AsyncGenerator<Row> {
  if (tables.has(table)) yield* tables.rows(table, key)
}

async function collected(
  tables: Tables,
  table: string,
  entry: (row: Row) => [string | null, string | null],
): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>()
  for await (const row of rowsOf(tables, table)) {
    const [key, value] = entry(row)
    if (key !== null) found.set(key, value)
  }
  return found
}

/** A dump as tables: `auth.user` is `auth_user`, `pk` is `id`, and foreign keys lose their `_id` there. */
function dumped(document: unknown): Tables {
  const tables = new Map<string, Row[]>()
  const add = (table: string, row: Row): void => {
    const rows = tables.get(table)
    if (rows === undefined) tables.set(table, [row])
    else rows.push(row)
  }
  const grouped = Map.groupBy(listIn(document).map(membersIn), ({ model }) => String(model).replace('.', '_'))
  for (const [table, entries] of grouped) {
    const rows = entries.map(({ pk, fields }): Row => {
      const members = membersIn(fields)
      const keys = ['user', 'group', 'token'].filter((name) => name in members)
      return { ...members, id: pk, ...Object.fromEntries(keys.map((name) => [`${name}_id`, members[name]])) }
    })
    tables.set(table, rows)
    for (const row of rows)
      for (const group of listIn(row['groups']))
        add(`${table}_groups`, { user_id: row['id'], group_id: group })
  }
  return {
    has: (table) => tables.has(table),
    rows: async function* (table) {
      yield* tables.get(table) ?? []
    },
  }
}
