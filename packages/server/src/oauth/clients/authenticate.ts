// Who the client is (RFC 6749 §2.3 and §3.2.1). The only file that makes an `AuthenticatedClient`.
//
// One answer and one amount of work for an unknown client, a disabled one, a wrong secret and a wrong method.

import {
  type ClientCredentials,
  OAuthError,
  peekUnverified,
  readClientCredentials,
} from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { reserve } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import { type Once, takeOnce } from '../../platform/once.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { certificateFault } from '../binding/certificate-methods.ts'
import { misfit } from '../profiles/fit.ts'
import type { OAuthRoom } from '../room.ts'
import { blankClient } from './blank.ts'
import { adoptsSecret } from './brought-secret.ts'
import type { Client } from './client.ts'
import { authenticationMethods, type Circumstances, type Verdict } from './methods.ts'

declare const authenticated: unique symbol

/** A client that proved who it is, or a public one that said so; alive at that moment. */
export type AuthenticatedClient = Client & {
  readonly [authenticated]: true
  /** The key of this copy of it (RFC 7638), where its maker vouches for each. */
  readonly instanceKey?: string
}

/** Wrong credentials from one network: as many at once, regained within a minute (TK-12). */
const failures = { burst: 20, seconds: 60 }

/**
 * Authenticates the client of a request to a protocol endpoint.
 *
 * INVARIANT: an assertion is accepted once, also by several servers at once. A client that was disabled or changed is
 * refused at the latest a second afterwards.
 * @throws OAuthError `invalid_client` 401, or 429 after too many failures from one network; `invalid_request` for two
 *   methods at once or a credential in the query
 */
export async function authenticate(room: OAuthRoom, request: Incoming): Promise<AuthenticatedClient> {
  refuseQuery(request)
  const { platform, clients } = room
  const credentials = credentialsOf(request)
  const id = claimedId(credentials)
  let { client, isNow } = await clients.look(id)
  client = await withItsKeys(room, client, credentials)
  const circumstances = circumstancesOf(room, request)
  let proof = prove(room, client, credentials, circumstances)
  if (proof === null && !isNow) {
    // Memory may be a second old: a new client, or a new secret of one, is not refused for that.
    client = await withItsKeys(room, (await clients.lookNow(id)).client, credentials)
    proof = prove(room, client, credentials, circumstances)
  }
  if (
    proof === null &&
    client !== undefined &&
    (await showsBroughtSecret(room, request, client, credentials))
  ) {
    client = (await clients.lookNow(id)).client
    proof = prove(room, client, credentials, circumstances)
  }
  const isGood = proof !== null && (proof.once === null || (await isFirstUse(platform, proof.once)))
  if (client === undefined || proof === null || !isGood) {
    throw await refusal(platform, request, credentials, { client, circumstances })
  }
  const { instanceKey } = proof
  return (instanceKey === undefined ? client : { ...client, instanceKey }) as AuthenticatedClient
}

/** @throws OAuthError `invalid_client` for half an attestation, or two */
function credentialsOf({ headers, form }: Incoming): ClientCredentials {
  const attestation = headers.get('oauth-client-attestation')
  const pop = headers.get('oauth-client-attestation-pop')
  // Repeated headers arrive joined by a comma, which no JWT has; so they are no JWT and prove nothing.
  const attested = attestation === undefined || pop === undefined ? undefined : { attestation, pop }
  return readClientCredentials(headers.get('authorization'), form, attested)
}

/** A client that was brought with a hash of another system: the digest of its secret is known from its first use on. */
async function showsBroughtSecret(
  { platform, door }: OAuthRoom,
  request: Incoming,
  client: Client,
  credentials: ClientCredentials,
): Promise<boolean> {
  if (door === null || authenticationMethods[client.authentication].proves !== 'secret') return false
  return adoptsSecret({ platform, passwords: door.passwords }, request, client, credentials)
}

/** Only for clients that prove themselves by their keys: nobody else's are fetched before it is known who asks. */
function withItsKeys(
  { clientKeys }: OAuthRoom,
  client: Client | undefined,
  credentials: ClientCredentials,
): Client | undefined | Promise<Client> {
  if (client === undefined) return undefined
  const { proves } = authenticationMethods[client.authentication]
  if (proves !== 'key' && proves !== 'certificate') return client
  return clientKeys.withKeys(client, 'assertion' in credentials ? credentials.assertion : undefined)
}

