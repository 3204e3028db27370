// The one comparison of authorization details (RFC 9396 §6.1): narrower or equal. Whatever asks for less of what was
// granted, at the token endpoint, at an exchange, or of what somebody agreed to before, asks here.

import { isDeepStrictEqual } from 'node:util'
import { type AuthorizationDetail, isJsonObject } from '@countersign/protocol'
import type { DetailField, DetailFields, DetailKind, FieldOf, FindDetailsType } from './types.ts'

/**
 * Whether everything asked for is covered: each detail is narrower than or equal to one that was granted, and no granted
 * one stands for two. Details of types that nobody declares any more are covered by nothing.
 *
 * INVARIANT: reflexive and transitive; nothing asked for is within everything. Both lists conform to their types.
 */
export function isWithin(
  asked: readonly AuthorizationDetail[],
  granted: readonly AuthorizationDetail[],
  find: FindDetailsType,
): boolean {
  return matchesInto(asked, granted, (one, other) => {
    const type = one.type === other.type ? find(one.type) : undefined
    return type !== undefined && membersWithin(one, other, type.fields)
  })
}

function membersWithin(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  fields: DetailFields,
): boolean {
  return Object.entries(fields).every(([name, field]) => {
    const [has, had] = [Object.hasOwn(one, name), Object.hasOwn(other, name)]
    if (has && had) return valueWithin(one[name], other[name], field)
    if (!has && !had) return true
    return field.absent === (has ? 'widest' : 'narrowest')
  })
}

type Comparison<K extends DetailKind> = (one: unknown, other: unknown, field: FieldOf<K>) => boolean

function valueWithin(one: unknown, other: unknown, field: DetailField): boolean {
  return (comparisons[field.kind] as Comparison<typeof field.kind>)(one, other, field as never)
}

const comparisons: { readonly [K in DetailKind]: Comparison<K> } = {
  text: (one, other) => one === other,
  flag: (one, other) => one === other,
  number: (one, other, { narrows }) => (narrows === true ? Number(one) <= Number(other) : one === other),
  amount: (one, other, { narrows }) => {
    const difference = amountsApart(String(one), String(other))
    return narrows === true ? difference <= 0n : difference === 0n
  },
  list: (one, other, { of, narrows }) =>
    Array.isArray(one) && Array.isArray(other) && narrows === true
      ? matchesInto(one, other, (element, another) => valueWithin(element, another, of))
      : isDeepStrictEqual(one, other),
  object: (one, other, { fields }) =>
    isJsonObject(one) && isJsonObject(other) && membersWithin(one, other, fields),
}

/** How far one amount is above another, in units that both are whole in. */
function amountsApart(one: string, other: string): bigint {
  const places = Math.max(placesOf(one), placesOf(other))
  return scaled(one, places) - scaled(other, places)
}

function placesOf(amount: string): number {
  return amount.split('.')[1]?.length ?? 0
}

function scaled(amount: string, places: number): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(places, '0'))
}

/**
 * Whether each of the one list can be given a partner of its own in the other: the largest matching, found by paths that
 * free a partner for another (Kuhn's algorithm). Greedy choice would refuse what can be had.
 */
function matchesInto<T>(
  ones: readonly T[],
  others: readonly T[],
  fits: (one: T, other: T) => boolean,
): boolean {
  if (ones.length > others.length) return false
  const partnerOf = new Map<number, number>()
  const place = (one: number, tried: Set<number>): boolean =>
    others.some((other, at) => {
      if (tried.has(at) || !fits(ones[one] as T, other)) return false
      tried.add(at)
      const before = partnerOf.get(at)
      if (before !== undefined && !place(before, tried)) return false
      partnerOf.set(at, one)
      return true
    })
  return ones.every((_one, at) => place(at, new Set()))
}
