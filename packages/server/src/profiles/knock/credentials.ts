// What Rails makes of a login's body: `auth` with its members, from JSON or from a form with brackets in its names.
import { isJsonObject } from '@countersign/protocol'
import type { RawBody } from '../../platform/http/exchange.ts'
import { codeIn } from '../second-factor.ts'
import type { Members } from '../wire/fields.ts'
import { mediaTypeOf, readBody } from '../wire/read-body.ts'

/** What somebody signs in with; what is missing or of another type is nobody's. */
export interface ReadCredentials {
  readonly name: string
  readonly password: string
  /** A code of the second factor; null where none was sent along. */
  readonly code: string | null
}

/** Reads a body; `malformed` when it has no `auth`, or is of a type of which Rails makes nothing. */
export async function readCredentials(
  body: RawBody | undefined,
  loginField: string,
): Promise<ReadCredentials | 'malformed'> {
  if (body === undefined) return 'malformed'
  const isJson = jsonTypes.has(mediaTypeOf(body.type))
  const read = await readBody(isJson ? { ...body, type: 'application/json' } : body)
  if (!read.ok) return 'malformed'
  const auth = isJson ? read.members['auth'] : bracketed(read.members)
  if (!isJsonObject(auth) || Object.keys(auth).length === 0) return 'malformed'
  return { name: textOf(auth[loginField]), password: textOf(auth['password']), code: codeIn(auth) }
}

/** What Rails knows as JSON. */
const jsonTypes: ReadonlySet<string> = new Set([
  'application/json',
  'text/x-json',
  'application/jsonrequest',
  'application/vnd.api+json',
])

/** The members that a form calls `auth[…]`. */
function bracketed(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => {
      const [, member] = /^auth\[([^[\]]+)\]$/.exec(name) ?? []
      return member === undefined ? [] : [[member, value] as const]
    }),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
