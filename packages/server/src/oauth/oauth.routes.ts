// Every route of OAuth and OpenID Connect, and what the application joins them with.
import { cibaGrant, deviceGrant, type GrantType } from '@countersign/protocol'
import type { PasswordDoor } from '../accounts/credentials/prove-password.ts'
import type { Incoming, Outgoing, Route } from '../platform/http/exchange.ts'
import type { Keyring } from '../platform/keys/keyring.ts'
import type { Platform } from '../platform/platform.ts'
import { ownKeysRoutes } from './api-keys/own-keys.routes.ts'
import { apiCatalogue } from './apis/catalogue.ts'
import { attestationRoutes } from './attestation/challenge.routes.ts'
import { authorizeRoutes } from './authorize/authorize.routes.ts'
import { connectedRoutes } from './authorize/connected.routes.ts'
import { clientLogos } from './authorize/logos.ts'
import { pushAuthorizationRequest } from './authorize/pushed.routes.ts'
import { requestObjects } from './authorize/request-uri.ts'
import type { MutualTls } from './binding/mutual-tls.ts'
import { proofNonces } from './binding/nonces.ts'
import { approveRoutes } from './ciba/approve.routes.ts'
import { backchannelAuthentication } from './ciba/ciba.routes.ts'
import { clientDirectory } from './clients/directory.ts'
import { keySources } from './clients/key-sources.ts'
import { deviceRoutes } from './device/device.routes.ts'
import { deviceAuthorization } from './device/device-authorization.routes.ts'
import { introspect } from './endpoints/introspect.routes.ts'
import { jwks } from './endpoints/jwks.routes.ts'
import { logoutRoutes } from './endpoints/logout.routes.ts'
import { metadata } from './endpoints/metadata.routes.ts'
import { resourceMetadata } from './endpoints/resource-metadata.routes.ts'
import { revoke } from './endpoints/revoke.routes.ts'
import { token } from './endpoints/token.routes.ts'
import { userinfo } from './endpoints/userinfo.routes.ts'
import { challengeRoutes } from './first-party/challenge.routes.ts'
import { defaultLifetimes, type Lifetimes } from './lifetimes.ts'
import { metadataDocuments } from './metadata-documents/documents.ts'
import { paths } from './paths.ts'
import { type ProfileName, profiles, within } from './profiles/rules.ts'
import { registrationRoutes } from './registration/registration.routes.ts'
import { type RegistrationSettings, registrationOf } from './registration/rules.ts'
import { revocationRoutes } from './revocations/revocations.routes.ts'
import type { OAuthRoom } from './room.ts'
import { farewellRoutes } from './sign-out/farewell.routes.ts'
import { subjectsOf } from './subjects/subjects.ts'
import { verifiedClaims } from './tokens/verified-claims.ts'

/** What the room needs beside the platform. */
export interface OAuthDependencies {
  readonly keyring: Keyring
  readonly lifetimes?: Partial<Lifetimes>
  /** `default` unless said. */
  readonly profile?: ProfileName
  /** Whether clients may register themselves; as the profile has it unless said. */
  readonly registration?: RegistrationSettings
  /** Off unless said. */
  readonly encryptedTokens?: boolean
  /** Whether DPoP proofs have to name a nonce of ours. Off unless said. */
  readonly dpopNonces?: boolean
  /** Where passwords are tried, for applications of the house; none are unless said. */
  readonly door?: PasswordDoor
  /** How clients' certificates get here; not at all unless said. */
  readonly mutualTls?: MutualTls | null
}

