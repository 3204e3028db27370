// What people and clients hold, as an export tells it: sessions, grants and tokens by their digests, consents, and what a
// server has to remember so that nothing is given or taken twice.
import type { AccessClaims } from '@countersign/protocol'
import type { Granted } from '../../oauth/authorization.ts'
import { allTrustedIssuers } from '../../oauth/jwt-bearer/trusted-issuers.store.ts'
import { allInitialTokens } from '../../oauth/registration/initial-tokens.store.ts'
import { revealSubjectSecret } from '../../oauth/subjects/secret.store.ts'
import { claimsOf } from '../../oauth/tokens/access-tokens.store.ts'
import { lingerSeconds } from '../../platform/keys/keyring.ts'
import { revealKeys } from '../../platform/keys/moved-keys.ts'
import type { Platform } from '../../platform/platform.ts'
import {
  accessTokensAfter,
  consentsAfter,
  familiesAfter,
  registrationsAfter,
  revokedAfter,
  type Since,
  seenAfter,
  sessionsAfter,
} from './export-held.store.ts'
import {
  allCounters,
  deletionsAfter,
  eventsAfter,
  movedPeopleAfter,
  movedThingsAfter,
} from './export-past.store.ts'
import type { MovedRecord } from './records.ts'
import { type Held, mostGenerations } from './records-held.ts'

type Json = Record<string, unknown>

/** Gives page after page until there is none. */
async function* paged<Row>(read: (last: Row | undefined) => Promise<readonly Row[]>): AsyncGenerator<Row> {
  let last: Row | undefined
  for (;;) {
    const rows = await read(last)
    if (rows.length === 0) return
    yield* rows
    last = rows.at(-1)
  }
}

/** What hangs on no person. */
export async function* exportOfHouse(platform: Platform): AsyncGenerator<MovedRecord> {
  const { database, runtime } = platform
  const now = runtime.now()
  const secret = await revealSubjectSecret(platform)
  if (secret !== null) yield { kind: 'subject-secret', value: secret }
  for (const { source, last } of await allCounters(database))
    yield { kind: 'number-counter', name: source, last }
  for (const { jwks, jwksUri, accepts, clients, scopes, ...rest } of await allTrustedIssuers(database))
    yield {
      kind: 'trusted-issuer',
      issuer: rest.issuer,
      jwks,
      jwksUri,
      accepts: [...accepts],
      subjects:
        rest.subjects.by === 'email' ? { by: 'email', domains: [...rest.subjects.domains] } : rest.subjects,
      clients: [...clients],
      scopes: [...scopes],
      maximumSeconds: rest.maximumSeconds,
      createdAt: rest.createdAt,
    }
  for (const { id, digest, label, policy, usesLeft, createdAt, expiresAt } of await allInitialTokens(
    database,
  ))
    if (usesLeft > 0 && expiresAt > now) {
      const rest = { label, policy: objectIn(policy), usesLeft, createdAt, expiresAt }
      yield { kind: 'initial-access-token', id, digest, ...rest }
    }
  for await (const row of paged<Awaited<ReturnType<typeof registrationsAfter>>[number]>((last) =>
    registrationsAfter(database, last?.client_id ?? ''),
  ))
    yield {
      kind: 'registration',
      clientId: row.client_id,
      digest: row.token_digest,
      initialToken: row.initial_token,
      policy: objectIn(row.policy),
      registeredAt: row.registered_at,
    }
}

/** What hangs on people and clients. */
export async function* exportHeld({ database, runtime }: Platform): AsyncGenerator<MovedRecord> {
  const now = runtime.now()
  const since: Since = { now, ended: now - lingerSeconds }
  yield* movedBefore(database)
  type Consents = Awaited<ReturnType<typeof consentsAfter>>
  for await (const row of paged<Consents[number]>((last) =>
    consentsAfter(database, last?.user_id ?? '', last?.client_id ?? ''),
  ))
    yield {
      kind: 'consent',
      userId: row.user_id,
      clientId: row.client_id,
      redirectUri: row.redirect_uri,
      scopes: JSON.parse(row.scopes) as string[],
      resources: JSON.parse(row.resources) as string[],
      details: JSON.parse(row.details ?? '[]') as Json[],
      declined: JSON.parse(row.declined ?? '[]') as string[],
      sessionId: row.session_id,
      grantedAt: row.granted_at,
      usedAt: row.used_at,
    }
  for await (const row of paged<SessionRead>((last) => sessionsAfter(database, since, last?.id ?? '')))
    yield sessionRecord(row)
  for await (const row of paged<FamilyRead>((last) => familiesAfter(database, since, last?.id ?? '')))
    yield grantRecord(row)
  type Tokens = Awaited<ReturnType<typeof accessTokensAfter>>
  for await (const row of paged<Tokens[number]>((last) =>
    accessTokensAfter(database, now, last?.digest ?? ''),
  ))
    yield {
      kind: 'access-token',
      digest: row.digest,
      userId: row.user_id,
      claims: claimsOf(row) as AccessClaims & Json,
      ...(row.idle_seconds !== null && { idleSeconds: row.idle_seconds }),
    }
}

