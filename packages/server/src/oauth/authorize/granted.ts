// What a person gave, as a code, a device code or a family of tokens holds it.
import type { Session } from '../../accounts/sessions/session.ts'
import type { Granted } from '../authorization.ts'
import type { AskedFor } from './asked.ts'

/** What an event says of it: of details their types alone, since what somebody pays to whom is nobody's to read in a log. */
export function toldOf({ scope, resources, details }: AskedFor): Record<string, readonly string[]> {
  return { scope, resources, ...(details !== undefined && { details: details.map(({ type }) => type) }) }
}

/** What was left of a request, with how its person had signed in. */
export function grantedOf(
  { scope, resources, claims, details }: AskedFor,
  { authenticatedAt, acr, amr }: Pick<Session, 'authenticatedAt' | 'acr' | 'amr'>,
): Granted {
  return {
    scope,
    resources,
    ...(claims !== undefined && { claims }),
    ...(details !== undefined && { details }),
    authenticatedAt,
    acr,
    amr,
  }
}