/** Opens the room over a platform. */
export function oauthRoom(platform: Platform, dependencies: OAuthDependencies): OAuthRoom {
  const {
    keyring,
    lifetimes,
    profile = 'default',
    encryptedTokens = false,
    dpopNonces = false,
  } = dependencies
  const rules = profiles[profile]
  const apis = apiCatalogue(platform)
  const documents = rules.metadataDocuments ? metadataDocuments(platform, apis, { encryptedTokens }) : null
  return {
    platform,
    keyring,
    apis,
    clients: clientDirectory(platform, documents),
    logos: clientLogos(platform),
    documents,
    clientKeys: keySources(platform),
    requestObjects: requestObjects(platform),
    subjects: subjectsOf(platform),
    verified: verifiedClaims(),
    lifetimes: within(rules, { ...defaultLifetimes, ...lifetimes }),
    rules,
    registration: registrationOf(dependencies.registration ?? {}, rules),
    encryptedTokens,
    dpopNonces: dpopNonces ? proofNonces(platform) : null,
    door: dependencies.door ?? null,
    mutualTls: dependencies.mutualTls ?? null,
  }
}

type Endpoint = (room: OAuthRoom, request: Incoming) => Promise<Outgoing>

interface EndpointRow {
  readonly methods: readonly ('GET' | 'POST')[]
  readonly path: string
  readonly caller: 'program' | 'anyone'
  readonly cors: NonNullable<Route['cors']>
  readonly endpoint: Endpoint
  /** The grant that it is for; without that, it is not there. */
  readonly grant?: GrantType
}

/** Scripts of clients' origins may use what a public client needs; introspection is between servers. */
const endpoints: readonly EndpointRow[] = [
  { methods: ['POST'], path: paths.token, caller: 'program', cors: 'clients', endpoint: token },
  {
    methods: ['POST'],
    path: paths.par,
    caller: 'program',
    cors: 'clients',
    endpoint: pushAuthorizationRequest,
  },
  {
    methods: ['POST'],
    path: paths.device,
    grant: deviceGrant,
    caller: 'program',
    cors: 'clients',
    endpoint: deviceAuthorization,
  },
  {
    methods: ['POST'],
    path: paths.ciba,
    grant: cibaGrant,
    caller: 'program',
    cors: 'none',
    endpoint: backchannelAuthentication,
  },
  { methods: ['POST'], path: paths.introspect, caller: 'program', cors: 'none', endpoint: introspect },
  { methods: ['POST'], path: paths.revoke, caller: 'program', cors: 'clients', endpoint: revoke },
  { methods: ['GET', 'POST'], path: paths.userinfo, caller: 'program', cors: 'clients', endpoint: userinfo },
  { methods: ['GET'], path: paths.jwks, caller: 'anyone', cors: 'any', endpoint: jwks },
  { methods: ['GET'], path: paths.openidConfiguration, caller: 'anyone', cors: 'any', endpoint: metadata },
  { methods: ['GET'], path: paths.authorizationServer, caller: 'anyone', cors: 'any', endpoint: metadata },
  ...[paths.protectedResource, paths.protectedUserinfo].map(
    (path): EndpointRow => ({
      methods: ['GET'],
      path,
      caller: 'anyone',
      cors: 'any',
      endpoint: resourceMetadata,
    }),
  ),
]

/** Every route of the room. */
export function oauthRoutes(room: OAuthRoom): readonly Route[] {
  return [
    ...authorizeRoutes(room),
    ...(room.rules.withoutGrants.includes(deviceGrant) ? [] : deviceRoutes(room)),
    ...(room.rules.withoutGrants.includes(cibaGrant) ? [] : approveRoutes(room)),
    ...challengeRoutes(room),
    ...attestationRoutes(room),
    ...connectedRoutes(room.platform),
    ...ownKeysRoutes(room.platform),
    ...registrationRoutes(room),
    ...logoutRoutes(room),
    ...farewellRoutes(room),
    ...revocationRoutes(room),
    ...endpoints.flatMap(({ methods, endpoint, grant, ...row }) =>
      (grant !== undefined && room.rules.withoutGrants.includes(grant) ? [] : methods).map(
        (method): Route => ({ ...row, method, run: (request) => endpoint(room, request) }),
      ),
    ),
  ]
}
