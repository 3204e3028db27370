// Settings of SIMPLE_JWT that have no place here, since they stand for Python code or are an API's. Their usual values say
// nothing, so they are taken: a whole dictionary can be written down as it is. Any other is refused with what to do instead.
import { z } from 'zod'

/** Why, and what to do instead. */
export const placeless = {
  jsonEncoder: 'claims are plain JSON here: give extraClaims values that are',
  jwkUrl: 'this server publishes its keys at /oauth/jwks: name that in the API',
  userAuthenticationRule: 'whoever is not disabled signs in; disable the others, or give them no password',
  onLoginSuccess: 'nothing of yours runs at a sign-in: read the event user.signed_in',
  onLoginFailed: 'nothing of yours runs at a sign-in: read the event of the failed one',
  tokenUserClass: 'it belongs to the API: principals of @countersign/sdk/simplejwt have all claims',
  tokenObtainSerializer:
    'claims that it added go into extraClaims, members of the answer into responseExtras',
  tokenRefreshSerializer: 'an access token has every claim of its refresh token; more goes into extraClaims',
  tokenVerifySerializer: 'what it checked beside has no place',
  tokenBlacklistSerializer: 'what it did beside has no place: read the event token.revoked',
  slidingTokenObtainSerializer:
    'claims that it added go into extraClaims, members of the answer into responseExtras',
  slidingTokenRefreshSerializer:
    'a renewed token has every claim of the one before; more goes into extraClaims',
} as const
export type Placeless = keyof typeof placeless

/** Whether a value is the original's own: nothing, or a name of its own code. */
export function isUsual(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.startsWith('rest_framework_simplejwt.'))
}

/** Rows of the settings, one for each. */
export const placelessSettings = Object.fromEntries(
  Object.entries(placeless).map(([name, why]) => [name, row(why)]),
) as { readonly [P in Placeless]: ReturnType<typeof row> }

function row(why: string) {
  return z.custom<string | null>(isUsual, `has no place here: ${why}`).optional()
}
