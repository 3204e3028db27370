// Whether a detail is one of its type (RFC 9396 §5: unknown members, wrong types, values that can't be and members that
// are missing are all refused).
import { type AuthorizationDetail, isJsonObject } from '@countersign/protocol'
import { isBlank, isUnruly } from '../../platform/html/visible.ts'
import {
  type DetailField,
  type DetailFields,
  type DetailKind,
  type DetailsType,
  type FieldOf,
  usual,
} from './types.ts'

/** What is wrong with a detail of a type, in words that quote nothing of it; null when nothing is. */
export function faultOf({ type: _type, ...members }: AuthorizationDetail, type: DetailsType): string | null {
  return membersFault(members, type.fields, '')
}

function membersFault(
  members: Readonly<Record<string, unknown>>,
  fields: DetailFields,
  path: string,
): string | null {
  if (Object.keys(members).some((name) => !Object.hasOwn(fields, name)))
    return `${path === '' ? 'it' : path} has a member that its type does not know`
  for (const [name, field] of Object.entries(fields)) {
    const at = path === '' ? name : `${path}.${name}`
    if (!Object.hasOwn(members, name)) {
      if (field.optional !== true) return `${at} is missing`
      continue
    }
    const fault = fieldFault(members[name], field, at)
    if (fault !== null) return fault
  }
  return null
}

type Check<K extends DetailKind> = (value: unknown, field: FieldOf<K>, path: string) => string | null

function fieldFault(value: unknown, field: DetailField, path: string): string | null {
  return (checks[field.kind] as Check<typeof field.kind>)(value, field as never, path)
}

const checks: { readonly [K in DetailKind]: Check<K> } = {
  text: (value, { oneOf, pattern, longest = usual.longest }, path) => {
    if (typeof value !== 'string' || isBlank(value)) return `${path} is no text`
    if (value.length > longest) return `${path} is too long`
    // What a person is to read has one reading: no line breaks, and nothing that hides or turns text around.
    if (isUnruly(value)) return `${path} has a character that is not for reading`
    if (oneOf !== undefined && !oneOf.includes(value)) return `${path} is none of its values`
    if (pattern !== undefined && !wholly(pattern).test(value)) return `${path} is not of its form`
    return null
  },
  number: (value, { whole = false, least = -Number.MAX_VALUE, most = Number.MAX_VALUE }, path) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return `${path} is no number`
    if (whole && !Number.isSafeInteger(value)) return `${path} is no whole number`
    return value < least || value > most ? `${path} is out of range` : null
  },
  amount: (value, _field, path) =>
    typeof value === 'string' && isAmount(value) ? null : `${path} is no amount such as "12.50"`,
  flag: (value, _field, path) => (typeof value === 'boolean' ? null : `${path} is neither true nor false`),
  list: (value, { of, least = usual.leastElements, most = usual.mostElements }, path) => {
    if (!Array.isArray(value)) return `${path} is no list`
    if (value.length < least || value.length > most) return `${path} has too few or too many elements`
    for (const [index, element] of value.entries()) {
      const fault = fieldFault(element, of, `${path}.${index}`)
      if (fault !== null) return fault
    }
    return null
  },
  object: (value, { fields }, path) =>
    isJsonObject(value) ? membersFault(value, fields, path) : `${path} is no object`,
}

/** A pattern that speaks of the whole text. @throws SyntaxError */
export function wholly(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u')
}

/** Digits, perhaps with a fraction, without needless zeros before them. */
function isAmount(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,18})?$/.test(text)
}
