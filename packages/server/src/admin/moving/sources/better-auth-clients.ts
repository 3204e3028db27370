// The clients of Better Auth: of its plugins `oidcProvider` and `mcp` (oauthApplication), and of its newer
// `oauthProvider` (oauthClient).
import type { Found } from '../records.ts'
import { betterAuthOpened, secretIn } from './better-auth-secrets.ts'
import { clientFound } from './found.ts'
import type { SourceInput } from './source.ts'
import { listIn, listOf, momentIn, textIn, truthIn } from './values.ts'

/** Names of the tables, the first that is there. */
export const clientTables = ['oauthApplication', 'oauth_application', 'oauthClient', 'oauth_client'] as const

/** A client. */
export async function* betterAuthClient(
  row: Readonly<Record<string, unknown>>,
  { options }: Pick<SourceInput, 'options'>,
): AsyncGenerator<Found> {
  const of = (camel: string): unknown =>
    row[camel] ?? row[camel.replace(/[A-Z]+/g, (upper) => `_${upper.toLowerCase()}`)]
  const id = textIn(of('clientId'))
  if (id === null) return
  const addresses = several(of('redirectURLs') ?? of('redirectUrls') ?? of('redirectUris'))
  const farewells = several(of('postLogoutRedirectUris'))
  const said = textIn(of('tokenEndpointAuthMethod'))
  const secret = textIn(of('clientSecret'))
  const isPublic = secret === null || truthIn(of('public')) || textIn(row['type']) === 'public'
  const method = isPublic ? 'none' : said?.startsWith('client_secret') ? said : 'client_secret_basic'
  const grants = several(of('grantTypes'))
  const scopes = several(of('scopes'))
  const granted = grants.length > 0 ? grants : ['authorization_code', 'refresh_token']
  const asked = scopes.length > 0 ? scopes : ['openid', 'profile', 'email', 'offline_access']
  yield clientFound({
    id,
    metadata: {
      client_name: textIn(row['name']) ?? id,
      token_endpoint_auth_method: method,
      grant_types: granted,
      // It gives every client leave to ask for refresh tokens, also those that may not use any.
      scope: asked
        .filter((scope) => scope !== 'offline_access' || granted.includes('refresh_token'))
        .join(' '),
      ...(addresses.length > 0 && { redirect_uris: addresses }),
      ...(farewells.length > 0 && { post_logout_redirect_uris: farewells }),
    },
    secret: isPublic ? null : secretOf(secret, await secretIn(options['secret-file'])),
    disabled: truthIn(row['disabled']),
    createdAt: momentIn(of('createdAt')),
  })
}

/**
 * Of those that it makes itself one in the clear has 32 letters, a digest (`storeClientSecret: "hashed"`) 43 characters, and
 * what is encrypted (its choice where it signs with clients' own secrets) is hex of nonce, secret and tag.
 */
function secretOf(secret: string | null, own: string | null) {
  if (secret === null) return null
  if (/^(?:\$ba\$\d+\$)?(?:[0-9a-f]{2}){41,}$/i.test(secret)) {
    const opened = betterAuthOpened(secret, own)
    return opened === null ? null : ({ as: 'text', value: opened } as const)
  }
  return /^[A-Za-z0-9_-]{43}$/.test(secret)
    ? ({ as: 'sha256', value: secret } as const)
    : ({ as: 'text', value: secret } as const)
}

/** A list as JSON, or with commas or spaces. */
function several(value: unknown): string[] {
  const read = listIn(value).flatMap((one) => textIn(one) ?? [])
  return read.length > 0 ? read : listOf(typeof value === 'string' && !value.startsWith('[') ? value : null)
}
