// Mailing the proof of an address once more, for anybody who gives one: whoever asks gets the same answer after the same
// work, whether or not there is somebody who has to prove it (C26).
import { verifyLetter } from '../../accounts/addresses/address.letter.ts'
import { mayVerify, verificationWrites } from '../../accounts/addresses/addresses.ts'
import { type Credential, credentialNear } from '../../accounts/credentials/passwords.store.ts'
import { drawForNobody, type LinkTo, nobodyNamed, proofSeconds } from '../../accounts/proofs/proofs.ts'
import { type Canonical, canonicalEmail } from '../../accounts/users/identifiers.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'

/** @param typed the address as it was typed */
export async function resendVerification(
  platform: Platform,
  request: Pick<Incoming, 'peer'>,
  typed: string,
  linkTo: LinkTo | undefined,
): Promise<void> {
  const { database, mail } = platform
  const address = canonicalEmail(typed)
  if (address === null || !mail.isOpen) return
  const { found, like } = await credentialNear(database, { kind: 'email', value: address })
  if (!(await mail.mayPost(address, request.peer))) return
  await database.commit(
    found !== null && mayVerify(found)
      ? verificationWrites(platform, request, found, address, linkTo)
      : forNobody(platform, request, address, like),
  )
}

/** The same writes as for somebody, which come to nothing. */
function forNobody(
  platform: Platform,
  { peer }: Pick<Incoming, 'peer'>,
  address: Canonical,
  like: Credential | null,
): WriteSet {
  const { database, issuer, mail, runtime } = platform
  const { secret, write } = drawForNobody(platform, 'address.verify', address, like)
  const seconds = proofSeconds['address.verify']
  const link = issuer.at(`/${secret}`)
  const words = verifyLetter(issuer, { address, link, seconds }, false)
  const userId = nobodyNamed(platform, address)
  return [
    write,
    mail.pretend({ kind: 'address.verify', until: runtime.now() + seconds, ...words }),
    event(database, runtime, { type: 'address.verification_requested', userId, peer }),
  ]
}
