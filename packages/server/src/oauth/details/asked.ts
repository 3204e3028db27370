// Authorization details that a client asks for, held against what APIs declare and what the client may use (RFC 9396 §5).
// Every way to ask goes through here: browsers, pushed and signed requests, devices, the token endpoint.
import { type AuthorizationDetail, OAuthError } from '@countersign/protocol'
import type { Api } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import type { Client } from '../clients/client.ts'
import { faultOf } from './conform.ts'
import type { DetailsType } from './types.ts'
import { isWithin } from './within.ts'

/**
 * The APIs that details are about, each once.
 *
 * @throws OAuthError `invalid_authorization_details` for a type that nobody declares or that the client may not use, and
 *   for a detail that is none of its type
 */
export function apisOfDetails(
  details: readonly AuthorizationDetail[],
  client: Pick<Client, 'detailsTypes'>,
  apis: Apis,
): readonly Api[] {
  const found = new Set<Api>()
  for (const [index, detail] of details.entries()) {
    const api = apis.ofDetails(detail.type)
    // To a client that may not use a type it is one that there is not.
    if (api === undefined || !client.detailsTypes.includes(detail.type))
      throw refused(`Element ${index}: its type is not one that the client may ask for.`)
    const fault = faultOf(detail, typeOf(detail, apis))
    if (fault !== null) throw refused(`Element ${index}: ${fault}.`)
    found.add(api)
  }
  return [...found]
}

/**
 * The details that a token is to be good for, of those granted (RFC 9396 §6): those asked for, where they are narrower or
 * equal; otherwise all.
 *
 * @throws OAuthError `invalid_authorization_details`
 */
export function narrowDetails(
  granted: readonly AuthorizationDetail[],
  asked: readonly AuthorizationDetail[] | undefined,
  apis: Apis,
): readonly AuthorizationDetail[] {
  // What nobody declares any more means nothing to anybody.
  const known = granted.filter(({ type }) => apis.ofDetails(type) !== undefined)
  if (asked === undefined) return known
  const conform = asked.every((detail) => {
    const type = apis.detailsType(detail.type)
    return type !== undefined && faultOf(detail, type) === null
  })
  if (conform && isWithin(asked, known, apis.detailsType)) return asked
  throw refused('The authorization details go beyond what was granted.')
}

/** The type of a detail that was accepted. */
export function typeOf({ type }: AuthorizationDetail, apis: Apis): DetailsType {
  const declared = apis.detailsType(type)
  if (declared === undefined) throw refused('A type of authorization details has been withdrawn.')
  return declared
}

function refused(description: string): OAuthError {
  return new OAuthError('invalid_authorization_details', { description })
}
