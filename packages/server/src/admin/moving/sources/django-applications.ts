// The clients of django-oauth-toolkit. Unless a setting said otherwise, the secret of each is a hash of Django's.
import type { Found } from '../records.ts'
import { clientFound } from './found.ts'
import { listOf, momentIn, textIn, truthIn } from './values.ts'

type Row = Readonly<Record<string, unknown>>

const grants: Readonly<Record<string, readonly string[]>> = {
  'authorization-code': ['authorization_code', 'refresh_token'],
  'openid-hybrid': ['authorization_code', 'refresh_token'],
  implicit: ['implicit'],
  password: ['password'],
  'client-credentials': ['client_credentials'],
  'urn:ietf:params:oauth:grant-type:device_code': [
    'urn:ietf:params:oauth:grant-type:device_code',
    'refresh_token',
  ],
}

/** @param scopes what its settings let clients ask for: that stands in no table */
export function* oauthApplication(row: Row, scopes: string | undefined): Generator<Found> {
  const id = textIn(row['client_id'])
  if (id === null) return
  const granted = grants[textIn(row['authorization_grant_type']) ?? ''] ?? []
  const isPublic = textIn(row['client_type']) === 'public'
  const algorithm = textIn(row['algorithm'])
  const addresses = listOf(row['redirect_uris'])
  const isForPeople = granted.includes('refresh_token') || granted.includes('implicit')
  const scope = [scopes ?? '', isForPeople && algorithm !== null ? 'openid profile email' : '']
    .join(' ')
    .trim()
  yield clientFound({
    id,
    metadata: {
      client_name: textIn(row['name']) ?? id,
      token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
      grant_types: granted,
      scope,
      // Both have an algorithm of their own to choose; HS256 is none that is signed with here.
      id_token_signed_response_alg: algorithm === 'ES256' ? 'ES256' : 'RS256',
      ...(addresses.length > 0 && { redirect_uris: addresses }),
      ...(textIn(row['post_logout_redirect_uris']) !== null && {
        post_logout_redirect_uris: listOf(row['post_logout_redirect_uris']),
      }),
    },
    secret: isPublic ? null : secretOf(textIn(row['client_secret']), row),
    createdAt: momentIn(row['created']),
  })
  yield { kind: 'remark', text: remark }
  if (algorithm === 'HS256') yield { kind: 'remark', text: aboutAlgorithm }
  if (scopes === undefined) yield { kind: 'remark', text: aboutScopes }
  if (truthIn(row['skip_authorization'])) yield { kind: 'remark', text: aboutConsent }
}

const remark =
  'Django’s clients got access tokens for 36000 s unless its settings said otherwise; here they get those of their API, 300 s unless told, and refresh tokens.'
const aboutAlgorithm =
  'ID tokens that Django’s clients got under their own secret (HS256) are signed with RS256 here: such a client has to take its keys from the metadata.'
const aboutScopes =
  'Which scopes Django’s clients may ask for stands in its settings: name them with --scopes "read write", or give them with countersign client.'
const aboutConsent =
  'Clients that asked nobody for consent (skip_authorization) ask once here, unless an operator makes them first_party.'

/** `hash_client_secret` is off where it stands in the clear; without that column (before 2.4) a hash looks like one. */
function secretOf(secret: string | null, row: Row) {
  if (secret === null) return null
  const isHash =
    'hash_client_secret' in row ? truthIn(row['hash_client_secret']) : /^[a-z0-9_]+\$.*\$/.test(secret)
  // Turned off later, the secrets of before stay hashed.
  return isHash || /^(?:pbkdf2_sha\d+|argon2|bcrypt\w*|scrypt)\$/.test(secret)
    ? ({ as: 'hash', value: secret } as const)
    : ({ as: 'text', value: secret } as const)
}
