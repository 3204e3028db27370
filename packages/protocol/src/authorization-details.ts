// The `authorization_details` parameter (RFC 9396 §2): what exactly is asked for, as a list of JSON objects, each of a
// type that an API has declared. What a type allows is the server's to check; here is what holds for every type.
import { OAuthError } from './errors.ts'
import { decodeStrictJson, isJsonObject, JsonError } from './jose/strict-json.ts'
import type { Parameters } from './parameters.ts'

/** One thing that is asked for or granted. Plain JSON; its other members are those of its type. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** In UTF-16 code units, of the whole parameter. */
const maximumLength = 16_384
const mostDetails = 20

/**
 * Reads the parameter of a request; undefined when it was not given.
 *
 * @throws OAuthError `invalid_authorization_details` when it is not a strict JSON list of 1 to 20 objects that each name
 *   a type; `invalid_request` when it is given twice
 */
export function parseAuthorizationDetails(params: Parameters): readonly AuthorizationDetail[] | undefined {
  const json = params.get('authorization_details')
  if (json === undefined) return undefined
  if (json.length > maximumLength) throw refusal('too long')
  const value = decoded(json)
  if (!Array.isArray(value)) throw refusal('not a list')
  if (value.length === 0 || value.length > mostDetails) throw refusal('not 1 to 20 objects')
  return value.map((detail: unknown) => {
    if (!isAuthorizationDetail(detail)) throw refusal('an element is no object with a type')
    return detail
  })
}

/** Whether a value can be an authorization detail: an object that names its type. */
export function isAuthorizationDetail(value: unknown): value is AuthorizationDetail {
  return isJsonObject(value) && typeof value['type'] === 'string' && value['type'] !== ''
}

function decoded(json: string): unknown {
  try {
    return decodeStrictJson(json)
  } catch (error) {
    if (error instanceof JsonError) throw refusal(error.code)
    throw error
  }
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_authorization_details', { detail: `authorization_details: ${detail}` })
}
