// Claims about people: which scope asks for which, and the `claims` parameter (OpenID Connect Core §5.4, §5.5).
import { OAuthError } from './errors.ts'
import { decodeStrictJson, isJsonObject, JsonError } from './jose/strict-json.ts'

/** Scope → the claims it asks for (OpenID Connect Core §5.4). */
export const standardClaims = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const satisfies Record<string, readonly string[]>

/** How one claim is asked for; null means "as usual" (OpenID Connect Core §5.5.1). */
export interface ClaimRequest {
  readonly essential?: boolean
  readonly value?: unknown
  readonly values?: readonly unknown[]
}

/** A parsed `claims` parameter: claim name → request, for each of the two places. */
export interface ClaimsRequest {
  readonly userinfo?: Readonly<Record<string, ClaimRequest | null>>
  readonly idToken?: Readonly<Record<string, ClaimRequest | null>>
}

const maximumLength = 4096

/**
 * Reads a `claims` parameter. Members that are not understood are ignored, as OpenID Connect Core §5.5 says.
 *
 * @throws OAuthError `invalid_request` when it is not strict JSON of the shape that the specification gives
 */
export function parseClaimsRequest(json: string): ClaimsRequest {
  if (json.length > maximumLength) throw refusal('too long')
  let value: unknown
  try {
    value = decodeStrictJson(json)
  } catch (error) {
    if (error instanceof JsonError) throw refusal(error.code)
    throw error
  }
  if (!isJsonObject(value)) throw refusal('not an object')
  const userinfo = parsePlace(value['userinfo'])
  const idToken = parsePlace(value['id_token'])
  return { ...(userinfo && { userinfo }), ...(idToken && { idToken }) }
}

function parsePlace(place: unknown): Record<string, ClaimRequest | null> | undefined {
  if (place === undefined || place === null) return undefined
  if (!isJsonObject(place)) throw refusal('a place is not an object')
  return Object.fromEntries(Object.entries(place).map(([name, request]) => [name, parseClaim(request)]))
}

function parseClaim(request: unknown): ClaimRequest | null {
  if (request === null) return null
  if (!isJsonObject(request)) throw refusal('a claim is neither null nor an object')
  const { essential, value, values } = request
  if (essential !== undefined && typeof essential !== 'boolean') throw refusal('essential is not a boolean')
  if (values !== undefined && !Array.isArray(values)) throw refusal('values is not a list')
  return {
    ...(essential !== undefined && { essential }),
    ...(value !== undefined && { value }),
    ...(values !== undefined && { values: values as unknown[] }),
  }
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_request', { description: 'The claims parameter is malformed.', detail })
}
