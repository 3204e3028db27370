// The second step of dj-rest-auth's own wire for second factors (`dj_rest_auth.mfa`): a right password gives a token that
// opens nothing, and with a code of the factor a key or tokens. The token is good for five minutes, and while the
// password is the one that was proven.
import { isJsonObject } from '@countersign/protocol'
import { passwordVersion } from '../../accounts/credentials/password-version.ts'
import {
  type Credential,
  credentialOfUser,
  passwordStands,
} from '../../accounts/credentials/passwords.store.ts'
import { proveCode } from '../../accounts/factors/prove-code.ts'
import { byPassword, together } from '../../accounts/sessions/session.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import { notLetIn } from '../django/let-in.ts'
import { isOpen, openFamily } from '../enter.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, throttled } from '../wire/view.routes.ts'
import type { RestAuthRoom } from './room.ts'
import { entranceOf, give, refuseForeign } from './tokens.ts'

const place = 'dj-rest-auth/second step'
/** As MFA_EPHEMERAL_TOKEN_TIMEOUT. */
const seconds = 300

interface Sealed {
  readonly userId: string
  readonly password: string
  readonly expiresAt: number
}

/**
 * What somebody is told whose password is right, and who has a second factor.
 *
 * @param proven with the password that was right; one that was changed since opens nothing
 */
export async function secondStep(
  { platform }: Pick<RestAuthRoom, 'platform'>,
  proven: Credential,
): Promise<Outgoing> {
  const { database, runtime, vault } = platform
  // The sign-in may have brought its hash up to date, which is no change of the password.
  const credential = await credentialOfUser(database, proven.user.id)
  const password = credential && passwordVersion(credential)
  const isThatOne = credential?.password?.changedAt === proven.password?.changedAt
  if (credential === null || password === null || !isThatOne) return answer(400, notLetIn)
  const sealed: Sealed = { userId: credential.user.id, password, expiresAt: runtime.now() + seconds }
  const token = vault.seal(place, JSON.stringify(sealed))
  return answer(200, { ephemeral_token: token, mfa_required: true })
}

/** A key or tokens for that token and a code of the second factor, or a recovery code. */
export async function verifySecond(
  room: RestAuthRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const foreign = refuseForeign(room, request)
  if (foreign !== null) return foreign
  const fields = readForm(members, { ephemeral_token: {}, code: { longest: 64 } })
  if (!fields.ok) return answer(400, fields.body)
  const { ephemeral_token: token, code } = fields.values
  const proven = await provenBy(room, token.trimmed)
  if (proven === null) return answer(400, { ephemeral_token: ['Invalid or expired token.'] })
  const { platform, door } = room
  const { user, password } = proven
  if (room.settings.accountEmailVerification === 'mandatory' && !user.emailVerified) {
    return answer(400, { non_field_errors: ['E-mail is not verified.'] })
  }
  const attempt = { limits: door.limits, request, userId: user.id, code: code.trimmed }
  const proof = await proveCode(platform, attempt)
  const invalidCode = answer(400, { code: ['Invalid code.'] })
  if (!proof.ok) return proof.because === 'limited' ? throttled(proof.retryAfter) : invalidCode
  const entrance = entranceOf(room)
  const authentication = together(byPassword, proof.authentication)
  const opened = openFamily(room, request, { userId: user.id, authentication, ...entrance })
  if (opened === null || !(await isOpen(platform, entrance.clientId))) return answer(400, notLetIn)
  const given = await give(room, { user, family: opened.family })
  const committed = await platform.database.commit([
    passwordStands(platform.database, user.id, password),
    proof.writes,
    opened.writes,
    given.writes,
  ])
  if (committed.ok) return given.answer
  return committed.lost === 'factor' ? invalidCode : answer(400, notLetIn)
}

interface Proven {
  readonly user: Credential['user']
  readonly password: NonNullable<Credential['password']>
}

async function provenBy({ platform }: RestAuthRoom, token: string): Promise<Proven | null> {
  const sealed = opened(platform.vault, token)
  if (sealed === null || sealed.expiresAt <= platform.runtime.now()) return null
  const credential = await credentialOfUser(platform.database, sealed.userId)
  if (credential === null || credential.password === null || credential.user.disabledAt !== null) return null
  return passwordVersion(credential) === sealed.password
    ? { user: credential.user, password: credential.password }
    : null
}

function opened(vault: RestAuthRoom['platform']['vault'], token: string): Sealed | null {
  try {
    const value: unknown = JSON.parse(vault.open(place, token))
    return isJsonObject(value) ? (value as unknown as Sealed) : null
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}
