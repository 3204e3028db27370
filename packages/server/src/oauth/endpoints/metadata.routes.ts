// What this server can do (RFC 8414 §2, OpenID Connect Discovery §3, RFC 9207 §3): derived from the tables that do
// it, so that it can't lie.
import {
  asymmetricAlgorithms,
  authenticationClasses,
  cibaGrant,
  deviceGrant,
  displays,
  dpopAlgorithms,
  idJagTokenType,
  prompts,
  responseModes,
} from '@countersign/protocol'
import { cacheable } from '../../platform/http/cacheable.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { signingAlgorithms } from '../../platform/keys/keyring.ts'
import { type Api, identityScopes } from '../apis/api.ts'
import { attestationMetadata } from '../attestation/challenge.routes.ts'
import { mutualTlsMetadata } from '../binding/mutual-tls.ts'
import { cibaMetadata } from '../ciba/metadata.ts'
import { authenticationMethods, offeredMethods } from '../clients/methods.ts'
import { challengeMetadata } from '../first-party/offered.ts'
import { grants } from '../grants/grants.ts'
import { paths } from '../paths.ts'
import { among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import { subjectTypes } from '../subjects/sector.ts'
import { encryptionAlgorithms, encryptionCiphers } from '../tokens/encryption.ts'
import { personClaims } from '../tokens/user-claims.ts'

const maxAge = 300

/** The same document at both well-known addresses. */
export async function metadata(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { all } = await room.apis.look()
  const addresses = endpoints(room)
  return cacheable(
    request,
    {
      issuer: room.platform.issuer.url,
      ...addresses,
      ...mutualTlsMetadata(room.mutualTls, { ...addresses, ...challengeMetadata(room) }),
      scopes_supported: [...identityScopes, ...all.flatMap(({ scopes }) => scopes.map(({ name }) => name))],
      ...detailsTypes(all),
      ...grantsAndClients(room),
      ...signatures(room),
      ...cibaMetadata(room.rules),
      ...challengeMetadata(room),
      ...attestationMetadata(room),
      ...whatNeverChanges,
      ...(room.encryptedTokens && whatEncryptionAdds),
    },
    maxAge,
  )
}

/** RFC 9396 §10. */
function detailsTypes(apis: readonly Api[]) {
  const types = apis.flatMap(({ details }) => details.map(({ type }) => type))
  return types.length === 0 ? {} : { authorization_details_types_supported: types }
}

function endpoints({ platform: { issuer }, rules, registration }: OAuthRoom) {
  return {
    authorization_endpoint: issuer.at(paths.authorize),
    token_endpoint: issuer.at(paths.token),
    pushed_authorization_request_endpoint: issuer.at(paths.par),
    ...(!rules.withoutGrants.includes(deviceGrant) && {
      device_authorization_endpoint: issuer.at(paths.device),
    }),
    ...(!rules.withoutGrants.includes(cibaGrant) && {
      backchannel_authentication_endpoint: issuer.at(paths.ciba),
    }),
    ...(registration.mode !== 'off' && { registration_endpoint: issuer.at(paths.register) }),
    userinfo_endpoint: issuer.at(paths.userinfo),
    introspection_endpoint: issuer.at(paths.introspect),
    revocation_endpoint: issuer.at(paths.revoke),
    revocation_feed_endpoint: issuer.at(paths.revocations),
    end_session_endpoint: issuer.at(paths.logout),
    jwks_uri: issuer.at(paths.jwks),
  }
}

const methods = Object.entries(authenticationMethods)

function grantsAndClients(room: OAuthRoom) {
  const { rules } = room
  const served = offeredMethods(room)
  return {
    // draft-ietf-oauth-identity-assertion-authz-grant §7.2
    authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    // draft-ietf-oauth-identity-assertion-authz-grant §7.1
    identity_chaining_requested_token_types_supported: [idJagTokenType],
    grant_types_supported: Object.keys(grants).filter((grant) => !rules.withoutGrants.includes(grant)),
    token_endpoint_auth_methods_supported: served,
    introspection_endpoint_auth_methods_supported: served.filter(
      (name) => authenticationMethods[name].proves !== 'nothing',
    ),
    revocation_endpoint_auth_methods_supported: served,
    // Discovery §3: left out, the first would be true. Where all is pushed, nothing is fetched.
    request_uri_parameter_supported: !rules.pushedRequestsOnly,
    require_request_uri_registration: true,
    client_id_metadata_document_supported: rules.metadataDocuments,
    // RFC 9126 §6: of all clients; else of each by itself.
    require_pushed_authorization_requests: rules.pushedRequestsOnly,
  }
}

const assertionAlgorithms = [
  ...new Set(methods.flatMap(([, { algorithms = [] }]): readonly string[] => algorithms)),
]

function signatures({ rules }: OAuthRoom) {
  const ofAssertions = among(rules.signatures, assertionAlgorithms)
  const ours = among(rules.signatures, signingAlgorithms)
  return {
    id_token_signing_alg_values_supported: ours,
    authorization_signing_alg_values_supported: ours,
    userinfo_signing_alg_values_supported: ours,
    introspection_signing_alg_values_supported: ours,
    token_endpoint_auth_signing_alg_values_supported: ofAssertions,
    introspection_endpoint_auth_signing_alg_values_supported: ofAssertions,
    revocation_endpoint_auth_signing_alg_values_supported: ofAssertions,
    dpop_signing_alg_values_supported: among(rules.signatures, dpopAlgorithms),
    request_object_signing_alg_values_supported: among(rules.signatures, asymmetricAlgorithms),
  }
}

const whatEncryptionAdds = Object.fromEntries(
  ['id_token', 'userinfo', 'introspection', 'authorization'].flatMap((what) => [
    [`${what}_encryption_alg_values_supported`, encryptionAlgorithms],
    [`${what}_encryption_enc_values_supported`, encryptionCiphers],
  ]),
)

const whatNeverChanges = {
  response_types_supported: ['code'],
  response_modes_supported: responseModes,
  subject_types_supported: subjectTypes,
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  acr_values_supported: Object.values(authenticationClasses),
  claim_types_supported: ['normal'],
  claims_supported: [
    'sub',
    'iss',
    'aud',
    'exp',
    'iat',
    'auth_time',
    'acr',
    'amr',
    'nonce',
    'sid',
    ...personClaims,
  ],
  claims_parameter_supported: true,
  // Every logout token and every ID token names the session.
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
  request_parameter_supported: true,
  prompt_values_supported: prompts,
  display_values_supported: displays,
  ui_locales_supported: ['en'],
}
