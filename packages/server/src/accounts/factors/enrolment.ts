// Setting up an authenticator application. The new secret waits in the form itself, sealed for one person in one browser;
// nothing is stored, and nothing counts, before a code of it was typed.
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import { type Platform, productName } from '../../platform/platform.ts'
import { toldOf } from '../letters/told-of.ts'
import { type Authentication, byTotp } from '../sessions/session.ts'
import { signInNameOf } from '../users/sign-in-name.ts'
import type { User } from '../users/users.store.ts'
import { totpOf } from './factors.store.ts'
import { insertTotp, newRecoveryCodes, replaceTotp } from './factors.ts'
import { otpauthAddress, readableSecret } from './otpauth.ts'
import { secretBytes, stepOfCode, type TotpSecret, typedCode, usualShape } from './totp.ts'

/** What an application is told: `address` as a QR code or a link, `secret` to be typed. `ticket` stands for it in the form. */
export interface Enrolment {
  readonly ticket: string
  readonly secret: string
  readonly address: string
}

/** What came of the code that a person typed. */
export type Enrolled =
  | {
      readonly ok: true
      readonly authentication: Authentication
      /** To be shown, now and never again. */
      readonly codes: readonly string[]
      /** To commit together with a session; they lose `factor` when another one was set up meanwhile. */
      readonly writes: WriteSet
    }
  /** `over`: nothing that was begun here, or too long ago. */
  | { readonly ok: false; readonly because: 'over' | 'missing' | 'wrong' }

interface Sealed {
  readonly userId: string
  readonly secret: string
  readonly expiresAt: number
}

/** Seconds that a person has to type the first code. */
const enrolSeconds = 900

const tickets = ticketsOf<Sealed>('second factor set-up')

/** Draws a secret, or goes on with the one that a form has brought. */
export function beginEnrolment(
  platform: Platform,
  request: Incoming,
  user: User,
  brought?: string | undefined,
): Enrolment {
  const { runtime, issuer } = platform
  const open = openTicket(platform, request, user.id, brought)
  const secret = open ?? Buffer.from(runtime.secret(secretBytes), 'base64url')
  const ticket =
    open !== null && brought !== undefined
      ? brought
      : tickets.seal(platform, request, {
          userId: user.id,
          secret: Buffer.from(secret).toString('base64url'),
          expiresAt: runtime.now() + enrolSeconds,
        })
  const totp = { ...usualShape, secret }
  return {
    ticket,
    secret: readableSecret(secret),
    address: otpauthAddress(totp, `${productName} ${issuer.host}`, signInNameOf(user)),
  }
}

/**
 * Holds the first code against the secret of the form. The code is used up by it, so that it is no second proof (MF-01).
 * What was set up before is replaced, its recovery codes too.
 */
export async function finishEnrolment(platform: Platform, request: Incoming, user: User): Promise<Enrolled> {
  const { form } = request
  const secret = openTicket(platform, request, user.id, form.get('ticket'))
  if (secret === null) return { ok: false, because: 'over' }
  const typed = form.get('otp')
  if (typed === undefined) return { ok: false, because: 'missing' }
  const totp: TotpSecret = { ...usualShape, secret }
  const code = typedCode(typed)
  const step = code === null ? null : stepOfCode(totp, code, platform.runtime.now(), 0)
  if (step === null) return { ok: false, because: 'wrong' }
  const present = await totpOf(platform.database, user.id)
  const { codes, writes } = newRecoveryCodes(platform, user.id)
  const factor = 'an authenticator app'
  return {
    ok: true,
    authentication: byTotp,
    codes,
    writes: [
      present === null
        ? insertTotp(platform, user.id, totp, step)
        : replaceTotp(platform, present, totp, step),
      writes,
      toldOf(platform, user, { what: 'factor.added', factor }, request),
    ],
  }
}

function openTicket(
  platform: Platform,
  request: Incoming,
  userId: string,
  sealed: string | undefined,
): Uint8Array | null {
  const ticket = tickets.open(platform, request, sealed)
  if (ticket === null || ticket.userId !== userId || ticket.expiresAt <= platform.runtime.now()) return null
  return Buffer.from(ticket.secret, 'base64url')
}
