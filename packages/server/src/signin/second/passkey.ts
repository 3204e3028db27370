// A passkey as the second step: it may be one whose authenticator feels a touch and asks for nothing, since a password
// came before. Nobody is held to it who has no other second factor: a passkey that isn't at hand must not shut out who
// came with a password (decision 41). Fields `passkey` and `passkey_ticket`.
import { newChallenge } from '../../accounts/passkeys/challenges.ts'
import { requestOptions } from '../../accounts/passkeys/options.ts'
import { type AskedFor, provePasskey } from '../../accounts/passkeys/prove-passkey.ts'
import { usablePasskeysOf } from '../../accounts/passkeys/usable.ts'
import { passkeyFactorProblems, passkeyShown } from './second.page.ts'
import type { SecondFactor } from './second-factor.ts'

const askedOf = (userId: string): AskedFor => ({ purpose: 'second', userId, verification: 'preferred' })

/** A passkey. */
export const passkey: SecondFactor = {
  name: 'passkey',
  demanded: false,
  switchTo: 'Use a passkey',
  standing: async (platform, userId) => {
    const own = await usablePasskeysOf(platform, userId)
    return own.length === 0 ? null : own.map(({ id }) => id).join()
  },
  show: async (platform, request, userId) => {
    const { purpose, verification } = askedOf(userId)
    const among = await usablePasskeysOf(platform, userId)
    const { challenge, ticket } = newChallenge(platform, request, purpose, userId)
    return passkeyShown({ options: requestOptions(platform, challenge, verification, among), ticket })
  },
  check: async (platform, { limits }, request, userId) => {
    const proof = await provePasskey(platform, limits, request, askedOf(userId))
    if (proof.ok || proof.because === 'limited') return proof
    const problem = passkeyFactorProblems[proof.because]
    return { ok: false, because: proof.because === 'missing' ? 'missing' : 'refused', problem }
  },
}
