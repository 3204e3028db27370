// Initial access tokens (RFC 7591 §3): good for so many registrations, until a moment.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'

/** A token by which clients may register themselves. */
export interface InitialToken {
  readonly id: string
  readonly digest: string
  /** What it is for, in an operator's words. */
  readonly label: string
  /** As JSON; null for the policy of the server. */
  readonly policy: string | null
  /** Registrations that are left. */
  readonly usesLeft: number
  readonly createdAt: number
  readonly expiresAt: number
}

interface Row {
  id: string
  digest: string
  label: string
  policy: string | null
  uses_left: number
  created_at: number
  expires_at: number
}

const insert = write((db, p: { [K in keyof Row]: Row[K] }) =>
  db.insertInto('initial_access_tokens').values({
    id: p.id,
    digest: p.digest,
    label: p.label,
    policy: p.policy,
    uses_left: p.uses_left,
    created_at: p.created_at,
    expires_at: p.expires_at,
  }),
)

/** Stores a token. */
export function insertInitialToken(database: Database, token: InitialToken): Write {
  return insert(database, {
    id: token.id,
    digest: token.digest,
    label: token.label,
    policy: token.policy,
    uses_left: token.usesLeft,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  })
}

const columns = ['id', 'digest', 'label', 'policy', 'uses_left', 'created_at', 'expires_at'] as const

const byDigest = query((db, p: { digest: string }) =>
  db.selectFrom('initial_access_tokens').select(columns).where('digest', '=', p.digest),
)
const everyOne = query((db) =>
  db.selectFrom('initial_access_tokens').select(columns).orderBy('created_at').orderBy('id'),
)

/** A token that is good for a registration now; undefined for one that is spent, over or unknown. */
export async function goodInitialToken(
  database: Database,
  digest: string,
  now: number,
): Promise<InitialToken | undefined> {
  const row = await byDigest.first(database, { digest })
  return row === undefined || row.uses_left < 1 || row.expires_at <= now ? undefined : fromRow(row)
}

/** Every token, oldest first. */
export async function allInitialTokens(database: Database): Promise<InitialToken[]> {
  return (await everyOne.all(database, {})).map(fromRow)
}

const spend = write(
  (db, p: { digest: string; now: number }) =>
    db
      .updateTable('initial_access_tokens')
      .set((eb) => ({ uses_left: eb('uses_left', '-', 1) }))
      .where('digest', '=', p.digest)
      .where('uses_left', '>', 0)
      .where('expires_at', '>', p.now),
  { exactlyOne: 'initial access token' },
)

/** Uses a token once. INVARIANT: guarded by `initial access token`: no more often than it is good for. */
export function spendInitialToken(database: Database, digest: string, now: number): Write {
  return spend(database, { digest, now })
}

const remove = write(
  (db, p: { id: string }) => db.deleteFrom('initial_access_tokens').where('id', '=', p.id),
  {
    exactlyOne: 'initial access token',
  },
)

/** Takes a token back. INVARIANT: guarded by `initial access token`. */
export function deleteInitialToken(database: Database, id: string): Write {
  return remove(database, { id })
}

function fromRow(row: Row): InitialToken {
  return {
    id: row.id,
    digest: row.digest,
    label: row.label,
    policy: row.policy,
    usesLeft: row.uses_left,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
