// What users agreed to: one row for each user and client, widened by each further agreement.
import type { AuthorizationDetail } from '@countersign/protocol'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { ConsentRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'

/** What a user agreed to for one client. */
export interface Consent {
  readonly userId: string
  readonly clientId: string
  /** Where the answer to the newest agreement went. */
  readonly redirectUri: string
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  /** Of types that are remembered alone (RFC 9396). */
  readonly details: readonly AuthorizationDetail[]
  /** Scopes and APIs that were asked for and left out: not asked about again until the client wants to know anew. */
  readonly declined: readonly string[]
  /** The session of the newest agreement. */
  readonly sessionId: string
  readonly grantedAt: number
  /** When the client was last sent back on the strength of it. */
  readonly usedAt: number
}

const columns = [
  'consents.user_id',
  'consents.client_id',
  'consents.redirect_uri',
  'consents.scopes',
  'consents.resources',
  'consents.session_id',
  'consents.granted_at',
  'consents.details',
  'consents.declined',
  'consents.used_at',
] as const

const one = query((db, p: { user: string; client: string }) =>
  db.selectFrom('consents').select(columns).where('user_id', '=', p.user).where('client_id', '=', p.client),
)

/** What this user agreed to for this client. */
export async function consentOf(
  database: Database,
  userId: string,
  clientId: string,
): Promise<Consent | undefined> {
  const row = await one.first(database, { user: userId, client: clientId })
  return row === undefined ? undefined : fromRow(row)
}

const ofUser = query((db, p: { user: string }) =>
  db
    .selectFrom('consents')
    .innerJoin('clients', 'clients.id', 'consents.client_id')
    .select([...columns, 'clients.name'])
    .where('consents.user_id', '=', p.user)
    .orderBy('consents.granted_at', 'desc')
    .orderBy('consents.client_id'),
)

/** A consent with the name of its client. */
export interface ConsentToClient extends Consent {
  readonly clientName: string
}

/** All that a user agreed to, the newest first. */
export async function consentsOf(database: Database, userId: string): Promise<ConsentToClient[]> {
  return (await ofUser.all(database, { user: userId })).map((row) => ({
    ...fromRow(row),
    clientName: row.name,
  }))
}

interface Columns {
  [column: string]: string | number | null
  user: string
  client: string
  redirect: string
  scopes: string
  resources: string
  details: string | null
  declined: string | null
  session: string
  now: number
  used: number
}

const upsert = write((db, p: Columns) => {
  const agreed = {
    redirect_uri: p.redirect,
    scopes: p.scopes,
    resources: p.resources,
    details: p.details,
    declined: p.declined,
    session_id: p.session,
    granted_at: p.now,
    used_at: p.used,
  }
  return db
    .insertInto('consents')
    .values({ user_id: p.user, client_id: p.client, ...agreed })
    .onConflict((conflict) => conflict.columns(['user_id', 'client_id']).doUpdateSet(agreed))
})

/** Stores an agreement in place of the one before. */
export function saveConsent(database: Database, consent: Consent): Write {
  return upsert(database, {
    user: consent.userId,
    client: consent.clientId,
    redirect: consent.redirectUri,
    scopes: JSON.stringify(consent.scope),
    resources: JSON.stringify(consent.resources),
    details: listOrNull(consent.details),
    declined: listOrNull(consent.declined),
    session: consent.sessionId,
    now: consent.grantedAt,
    used: consent.usedAt,
  })
}

function listOrNull(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list)
}

const stands = write(
  (
    db,
    p: {
      user: string
      client: string
      scopes: string
      resources: string
      details: string | null
      now: number
    },
  ) =>
    db
      .updateTable('consents')
      .set({ used_at: p.now })
      .where('user_id', '=', p.user)
      .where('client_id', '=', p.client)
      .where('scopes', '=', p.scopes)
      .where('resources', '=', p.resources)
      .where('details', 'is not distinct from', p.details),
  { exactlyOne: 'consent' },
)

/** Notes that it was used; loses `consent` when it was withdrawn or changed by the time of the commit. */
export function consentStands(database: Database, consent: Consent, now: number): Write {
  return stands(database, {
    user: consent.userId,
    client: consent.clientId,
    scopes: JSON.stringify(consent.scope),
    resources: JSON.stringify(consent.resources),
    details: listOrNull(consent.details),
    now,
  })
}

const remove = write(
  (db, p: { user: string; client: string }) =>
    db.deleteFrom('consents').where('user_id', '=', p.user).where('client_id', '=', p.client),
  { exactlyOne: 'consent' },
)

/** Loses `consent` when there is none. */
export function deleteConsent(
  database: Database,
  of: { readonly userId: string; readonly clientId: string },
): Write {
  return remove(database, { user: of.userId, client: of.clientId })
}

function fromRow(row: ConsentRow): Consent {
  return {
    userId: row.user_id,
    clientId: row.client_id,
    redirectUri: row.redirect_uri,
    scope: JSON.parse(row.scopes) as string[],
    resources: JSON.parse(row.resources) as string[],
    sessionId: row.session_id,
    grantedAt: row.granted_at,
    details: row.details === null ? [] : (JSON.parse(row.details) as AuthorizationDetail[]),
    declined: row.declined === null ? [] : (JSON.parse(row.declined) as string[]),
    usedAt: row.used_at ?? row.granted_at,
  }
}
