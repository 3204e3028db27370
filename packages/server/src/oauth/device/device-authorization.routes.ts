// The device authorization endpoint (RFC 8628 §3.1, §3.2): a device gets a code for itself and one for a person.
import {
  deviceGrant,
  digest,
  formatOpaque,
  OAuthError,
  parseDeviceAuthorizationRequest,
} from '@countersign/protocol'
import { userAgentOf } from '../../accounts/sessions/sessions.ts'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import { reserveAll } from '../../platform/limits/limits.ts'
import { askedFor } from '../authorize/asked.ts'
import { authenticate } from '../clients/authenticate.ts'
import { isConfidential } from '../clients/client.ts'
import { paths } from '../paths.ts'
import { pace } from '../polling/pace.ts'
import type { OAuthRoom } from '../room.ts'
import { insertDeviceCode, type NewDeviceCode } from './device-codes.store.ts'
import { requestCharges } from './pace.ts'
import { newUserCode, spelled, type UserCode } from './user-code.ts'

/** How often another user code is drawn when one is taken: with a million waiting, each is free but once in 25 000. */
const attempts = 5

/**
 * Answers a device authorization request.
 *
 * @throws OAuthError with the codes of RFC 6749 §5.2 and RFC 8707 §2; `slow_down` with 429 for too many from one network
 */
export async function deviceAuthorization(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const asked = parseDeviceAuthorizationRequest(request.form)
  const client = await authenticate(room, request)
  if (!client.grants.includes(deviceGrant)) throw new OAuthError('unauthorized_client')
  // Refused now, to whom it concerns, rather than later to a person who can't help it.
  askedFor(asked, client, await room.apis.look(asked), room.rules)
  if (!isConfidential(client)) await refuseHaste(room, request)
  const { runtime } = room.platform
  const deviceCode = formatOpaque('csdc', runtime.secret())
  const now = runtime.now()
  const userCode = await store(room, {
    digest: digest(deviceCode),
    clientId: client.id,
    scope: asked.scope,
    resources: asked.resources,
    ...(asked.details !== undefined && { details: asked.details }),
    peer: request.peer,
    userAgent: userAgentOf(request),
    createdAt: now,
    expiresAt: now + room.lifetimes.deviceCode,
    interval: pace.interval,
  })
  const page = room.platform.issuer.at(paths.devicePage)
  return json(200, {
    device_code: deviceCode,
    user_code: spelled(userCode),
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${spelled(userCode)}`,
    expires_in: room.lifetimes.deviceCode,
    interval: pace.interval,
  })
}

async function store({ platform }: OAuthRoom, code: NewDeviceCode): Promise<UserCode> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const userCode = newUserCode(platform.runtime)
    const mac = platform.vault.mac('user code', userCode)
    const committed = await platform.database.commit([insertDeviceCode(platform.database, code, mac)])
    if (committed.ok) return userCode
  }
  throw new Error('Every user code that was drawn is taken.')
}

async function refuseHaste({ platform }: OAuthRoom, { peer }: Incoming): Promise<void> {
  const reserved = await reserveAll(platform, requestCharges(peer))
  if (reserved.ok) return
  const headers = { 'retry-after': String(reserved.retryAfter) }
  throw new OAuthError('slow_down', { status: 429, headers })
}
