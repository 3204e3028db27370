// People in bulk, each with all that a person leaves behind: a password, a session, a family with its tokens, consent, a
// role, what happened. A thousand of them are written by the server's own stores, and what they hold can be told from
// their number, so that nobody has to sign in before they are asked about; the others are copies of them.
import { createHash } from 'node:crypto'
import { type AccessClaims, formatOpaque } from '@countersign/protocol'
import { defineRole, giveRole } from '../packages/server/src/access/roles.store.ts'
import { putPassword } from '../packages/server/src/accounts/credentials/passwords.store.ts'
import { passwordsOf } from '../packages/server/src/accounts/credentials/passwords.ts'
import { byPassword, lifetimes, type Session } from '../packages/server/src/accounts/sessions/session.ts'
import { insertSession } from '../packages/server/src/accounts/sessions/sessions.store.ts'
import { insertUser, type User } from '../packages/server/src/accounts/users/users.store.ts'
import type { Family } from '../packages/server/src/oauth/authorization.ts'
import { saveConsent } from '../packages/server/src/oauth/authorize/consents.store.ts'
import { insertAccessToken } from '../packages/server/src/oauth/tokens/access-tokens.store.ts'
import { datedDigest } from '../packages/server/src/oauth/tokens/dated-digest.ts'
import { insertFamily } from '../packages/server/src/oauth/tokens/families.store.ts'
import { insertRefreshToken } from '../packages/server/src/oauth/tokens/refresh-tokens.store.ts'
import type { Database } from '../packages/server/src/platform/db/database.ts'
import type { Write } from '../packages/server/src/platform/db/engine.ts'
import { gathered } from '../packages/server/src/platform/db/gathered.ts'
import { event } from '../packages/server/src/platform/events/events.ts'
import type { Platform } from '../packages/server/src/platform/platform.ts'
import type { Instant } from '../packages/server/src/platform/runtime.ts'
import { jwtApi, opaqueApi, password, redirectUri } from './ours.ts'

/** What a person holds. */
export interface Member {
  readonly username: string
  /** The value of the session's cookie. */
  readonly session: string
  /** Opaque, for `opaqueApi`. */
  readonly accessToken: string
  readonly refreshToken: string
}

const secretOf = (what: string, number: number): string =>
  createHash('sha256').update(`${what} ${number}`).digest('base64url')
const idOf = (prefix: string, number: number): string => `${prefix}_${number.toString(16).padStart(32, '0')}`
const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** The person of this number. */
export function member(number: number): Member {
  return {
    username: `member${number}`,
    session: formatOpaque('csss', secretOf('session', number)),
    accessToken: formatOpaque('csat', secretOf('access', number)),
    refreshToken: formatOpaque('csrt', secretOf('refresh', number)),
  }
}

const scope = ['openid', 'profile', 'email', 'offline_access', 'accounts:read']
/** People whose numbers are known: `member` tells what they hold. */
export const known = 1000
/** Statements of a commit are few, so that it is short. */
const together = 100

/** Writes the people that are known, and doubles them again and again. The database is the caller's alone meanwhile. */
export async function fill(platform: Platform, doublings: number): Promise<void> {
  const { database } = platform
  const passwords = passwordsOf(platform)
  const hash = passwords.reveal({ userId: 'first', sealedHash: await passwords.protect('first', password) })
  await database.commit([defineRole(database, { name: 'customer', description: '' })])
  for (let from = 0; from < known; from += together) {
    const numbers = Array.from({ length: together }, (_, at) => from + at)
    const sealed = (number: number) => passwords.adopt(idOf('usr', number), hash) ?? ''
    await database.commit(
      gathered(
        numbers.map((number) => writesOf(platform, number, sealed(number))),
        [],
      ),
    )
  }
  if (database.dialect === 'sqlite') for (const pragma of quick) await database.read(`pragma ${pragma}`, [])
  for (let step = 0; step < doublings; step++) await double(database, `.${step}`)
  await database.migrate(async (run) => void (await run('analyze')))
}

/** Nobody minds if what is copied is lost: it would be copied again. */
const quick = ['journal_mode=delete', 'journal_mode=off', 'synchronous=off', 'cache_size=-500000']

