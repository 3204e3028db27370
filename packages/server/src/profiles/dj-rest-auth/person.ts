// What whoever is in sees and changes of themself by dj-rest-auth: their details, their password.

import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import { canonicalUsername } from '../../accounts/users/identifiers.ts'
import { changeUsername } from '../../accounts/users/users.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Asker } from '../django/asker.ts'
import { detailProblems, detailRules, mayBeCalled, saveDetails, toldOfName } from '../django/details.ts'
import { changeOwn, proveOwn } from '../django/own-password.ts'
import { passwordProblems } from '../django/policy-words.ts'
import { takenUsername, usernameProblem } from '../django/sign-up.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, throttled } from '../wire/view.routes.ts'
import { detailsOf, type RestAuthRoom } from './room.ts'

const fieldRule = { longest: 128 } as const
/** The words of Django's form, with its apostrophe. */
const differ = 'The two password fields didn’t match.'

/** PUT and PATCH; the address and the number stay what they are. */
export async function updateDetails(
  room: RestAuthRoom,
  request: Incoming,
  { user }: Asker,
  members: Members,
  isWhole: boolean,
): Promise<Outgoing> {
  const { first_name, last_name } = detailRules
  const fields = readForm(members, { username: { optional: !isWhole, longest: 150 }, first_name, last_name })
  if (!fields.ok) return answer(400, fields.body)
  const { username, ...details } = fields.values
  const isRenamed = username !== undefined && username.trimmed !== (user.username ?? user.email)
  const unfit = isRenamed ? usernameProblem(username.trimmed) : null
  const problems = { ...detailProblems(details), ...(unfit !== null && { username: [unfit] }) }
  if (Object.keys(problems).length > 0) return answer(400, problems)
  const name = isRenamed ? canonicalUsername(username.trimmed) : user.username
  const reserved = await mayBeCalled(room.platform, user, name)
  if (!reserved.ok) return throttled(reserved.retryAfter)
  const { database, runtime } = room.platform
  const changed = await saveDetails(room.platform, user, details, [
    isRenamed ? changeUsername(database, runtime.now(), user.id, name) : null,
    isRenamed ? toldOfName(room.platform, user, name, request) : null,
    event(database, runtime, {
      type: 'user.updated',
      userId: user.id,
      peer: request.peer,
      detail: { fields: Object.keys(fields.values) },
    }),
  ])
  return changed === null
    ? answer(400, { username: [takenUsername] })
    : answer(200, await detailsOf(room, { ...changed, username: name }))
}

/** Asks for the old password, which the original does only where it is told to (PW-06). */
export async function changePassword(
  room: RestAuthRoom,
  request: Incoming,
  asker: Asker,
  members: Members,
): Promise<Outgoing> {
  const { settings, platform } = room
  const needsOld = !settings.dangerChangeWithoutOldPassword
  const fields = readForm(members, {
    old_password: needsOld ? fieldRule : undefined,
    new_password1: fieldRule,
    new_password2: fieldRule,
  })
  if (!fields.ok) return answer(400, fields.body)
  const { old_password: current, new_password1: wanted, new_password2: again } = fields.values
  const proven = current === undefined ? null : await proveOwn(room, request, asker.user, current)
  if (proven?.ok === false) return notProven(proven)
  const said = await newPasswordProblems(room, asker, wanted.sent, again.sent)
  if (said.length > 0) {
    await platform.database.commit([proven?.settled ?? []])
    return answer(400, { new_password2: said })
  }
  const credential = proven?.credential ?? (await credentialOfUser(platform.database, asker.user.id))
  const old = credential?.password?.sealedHash ?? null
  const endsOwn = settings.logoutOnPasswordChange
  const isChanged = await changeOwn(room, request, { asker, proven, old, wanted: wanted.sent, endsOwn })
  return isChanged
    ? answer(200, { detail: 'New password has been saved.' })
    : notProven({ because: 'refused' })
}

function notProven(
  proof: { readonly because: 'refused' } | { readonly because: 'limited'; readonly retryAfter: number },
): Outgoing {
  if (proof.because === 'limited') return throttled(proof.retryAfter)
  const said = 'Your old password was entered incorrectly. Please enter it again.'
  return answer(400, { old_password: [said] })
}

/** What Django's form says of a new password, below its second field. */
export async function newPasswordProblems(
  { platform }: RestAuthRoom,
  { user }: Pick<Asker, 'user'>,
  wanted: string,
  again: string,
): Promise<readonly string[]> {
  if (wanted !== again) return [differ]
  return passwordProblems(platform, wanted, user)
}
