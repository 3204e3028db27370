// What a server knows of clients that show certificates (RFC 8705): whom to believe about them, and where they come to.
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import type { Authority } from '../../platform/http/tls-authorities.ts'
import type { OAuthRoom } from '../room.ts'

/** How clients' certificates reach this server. */
export interface MutualTls {
  /** Who vouches for the certificates of `tls_client_auth`; where nobody does, that method is not offered. */
  readonly authorities: readonly Authority[]
  /** Where clients show certificates (RFC 8705 §5); null where that is the issuer's own address. */
  readonly address: Issuer | null
}

/** Endpoints that clients authenticate at, or send bound tokens to, by their names in metadata (RFC 8705 §5). */
const aliased = [
  'token_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
  'authorization_challenge_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
] as const

/**
 * What metadata says of it beside the rest: nothing where no certificate reaches this server.
 *
 * @param document the rest, which says where the endpoints are
 */
export function mutualTlsMetadata(
  mutualTls: MutualTls | null,
  document: Readonly<Record<string, unknown>>,
): object {
  if (mutualTls === null) return {}
  const { address } = mutualTls
  const others = aliased.flatMap((name) => {
    const at = document[name]
    return typeof at === 'string' && address !== null ? [[name, address.at(new URL(at).pathname)]] : []
  })
  return {
    tls_client_certificate_bound_access_tokens: true,
    ...(address !== null && { mtls_endpoint_aliases: Object.fromEntries(others) as object }),
  }
}

/** The address of a request as its client knows it: the issuer's, or that at which certificates are shown. */
export function addressOf({ platform, mutualTls }: OAuthRoom, { headers, path }: Incoming): string {
  const { issuer } = platform
  const address = mutualTls?.address ?? null
  // The edge answers for no host but these two and what the operator named beside them.
  return address !== null && headers.get('host')?.toLowerCase() === address.host
    ? address.at(path)
    : issuer.at(path)
}
