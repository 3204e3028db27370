// Migrations: files, forward only, each a list of statements, applied once and in order under the engine's lock.
// A database that is newer than this program is refused, so that an old server can't write into a new schema.
import type { Compilable, Kysely } from 'kysely'
import type { Runtime } from '../runtime.ts'
import type { Database } from './database.ts'
import { up as foundation } from './migrations/0001-foundation.ts'
import { up as revocations } from './migrations/0002-revocations.ts'
import { up as encryptedTokens } from './migrations/0003-encrypted-tokens.ts'
import { up as refreshLine } from './migrations/0004-refresh-line.ts'
import { up as boundTokens } from './migrations/0005-bound-tokens.ts'
import { up as signOut } from './migrations/0006-sign-out.ts'
import { up as devices } from './migrations/0007-devices.ts'
import { up as pushedRequests } from './migrations/0008-pushed-requests.ts'
import { up as exchange } from './migrations/0009-exchange.ts'
import { up as extras } from './migrations/0010-extras.ts'
import { up as consent } from './migrations/0011-consent.ts'
import { up as backchannelRequests } from './migrations/0012-backchannel-requests.ts'
import { up as trustedIssuers } from './migrations/0013-trusted-issuers.ts'
import { up as metadataDocuments } from './migrations/0014-metadata-documents.ts'
import { up as registration } from './migrations/0016-registration.ts'
import { up as numbers } from './migrations/0017-numbers.ts'
import { up as registrations } from './migrations/0018-registrations.ts'
import { up as moved } from './migrations/0019-moved.ts'
import { up as apiKeys } from './migrations/0020-api-keys.ts'
import { up as departed } from './migrations/0021-departed.ts'
import { up as mail } from './migrations/0022-mail.ts'
import { up as mailedProofs } from './migrations/0023-mailed-proofs.ts'
import { up as factors } from './migrations/0024-factors.ts'
import { up as passkeys } from './migrations/0025-passkeys.ts'
import { up as movedThings } from './migrations/0026-moved-things.ts'
import { up as numberCounters } from './migrations/0027-number-counters.ts'
import { up as passwordKinds } from './migrations/0028-password-kinds.ts'
import { up as endsOfSessions } from './migrations/0032-ends-of-sessions.ts'
import { up as datedDigests } from './migrations/0033-dated-digests.ts'
import { up as slidingTokens } from './migrations/0034-sliding-tokens.ts'
import type { Schema } from './schema.ts'

interface Migration {
  readonly name: string
  readonly up: (db: Kysely<Schema>) => Compilable[]
}

const migrations: readonly Migration[] = [
  { name: '0001-foundation', up: foundation },
  { name: '0002-revocations', up: revocations },
  { name: '0003-encrypted-tokens', up: encryptedTokens },
  { name: '0004-refresh-line', up: refreshLine },
  { name: '0005-bound-tokens', up: boundTokens },
  { name: '0006-sign-out', up: signOut },
  { name: '0007-devices', up: devices },
  { name: '0008-pushed-requests', up: pushedRequests },
  { name: '0009-exchange', up: exchange },
  { name: '0010-extras', up: extras },
  { name: '0011-consent', up: consent },
  { name: '0012-backchannel-requests', up: backchannelRequests },
  { name: '0013-trusted-issuers', up: trustedIssuers },
  { name: '0014-metadata-documents', up: metadataDocuments },
  { name: '0016-registration', up: registration },
  { name: '0017-numbers', up: numbers },
  { name: '0018-registrations', up: registrations },
  { name: '0019-moved', up: moved },
  { name: '0020-api-keys', up: apiKeys },
  { name: '0021-departed', up: departed },
  { name: '0022-mail', up: mail },
  { name: '0023-mailed-proofs', up: mailedProofs },
  { name: '0025-passkeys', up: passkeys },
  { name: '0024-factors', up: factors },
  { name: '0026-moved-things', up: movedThings },
  { name: '0027-number-counters', up: numberCounters },
  { name: '0028-password-kinds', up: passwordKinds },
  { name: '0032-ends-of-sessions', up: endsOfSessions },
  { name: '0033-dated-digests', up: datedDigests },
  { name: '0034-sliding-tokens', up: slidingTokens },
]

/** The database was written by a newer Countersign than this one. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

/** How far the database is. */
export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** What is said of a database in which these are pending. */
export function lacking(pending: MigrationState['pending']): string {
  return pending.length === 1 ? 'lacks a migration' : `lacks ${pending.length} migrations`
}

/** What has been applied and what is pending; reads only. @throws SchemaTooNew */
export async function migrationState(database: Database): Promise<MigrationState> {
  let applied: string[]
  try {
    const rows = await database.read('select name from migrations order by name', [])
    applied = rows.map((row) => String(row['name']))
  } catch (error) {
    if (!isMissingTable(error)) throw error
    applied = []
  }
  return compare(applied)
}

/** Applies what is pending, in one transaction; safe to call from several processes at once. @returns names applied now */
export async function migrate(database: Database, runtime: Runtime): Promise<readonly string[]> {
  const now = runtime.now()
  let done: readonly string[] = []
  await database.migrate(async (run) => {
    await run(
      'create table if not exists migrations (name text not null primary key, applied_at bigint not null)',
    )
    const rows = await run('select name from migrations order by name')
    const { pending } = compare(rows.map((row) => String(row['name'])))
    for (const name of pending) {
      const migration = migrations.find((candidate) => candidate.name === name)
      for (const statement of migration?.up(database.builder) ?? []) {
        const { sql, parameters } = statement.compile()
        await run(sql, parameters as readonly (string | number | null)[])
      }
      const insert = database.builder.insertInto('migrations').values({ name, applied_at: now }).compile()
      await run(insert.sql, insert.parameters as readonly (string | number)[])
    }
    done = pending
  })
  return done
}

/** The SQL of every migration, for operators who apply it by hand. */
export function migrationSql(database: Database): string {
  return migrations
    .map(
      ({ name, up }) =>
        `-- ${name}\n${up(database.builder)
          .map((s) => `${s.compile().sql};`)
          .join('\n')}`,
    )
    .join('\n\n')
}

function compare(applied: readonly string[]): MigrationState {
  const known = migrations.map(({ name }) => name)
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new SchemaTooNew(
      `The database has migrations that this version does not know (${unknown.join(', ')}). Start the newer Countersign that wrote it.`,
    )
  }
  return { applied, pending: known.filter((name) => !applied.includes(name)) }
}

function isMissingTable(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return code === '42P01' || /no such table/.test(message ?? '')
}
