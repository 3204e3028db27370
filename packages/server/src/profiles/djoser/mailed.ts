// djoser's views of mailed links: activation, and a new password for who forgot theirs. Whoever asks for a link gets the
// same answer for anybody. A token is ours (see proofs.ts), good once; `uid` has to name the same person.
import { parseOpaque } from '@countersign/protocol'
import { confirmAddress, verificationOf } from '../../accounts/addresses/addresses.ts'
import type { Owned } from '../../accounts/proofs/proofs.ts'
import { requestReset } from '../../accounts/recovery/request-reset.ts'
import { resetOf, resetPassword } from '../../accounts/recovery/reset-password.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { linkFrom } from '../django/mailed-links.ts'
import { passwordWords } from '../django/policy-words.ts'
import { resendVerification } from '../django/resend.ts'
import { idInUid } from '../django/uid.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, nothing } from '../wire/view.routes.ts'
import type { DjoserRoom } from './room.ts'
import { passwordsDiffer } from './users.ts'

/** A `uid` that names nobody. */
export const invalidUid = { uid: ["Invalid user id or user doesn't exist."] }
/** A link that is good for nothing (any more). */
export const invalidToken = { token: ['Invalid token for given user.'] }
/** The one field of a view that mails something. */
export const addressRule = { email: { email: true, longest: 254 } } as const

/** 204, and the address is proven. 403 for a link that was good once, as far as its form tells. */
export async function activate(room: DjoserRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const fields = readForm(members, { uid: {}, token: {} })
  if (!fields.ok) return answer(400, fields.body)
  const { uid, token } = fields.values
  const id = idInUid(uid.trimmed)
  if (id === null) return answer(400, invalidUid)
  const owned = await verificationOf(room.platform, token.trimmed)
  if (isOf(owned, id)) {
    const confirmed = await confirmAddress(room.platform, request, token.trimmed)
    if (confirmed.kind === 'done') return nothing()
  }
  // Whoever follows a link twice has to hear that it is done; whether this one was, and for whom, is told to nobody.
  const wasOnce = owned === null && parseOpaque('csmp', token.trimmed) !== null
  return wasOnce ? answer(403, { detail: 'Stale token for given user.' }) : answer(400, invalidToken)
}

/** 204 for anybody while activation is on, else 400; without content, both. */
export async function resendActivation(
  room: DjoserRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { platform, settings } = room
  const fields = readForm(members, addressRule)
  if (!fields.ok) return answer(400, fields.body)
  if (!settings.sendActivationEmail) return nothing(400)
  const linkTo = linkFrom(settings.activationUrl)
  await resendVerification(platform, request, fields.values.email.trimmed, linkTo)
  return nothing()
}

/** 204 for anybody. */
export async function resetByMail(room: DjoserRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const { platform, door, settings } = room
  const fields = readForm(members, addressRule)
  if (!fields.ok) return answer(400, fields.body)
  const linkTo = linkFrom(settings.passwordResetConfirmUrl)
  await requestReset(platform, door, request, { name: fields.values.email.trimmed, linkTo })
  return nothing()
}

/** 204, and the password is another one. Nobody is in by that, and whoever was is out. */
export async function confirmReset(room: DjoserRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const { platform, door, settings } = room
  const isTwice = settings.passwordResetConfirmRetype
  const fields = readForm(members, {
    uid: {},
    token: {},
    new_password: {},
    re_new_password: isTwice ? {} : undefined,
  })
  if (!fields.ok) return answer(400, fields.body)
  const { uid, token, new_password: wanted, re_new_password: again } = fields.values
  const id = idInUid(uid.trimmed)
  if (id === null) return answer(400, invalidUid)
  if (!isOf(await resetOf(platform, token.trimmed), id)) return answer(400, invalidToken)
  if (isTwice && again?.sent !== wanted.sent) return answer(400, passwordsDiffer)
  const reset = await resetPassword(platform, door, request, token.trimmed, wanted.sent)
  if (reset.kind === 'done') return nothing()
  return answer(
    400,
    reset.kind === 'findings' ? { new_password: passwordWords(platform, reset.findings) } : invalidToken,
  )
}

function isOf(owned: Owned | null, userId: string): boolean {
  return owned?.owner.user.id === userId
}