/** Whether the credentials are those of a living client, presented in a way that it may use under the rules. */
function prove(
  { rules }: Pick<OAuthRoom, 'rules'>,
  client: Client | undefined,
  credentials: ClientCredentials,
  circumstances: Circumstances,
): Verdict | null {
  const { authentication, disabledAt } = client ?? decoy
  const { proves, judge } = authenticationMethods[methodFor(authentication, credentials)]
  const verdict = judge(client ?? decoy, credentials, circumstances)
  const mayUse =
    authenticationMethods[authentication].proves === proves && misfit(rules, client ?? decoy) === null
  return client !== undefined && disabledAt === null && mayUse ? verdict : null
}

/** RFC 8705 §2: such a client sends its `client_id`, as a public one does; the rest of what it says is the connection's. */
function methodFor(
  registered: Client['authentication'],
  { method }: ClientCredentials,
): Client['authentication'] {
  const isByCertificate = authenticationMethods[registered].proves === 'certificate'
  return method === 'none' && isByCertificate ? registered : method
}

function circumstancesOf(
  { platform: { issuer, runtime }, rules, mutualTls, dpopNonces }: OAuthRoom,
  { certificate }: Incoming,
): Circumstances {
  return {
    issuer: issuer.url,
    now: runtime.now(),
    signatures: rules.signatures,
    certificate,
    authorities: mutualTls?.authorities ?? [],
    challenges: dpopNonces,
  }
}

/** RFC 6749 §2.3.1: credentials "MUST NOT be included in the request URI"; neither may what a token endpoint takes. */
const secretParameters = [
  'client_secret',
  'client_assertion',
  'code',
  'code_verifier',
  'device_code',
  'auth_req_id',
  'client_notification_token',
  'auth_session',
  'password',
  'assertion',
  'subject_token',
  'actor_token',
  'refresh_token',
  'token',
]

function refuseQuery({ query }: Incoming): void {
  if (query.isEmpty || !secretParameters.some((name) => query.has(name))) return
  throw new OAuthError('invalid_request', {
    description: 'Send the parameters in the body, not in the address.',
  })
}

function claimedId(credentials: ClientCredentials): string {
  if ('secret' in credentials || credentials.method === 'none') return credentials.clientId
  // Only to choose the keys: the signature is then checked with that client's keys, and `sub` must be its id.
  const signed = 'assertion' in credentials ? credentials.assertion : credentials.attestation
  const subject = peekUnverified(signed)?.claims['sub']
  const isOne = credentials.clientId === undefined || credentials.clientId === subject
  return typeof subject === 'string' && isOne ? subject : nobody
}

/** The id of no client: it can't be registered. */
const nobody = ''

async function isFirstUse({ database }: Platform, once: Once): Promise<boolean> {
  return (await database.commit([takeOnce(database, once)])).ok
}

/**
 * Failures alone are counted, and a right secret is never refused for the wrong ones of others: it has 256 bits and
 * can't be guessed, and a limit that shuts it out would be a way to take any client down.
 */
async function refusal(
  platform: Platform,
  request: Incoming,
  credentials: ClientCredentials,
  { client, circumstances }: { client: Client | undefined; circumstances: Circumstances },
): Promise<OAuthError> {
  const { method } = credentials
  const reserved = await reserve(platform, `client failures/${networksOf(request.peer).near}`, failures)
  if (!reserved.ok) {
    return new OAuthError('invalid_client', {
      status: 429,
      description: 'Too many failed attempts. Try again later.',
      headers: { 'retry-after': String(reserved.retryAfter) },
    })
  }
  await platform.database.commit([
    event(platform.database, platform.runtime, {
      type: 'client.authentication_failed',
      clientId: client?.id,
      peer: request.peer,
      detail: { method: client === undefined ? method : methodFor(client.authentication, credentials) },
    }),
  ])
  // RFC 6749 §5.2: WWW-Authenticate belongs to an attempt that was made by the Authorization header. RFC 9110 §15.5.2 wants
  // one with every 401; but no scheme stands for the other methods, browsers ask their people for what Basic names, and
  // clients that read a challenge look no further and never see `invalid_client`.
  const usedHeader = method === 'client_secret_basic'
  const fault = client === undefined ? null : certificateFault(client, circumstances)
  return new OAuthError('invalid_client', {
    ...(usedHeader && { headers: { 'www-authenticate': 'Basic realm="clients"' } }),
    ...(fault !== null && { detail: `client certificate: ${fault}` }),
  })
}

/** Stands in for a client that does not exist, so that judging takes as long. Nobody knows a secret of this digest. */
const decoy: Client = Object.freeze({
  ...blankClient,
  id: nobody,
  authentication: 'client_secret_basic',
  secretDigest: 'A'.repeat(43),
})
