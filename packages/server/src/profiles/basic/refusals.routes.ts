// What the wires over names and passwords say to whom they refuse, in the shape of the token endpoint's (RFC 6749 §5.2).
import { challenge } from '@countersign/protocol'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import { secondFactorWords } from '../second-factor.ts'
import { isOverPrivateWire } from './private-wire.ts'

/** A refusal. */
export function refused(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Outgoing {
  return json(status, { error, error_description: description }, headers)
}

/** Nobody's password goes over a wire that others read. @returns null where nobody does */
export function refuseOpenWire(room: ProfileRoom, request: Incoming): Outgoing | null {
  if (isOverPrivateWire(room, request)) return null
  return refused(403, 'https_required', 'A password is taken over https alone.')
}

/** What is said to whom a name and a password don't let in. */
export function refusalsTo(request: Incoming) {
  return {
    refused: refused(401, 'invalid_grant', 'The user name or the password is not right.', wanted(request)),
    limited: (seconds: number): Outgoing =>
      refused(429, 'slow_down', `Too many tries. Try again in ${seconds} s.`, {
        'retry-after': String(seconds),
      }),
    lacking: (code: keyof typeof secondFactorWords): Outgoing =>
      refused(401, code, secondFactorWords[code], { 'www-authenticate': challenge({}) }),
  }
}

/**
 * RFC 9110 §11.6.1: a 401 says what would be accepted. A browser that reads of Basic asks its person with a window of
 * its own, whoever sent the request: to those it isn't said. Programs on Node name a mode of fetching as well.
 */
export function wanted({ headers }: Incoming): { readonly 'www-authenticate': string } {
  const isBrowser = ['sec-fetch-site', 'origin', 'x-requested-with'].some(
    (name) => headers.get(name) !== undefined,
  )
  return {
    'www-authenticate': isBrowser ? challenge({}) : 'Basic realm="Countersign", charset="UTF-8"',
  }
}
