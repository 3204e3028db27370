// Signing in with a passkey alone: the key says who comes, and its authenticator has verified the person, so that it is
// two factors at once and nothing more is asked. Fields `passkey` and `passkey_ticket` of the sign-in page.
import type { PasswordDoor } from '../../accounts/credentials/prove-password.ts'
import { newChallenge } from '../../accounts/passkeys/challenges.ts'
import { requestOptions } from '../../accounts/passkeys/options.ts'
import { type AskedFor, provePasskey } from '../../accounts/passkeys/prove-passkey.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Method } from './method.ts'

const asked: AskedFor = { purpose: 'sign-in', userId: null, verification: 'required' }

/** A passkey. */
export function passkeyMethod(platform: Platform, { limits }: PasswordDoor): Method {
  return {
    name: 'passkey',
    begin: async () => ({ kind: 'form' }),
    finish: async (request) => {
      const proof = await provePasskey(platform, limits, request, asked)
      if (proof.ok || proof.because === 'limited') return proof
      return { ok: false, because: proof.because === 'expired' ? 'expired' : 'unproven' }
    },
  }
}

/** What the sign-in page asks an authenticator for; null where browsers have no passkeys for us. */
export function askForPasskey(
  platform: Platform,
  request: Incoming,
): { readonly options: object; readonly ticket: string } | null {
  if (platform.issuer.domain === null) return null
  const { challenge, ticket } = newChallenge(platform, request, asked.purpose, asked.userId)
  return { options: requestOptions(platform, challenge, asked.verification), ticket }
}
