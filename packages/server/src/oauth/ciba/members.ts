// What is registered of a client for CIBA (§4): how it hears that there is an answer, and how it signs what it asks.
import {
  asymmetricAlgorithms,
  checkWebUri,
  cibaGrant,
  isLoopback,
  type JwsAlgorithm,
} from '@countersign/protocol'
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientDescription, ClientFinding } from '../clients/registration.ts'
import { holdsKeyFor } from '../clients/request-rules.ts'

/** How a client hears of an answer: it asks again and again, or it is told once and then asks. */
export const deliveryModes = ['poll', 'ping'] as const

/** `push` is not there: tokens go to whoever authenticates for them (FAPI CIBA §5.2.2). */
export type DeliveryMode = (typeof deliveryModes)[number]

/** The members of CIBA §4. */
export interface CibaMembers {
  /** `backchannel_token_delivery_mode` */
  readonly mode: DeliveryMode
  /** `backchannel_client_notification_endpoint`; needed for ping. */
  readonly notificationEndpoint: string | null
  /** `backchannel_authentication_request_signing_alg`: it signs every request with this; null for one that signs none. */
  readonly signingAlg: JwsAlgorithm | null
}

/** `ciba`: it polls, and signs nothing, unless it is said otherwise. */
export const ciba: ExtraRow<CibaMembers> = {
  usual: { mode: 'poll', notificationEndpoint: null, signingAlg: null },
  check: (members, description, { development }) => checkMembers(members, description, development),
}

function checkMembers(
  { mode, notificationEndpoint, signingAlg }: CibaMembers,
  { grants = [], jwks, jwksUri = null }: ClientDescription,
  development: boolean,
): ClientFinding[] {
  const findings: ClientFinding[] = []
  const find = (path: string, code: string, message: string): void => {
    findings.push({ path, code, message })
  }
  if (!grants.includes(cibaGrant)) find('ciba', 'useless', `goes with the grant ${cibaGrant}`)
  if (!deliveryModes.includes(mode)) find('ciba.mode', 'unknown', `must be ${deliveryModes.join(' or ')}`)
  if (mode === 'ping' && notificationEndpoint === null)
    find('ciba.notificationEndpoint', 'missing', 'is needed for ping')
  if (mode === 'poll' && notificationEndpoint !== null)
    find('ciba.notificationEndpoint', 'unused', 'goes with ping')
  const fault = notificationEndpoint === null ? null : faultOf(notificationEndpoint, development)
  if (fault !== null) find('ciba.notificationEndpoint', fault.code, fault.message)
  if (signingAlg !== null && !asymmetricAlgorithms.includes(signingAlg))
    find('ciba.signingAlg', 'unknown', `must be one of ${asymmetricAlgorithms.join(', ')}`)
  else if (signingAlg !== null && jwksUri === null && !holdsKeyFor(jwks, signingAlg))
    find('jwks', 'missing', 'must hold a key that its backchannel requests are signed with')
  return findings
}

/** §4: "It MUST be an HTTPS URL"; under development a server on this machine will do. */
function faultOf(uri: string, development: boolean): { code: string; message: string } | null {
  const finding = checkWebUri(uri)
  if (finding !== null || !uri.startsWith('http:')) return finding
  return development && isLoopback(uri) ? null : { code: 'plain_http', message: 'must be an https address' }
}
