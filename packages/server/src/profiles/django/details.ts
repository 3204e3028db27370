// What Django's user model calls the parts of a person, read and changed.
import { displayName, nameMessages } from '../../accounts/users/display-name.ts'
import { changeClaims, renameUser, type User } from '../../accounts/users/users.store.ts'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { FieldProblems, FieldRule, FieldText } from '../wire/fields.ts'

/** Parts of a person that wires may show and change. */
export const detailNames = ['first_name', 'last_name', 'name'] as const
export type DetailName = (typeof detailNames)[number]

/** What each of them may be. */
export const detailRules = {
  first_name: { optional: true, mayBeBlank: true, longest: 150 },
  last_name: { optional: true, mayBeBlank: true, longest: 150 },
  name: { optional: true, longest: 200 },
} as const satisfies Readonly<Record<DetailName, FieldRule>>

/** New values of some. */
export type Details = { readonly [D in DetailName]?: FieldText }

/** As they are shown; empty where nothing is known. */
export const shownDetails: { readonly [D in DetailName]: (user: User) => string } = {
  first_name: ({ claims }) => textIn(claims['given_name']),
  last_name: ({ claims }) => textIn(claims['family_name']),
  name: ({ name }) => name,
}

/** The name of somebody who gave none. */
export function madeUpName({ username, email }: Pick<User, 'username' | 'email'>): string {
  return username ?? email?.split('@', 1)[0] ?? ''
}

/** What is wrong with new values. */
export function detailProblems(details: Details): FieldProblems {
  const wrong = Object.entries(details).flatMap(([name, { trimmed }]): [string, string[]][] => {
    if (trimmed === '') return []
    const checked = displayName(trimmed)
    return checked.ok ? [] : [[name, [`${nameMessages[checked.because]}.`]]]
  })
  return Object.fromEntries(wrong)
}

/** A person as they would be with new values, which have no problems. */
export function withDetails<P extends Pick<User, 'name' | 'claims'>>(person: P, details: Details): P {
  const { given_name: given, family_name: family, ...others } = person.claims
  const names = {
    ...named('given_name', details.first_name?.trimmed ?? given),
    ...named('family_name', details.last_name?.trimmed ?? family),
  }
  const isRenamed = details.first_name !== undefined || details.last_name !== undefined
  const full = [names['given_name'], names['family_name']].filter(Boolean).join(' ')
  const wanted = details.name?.trimmed ?? (isRenamed ? full : '')
  const name = displayName(wanted)
  return { ...person, claims: { ...others, ...names }, name: name.ok ? name.name : person.name }
}

/** The writes that make a person what they were changed to. */
export function saveDetails(database: Database, now: Instant, before: User, after: User): WriteSet {
  const isSame = JSON.stringify(before.claims) === JSON.stringify(after.claims)
  return [
    before.name === after.name ? null : renameUser(database, now, after.id, after.name),
    isSame ? null : changeClaims(database, now, after.id, after.claims),
  ]
}

function named(claim: string, value: unknown): Record<string, string> {
  return typeof value === 'string' && value !== '' ? { [claim]: value } : {}
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
