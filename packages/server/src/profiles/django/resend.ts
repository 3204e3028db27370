// Mailing the proof of an address once more, for anybody who gives one: whoever asks gets the same answer after the same
// work, whether or not there is somebody who has to prove it (C26).
import { verifyLetter } from '../../accounts/addresses/address.letter.ts'
import { requestVerification } from '../../accounts/addresses/addresses.ts'
import { drawForNobody, type LinkTo, proofSeconds } from '../../accounts/proofs/proofs.ts'
import { type Canonical, canonicalEmail } from '../../accounts/users/identifiers.ts'
import { userByIdentifier } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'

/** @param typed the address as it was typed */
export async function resendVerification(
  platform: Platform,
  request: Incoming,
  typed: string,
  linkTo: LinkTo | undefined,
): Promise<void> {
  const { database, mail } = platform
  const address = canonicalEmail(typed)
  if (address === null || !mail.isOpen) return
  const user = await userByIdentifier(database, { kind: 'email', value: address })
  if (user !== null && !user.emailVerified && user.disabledAt === null) {
    return requestVerification(platform, request, user, linkTo)
  }
  if (await mail.mayPost(address, request.peer)) await database.commit(forNobody(platform, address))
}

/** The same writes as for somebody, which come to nothing. */
function forNobody(platform: Platform, address: Canonical): WriteSet {
  const { issuer, mail, runtime } = platform
  const { secret, write } = drawForNobody(platform, 'address.verify', address)
  const seconds = proofSeconds['address.verify']
  const link = issuer.at(`/${secret}`)
  const words = verifyLetter(issuer, { address, link, seconds }, false)
  return [write, mail.pretend({ kind: 'address.verify', until: runtime.now() + seconds, ...words })]
}