/** What makes each row another one's: in a copy all of it is named anew, and stands beside the original. */
const names: Readonly<Record<string, readonly string[]>> = {
  users: ['id', 'username', 'email'],
  passwords: ['user_id'],
  sessions: ['id', 'digest', 'user_id'],
  families: ['id', 'user_id', 'session_id'],
  refresh_tokens: ['digest', 'family_id'],
  access_tokens: ['digest', 'jti', 'family_id', 'user_id'],
  consents: ['user_id', 'session_id'],
  user_roles: ['user_id'],
  events: ['id', 'user_id', 'session_id', 'family_id'],
}

/** Copies every row of every person. */
async function double({ migrate }: Database, suffix: string): Promise<void> {
  await migrate(async (run) => {
    for (const [table, named] of Object.entries(names)) {
      const [row] = await run(`select * from ${table} limit 1`)
      const columns = Object.keys(row ?? {})
      const copied = columns.map((column) => (named.includes(column) ? `${column} || '${suffix}'` : column))
      await run(`insert into ${table} (${columns.join(', ')}) select ${copied.join(', ')} from ${table}`)
    }
  })
}

function writesOf(platform: Platform, number: number, sealedHash: string): Write[] {
  const { database, runtime } = platform
  const now = runtime.now()
  const { session: cookie, accessToken, refreshToken } = member(number)
  const user = userOf(number, now)
  const session = sessionOf(number, user, now)
  const family = familyOf(number, session)
  const { clientId, sessionId, expiresAt } = family
  const whose = { userId: user.id, peer: session.peer }
  return [
    insertUser(database, user),
    putPassword(database, now, user.id, sealedHash),
    insertSession(database, session, digestOf(cookie)),
    insertFamily(database, family),
    insertRefreshToken(database, {
      digest: datedDigest(refreshToken),
      familyId: family.id,
      generation: 0,
      createdAt: now,
      expiresAt,
      boundTo: null,
      sealedToken: null,
    }),
    insertAccessToken(database, digestOf(accessToken), claimsOf(platform, number, family), user.id),
    saveConsent(database, {
      userId: user.id,
      clientId,
      redirectUri,
      scope,
      resources: [jwtApi],
      details: [],
      declined: [],
      sessionId,
      grantedAt: now,
      usedAt: now,
    }),
    giveRole(database, user.id, 'customer'),
    event(database, runtime, { type: 'user.created', ...whose }),
    event(database, runtime, { type: 'user.signed_in', ...whose, sessionId, detail: { method: 'password' } }),
    event(database, runtime, { type: 'token.issued', ...whose, familyId: family.id, clientId }),
  ]
}

function userOf(number: number, now: Instant): User {
  const { username } = member(number)
  return {
    id: idOf('usr', number),
    username: username as User['username'],
    email: `${username}@bench.example` as User['email'],
    emailVerified: true,
    name: `Member ${number}`,
    claims: { given_name: 'Member', family_name: `${number}`, locale: 'en-GB' },
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  }
}

function sessionOf(number: number, user: User, now: Instant): Session {
  return {
    id: idOf('ses', number),
    proof: '',
    userId: user.id,
    createdAt: now,
    authenticatedAt: now,
    ...byPassword,
    remembered: true,
    lastSeenAt: now,
    idleSeconds: lifetimes.remembered.idleSeconds,
    expiresAt: (now + lifetimes.remembered.absoluteSeconds) as Instant,
    peer: '198.51.100.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0',
  }
}

function familyOf(number: number, { id: sessionId, userId, createdAt }: Session): Family {
  return {
    id: idOf('fam', number),
    clientId: 'bench-web',
    userId,
    sessionId,
    granted: { scope, resources: [jwtApi], authenticatedAt: createdAt, ...byPassword },
    createdAt,
    expiresAt: createdAt + 30 * 86_400,
  }
}

function claimsOf({ issuer }: Platform, number: number, family: Family): AccessClaims {
  const { id, userId, sessionId, clientId, createdAt: now } = family
  return {
    iss: issuer.url,
    sub: userId,
    aud: opaqueApi,
    client_id: clientId,
    iat: now,
    exp: now + 86_400,
    jti: secretOf('jti', number).slice(0, 22),
    scope: 'opaque:read',
    auth_time: now,
    acr: byPassword.acr,
    amr: byPassword.amr,
    sid: sessionId,
    fam: id,
  }
}
