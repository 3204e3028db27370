// Authorization codes at rest, by digest (RFC 6749 §4.1.2). A spent one is kept so that its replay is recognized.
import { joinedUser, joinedUserOf, type User } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Granted } from '../authorization.ts'

/** What a code stands for until it is exchanged. */
export interface Code {
  readonly clientId: string
  readonly userId: string
  readonly sessionId: string
  /** The family that its exchange opens. */
  readonly familyId: string
  readonly redirectUri: string
  /** S256. */
  readonly codeChallenge: string
  readonly granted: Granted
  readonly nonce: string | null
  /** The thumbprint of the key that it is bound to (RFC 9449 §10, `dpop_jkt`); null for one that is not. */
  readonly boundTo: string | null
  readonly expiresAt: number
}

/** What of a code lies in `grant_json`; an older version wrote no `boundTo`. */
interface Rest {
  readonly granted: Granted
  readonly nonce: string | null
  readonly boundTo?: string | null
}

const insert = write(
  (
    db,
    p: {
      digest: string
      client: string
      user: string
      session: string
      family: string
      redirect: string
      challenge: string
      grant: string
      expires: number
    },
  ) =>
    db.insertInto('codes').values({
      digest: p.digest,
      client_id: p.client,
      user_id: p.user,
      session_id: p.session,
      family_id: p.family,
      redirect_uri: p.redirect,
      code_challenge: p.challenge,
      grant_json: p.grant,
      expires_at: p.expires,
      spent_at: null,
    }),
)

/** Stores a code. @param digest of what the client gets */
export function insertCode(database: Database, digest: string, code: Code): Write {
  return insert(database, {
    digest,
    client: code.clientId,
    user: code.userId,
    session: code.sessionId,
    family: code.familyId,
    redirect: code.redirectUri,
    challenge: code.codeChallenge,
    grant: JSON.stringify({ granted: code.granted, nonce: code.nonce, boundTo: code.boundTo } satisfies Rest),
    expires: code.expiresAt,
  })
}

/** A code that somebody shows, and whose it is. */
export interface PresentedCode {
  readonly code: Code
  readonly spent: boolean
  readonly user: User
}

const columns = [
  'codes.digest',
  'codes.client_id',
  'codes.user_id',
  'codes.session_id',
  'codes.family_id',
  'codes.redirect_uri',
  'codes.code_challenge',
  'codes.grant_json',
  'codes.expires_at',
  'codes.spent_at',
] as const

const byDigest = query((db, p: { digest: string }) =>
  db
    .selectFrom('codes')
    .innerJoin('sessions', 'sessions.id', 'codes.session_id')
    .innerJoin('users', 'users.id', 'codes.user_id')
    .select([...columns, ...joinedUser])
    .where('codes.digest', '=', p.digest)
    .where('sessions.ended_at', 'is', null)
    .where('users.disabled_at', 'is', null),
)

/** The code of this digest, spent or not, whose session has not been ended and whose user lives. */
export async function codeByDigest(database: Database, digest: string): Promise<PresentedCode | undefined> {
  const row = await byDigest.first(database, { digest })
  if (row === undefined) return undefined
  const { granted, nonce, boundTo = null } = JSON.parse(row.grant_json) as Rest
  return {
    code: {
      clientId: row.client_id,
      userId: row.user_id,
      sessionId: row.session_id,
      familyId: row.family_id,
      redirectUri: row.redirect_uri,
      codeChallenge: row.code_challenge,
      granted,
      nonce,
      boundTo,
      expiresAt: row.expires_at,
    },
    spent: row.spent_at !== null,
    user: joinedUserOf(row),
  }
}

const spend = write(
  (db, p: { digest: string; now: number }) =>
    db
      .updateTable('codes')
      .set({ spent_at: p.now })
      .where('digest', '=', p.digest)
      .where('spent_at', 'is', null)
      .where('expires_at', '>', p.now),
  { exactlyOne: 'code' },
)

/** INVARIANT: guarded by `code`: of all who spend it, one succeeds, and nobody after its end. */
export function spendCode(database: Database, digest: string, now: number): Write {
  return spend(database, { digest, now })
}

const removeUnspent = write((db, p: { user: string; client: string }) =>
  db
    .deleteFrom('codes')
    .where('user_id', '=', p.user)
    .where('client_id', '=', p.client)
    .where('spent_at', 'is', null),
)

/** Deletes every unspent code that a user gave to a client. */
export function deleteUnspentCodes(
  database: Database,
  of: { readonly userId: string; readonly clientId: string },
): Write {
  return removeUnspent(database, { user: of.userId, client: of.clientId })
}