/** What was ended, and what was accepted once. */
export async function* exportSpent({ database, runtime }: Platform): AsyncGenerator<MovedRecord> {
  const now = runtime.now()
  type Revoked = Awaited<ReturnType<typeof revokedAfter>>
  for await (const row of paged<Revoked[number]>((last) => revokedAfter(database, now, last?.jti ?? '')))
    yield { kind: 'revoked-token', jti: row.jti, expiresAt: row.expires_at }
  type Seen = Awaited<ReturnType<typeof seenAfter>>
  for await (const row of paged<Seen[number]>((last) => seenAfter(database, now, last?.digest ?? '')))
    yield { kind: 'seen-assertion', digest: row.digest, expiresAt: row.expires_at }
}

async function* movedBefore(database: Platform['database']): AsyncGenerator<MovedRecord> {
  type People = Awaited<ReturnType<typeof movedPeopleAfter>>
  for await (const row of paged<People[number]>((last) =>
    movedPeopleAfter(database, last?.source ?? '', last?.foreign_id ?? ''),
  ))
    yield {
      kind: 'moved-person',
      source: row.source,
      foreignId: row.foreign_id,
      userId: row.user_id,
      digest: row.digest,
      passwordDigest: row.password_digest,
      at: row.moved_at,
    }
  type Things = Awaited<ReturnType<typeof movedThingsAfter>>
  for await (const row of paged<Things[number]>((last) =>
    movedThingsAfter(database, last?.source ?? '', last?.foreign_id ?? ''),
  ))
    yield { kind: 'moved-thing', source: row.source, foreignId: row.foreign_id, at: row.moved_at }
}

type SessionRead = Awaited<ReturnType<typeof sessionsAfter>>[number]

function sessionRecord(row: SessionRead): Held<'session'> {
  return {
    kind: 'session',
    id: row.id,
    digest: row.digest,
    userId: row.user_id,
    createdAt: row.created_at,
    authenticatedAt: row.authenticated_at,
    amr: JSON.parse(row.amr) as string[],
    acr: row.acr,
    remembered: row.remembered === 1,
    lastSeenAt: row.last_seen_at,
    idleSeconds: row.idle_seconds,
    expiresAt: row.expires_at,
    peer: row.peer,
    userAgent: row.user_agent,
    heldBy: row.held_by,
    clients: row.clients
      .map(({ client_id: clientId, created_at: since }) => ({ clientId, since }))
      .sort((one, other) => (one.clientId < other.clientId ? -1 : 1)),
    endedAt: row.ended_at,
  }
}

type FamilyRead = Awaited<ReturnType<typeof familiesAfter>>[number]

function grantRecord(row: FamilyRead): Held<'grant'> {
  const { scope, resources, claims, details, authenticatedAt, acr, amr } = JSON.parse(
    row.grant_json,
  ) as Granted
  return {
    kind: 'grant',
    id: row.id,
    clientId: row.client_id,
    userId: row.user_id,
    sessionId: row.session_id,
    granted: {
      scope: [...scope],
      resources: [...resources],
      ...(claims !== undefined && { claims: claims as unknown as Json }),
      ...(details !== undefined && { details: details as unknown as Json[] }),
      authenticatedAt,
      acr,
      amr: [...amr],
    },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    refreshTokens: row.tokens.slice(-mostGenerations).map((token) => ({
      digest: token.digest,
      generation: token.generation,
      createdAt: token.created_at,
      expiresAt: token.expires_at,
      // Whoever shows an older one is given nothing again.
      sealed: token === row.tokens.at(-1) ? token.sealed_token : null,
      replays: token.replays,
      boundTo: token.bound_to,
    })),
    ended: row.revoked_at === null ? null : { at: row.revoked_at, because: row.revoked_because ?? '' },
  }
}

/** The private signing keys, and who was deleted while tokens that name them may live: whoever takes those has to know. */
export async function* exportSigningKeys(
  platform: Platform,
  { alsoDeletions }: { readonly alsoDeletions: boolean },
): AsyncGenerator<MovedRecord> {
  for (const { jwk, ...times } of await revealKeys(platform)) yield { kind: 'signing-key', jwk, ...times }
  if (!alsoDeletions) return
  const since = platform.runtime.now() - lingerSeconds
  yield* eventRecords((after) => deletionsAfter(platform.database, since, after))
}

/** The audit trail. */
export function exportAudit({ database }: Platform): AsyncGenerator<MovedRecord> {
  return eventRecords((after) => eventsAfter(database, after))
}

type EventRead = Awaited<ReturnType<typeof eventsAfter>>[number]

async function* eventRecords(
  read: (after: string) => Promise<readonly EventRead[]>,
): AsyncGenerator<MovedRecord> {
  for await (const row of paged<EventRead>((last) => read(last?.id ?? '')))
    yield {
      kind: 'event',
      id: row.id,
      at: row.at,
      type: row.type,
      userId: row.user_id,
      clientId: row.client_id,
      sessionId: row.session_id,
      familyId: row.family_id,
      peer: row.peer,
      detail: JSON.parse(row.detail) as Json,
    }
}

function objectIn(text: string | null): Json | null {
  return text === null ? null : (JSON.parse(text) as Json)
}
