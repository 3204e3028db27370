// The endpoints of this server that take access tokens, as protected resources (RFC 9728 §2): which server issues tokens for
// them, and how they are sent. APIs tell the same of themselves, at their own addresses.
import { dpopAlgorithms } from '@countersign/protocol'
import { cacheable } from '../../platform/http/cacheable.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { signingAlgorithms } from '../../platform/keys/keyring.ts'
import { identityScopes } from '../apis/api.ts'
import { paths } from '../paths.ts'
import { among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'

const maxAge = 300

/** Of userinfo, and of the server as a whole, which is the audience of tokens that are for no API. */
const resources: Readonly<Record<string, string>> = {
  [paths.protectedResource]: '',
  [paths.protectedUserinfo]: paths.userinfo,
}

/** The metadata of the resource whose address the well-known one is made from (RFC 9728 §3.1). */
export async function resourceMetadata(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { platform, rules, mutualTls } = room
  const { issuer } = platform
  const own = resources[request.path] ?? ''
  return cacheable(
    request,
    {
      resource: own === '' ? issuer.url : issuer.at(own),
      authorization_servers: [issuer.url],
      jwks_uri: issuer.at(paths.jwks),
      scopes_supported: identityScopes.filter((name) => name !== 'offline_access'),
      bearer_methods_supported: rules.boundTokensOnly ? [] : ['header', 'body'],
      resource_signing_alg_values_supported: among(rules.signatures, signingAlgorithms),
      dpop_signing_alg_values_supported: among(rules.signatures, dpopAlgorithms),
      // A certificate binds as well, where there are certificates.
      dpop_bound_access_tokens_required: rules.boundTokensOnly && mutualTls === null,
      tls_client_certificate_bound_access_tokens: mutualTls !== null,
    },
    maxAge,
  )
}
