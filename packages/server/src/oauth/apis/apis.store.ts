// APIs at rest. Their scopes and types of details are JSON text.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { DetailsType } from '../details/types.ts'
import { type Api, type ApiEncryption, type ApiScope, type TokenFormat, tokenFormats } from './api.ts'

const columns = [
  'apis.identifier',
  'apis.name',
  'apis.scopes',
  'apis.token_format',
  'apis.access_token_seconds',
  'apis.encryption',
  'apis.details',
] as const

const everyOne = query((db) => db.selectFrom('apis').select(columns).orderBy('identifier'))

/** Every API, by identifier. */
export async function allApis(database: Database): Promise<Api[]> {
  return (await everyOne.all(database, {})).map((row) => ({
    identifier: row.identifier,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ApiScope[],
    tokenFormat: formatNamed(row.token_format),
    accessTokenSeconds: row.access_token_seconds,
    encryption: row.encryption === null ? null : (JSON.parse(row.encryption) as ApiEncryption),
    details: row.details === null ? [] : (JSON.parse(row.details) as DetailsType[]),
  }))
}

/** A format that only a newer version knows is not guessed at: a reference tells nobody anything. */
function formatNamed(name: string): TokenFormat {
  return tokenFormats.find((format) => format === name) ?? 'opaque'
}

interface Columns {
  [column: string]: string | number | null
  identifier: string
  name: string
  scopes: string
  format: string
  seconds: number
  encryption: string | null
  details: string | null
}

const upsert = write((db, p: Columns) =>
  db
    .insertInto('apis')
    .values({
      identifier: p.identifier,
      name: p.name,
      scopes: p.scopes,
      token_format: p.format,
      access_token_seconds: p.seconds,
      encryption: p.encryption,
      details: p.details,
    })
    .onConflict((conflict) =>
      conflict.column('identifier').doUpdateSet({
        name: p.name,
        scopes: p.scopes,
        token_format: p.format,
        access_token_seconds: p.seconds,
        encryption: p.encryption,
        details: p.details,
      }),
    ),
)

/** Adds an API, or replaces what was said of it. */
export function saveApi(database: Database, api: Api): Write {
  return upsert(database, {
    identifier: api.identifier,
    name: api.name,
    scopes: JSON.stringify(api.scopes),
    format: api.tokenFormat,
    seconds: api.accessTokenSeconds,
    encryption: api.encryption === null ? null : JSON.stringify(api.encryption),
    details: api.details.length === 0 ? null : JSON.stringify(api.details),
  })
}

const remove = write((db, p: { identifier: string }) =>
  db.deleteFrom('apis').where('identifier', '=', p.identifier),
)

/** Deletes an API: no token is made for it any more; those that exist live out their minutes. */
export function deleteApi(database: Database, identifier: string): Write {
  return remove(database, { identifier })
}
