// What a file or a database looks like: whoever gives one system's export to the reader of another's is told so, instead of
// getting people without their passwords.
import { isJsonObject } from '@countersign/protocol'
import { movedKinds } from '../records.ts'

/** What something looks like. */
export interface Look {
  /** For people, with its article: `an export of Firebase`. */
  readonly words: string
  /** The name of the source that reads it, in the table of sources; null where none does. */
  readonly source: string | null
}

const compressed: readonly (readonly [first: readonly number[], words: string])[] = [
  [[0x1f, 0x8b], 'a file that is compressed (gzip): unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive: unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a file that is compressed (zstd): unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'a file that is compressed (xz): unpack it first'],
  [[0x42, 0x5a, 0x68], 'a file that is compressed (bzip2): unpack it first'],
  [[0xff, 0xfe], 'text in UTF-16: save it as UTF-8'],
  [[0xfe, 0xff], 'text in UTF-16: save it as UTF-8'],
]

/** Whether a file with these first bytes is an SQLite database (“Database File Format”, §1.3). */
export function isSqlite(head: Buffer): boolean {
  return head.subarray(0, 16).equals(Buffer.from('SQLite format 3\0'))
}

/** What a file with these first bytes looks like; null where they don’t say. */
export function lookOf(head: Buffer): Look | null {
  const [, packed] = compressed.find(([first]) => first.every((byte, at) => head[at] === byte)) ?? []
  if (packed !== undefined) return { words: packed, source: null }
  if (isSqlite(head)) return { words: 'an SQLite database', source: null }
  const text = head
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart()
  if (text.includes('\0'))
    return {
      words: text.startsWith('PGDMP') ? dumpOfSql : 'no text, or text in UTF-16: save it as UTF-8',
      source: null,
    }
  if (/^(?:PGDMP|-- (?:PostgreSQL|MySQL|MariaDB) |--\r?\n-- PostgreSQL )/.test(text))
    return { words: dumpOfSql, source: null }
  return /^[{[]/.test(text) ? lookOfJson(text) : lookOfTable(text)
}

const dumpOfSql = 'a dump of a database in SQL: load it into one, and give its address'

function lookOfJson(text: string): Look | null {
  const [line = ''] = text.split('\n', 1)
  const first = objectIn(line)
  if (first !== null && movedKinds.has(String(first['kind'])))
    return { words: 'an export of Countersign', source: 'countersign' }
  if (first !== null && ('user_id' in first || ('_id' in first && 'email' in first)))
    return { words: 'an export of Auth0', source: 'auth0' }
  if (/^\[\s*\{/.test(text) && /"model"\s*:\s*"\w+\.\w+"/.test(text) && /"fields"\s*:\s*\{/.test(text))
    return { words: 'a dump of Django', source: 'django' }
  if (/^\{\s*"users"\s*:\s*\[[\s\S]*?"localId"\s*:\s*"/.test(text))
    return { words: 'an export of Firebase', source: 'firebase' }
  if (/^\{[\s\S]*?"(?:realm|notBefore|accessTokenLifespan|realmRoles|secretData)"\s*:\s*["[\d]/.test(text))
    return { words: 'an export of a realm of Keycloak', source: 'keycloak' }
  return null
}

function lookOfTable(text: string): Look | null {
  const names = (text.split(/\r?\n/, 1)[0] ?? '').toLowerCase().split(',')
  const known = ['id', 'username', 'email', 'email_verified', 'password_hash']
  const isTable = names.length > 1 && known.filter((name) => names.includes(name)).length > 1
  return isTable ? { words: 'a table of people (CSV)', source: 'csv' } : null
}

function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line)
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}

type Tell = readonly [tables: readonly string[], look: Look]

/** Tables that one system has and no other. */
const tablesOfSystems: readonly Tell[] = [
  [['auth_user'], { words: 'a database of Django', source: 'django' }],
  [['django_migrations'], { words: 'a database of Django', source: 'django' }],
  [['ar_internal_metadata', 'schema_migrations'], { words: 'a database of Rails', source: 'rails' }],
  [['user_entity', 'realm'], { words: 'Keycloak’s own: export the realm, and give that', source: null }],
  [['auth.users'], { words: 'a database of Supabase', source: 'supabase' }],
  [['moved_users'], { words: 'a database of Countersign: export it, and give that', source: null }],
  ...['session', 'sessions'].map(
    (sessions): Tell => [
      [sessions, sessions.replace('session', 'verification')],
      { words: 'a database of Better Auth', source: 'better-auth' },
    ],
  ),
  ...['VerificationToken', 'verificationToken', 'verification_token', 'verification_tokens'].map(
    (table): Tell => [[table], { words: 'a database of Auth.js', source: 'authjs' }],
  ),
]

/**
 * What a database with these tables looks like, which may be several systems’, so that it is the expected one’s first;
 * null where they don’t say.
 */
export function lookOfTables(names: ReadonlySet<string>, expected: string): Look | null {
  const looks = tablesOfSystems.filter(([tables]) => tables.every((table) => names.has(table)))
  const [, look = null] = looks.find(([, { source }]) => source === expected) ?? looks[0] ?? []
  return look
}

/** A sentence about what something else looks like than it should, to follow another; empty where there is nothing to say. */
export function aboutLook(look: Look | null, expected: string | null): string {
  if (look === null || look.source === expected) return ''
  if (look.source === null) return ` It is ${look.words}.`
  return ` It looks like ${look.words}: countersign import ${look.source}.`
}
