// What Django's user model calls the parts of a person, read and changed.
import { toldOf } from '../../accounts/letters/told-of.ts'
import { displayName, nameMessages } from '../../accounts/users/display-name.ts'
import { changeDetails, type User, userById } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import { type Flow, type Reserved, reserve } from '../../platform/limits/limits.ts'
import type { Platform } from '../../platform/platform.ts'
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

/** Names that one person may ask for: whether somebody has one is told, and of each that they get there is a letter. */
const renames: Flow = { burst: 10, seconds: 3600 }

/** Whether somebody may ask for this name by now (C26, PW-24); the one that they have is free. */
export function mayBeCalled(platform: Platform, user: User, name: string | null): Promise<Reserved> {
  if (name === user.username) return Promise.resolve({ ok: true })
  return reserve(platform, `rename/${user.id}`, renames)
}

/** The letter to who is called otherwise from now on (PW-27); none where the name is the one from before. */
export function toldOfName(
  platform: Platform,
  user: User,
  name: string | null,
  request: Pick<Incoming, 'headers' | 'peer'>,
): WriteSet {
  if (name === null || name === user.username) return []
  return toldOf(platform, user, { what: 'username.changed', to: name }, request)
}

/** Each time somebody else has changed them first. */
const attempts = 5

/**
 * Changes parts of a person. Those that weren't given stay as they are by then, whoever changes them at the same moment.
 *
 * @param before as they were read
 * @param also further writes of the same commit
 * @returns the person as they are from then on; null where `also` lost a guard, or the person is gone
 * @throws Busy when others were always faster
 */
export async function saveDetails(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  before: User,
  details: Details,
  also: WriteSet,
): Promise<User | null> {
  let user: User | null = before
  for (let attempt = 1; user !== null && attempt <= attempts; attempt++) {
    const changed: User = withDetails(user, details)
    const committed = await database.commit([changeDetails(database, runtime.now(), user, changed), also])
    if (committed.ok) return changed
    if (committed.lost !== 'details') return null
    user = await userById(database, before.id)
  }
  if (user === null) return null
  throw new Busy('Many change the same person.')
}

function named(claim: string, value: unknown): Record<string, string> {
  return typeof value === 'string' && value !== '' ? { [claim]: value } : {}
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
