// The people of Django, some hundred at a time, with what its applications keep of them: groups and permissions, addresses
// and linked accounts of allauth, authenticator applications of django-otp, allauth and dj-rest-auth, passkeys.
import type { ForeignRow } from '../../../platform/db/foreign-rows.ts'
import type { Found, LeftBehind, MovedPasskey, MovedTotp } from '../records.ts'
import { belongingTo, inGroups, rowsOf, type Tables } from './belonging.ts'
import { identitiesIn, type Linked, unlinked } from './elsewhere.ts'
import { personFound } from './found.ts'
import { namedTable, needColumn } from './old-database.ts'
import { djangoMfaTotp, djangoOtp, djangoOtpPasskey, registeredPasskey } from './second-factors.ts'
import { type SourceInput, tellsLittle } from './source.ts'
import { membersIn, momentIn, textIn, truthIn } from './values.ts'

/** Django names the column after the model: `user_id` for `auth_user`. */
export function ownerColumn(table: string): string {
  return `${table.split('_').at(-1) ?? 'user'}_id`
}

/** Roles, then people. */
export async function* djangoPeople(
  tables: Tables,
  { options, since, gauge }: SourceInput,
): AsyncGenerator<Found> {
  const table = await tableOfPeople(tables, options)
  const key = keyOf(tables, options)
  const groups = await namesOf(tables, 'auth_group', (row) => textIn(row['name']))
  for (const name of groups.values()) yield { kind: 'role', name, description: name }
  const permissions = await permissionsIn(tables)
  if (tables.isDump && !tables.has(table)) yield { kind: 'remark', text: aboutModel(table) }
  if (since !== null) yield { kind: 'remark', text: tellsLittle }
  gauge?.expects(await tables.count(table), 'people')
  let looked = 0
  for await (const rows of inGroups(tables.rows(table, key))) {
    const people = rows.filter((row) => {
      const changed = Math.max(momentIn(row['date_joined']) ?? 0, momentIn(row['last_login']) ?? 0)
      return since === null || changed >= since
    })
    const lists = await belongings(tables, table, people, key)
    for (const row of people) {
      const id = textIn(row[key]) ?? ''
      const factors = await factorsOf(id, lists)
      yield personFound({
        ...personOf(row, id, lists, options['username'] ?? 'username'),
        roles: [...ownRoles(row), ...rolesOf(id, lists, { groups, permissions })],
        totp: factors.totp,
        passkeys: factors.passkeys,
      })
      yield* factors.left
      yield* unlinked(id, linkedIn(lists.accounts(id)))
    }
    looked += rows.length
    gauge?.passed(looked)
  }
}

function aboutModel(table: string): string {
  return `The dump has no people in ${table}: where they are another model’s, name its table with --table.`
}

/** A dump may hold something else alone, such as keys of people who are here already. */
async function tableOfPeople(tables: Tables, options: SourceInput['options']): Promise<string> {
  const { table: named, username } = options
  if (tables.isDump && !tables.has(named ?? 'auth_user')) return named ?? 'auth_user'
  const table = namedTable(tables.names, named, 'auth_user', 'django')
  const columns = await tables.columns(table)
  needColumn(columns, table, username)
  if (tables.isDump) return table
  // Every model of users has both: another table has nobody’s passwords.
  needColumn(columns, table, 'password')
  needColumn(columns, table, keyOf(tables, options), options['id'] ? '' : ' Name its primary key with --id.')
  return table
}

/** A dump has its own word for it, whatever the model calls it. */
function keyOf(tables: Tables, options: SourceInput['options']): string {
  return tables.isDump ? 'id' : (options['id'] ?? 'id')
}

type Lists = Awaited<ReturnType<typeof belongings>>

async function belongings(tables: Tables, table: string, people: readonly ForeignRow[], key: string) {
  const ids = people.map((row) => textIn(row[key]) ?? '')
  const of = (name: string, column = 'user_id') => belongingTo(tables, name, column, ids)
  /** Named after the model, which a table that was renamed says nothing of. */
  const listed = async (name: string, other: string) => {
    const columns = tables.has(name) ? await tables.columns(name) : new Map<string, never>()
    const owner = columns.has(ownerColumn(table))
      ? ownerColumn(table)
      : [...columns.keys()].find((column) => column !== 'id' && column !== other)
    return of(name, owner)
  }
  return {
    groups: await listed(`${table}_groups`, 'group_id'),
    permissions: await listed(`${table}_user_permissions`, 'permission_id'),
    addresses: await of('account_emailaddress'),
    accounts: await of('socialaccount_socialaccount'),
    otp: await of('otp_totp_totpdevice'),
    staticDevices: await of('otp_static_staticdevice'),
    mfa: await of('mfa_authenticator'),
    restMfa: await of('dj_rest_auth_mfa_authenticator'),
    passkeys: await of('django_otp_webauthn_webauthncredential'),
  }
}

