// At rest: which clients registered themselves, and the tokens by which clients register and look after themselves. Of
// tokens their digests alone.
import type { Kysely } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'

/** A client that registered itself. */
export interface RegisteredClient {
  readonly clientId: string
  /** Of the token by which it looks after itself. */
  readonly digest: string
  /** The id of the initial access token that it came with, or `operator`; null for one that came without. */
  readonly initialToken: string | null
  /** The policy that it came by, as JSON; null for that of the server. */
  readonly policy: string | null
  readonly at: number
}

interface RegistrationValues extends Record<string, string | number | null> {
  client: string
  digest: string
  initial: string | null
  policy: string | null
  at: number
}

const columns = ['client_id', 'token_digest', 'initial_token', 'policy', 'registered_at'] as const

/** The row of a client, if the client is there. */
const rowFor = (db: Kysely<Schema>, p: RegistrationValues) =>
  db
    .selectFrom('clients')
    .select((row) => [
      'clients.id as client_id',
      row.cast<string>(row.val(p.digest), 'text').as('token_digest'),
      row.cast<string | null>(row.val(p.initial), 'text').as('initial_token'),
      row.cast<string | null>(row.val(p.policy), 'text').as('policy'),
      row.cast<number>(row.val(p.at), 'bigint').as('registered_at'),
    ])
    .where('clients.id', '=', p.client)

const insert = write(
  (db, p: RegistrationValues & { most: number }) =>
    db
      .insertInto('registrations')
      .columns(columns)
      .expression(
        rowFor(db, p).where(
          (row) => row.selectFrom('registrations').select((all) => all.fn.countAll<number>().as('count')),
          '<',
          p.most,
        ),
      ),
  { exactlyOne: 'registrations' },
)

const insertMoved = write(
  (db, p: RegistrationValues) => db.insertInto('registrations').columns(columns).expression(rowFor(db, p)),
  { exactlyOne: 'registration' },
)

/**
 * By which a client of another server looks after itself. Loses `registration` where the client is gone, or has such a
 * token.
 */
export function insertMovedRegistration(database: Database, registered: RegisteredClient): Write {
  return insertMoved(database, valuesOf(registered))
}

function valuesOf({ clientId: client, digest, initialToken: initial, policy, at }: RegisteredClient) {
  return { client, digest, initial, policy, at }
}

/**
 * Remembers that a client, written before in the same commit, registered itself.
 * INVARIANT: guarded by `registrations`: there are no more than `most`, from wherever they come at once.
 */
export function insertRegistration(
  database: Database,
  registered: RegisteredClient,
  most: number,
): readonly Write[] {
  return [...oneAfterTheOther(database), insert(database, { ...valuesOf(registered), most })]
}

/** An arbitrary constant that names the turn among the database's advisory locks. */
const registrationTurn = 4_400_440_045

/** PostgreSQL counts what was committed before the statement: whoever counts waits for whoever counted before. */
function oneAfterTheOther({ dialect }: Database): readonly Write[] {
  if (dialect === 'sqlite') return []
  return [{ sql: 'select pg_advisory_xact_lock($1)', parameters: [registrationTurn] }]
}

const byDigest = query((db, p: { digest: string }) =>
  db
    .selectFrom('registrations')
    .select(['client_id', 'token_digest', 'initial_token', 'policy', 'registered_at'])
    .where('token_digest', '=', p.digest),
)

/** The client that looks after itself by a token; undefined when there is none. */
export async function registrationBy(
  database: Database,
  digest: string,
): Promise<RegisteredClient | undefined> {
  const row = await byDigest.first(database, { digest })
  return row === undefined
    ? undefined
    : {
        clientId: row.client_id,
        digest: row.token_digest,
        initialToken: row.initial_token,
        policy: row.policy,
        at: row.registered_at,
      }
}

const byClient = query((db, p: { client: string }) =>
  db.selectFrom('registrations').select('client_id').where('client_id', '=', p.client),
)

/** Whether a client registered itself, so that nobody but itself says what it is. */
export async function isSelfRegistered(database: Database, clientId: string): Promise<boolean> {
  return (await byClient.first(database, { client: clientId })) !== undefined
}

const unused = query((db, p: { before: number; most: number }) =>
  db
    .selectFrom('registrations')
    .select('client_id')
    .where('initial_token', 'is', null)
    .where('registered_at', '<', p.before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('consents')
            .select('user_id')
            .whereRef('consents.client_id', '=', 'registrations.client_id'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('families').select('id').whereRef('families.client_id', '=', 'registrations.client_id'),
        ),
      ),
    )
    .orderBy('registered_at')
    .limit(p.most),
)

/** Clients that came without a token before a moment, and that no person has given anything to. */
export async function unusedClients(database: Database, before: number, most: number): Promise<string[]> {
  return (await unused.all(database, { before, most })).map((row) => row.client_id)
}

const setToken = write(
  (db, p: { client: string; before: string; digest: string }) =>
    db
      .updateTable('registrations')
      .set({ token_digest: p.digest })
      .where('client_id', '=', p.client)
      .where('token_digest', '=', p.before),
  { exactlyOne: 'registration access token' },
)

/** Replaces the token of a client. INVARIANT: guarded by `registration access token`: one of those who hold it does. */
export function replaceRegistrationToken(
  database: Database,
  { clientId: client, digest: before }: Pick<RegisteredClient, 'clientId' | 'digest'>,
  digest: string,
): Write {
  return setToken(database, { client, before, digest })
}

const giveToken = write(
  (db, p: { client: string; digest: string; at: number }) =>
    db
      .insertInto('registrations')
      .values({
        client_id: p.client,
        token_digest: p.digest,
        initial_token: 'operator',
        policy: null,
        registered_at: p.at,
      })
      .onConflict((conflict) => conflict.column('client_id').doUpdateSet({ token_digest: p.digest })),
  { exactlyOne: 'registration' },
)

/** Gives a client a token to look after itself; one that it had is refused from then on. */
export function giveRegistrationToken(
  database: Database,
  { clientId: client, digest, at }: Pick<RegisteredClient, 'clientId' | 'digest' | 'at'>,
): Write {
  return giveToken(database, { client, digest, at })
}
