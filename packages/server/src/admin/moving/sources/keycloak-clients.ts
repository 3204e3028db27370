// The clients of a realm of Keycloak.
import { isJsonObject } from '@countersign/protocol'
import type { Found } from '../records.ts'
import { clientFound } from './found.ts'
import { listIn, membersIn, textIn, truthIn } from './values.ts'

type Json = Readonly<Record<string, unknown>>

/** Those that every realm has. */
const builtIn = new Set([
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
])

/** A client, unless it is one of the realm's own; what can't come along is counted. */
export function* keycloakClient(client: Json): Generator<Found> {
  const id = textIn(client['clientId'])
  if (id === null || builtIn.has(id)) return
  const protocol = textIn(client['protocol']) ?? 'openid-connect'
  if (protocol !== 'openid-connect') {
    yield { kind: 'left-behind', what: `clients of ${protocol === 'saml' ? 'SAML' : 'another protocol'}`, id }
    return
  }
  if (truthIn(client['bearerOnly'])) {
    yield {
      kind: 'left-behind',
      what: 'clients that only take tokens (bearer-only): here those are APIs',
      id,
    }
    return
  }
  const attributes = membersIn(client['attributes'])
  const method = truthIn(client['publicClient'])
    ? 'none'
    : methodOf(textIn(client['clientAuthenticatorType']))
  const jwks = membersIn(attributes['jwks.string'])
  const jwksUri = truthIn(attributes['use.jwks.url']) ? textIn(attributes['jwks.url']) : null
  const addresses = addressesOf(client)
  const farewells = (textIn(attributes['post.logout.redirect.uris']) ?? '')
    .split('##')
    .filter((uri) => uri !== '' && uri !== '+' && uri !== '-')
  const backChannel = textIn(attributes['backchannel.logout.url'])
  yield clientFound({
    id,
    metadata: {
      client_name: textIn(client['name']) ?? id,
      token_endpoint_auth_method: method,
      grant_types: grantsOf(client, attributes),
      scope: scopesOf(client),
      id_token_signed_response_alg:
        textIn(attributes['id.token.signed.response.alg']) === 'ES256' ? 'ES256' : 'RS256',
      ...(addresses.length > 0 && { redirect_uris: addresses }),
      ...(farewells.length > 0 && { post_logout_redirect_uris: farewells }),
      ...(isJsonObject(jwks) && 'keys' in jwks && { jwks }),
      ...(jwksUri !== null && { jwks_uri: jwksUri }),
      ...(backChannel !== null && {
        backchannel_logout_uri: backChannel,
        backchannel_logout_session_required: truthIn(attributes['backchannel.logout.session.required']),
      }),
    },
    secret: secretOf(method, textIn(client['secret'])),
    disabled: 'enabled' in client && !truthIn(client['enabled']),
  })
  if (!truthIn(client['consentRequired'])) yield { kind: 'remark', text: aboutConsent }
}

const aboutConsent =
  'Clients that asked nobody for consent at Keycloak ask once here, unless an operator makes them first_party.'

function secretOf(method: string, secret: string | null) {
  // What an export hides is written as asterisks.
  if (method !== 'client_secret_basic' || secret === null || /^\*+$/.test(secret)) return null
  return { as: 'text', value: secret } as const
}

function methodOf(authenticator: string | null): string {
  if (authenticator === 'client-jwt') return 'private_key_jwt'
  return authenticator === 'client-x509' ? 'tls_client_auth' : 'client_secret_basic'
}

function grantsOf(client: Json, attributes: Json): string[] {
  const device = truthIn(attributes['oauth2.device.authorization.grant.enabled'])
  const code = truthIn(client['standardFlowEnabled'])
  return [
    ...(code ? ['authorization_code'] : []),
    ...(truthIn(client['implicitFlowEnabled']) ? ['implicit'] : []),
    ...(truthIn(client['directAccessGrantsEnabled']) ? ['password'] : []),
    ...(device ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    ...(code || device ? ['refresh_token'] : []),
    ...(truthIn(client['serviceAccountsEnabled']) ? ['client_credentials'] : []),
  ]
}

/** Those of Keycloak's own that mean something else, or nothing, here. */
const ownScopes = new Set([
  'web-origins',
  'acr',
  'basic',
  'roles',
  'microprofile-jwt',
  'role_list',
  'saml_organization',
  'organization',
  'service_account',
])

function scopesOf(client: Json): string {
  const named = [...listIn(client['defaultClientScopes']), ...listIn(client['optionalClientScopes'])]
  const scopes = named.flatMap((scope) => textIn(scope) ?? []).filter((scope) => !ownScopes.has(scope))
  const isForPeople = truthIn(client['standardFlowEnabled'])
  const kept = isForPeople ? ['openid', ...scopes] : scopes.filter((scope) => scope !== 'offline_access')
  return [...new Set(kept)].join(' ')
}

/** Addresses that begin with a slash go behind the client's root. */
function addressesOf(client: Json): string[] {
  const root = (textIn(client['rootUrl']) ?? '').replace(/\/$/, '')
  return listIn(client['redirectUris'])
    .flatMap((uri) => textIn(uri) ?? [])
    .map((uri) => (uri.startsWith('/') ? `${root}${uri}` : uri))
}
