// Finds the one bearer token of a request (RFC 6750 §2.1), whatever framework the request is of. Only the
// Authorization header is a place for tokens: the query is looked at to refuse a second token, never to use one, and
// the body is not touched.
import { OAuthError, readBearer } from '@countersign/protocol'

type PlainHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A web Request, a Node request, or anything else with their headers. */
export interface Verifiable {
  readonly headers: { get(name: string): string | null } | PlainHeaders
  /** Node: names and values in turn, as received; shows headers that Node would have merged or dropped. */
  readonly rawHeaders?: readonly string[] | undefined
  /** Absolute or from the path on; used to notice `?access_token=`. */
  readonly url?: string | undefined
}

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly detail: string }

export function readCredentials(request: Verifiable): Credentials {
  const values = authorizations(request)
  const [value] = values
  if (value === undefined) return { kind: 'none' }
  if (values.length > 1) return { kind: 'malformed', detail: 'more than one Authorization header' }
  let token: string | null
  try {
    token = readBearer(value)
  } catch (error) {
    if (error instanceof OAuthError)
      return { kind: 'malformed', detail: 'the Authorization header is malformed' }
    throw error
  }
  if (token === null) {
    // Web Headers join repeated ones by a comma; a bearer token after another scheme is a second one.
    return /,\s*bearer\s/i.test(value)
      ? { kind: 'malformed', detail: 'a second Authorization header' }
      : { kind: 'none' }
  }
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (/[?&]access_token=/.test(request.url ?? '')) {
    return { kind: 'malformed', detail: 'a token in the Authorization header and another in the query' }
  }
  return { kind: 'token', token }
}

function authorizations({ headers, rawHeaders }: Verifiable): readonly string[] {
  // Node keeps the first of several and drops the rest; what was received shows them all.
  const received = rawHeaders?.filter((name, at) => at % 2 === 0 && isAuthorization(name)) ?? []
  if (received.length > 1) return received
  if (hasGet(headers)) {
    const value = headers.get('authorization')
    return value === null ? [] : [value]
  }
  // Gateways hand over plain objects whose names keep the sender's case.
  return Object.entries(headers).flatMap(([name, value]) =>
    isAuthorization(name) && value !== undefined ? value : [],
  )
}

function isAuthorization(name: string): boolean {
  return name.length === 13 && name.toLowerCase() === 'authorization'
}

function hasGet(headers: Verifiable['headers']): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function'
}
