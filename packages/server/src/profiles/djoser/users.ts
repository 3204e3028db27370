// djoser's views of people: signing up, and whoever is in looks at, changes and deletes themself. Of anybody else nothing
// is told, not even whether there is such a person.

import { withdrawAllRoles } from '../../access/roles.store.ts'
import { requestAddressChange, requestVerification } from '../../accounts/addresses/addresses.ts'
import { hasSecondFactor } from '../../accounts/factors/factors.ts'
import type { SecondFactorRefusal } from '../../accounts/factors/prove-second.ts'
import { isFresh, isStrong } from '../../accounts/sessions/session.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { canonicalEmail } from '../../accounts/users/identifiers.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { forgetUser } from '../../oauth/forget.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Asker } from '../django/asker.ts'
import {
  type DetailName,
  type Details,
  detailNames,
  detailProblems,
  detailRules,
  saveDetails,
} from '../django/details.ts'
import { lacking } from '../django/let-in.ts'
import { linkFrom } from '../django/mailed-links.ts'
import { proveOwnWhole } from '../django/own-password.ts'
import { passwordProblems } from '../django/policy-words.ts'
import { signUp } from '../django/sign-up.ts'
import { primaryKeyOf } from '../drf-token/key.ts'
import { codeIn } from '../second-factor.ts'
import { type FieldRule, type FieldText, type Members, readForm } from '../wire/fields.ts'
import { answer, nothing, throttled } from '../wire/view.routes.ts'
import { type DjoserRoom, newcomerBody, personBody } from './room.ts'
import type { DjoserSettings } from './settings.ts'

/** What is said of two passwords that should be one. */
export const passwordsDiffer = { non_field_errors: ["The two password fields didn't match."] }
const signUpWords = { password: 'password', emailTaken: 'user with this email address already exists.' }

/** 201 with the new person, who is not in by that. */
export async function create(room: DjoserRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const { settings, platform } = room
  const isOpen = room.signUpOpen && settings.userCreate
  if (!isOpen) return answer(403, { detail: 'You do not have permission to perform this action.' })
  const fields = readForm(members, signUpRules(settings))
  if (!fields.ok) return answer(400, fields.body)
  const { values } = fields
  const { username, email, password, re_password: again } = values
  if (settings.userCreatePasswordRetype && password.sent !== again?.sent) {
    const chooser = { username: username?.trimmed, email: email?.trimmed }
    const problems = await passwordProblems(room.platform, password.sent, chooser)
    return answer(400, problems.length > 0 ? { password: problems } : passwordsDiffer)
  }
  const newcomer = { username, email, password, details: detailsIn(values) }
  const signedUp = await signUp(room, request, newcomer, signUpWords)
  if (signedUp.ok) {
    if (settings.sendActivationEmail) {
      await requestVerification(platform, request, signedUp.user, linkFrom(settings.activationUrl))
    }
    return answer(201, await newcomerBody(room, signedUp.user))
  }
  return signedUp.because === 'limited' ? throttled(signedUp.retryAfter) : answer(400, signedUp.problems)
}

/** The one person that somebody may see: themself. */
export async function list(room: DjoserRoom, { user }: Asker): Promise<Outgoing> {
  return answer(200, [await personBody(room, user)])
}

/** The person themself. */
export async function show(room: DjoserRoom, { user }: Asker): Promise<Outgoing> {
  return answer(200, await personBody(room, user))
}

/** Does something for whoever has this number; 404 where that is not who asks. */
export async function asThemself(
  room: DjoserRoom,
  request: Incoming,
  asker: Asker,
  work: () => Promise<Outgoing>,
): Promise<Outgoing> {
  const own = String(await primaryKeyOf(room, asker.user))
  return request.params['id'] === own ? work() : answer(404, { detail: 'No User matches the given query.' })
}

/** PUT and PATCH. An address changes only once the new one is proven; the answer shows what holds now. */
export async function update(
  room: DjoserRoom,
  request: Incoming,
  asker: Asker,
  members: Members,
  isWhole: boolean,
): Promise<Outgoing> {
  const { settings, platform } = room
  const fields = readForm(members, updateRules(settings, isWhole))
  if (!fields.ok) return answer(400, fields.body)
  const details = detailsIn(fields.values)
  const problems = detailProblems(details)
  if (Object.keys(problems).length > 0) return answer(400, problems)
  const { email, current_password: current } = fields.values
  if (email !== undefined && email.trimmed !== '' && isOther(asker.user, email)) {
    const refusal = await changeAddress(room, request, asker, { email, current, code: codeIn(members) })
    if (refusal !== null) return refusal
  }
  const { database, runtime } = platform
  const names = Object.keys(details)
  if (names.length === 0) return answer(200, await personBody(room, asker.user))
  const { id: userId } = asker.user
  const happened = { type: 'user.updated', userId, peer: request.peer, detail: { fields: names } } as const
  const changed = await saveDetails(platform, asker.user, details, [event(database, runtime, happened)])
  // Who is gone by now has nothing to be shown.
  return answer(200, await personBody(room, changed ?? asker.user))
}

