// How surely and how lately people have to have signed in for a client, where its requests say nothing of it (OpenID
// Connect Dynamic Registration 1.0 §2).
import type { AuthorizationRequest } from '@countersign/protocol'
import type { ClientExtras, ExtraRow } from './extras.ts'

/** `defaultMaxAge`: seconds that a sign-in may be old; null for any age. */
export const defaultMaxAge: ExtraRow<number | null> = {
  usual: null,
  check: (value) =>
    value === null || (Number.isSafeInteger(value) && value >= 0)
      ? []
      : [{ path: 'defaultMaxAge', code: 'type', message: 'must be a whole number of seconds' }],
}

/** `requireAuthTime`: whether its ID tokens say when the person signed in. Ours always do. */
export const requireAuthTime: ExtraRow<boolean> = { usual: false }

/** A request with what its client wishes where the request says nothing of it. */
export function withWishes(
  request: AuthorizationRequest,
  wishes: Pick<ClientExtras, 'defaultMaxAge' | 'defaultAcrValues'>,
): AuthorizationRequest {
  const { defaultMaxAge: maxAge, defaultAcrValues: acrValues } = wishes
  return {
    ...request,
    ...(request.maxAge === undefined && maxAge !== null && { maxAge }),
    ...(request.acrValues.length === 0 && { acrValues }),
  }
}

const mostValues = 20

/** `defaultAcrValues`: how surely, the most wanted first; as a wish (OpenID Connect Core §5.5.1.1). */
export const defaultAcrValues: ExtraRow<readonly string[]> = {
  usual: [],
  check: (value) =>
    value.length <= mostValues && value.every((acr) => /^[\x21-\x7e]{1,255}$/.test(acr))
      ? []
      : [
          {
            path: 'defaultAcrValues',
            code: 'character',
            message: `must be at most ${mostValues} names without spaces`,
          },
        ],
}
