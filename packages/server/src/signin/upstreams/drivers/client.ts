// What both drivers need of `openid-client`: our way out as its fetch, and its errors in our words.
import {
  AuthorizationResponseError,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type CustomFetch,
  ResponseBodyError,
} from 'openid-client'
import { type Egress, EgressFailure } from '../../../platform/http/egress.ts'
import { UpstreamFailure, type UpstreamFault } from './connection.ts'

/** Seconds that any one request to a provider may take; the way out enforces the same. */
export const timeoutSeconds = 5

/** The library’s fetch, by way of our egress. */
export function fetchThrough(egress: Egress): CustomFetch {
  return (url, { method, headers, body, signal }) =>
    egress(url, {
      method,
      headers,
      body: bodyText(body),
      ...(signal === undefined ? {} : { signal }),
    })
}

function bodyText(body: unknown): string | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('Only text is sent to providers.')
}

/** `client_secret_post` where the provider lists it, else `client_secret_basic`, the default of Discovery §3. */
export function clientSecret(secret: string): ClientAuth {
  const post = ClientSecretPost(secret)
  const basic = ClientSecretBasic(secret)
  return (server, client, body, headers) => {
    const listed = server.token_endpoint_auth_methods_supported ?? []
    const authenticate = listed.includes('client_secret_post') ? post : basic
    authenticate(server, client, body, headers)
  }
}

/** Runs a step with the provider; whatever goes wrong in it becomes an UpstreamFailure. */
export async function speaking<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw asFailure(error)
  }
}

// Codes that ask to try again later (RFC 6749 §4.1.2.1); every other refusal but the person's own is ours to mend.
const passing: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error'])

function asFailure(error: unknown): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error
  if (error instanceof AuthorizationResponseError) {
    const fault: UpstreamFault =
      error.error === 'access_denied' ? 'denied' : passing.has(error.error) ? 'unreachable' : 'invalid'
    return new UpstreamFailure(fault, `The provider answered with the error ${plain(error.error)}.`)
  }
  if (error instanceof ResponseBodyError) {
    const fault = error.status >= 500 || passing.has(error.error) ? 'unreachable' : 'invalid'
    return new UpstreamFailure(fault, `The provider refused the code: ${plain(error.error)}.`)
  }
  const failed = causeOf(error, (cause) => cause instanceof EgressFailure)
  if (failed instanceof EgressFailure) return new UpstreamFailure('unreachable', failed.message)
  if (error instanceof ClientError) {
    const response = causeOf(error, (cause) => cause instanceof Response)
    const fault = response instanceof Response && response.status >= 500 ? 'unreachable' : 'invalid'
    return new UpstreamFailure(fault, `The provider’s answer failed a check: ${checkOf(error)}.`)
  }
  return new UpstreamFailure('invalid', 'The provider’s answer could not be read.', { cause: error })
}

/** The library's own static words of what was checked. Its causes hold tokens and are never shown. */
function checkOf(error: ClientError): string {
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${inner}`
}

function causeOf(error: unknown, isWanted: (cause: unknown) => boolean): unknown {
  let cause: unknown = error
  for (let depth = 0; depth < 5; depth++) {
    if (isWanted(cause)) return cause
    if (!(cause instanceof Error)) return undefined
    cause = cause.cause
  }
  return undefined
}

/** An error code as registered ones look; anything else could be anyone's text. */
function plain(code: string): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'of an unknown kind'
}
