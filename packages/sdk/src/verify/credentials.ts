// Finds the one access token of a request (RFC 6750 §2.1, RFC 9449 §7.1), whatever framework the request is of. Only the
// Authorization header is a place for tokens: the query is looked at to refuse a second token, never to use one, and
// the body is not touched.
import { OAuthError, readAccessToken, type SentToken } from '@countersign/protocol'
import { type CertificatePlace, withCertificate } from './client-certificate.ts'
import type { Sent } from './dpop.ts'

type PlainHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A web Request, a Node request, or anything else with their headers. */
export interface Verifiable {
  readonly headers: { get(name: string): string | null } | PlainHeaders
  /** Node: names and values in turn, as received; shows headers that Node would have merged or dropped. */
  readonly rawHeaders?: readonly string[] | undefined
  /** Absolute or from the path on; used to notice `?access_token=`, and what a proof is for. */
  readonly url?: string | undefined
  readonly method?: string | undefined
  /** Node: the connection, whose certificate of the client counts where it is a TLS socket. */
  readonly socket?: unknown
  /** Another guard behind this one checks the same request, as another object: its proof is left for that one to use. */
  readonly isCheckedAgain?: boolean | undefined
}

export type Credentials =
  | { readonly kind: 'token'; readonly sent: Sent }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly detail: string }

/**
 * @param identity what stands for the request, to be accepted with its proof and no other
 * @param place where its client's certificate is looked for
 */
export function readCredentials(request: Verifiable, identity: object, place: CertificatePlace): Credentials {
  const values = valuesOf(request, 'authorization')
  const [value] = values
  if (value === undefined) return { kind: 'none' }
  if (values.length > 1) return { kind: 'malformed', detail: 'more than one Authorization header' }
  let found: SentToken | null
  try {
    found = readAccessToken(value)
  } catch (error) {
    if (error instanceof OAuthError)
      return { kind: 'malformed', detail: 'the Authorization header is malformed' }
    throw error
  }
  if (found === null) {
    // Web Headers join repeated ones by a comma; a token after another scheme is a second one.
    return /,\s*(?:bearer|dpop)\s/i.test(value)
      ? { kind: 'malformed', detail: 'a second Authorization header' }
      : { kind: 'none' }
  }
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (/[?&]access_token=/.test(request.url ?? '')) {
    return { kind: 'malformed', detail: 'a token in the Authorization header and another in the query' }
  }
  if (found.scheme === 'Bearer') {
    const sent = withCertificate(found.token, request, place, (name) => valuesOf(request, name))
    return { kind: 'token', sent }
  }
  const { method = '', url = '', isCheckedAgain = false } = request
  const proofs = valuesOf(request, 'dpop')
  const used = isCheckedAgain ? null : identity
  return { kind: 'token', sent: { token: found.token, proofs, method, url, request: used } }
}

/** Every value that a header was sent with. @param name in lower case */
export function valuesOf({ headers, rawHeaders }: Verifiable, name: string): readonly string[] {
  // Node keeps the first of several and drops the rest, or joins them; what was received shows them all.
  const isNamed = (other: string) => other.length === name.length && other.toLowerCase() === name
  const received = rawHeaders?.filter((_, at) => at % 2 === 1 && isNamed(rawHeaders[at - 1] ?? '')) ?? []
  if (received.length > 1) return received
  if (hasGet(headers)) {
    const value = headers.get(name)
    return value === null ? [] : [value]
  }
  // Gateways hand over plain objects whose names keep the sender's case.
  return Object.entries(headers).flatMap(([other, value]) =>
    isNamed(other) && value !== undefined ? value : [],
  )
}

function hasGet(headers: Verifiable['headers']): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function'
}
