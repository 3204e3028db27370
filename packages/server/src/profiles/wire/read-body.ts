// Bodies as Django REST framework reads them: JSON, forms and multipart alike become one record, and each way in which
// that fails has the framework's own words.
import { decodeStrictJson, JsonError } from '@countersign/protocol'
import type { RawBody } from '../../platform/http/exchange.ts'
import type { Members } from './fields.ts'

/** The members of a body, or why there are none. */
export type ReadBody =
  | { readonly ok: true; readonly members: Members }
  | { readonly ok: false; readonly status: 400 | 415; readonly body: Readonly<Record<string, unknown>> }

/** Most members that are looked at. */
const mostMembers = 100

/** Reads a body of any of the three types; one that is not there has no members. */
export async function readBody(body: RawBody | undefined): Promise<ReadBody> {
  if (body === undefined || body.bytes.length === 0) return { ok: true, members: {} }
  const { type, bytes } = body
  switch (mediaTypeOf(type)) {
    case 'application/json':
      return readJson(type, bytes)
    case 'application/x-www-form-urlencoded':
      return members([...new URLSearchParams(new TextDecoder().decode(bytes))])
    case 'multipart/form-data':
      return readMultipart(type, bytes)
    default:
      return refused(415, `Unsupported media type "${printable(type)}" in request.`)
  }
}

/** A media type or a range of such, without its parameters. */
export function mediaTypeOf(text: string): string {
  return text.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function readJson(type: string, bytes: Uint8Array): ReadBody {
  try {
    const value = decodeStrictJson(decoderFor(type).decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ok: true, members: value as Members }
    }
    const words =
      value === null
        ? 'No data provided'
        : `Invalid data. Expected a dictionary, but got ${pythonType(value)}.`
    return { ok: false, status: 400, body: { non_field_errors: [words] } }
  } catch (error) {
    if (error instanceof JsonError || error instanceof TypeError) {
      return refused(400, 'JSON parse error - Expecting value: line 1 column 1 (char 0)')
    }
    throw error
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Some libraries write JSON in ISO 8859-1, and say so. What names no encoding is UTF-8 (RFC 8259 §8.1). */
function decoderFor(type: string): TextDecoder {
  const named = parameterOf(type, 'charset')
  if (named === null) return utf8
  try {
    return new TextDecoder(named, { fatal: true })
  } catch {
    return utf8
  }
}

/** A parameter of a media type, without its quotes. */
function parameterOf(type: string, name: string): string | null {
  const [, ...parameters] = type.split(';')
  const found = parameters.find((one) => one.trim().toLowerCase().startsWith(`${name}=`))
  return (
    found
      ?.slice(found.indexOf('=') + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1') || null
  )
}

/** A body that falls into no parts has no members. */
async function readMultipart(type: string, bytes: Uint8Array): Promise<ReadBody> {
  if (parameterOf(type, 'boundary') === null)
    return refused(400, 'Multipart form parse error - Invalid boundary in multipart: None')
  try {
    const form = await new Response(bytes.slice(), { headers: { 'content-type': type } }).formData()
    const parts = [...form]
    const texts = parts.filter(([, value]) => typeof value === 'string')
    // A file goes before a text of the same name, and is no text.
    const files = parts.filter(([, value]) => typeof value !== 'string').map(([name]) => [name, {}] as const)
    return members([...texts, ...files])
  } catch (error) {
    // URIError: a name in extended notation (RFC 8187) that is no UTF-8.
    if (error instanceof TypeError || error instanceof URIError) return { ok: true, members: {} }
    throw error
  }
}

/** Of several values of one name the last counts. */
function members(pairs: readonly (readonly [string, unknown])[]): ReadBody {
  if (pairs.length > mostMembers) return refused(400, 'Too many fields.')
  return { ok: true, members: Object.fromEntries(pairs) }
}

function refused(status: 400 | 415, detail: string): ReadBody {
  return { ok: false, status, body: { detail } }
}

function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'string':
      return 'str'
    case 'boolean':
      return 'bool'
    default:
      return Number.isInteger(value) ? 'int' : 'float'
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 100)
}
