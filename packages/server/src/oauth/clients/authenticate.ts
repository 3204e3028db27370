/**
 * Who the client is (RFC 6749 §2.3 and §3.2.1). The only file that makes an `AuthenticatedClient`.
 *
 * One answer and one amount of work for an unknown client, a disabled one, a wrong secret and a wrong method.
 */
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
import type { Platform } from '../../platform/platform.ts'
import { seeAssertion } from './assertions.store.ts'
import type { Client } from './client.ts'
import { clientById } from './clients.store.ts'
import { authenticationMethods, type OneTime } from './methods.ts'

declare const authenticated: unique symbol

/** A client that proved who it is, or a public one that said so; alive at that moment. */
export type AuthenticatedClient = Client & { readonly [authenticated]: true }

/** Wrong credentials from one network: as many at once, regained within a minute (`security.md` TK-12). */
const failures = { burst: 20, seconds: 60 }

/**
 * Authenticates the client of a request to a protocol endpoint.
 *
 * INVARIANT: an assertion is accepted once, also by several servers at once.
 * @throws OAuthError `invalid_client` 401, or 429 after too many failures from one network; `invalid_request` for two
 *   methods at once or a credential in the query
 */
export async function authenticate(platform: Platform, request: Incoming): Promise<AuthenticatedClient> {
  refuseQuery(request)
  const credentials = readClientCredentials(request.headers.get('authorization'), request.form)
  const clientId = claimedId(credentials)
  const found = clientId === undefined ? undefined : await clientById(platform.database, clientId)
  const client = found ?? decoy
  const { proves, judge } = authenticationMethods[credentials.method]
  const verdict = judge(client, credentials, {
    issuer: platform.issuer.url,
    now: platform.runtime.now(),
  })
  const isWhole =
    found !== undefined &&
    found.disabledAt === null &&
    verdict !== null &&
    authenticationMethods[client.authentication].proves === proves
  if (!isWhole || !(await isFirstUse(platform, verdict.once))) {
    throw await refusal(platform, request, credentials, found)
  }
  return client as AuthenticatedClient
}

/** RFC 6749 §2.3.1: credentials "MUST NOT be included in the request URI"; neither may what a token endpoint takes. */
const secretParameters = [
  'client_secret',
  'client_assertion',
  'code',
  'code_verifier',
  'refresh_token',
  'token',
]

function refuseQuery({ query }: Incoming): void {
  if (!secretParameters.some((name) => query.has(name))) return
  throw new OAuthError('invalid_request', {
    description: 'Send the parameters in the body, not in the address.',
  })
}

function claimedId(credentials: ClientCredentials): string | undefined {
  if (credentials.method !== 'private_key_jwt') return credentials.clientId
  // Only to choose the keys: the signature is then checked with that client's keys, and `sub` must be its id.
  const subject = peekUnverified(credentials.assertion)?.claims['sub']
  if (typeof subject !== 'string') return undefined
  return credentials.clientId === undefined || credentials.clientId === subject ? subject : undefined
}

async function isFirstUse(platform: Platform, once: OneTime | null): Promise<boolean> {
  if (once === null) return true
  return (await platform.database.commit([seeAssertion(platform.database, once.digest, once.expires)])).ok
}

/**
 * Failures alone are counted, and a right secret is never refused for the wrong ones of others: it has 256 bits and
 * can't be guessed, and a limit that shuts it out would be a way to take any client down.
 */
async function refusal(
  platform: Platform,
  request: Incoming,
  { method }: ClientCredentials,
  client: Client | undefined,
): Promise<OAuthError> {
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
      detail: { method },
    }),
  ])
  // RFC 6749 §5.2: WWW-Authenticate belongs to an attempt that was made by the Authorization header.
  const usedHeader = method === 'client_secret_basic'
  return new OAuthError(
    'invalid_client',
    usedHeader ? { headers: { 'www-authenticate': 'Basic realm="clients"' } } : {},
  )
}

/** Stands in for a client that does not exist, so that judging takes as long. Nobody knows a secret of this digest. */
const decoy: Client = Object.freeze({
  id: '',
  name: '',
  authentication: 'client_secret_basic',
  secretDigest: 'A'.repeat(43),
  jwks: null,
  redirectUris: [],
  postLogoutRedirectUris: [],
  grants: [],
  scopes: [],
  api: null,
  idTokenAlg: 'ES256',
  logoUri: null,
  policyUri: null,
  tosUri: null,
  createdAt: 0,
  disabledAt: null,
})
