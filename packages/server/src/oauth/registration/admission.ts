// Who may register a client, and who may look after one: by a bearer token (RFC 7591 §3, RFC 7592 §2), or, where
// registration is open, without one and not too often.
import { digest, OAuthError, parseOpaque, readBearer } from '@countersign/protocol'
import type { Incoming } from '../../platform/http/exchange.ts'
import { type Flow, reserve } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import type { OAuthRoom } from '../room.ts'
import { goodInitialToken, type InitialToken } from './initial-tokens.store.ts'
import { initialPrefix } from './initial-tokens.ts'
import { registrationPrefix } from './registered.ts'
import { type RegisteredClient, registrationBy } from './registrations.store.ts'
import type { RegistrationPolicy } from './rules.ts'

/** Registrations without a token from one network: as many at once, regained within an hour. */
const unvouched = { burst: 20, seconds: 3600 }
/** Attempts with one initial access token: what was refused used nothing of it up, and may have had us fetch an address. */
const invited = { burst: 1000, seconds: 3600 }
/** Changes of one client, for the same reason. */
const changes = { burst: 60, seconds: 3600 }
/** Tokens that were not good, from one network: as many at once, regained within a minute. */
const failures = { burst: 20, seconds: 60 }

/** Somebody who may register a client now. */
export interface Admitted {
  /** What they came with; null for those who came without. */
  readonly initial: InitialToken | null
  readonly policy: RegistrationPolicy
}

/** @throws OAuthError 401 `invalid_token`, 403 `access_denied` while registration is off, 429 after too many */
export async function admit(room: OAuthRoom, request: Incoming): Promise<Admitted> {
  const { platform, registration } = room
  refuseWhileOff(room)
  const sent = readBearer(request.headers.get('authorization'))
  if (sent === null) {
    if (registration.mode === 'token') throw unauthorized()
    await reserveRoom(room, request, 'registrations', unvouched)
    return { initial: null, policy: registration.policy }
  }
  const isOne = parseOpaque(initialPrefix, sent) !== null
  const initial = isOne
    ? await goodInitialToken(platform.database, digest(sent), platform.runtime.now())
    : undefined
  if (initial === undefined) throw await refusedToken(room, request)
  await reserveOf(room, `registrations by/${initial.id}`, invited)
  return { initial, policy: policyFor(room, initial.policy) }
}

/** A client that proved to be itself, as it is now. */
export interface OwnClient {
  readonly client: Client
  readonly registered: RegisteredClient
  /** In the clear, as it was sent. */
  readonly token: string
}

/**
 * The client that the address names, if the token is its own. RFC 7592 §2.1: for one that doesn't exist, the same answer.
 *
 * @throws OAuthError 401 `invalid_token`, 403 `access_denied` while registration is off, 429 after too many
 */
export async function ownClient(room: OAuthRoom, request: Incoming): Promise<OwnClient> {
  refuseWhileOff(room)
  const token = readBearer(request.headers.get('authorization'))
  if (token === null) throw unauthorized()
  const { database } = room.platform
  const registered =
    parseOpaque(registrationPrefix, token) === null
      ? undefined
      : await registrationBy(database, digest(token))
  const isOwn = registered !== undefined && registered.clientId === request.params['id']
  const client = isOwn ? await clientById(database, registered.clientId) : undefined
  if (registered === undefined || client === undefined || client.disabledAt !== null)
    throw await refusedToken(room, request)
  return { client, registered, token }
}

/** @throws OAuthError 429 after too many changes of one client */
export async function admitChange(room: OAuthRoom, { client }: OwnClient): Promise<void> {
  await reserveOf(room, `registration changes/${client.id}`, changes)
}

/** The server's policy with what is stored beside somebody. */
export function policyFor({ registration }: OAuthRoom, stored: string | null): RegistrationPolicy {
  return stored === null
    ? registration.policy
    : { ...registration.policy, ...(JSON.parse(stored) as Partial<RegistrationPolicy>) }
}

/** PM-14. */
function refuseWhileOff({ registration }: OAuthRoom): void {
  if (registration.mode === 'off')
    throw new OAuthError('access_denied', {
      status: 403,
      description: 'Clients do not register themselves here: ask whoever runs this server.',
    })
}

async function refusedToken(room: OAuthRoom, request: Incoming): Promise<OAuthError> {
  await reserveRoom(room, request, 'registration failures', failures)
  return invalidToken()
}

function reserveRoom(room: OAuthRoom, request: Incoming, what: string, policy: Flow): Promise<void> {
  return reserveOf(room, `${what}/${networksOf(request.peer).near}`, policy)
}

async function reserveOf({ platform, registration }: OAuthRoom, bucket: string, policy: Flow): Promise<void> {
  if (registration.unhurried) return
  const reserved = await reserve(platform, bucket, policy)
  if (reserved.ok) return
  throw new OAuthError('access_denied', {
    status: 429,
    description: 'Too many attempts. Try again later.',
    headers: { 'retry-after': String(reserved.retryAfter) },
  })
}

/** RFC 6750 §3.1: without a token, without an error code in the challenge. */
function unauthorized(): OAuthError {
  return new OAuthError('invalid_token', {
    description: 'An access token is needed to register clients here.',
    headers: { 'www-authenticate': 'Bearer realm="registration"' },
  })
}

/** The token is unknown, spent, replaced or over. */
export function invalidToken(): OAuthError {
  return new OAuthError('invalid_token', {
    headers: { 'www-authenticate': 'Bearer realm="registration", error="invalid_token"' },
  })
}
