// dj-rest-auth's views of mailed links. Whoever asks for one gets the same answer for anybody.
import { confirmAddress } from '../../accounts/addresses/addresses.ts'
import { requestReset } from '../../accounts/recovery/request-reset.ts'
import { resetOf, resetPassword } from '../../accounts/recovery/reset-password.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { linkFrom } from '../django/mailed-links.ts'
import { passwordWords } from '../django/policy-words.ts'
import { resendVerification } from '../django/resend.ts'
import { idInUid } from '../django/uid.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer } from '../wire/view.routes.ts'
import { newPasswordProblems } from './person.ts'
import type { RestAuthRoom } from './room.ts'

const address = { email: { email: true } } as const

/** 200 for anybody. */
export async function resetByMail(
  room: RestAuthRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { platform, door, settings } = room
  const fields = readForm(members, address)
  if (!fields.ok) return answer(400, fields.body)
  const linkTo = linkFrom(settings.passwordResetConfirmUrl)
  await requestReset(platform, door, request, { name: fields.values.email.trimmed, linkTo })
  return answer(200, { detail: 'Password reset e-mail has been sent.' })
}

/** 200, and the password is another one. Nobody is in by that, and whoever was is out. */
export async function confirmReset(
  room: RestAuthRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { platform, door } = room
  const fields = readForm(members, {
    new_password1: { longest: 128 },
    new_password2: { longest: 128 },
    uid: {},
    token: {},
  })
  if (!fields.ok) return answer(400, fields.body)
  const { uid, token, new_password1: wanted, new_password2: again } = fields.values
  const id = idInUid(uid.trimmed)
  if (id === null) return answer(400, { uid: ['Invalid value'] })
  const owned = await resetOf(platform, token.trimmed)
  const invalidToken = { token: ['Invalid value'] }
  if (owned === null || owned.owner.user.id !== id) return answer(400, invalidToken)
  const said = await newPasswordProblems(room, owned.owner, wanted.sent, again.sent)
  if (said.length > 0) return answer(400, { new_password2: said })
  const reset = await resetPassword(platform, door, request, token.trimmed, wanted.sent)
  if (reset.kind === 'done') {
    return answer(200, { detail: 'Password has been reset with the new password.' })
  }
  const findings = reset.kind === 'findings' ? passwordWords(platform, reset.findings) : null
  return answer(400, findings === null ? invalidToken : { new_password2: findings })
}

/** 200, and the address is proven. */
export async function verifyEmail(
  { platform }: RestAuthRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const fields = readForm(members, { key: {} })
  if (!fields.ok) return answer(400, fields.body)
  const confirmed = await confirmAddress(platform, request, fields.values.key.trimmed)
  return confirmed.kind === 'done' ? answer(200, { detail: 'ok' }) : answer(404, { detail: 'Not found.' })
}

/** 200 for anybody. */
export async function resendEmail(
  { platform, settings }: RestAuthRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const fields = readForm(members, { email: { optional: true, email: true } })
  if (!fields.ok) return answer(400, fields.body)
  const linkTo = linkFrom(settings.accountConfirmEmailUrl)
  await resendVerification(platform, request, fields.values.email?.trimmed ?? '', linkTo)
  return answer(200, { detail: 'ok' })
}
