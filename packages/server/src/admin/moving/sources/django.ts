// Django: a database, or what `manage.py dumpdata auth account socialaccount mfa dj_rest_auth_mfa otp_totp
// django_otp_webauthn token_blacklist authtoken oauth2_provider` wrote. Groups become roles, and so do permissions that people
// have themselves; staff and superusers get the roles `staff` and `superuser`.
import { sqlitePath } from '../../../platform/db/foreign.ts'
import { firstBytes } from '../../../platform/db/foreign-file.ts'
import type { ForeignRow } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { gaugedRows, inGroups, rowsOf, type Tables, tablesIn, tablesOf } from './belonging.ts'
import { oauthApplication } from './django-applications.ts'
import { djangoPeople, ownerColumn } from './django-people.ts'
import { withDashes } from './django-uuids.ts'
import { isList, jsonLines, openExport } from './export-file.ts'
import { entriesOfList } from './json-document.ts'
import { lookOf } from './look.ts'
import { aDatabase, openOldDatabase } from './old-database.ts'
import type { Source, SourceInput } from './source.ts'
import { listIn, membersIn, momentIn, textIn } from './values.ts'

export const django: Source = {
  title: 'Django',
  reads: `${aDatabase}, or a file of dumpdata (JSON)`,
  options: {
    table: 'the table of users, auth_user unless given',
    username: 'its column of the name, username unless given',
    id: 'its primary key, id unless given',
    applications: 'the table of clients, oauth2_provider_application unless given',
    scopes: 'what clients of django-oauth-toolkit may ask for, separated by spaces',
  },
  numbers: ['simplejwt'],
  async *read(input) {
    if (isDump(input.from)) return yield* everything(await dumped(input), input)
    await using database = await openOldDatabase(input.from, 'django')
    yield* everything(withDashes(await tablesOf(database)), input)
  },
}

/** People before what belongs to them. */
async function* everything(tables: Tables, input: SourceInput): AsyncGenerator<Found> {
  const { options } = input
  yield* djangoPeople(tables, input)
  yield* blacklisted(tables, input)
  yield* keys(tables, input)
  const applications = options['applications'] ?? 'oauth2_provider_application'
  for await (const row of rowsOf(tables, applications)) yield* oauthApplication(row, options['scopes'])
}

/** `authtoken_token` has no number: the key itself is its key. */
async function* keys(tables: Tables, { gauge }: SourceInput): AsyncGenerator<Found> {
  for await (const row of gaugedRows(tables, 'authtoken_token', { key: 'key', of: 'API keys', gauge })) {
    const userId = textIn(row['user_id'])
    const key = textIn(row['key'] ?? row['id']) ?? ''
    if (userId !== null && /^[0-9a-f]{40}$/.test(key))
      yield { kind: 'drf-key', userId, key, createdAt: momentIn(row['created']) }
    else
      yield { kind: 'left-behind', what: 'API keys that are none of Django REST framework', id: userId ?? '' }
  }
}

/** Refresh tokens that were put on the blacklist: of those that were not, there may be many more. */
async function* blacklisted(tables: Tables, { gauge }: SourceInput): AsyncGenerator<Found> {
  const rows = gaugedRows(tables, 'token_blacklist_blacklistedtoken', { of: 'ended tokens', gauge })
  for await (const group of inGroups(rows)) {
    const ids = group.map((row) => textIn(row['token_id']) ?? '')
    for (const row of await tables.matching('token_blacklist_outstandingtoken', 'id', ids)) {
      const [jti, expiresAt] = [textIn(row['jti']), momentIn(row['expires_at'])]
      if (jti !== null && expiresAt !== null) yield { kind: 'revoked-token', jti, expiresAt }
    }
  }
}

/** Told from a database by how it begins, or by its name where that says nothing. */
function isDump(from: string): boolean {
  if (from === '-' || /\.jsonl?$/i.test(from)) return true
  const path = sqlitePath(from)
  return path !== null && lookOf(firstBytes(path))?.source === 'django'
}

/** Each with `model`, `pk` and `fields`: in a list, or one a line (`--format jsonl`). */
async function* entriesOf(input: SourceInput): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const { gauge } = input
  const file = await openExport(input, 'django')
  if (file.size !== null) gauge?.expects(file.size, 'bytes checked')
  if (isList(file)) for await (const entry of entriesOfList(file, gauge?.passed)) yield membersIn(entry)
  else for await (const [entry] of jsonLines(file, gauge?.passed)) yield membersIn(entry)
}

/** A dump as tables: `auth.user` is `auth_user`, `pk` is `id`, and foreign keys lose their `_id` there. */
async function dumped(input: SourceInput): Promise<Tables> {
  const tables = new Map<string, ForeignRow[]>()
  const add = (table: string, row: ForeignRow): void => {
    const rows = tables.get(table)
    if (rows === undefined) tables.set(table, [row])
    else rows.push(row)
  }
  for await (const { model, pk, fields } of entriesOf(input)) {
    const table = String(model).replace('.', '_')
    const members = membersIn(fields)
    const keys = ['user', 'group', 'token', 'content_type'].filter((name) => name in members)
    add(table, {
      ...members,
      id: pk,
      ...Object.fromEntries(keys.map((name) => [`${name}_id`, members[name]])),
    })
    for (const group of listIn(members['groups']))
      add(`${table}_groups`, { [ownerColumn(table)]: pk, group_id: group })
    for (const permission of listIn(members['user_permissions']))
      add(`${table}_user_permissions`, { [ownerColumn(table)]: pk, permission_id: permission })
  }
  return tablesIn(tables)
}