/** 204, and the person is gone with all that they had. */
export async function remove(
  room: DjoserRoom,
  request: Incoming,
  { user }: Asker,
  members: Members,
): Promise<Outgoing> {
  const fields = readForm(members, { current_password: {} })
  if (!fields.ok) return answer(400, fields.body)
  const given = { current: fields.values.current_password, code: codeIn(members) }
  const proof = await proveOwnWhole(room, request, user, given)
  if (!proof.ok) return notProven(proof)
  const { platform } = room
  const committed = await platform.database.commit([
    proof.writes,
    eraseUser(platform, user.id),
    withdrawAllRoles(platform.database, user.id),
    forgetUser(platform.database, user.id),
  ])
  return committed.ok ? nothing() : answer(400, wrongPassword)
}

const wrongPassword = { current_password: ['Invalid password.'] }

/** What is said when the current password was not it. */
export function notProven(
  proof:
    | { readonly because: 'refused' | SecondFactorRefusal }
    | { readonly because: 'limited'; readonly retryAfter: number },
): Outgoing {
  if (proof.because === 'limited') return throttled(proof.retryAfter)
  return answer(400, proof.because === 'refused' ? wrongPassword : lacking(proof.because))
}

/**
 * Begins the change of an address, by which a password could be changed as well: so only for who has just come in, or
 * sends the current password along, each with the second factor of whoever has one (SE-09, MF-06).
 *
 * @returns null when it is under way
 */
export async function changeAddress(
  room: DjoserRoom,
  request: Incoming,
  { user, family }: Asker,
  { email, current, code }: AddressWanted,
): Promise<Outgoing | null> {
  const { platform, settings } = room
  if (current !== undefined) {
    const proof = await proveOwnWhole(room, request, user, { current, code })
    if (!proof.ok) return notProven(proof)
    const committed = await platform.database.commit([proof.settled])
    if (!committed.ok) return notProven({ because: 'refused' })
  } else if (!(await hasJustCome(room, user, family))) {
    return answer(400, { current_password: ['This field is required.'] })
  }
  const asked = await requestAddressChange(platform, request, user, email.trimmed)
  if (asked.kind === 'requested' || asked.because === 'same') return null
  const said =
    asked.because === 'malformed'
      ? 'Enter a valid email address.'
      : 'An address can’t be changed while this server sends no mail.'
  return answer(400, { [settings.loginField === 'email' ? 'new_email' : 'email']: [said] })
}

/** Another address, and what is given to prove who wants it. */
export interface AddressWanted {
  readonly email: FieldText
  readonly current: FieldText | undefined
  /** Of the second factor; null where none was sent. */
  readonly code: string | null
}

async function hasJustCome(
  { platform }: DjoserRoom,
  { id }: User,
  family: Asker['family'],
): Promise<boolean> {
  if (family === null) return false
  const authenticatedAt = family.granted.authenticatedAt as Instant
  if (!isFresh({ authenticatedAt }, platform.runtime.now())) return false
  return isStrong(family.granted) || !(await hasSecondFactor(platform, id))
}

function isOther({ email }: User, { trimmed }: FieldText): boolean {
  return canonicalEmail(trimmed) !== email
}

function detailsIn(values: Readonly<Record<string, FieldText | undefined>>): Details {
  const given = detailNames.flatMap((name): [DetailName, FieldText][] => {
    const value = values[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(given)
}

type Field = DjoserSettings['fields'][number]
/** Fields that are read; a name without a rule is ignored. */
type FormRules = { readonly [F in Field]?: FieldRule }

const usualRules: Required<FormRules> = {
  ...detailRules,
  username: { optional: true, longest: 150 },
  email: { optional: true, mayBeBlank: true, longest: 254, email: true },
}

/** @param must those of the names that may not be left out */
function rulesOf(names: readonly Field[], must: readonly Field[] = []): FormRules {
  const ruleOf = (name: Field): FieldRule =>
    must.includes(name) ? { ...usualRules[name], optional: false, mayBeBlank: false } : usualRules[name]
  return Object.fromEntries(names.map((name) => [name, ruleOf(name)]))
}

function signUpRules(settings: DjoserSettings) {
  const { fields, loginField, requiredFields, sendActivationEmail, userCreatePasswordRetype } = settings
  const must: readonly Field[] = [
    loginField,
    ...requiredFields,
    ...(sendActivationEmail ? ['email' as const] : []),
  ]
  return {
    ...rulesOf([...fields, ...must], must),
    password: {},
    re_password: userCreatePasswordRetype ? {} : undefined,
  }
}

function updateRules({ fields, loginField, requiredFields }: DjoserSettings, isWhole: boolean) {
  // The name that somebody signs in with has a view of its own for its change.
  const open = fields.filter((name) => name !== loginField && name !== 'username')
  return { ...rulesOf(open, isWhole ? requiredFields : []), current_password: { optional: true } } as const
}
