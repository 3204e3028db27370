// djoser's views that change what somebody signs in with: the password, and the name. Each asks for the current password.
import { canonicalUsername } from '../../accounts/users/identifiers.ts'
import { changeUsername, type User, userByIdentifier } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Asker } from '../django/asker.ts'
import { mayBeCalled, toldOfName } from '../django/details.ts'
import { changeOwn, proveOwn } from '../django/own-password.ts'
import { passwordProblems } from '../django/policy-words.ts'
import { takenUsername, usernameProblem } from '../django/sign-up.ts'
import { codeIn } from '../second-factor.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, nothing, throttled } from '../wire/view.routes.ts'
import type { DjoserRoom } from './room.ts'
import { changeAddress, notProven, passwordsDiffer } from './users.ts'

/** 204; everything ends that lived by the old password, but for what was asked with. */
export async function setPassword(
  room: DjoserRoom,
  request: Incoming,
  asker: Asker,
  members: Members,
): Promise<Outgoing> {
  const { setPasswordRetype, logoutOnPasswordChange } = room.settings
  const fields = readForm(members, {
    new_password: {},
    re_new_password: setPasswordRetype ? {} : undefined,
    current_password: {},
  })
  if (!fields.ok) return answer(400, fields.body)
  const { current_password: current, new_password: wanted, re_new_password: again } = fields.values
  const proven = await proveOwn(room, request, asker.user, current)
  if (!proven.ok) return notProven(proven)
  const problems = await passwordProblems(room.platform, wanted.sent, asker.user)
  const refusal =
    problems.length > 0
      ? { new_password: problems }
      : setPasswordRetype && again?.sent !== wanted.sent
        ? passwordsDiffer
        : null
  if (refusal !== null) {
    await room.platform.database.commit([proven.settled])
    return answer(400, refusal)
  }
  const old = proven.credential.password?.sealedHash ?? null
  const change = { asker, proven, old, wanted: wanted.sent, endsOwn: logoutOnPasswordChange }
  const isChanged = await changeOwn(room, request, change)
  return isChanged ? nothing() : notProven({ because: 'refused' })
}

/** 204. An address changes only once the new one is proven. */
export async function setLogin(
  room: DjoserRoom,
  request: Incoming,
  asker: Asker,
  members: Members,
): Promise<Outgoing> {
  const { loginField, setUsernameRetype } = room.settings
  const wantedName = `new_${loginField}`
  const fields = readForm(members, {
    current_password: {},
    wanted: { named: wantedName, longest: loginField === 'email' ? 254 : 150, email: loginField === 'email' },
    again: setUsernameRetype ? { named: `re_${wantedName}` } : undefined,
  })
  if (!fields.ok) return answer(400, fields.body)
  const { current_password: current, wanted, again } = fields.values
  if (setUsernameRetype && again?.trimmed !== wanted.trimmed) return answer(400, namesDiffer(loginField))
  if (loginField === 'email') {
    const asked = { email: wanted, current, code: codeIn(members) }
    return (await changeAddress(room, request, asker, asked)) ?? nothing()
  }
  const problem = usernameProblem(wanted.trimmed)
  if (problem !== null) return answer(400, { [wantedName]: [problem] })
  const proven = await proveOwn(room, request, asker.user, current)
  if (!proven.ok) return notProven(proven)
  return rename(room, request, asker.user, {
    wanted: wanted.trimmed,
    proof: proven.writes,
    refusal: { current_password: ['Invalid password.'] },
  })
}

/** What is said of two names that should be one. */
export function namesDiffer(loginField: string): unknown {
  return { non_field_errors: [`The two ${loginField} fields didn't match.`] }
}

/** Another user name, the writes of what allows it, and what is said when they are lost. */
export interface Renaming {
  readonly wanted: string
  readonly proof: WriteSet
  readonly refusal: unknown
}

/** Gives a person another user name. */
export async function rename(
  { platform }: DjoserRoom,
  request: Incoming,
  user: User,
  { wanted, proof, refusal }: Renaming,
): Promise<Outgoing> {
  const { database, runtime } = platform
  const { id: userId } = user
  const value = canonicalUsername(wanted)
  const reserved = await mayBeCalled(platform, user, value)
  if (!reserved.ok) return throttled(reserved.retryAfter)
  const committed = await database.commit([
    proof,
    changeUsername(database, runtime.now(), userId, value),
    toldOfName(platform, user, value, request),
    event(database, runtime, {
      type: 'user.updated',
      userId,
      peer: request.peer,
      detail: { fields: ['username'] },
    }),
  ])
  if (committed.ok) return nothing()
  const holder = value && (await userByIdentifier(database, { kind: 'username', value }))
  const isTaken = holder !== null && holder.id !== userId
  return answer(400, isTaken ? { new_username: [takenUsername] } : refusal)
}
