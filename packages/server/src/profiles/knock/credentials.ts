// What Rails makes of a login's body: `auth` with its members, from JSON or from a form with brackets in its names.
import { decodeStrictJson, isJsonObject, JsonError } from '@countersign/protocol'
import type { RawBody } from '../../platform/http/exchange.ts'
import { codeIn } from '../second-factor.ts'
import { mediaTypeOf } from '../wire/read-body.ts'

/** What somebody signs in with; what is missing or of another type is nobody's. */
export interface ReadCredentials {
  readonly name: string
  readonly password: string
  /** A code of the second factor; null where none was sent along. */
  readonly code: string | null
}

/** Reads a body; `malformed` when it has no `auth`. */
export function readCredentials(
  body: RawBody | undefined,
  loginField: string,
): ReadCredentials | 'malformed' {
  const auth = body === undefined ? null : authOf(body)
  if (auth === null) return 'malformed'
  return { name: textOf(auth[loginField]), password: textOf(auth['password']), code: codeIn(auth) }
}

function authOf({ type, bytes }: RawBody): Readonly<Record<string, unknown>> | null {
  const text = new TextDecoder().decode(bytes)
  if (mediaTypeOf(type) === 'application/x-www-form-urlencoded') {
    const members = [...new URLSearchParams(text)].flatMap(([name, value]) => {
      const [, member] = /^auth\[([^[\]]+)\]$/.exec(name) ?? []
      return member === undefined ? [] : [[member, value] as const]
    })
    return members.length === 0 ? null : Object.fromEntries(members)
  }
  try {
    const value = decodeStrictJson(text)
    const auth = isJsonObject(value) ? value['auth'] : undefined
    return isJsonObject(auth) && Object.keys(auth).length > 0 ? auth : null
  } catch (error) {
    if (error instanceof JsonError) return null
    throw error
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
