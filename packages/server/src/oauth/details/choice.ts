// What a person leaves of a detail when they pick among the elements of its lists (RFC 9396 §7: what was granted may be
// less than what was asked for).
import { type AuthorizationDetail, isJsonObject } from '@countersign/protocol'
import { type DetailFields, type DetailsType, usual } from './types.ts'
import { nameWords, textOf } from './words.ts'

/** A list that a person picks from. */
export interface DetailChoice {
  /** Of the list within the detail, such as `accounts` or `access.accounts`. */
  readonly path: string
  readonly label: string
  readonly elements: readonly string[]
}

/** Whether the element of a list is to stay. */
export type Picks = (path: string, index: number) => boolean

/**
 * The detail with only the picked elements; null when a list is left with fewer than it needs, and so says nothing.
 *
 * INVARIANT: what is left is narrower than or equal to the detail (`isWithin`).
 */
export function chosenOf(
  detail: AuthorizationDetail,
  { fields }: DetailsType,
  picks: Picks,
): AuthorizationDetail | null {
  const members = chosenMembers(detail, fields, '', picks)
  return members === null ? null : { ...members, type: detail.type }
}

function chosenMembers(
  members: Readonly<Record<string, unknown>>,
  fields: DetailFields,
  within: string,
  picks: Picks,
): Record<string, unknown> | null {
  const left: Record<string, unknown> = { ...members }
  for (const [name, field] of Object.entries(fields)) {
    const value = members[name]
    const path = `${within}${name}`
    if (field.kind === 'list' && field.choose === true && Array.isArray(value)) {
      const kept = value.filter((_element, index) => picks(path, index))
      if (kept.length < (field.least ?? usual.leastElements)) return null
      left[name] = kept
    }
    if (field.kind === 'object' && isJsonObject(value)) {
      const inside = chosenMembers(value, field.fields, `${path}.`, picks)
      if (inside === null) return null
      left[name] = inside
    }
  }
  return left
}

/** The lists of a detail that its person picks from. */
export function choicesOf(detail: AuthorizationDetail, { fields }: DetailsType): DetailChoice[] {
  return choicesIn(detail, fields, '')
}

function choicesIn(
  members: Readonly<Record<string, unknown>>,
  fields: DetailFields,
  within: string,
): DetailChoice[] {
  return Object.entries(fields).flatMap(([name, field]): DetailChoice[] => {
    const value = members[name]
    const path = `${within}${name}`
    if (field.kind === 'object' && isJsonObject(value)) return choicesIn(value, field.fields, `${path}.`)
    if (field.kind !== 'list' || field.choose !== true || !Array.isArray(value)) return []
    const elements = value.map((element) => textOf(element, field.of))
    return [{ path, label: field.label ?? nameWords(name), elements }]
  })
}
