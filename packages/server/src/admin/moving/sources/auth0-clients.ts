// The clients of a tenant of Auth0, as its Management API lists them (`auth0 api get clients`).
import type { Found } from '../records.ts'
import { clientFound } from './found.ts'
import { listIn, membersIn, textIn, truthIn } from './values.ts'

type Json = Readonly<Record<string, unknown>>

/** A client, unless it is the one that stands for the tenant itself. */
export function* auth0Client(client: Json): Generator<Found> {
  const id = textIn(client['client_id'])
  if (id === null || truthIn(client['global'])) return
  const addresses = texts(client['callbacks'])
  const farewells = texts(client['allowed_logout_urls'])
  const method = methodOf(client)
  const secret = textIn(client['client_secret'])
  const backChannel = texts(membersIn(client['oidc_logout'])['backchannel_logout_urls'])[0]
  const initiate = textIn(client['initiate_login_uri'])
  const logo = textIn(client['logo_uri'])
  const grants = texts(client['grant_types']).filter(
    (grant) => grant !== 'http://auth0.com/oauth/grant-type/password-realm',
  )
  yield clientFound({
    id,
    metadata: {
      client_name: textIn(client['name']) ?? id,
      token_endpoint_auth_method: method,
      grant_types: grants.filter((grant) => !grant.startsWith('http://auth0.com/')),
      scope: grants.includes('authorization_code') ? 'openid profile email offline_access' : '',
      id_token_signed_response_alg:
        textIn(membersIn(client['jwt_configuration'])['alg']) === 'ES256' ? 'ES256' : 'RS256',
      application_type: textIn(client['app_type']) === 'native' ? 'native' : 'web',
      ...(addresses.length > 0 && { redirect_uris: addresses }),
      ...(farewells.length > 0 && { post_logout_redirect_uris: farewells }),
      ...(backChannel !== undefined && { backchannel_logout_uri: backChannel }),
      ...(initiate !== null && { initiate_login_uri: initiate }),
      ...(logo !== null && { logo_uri: logo }),
    },
    secret: method.startsWith('client_secret') && secret !== null ? { as: 'text', value: secret } : null,
  })
}

function methodOf(client: Json): string {
  const said = textIn(client['token_endpoint_auth_method'])
  if (said !== null) return said
  return /^(?:native|spa)$/.test(textIn(client['app_type']) ?? '') ? 'none' : 'client_secret_basic'
}

function texts(value: unknown): string[] {
  return listIn(value).flatMap((one) => textIn(one) ?? [])
}