function personOf(row: ForeignRow, id: string, lists: Lists, username: string) {
  const addresses = lists
    .addresses(id)
    .map((one) => ({
      email: textIn(one['email']),
      verified: truthIn(one['verified']),
      first: truthIn(one['primary']),
    }))
    .sort((a, b) => Number(b.first) - Number(a.first))
  const email = textIn(row['email']) ?? addresses[0]?.email ?? null
  const given = [textIn(row['first_name']), textIn(row['last_name'])]
  return {
    id,
    username: textIn(row[username]),
    email,
    // Of allauth's list the very address: another one of theirs says nothing about it.
    emailVerified: addresses.some((one) => one.verified && isSameAddress(one.email, email)),
    name: given.filter((part) => part !== null).join(' '),
    claims: {
      ...(given[0] != null && { given_name: given[0] }),
      ...(given[1] != null && { family_name: given[1] }),
    },
    passwordHash: textIn(row['password']),
    identities: identitiesIn(linkedIn(lists.accounts(id))),
    disabled: 'is_active' in row && !truthIn(row['is_active']),
    createdAt: momentIn(row['date_joined']),
  }
}

function isSameAddress(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one.toLowerCase() === other.toLowerCase()
}

function linkedIn(rows: readonly ForeignRow[]): Linked[] {
  return rows.map((row) => ({
    provider: row['provider'],
    subject: row['uid'],
    email: membersIn(row['extra_data'])['email'],
  }))
}

function ownRoles(row: ForeignRow): string[] {
  return [
    ...(truthIn(row['is_staff']) ? ['staff'] : []),
    ...(truthIn(row['is_superuser']) ? ['superuser'] : []),
  ]
}

function rolesOf(
  id: string,
  lists: Lists,
  names: { readonly groups: ReadonlyMap<string, string>; readonly permissions: ReadonlyMap<string, string> },
): string[] {
  return [
    ...lists.groups(id).map((row) => names.groups.get(textIn(row['group_id']) ?? '')),
    ...lists.permissions(id).map((row) => names.permissions.get(textIn(row['permission_id']) ?? '')),
  ].filter((name) => name !== undefined)
}

/** The one that is confirmed; whoever has more keeps the first. */
async function factorsOf(id: string, lists: Lists) {
  const left: LeftBehind[] = []
  const leave = (what: string): void => void left.push({ kind: 'left-behind', what, id })
  const totps: (MovedTotp | null)[] = lists
    .otp(id)
    .filter((row) => truthIn(row['confirmed']))
    .map(djangoOtp)
  const passkeys: (MovedPasskey | null)[] = lists.passkeys(id).map(djangoOtpPasskey)
  for (const row of [...lists.mfa(id), ...lists.restMfa(id)]) {
    const type = textIn(row['type'])
    const kept = membersIn(row['data'])
    if (type === 'totp') totps.push(djangoMfaTotp(kept))
    else if (type === 'webauthn') passkeys.push(await registeredPasskey(membersIn(kept['credential']), row))
    else if (type === 'recovery_codes') leave('recovery codes')
  }
  if (lists.staticDevices(id).length > 0) leave('recovery codes')
  const [totp = null, ...others] = totps.filter((one) => one !== null)
  if (totps.includes(null)) leave('authenticator applications whose secrets can’t be read')
  if (others.length > 0) leave('further authenticator applications of one person')
  if (passkeys.includes(null)) leave('passkeys that can’t be read')
  return { totp, passkeys: passkeys.filter((one) => one !== null), left }
}

/** `app_label.codename`, by the number of the permission. */
async function permissionsIn(tables: Tables): Promise<ReadonlyMap<string, string>> {
  const labels = await namesOf(tables, 'django_content_type', (row) => textIn(row['app_label']))
  return namesOf(tables, 'auth_permission', (row) => {
    const label = labels.get(textIn(row['content_type_id']) ?? '')
    const codename = textIn(row['codename'])
    return label === undefined || codename === null ? null : `${label}.${codename}`
  })
}

async function namesOf(
  tables: Tables,
  table: string,
  nameIn: (row: ForeignRow) => string | null,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for await (const row of rowsOf(tables, table)) {
    const [id, name] = [textIn(row['id']), nameIn(row)]
    if (id !== null && name !== null) names.set(id, name)
  }
  return names
}
