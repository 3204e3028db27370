// Telling a person by mail that they are asked something (CIBA §7.3: how they are reached is ours to choose). As often
// as anybody may be written to; whoever has had enough letters still finds the request on their account page.
import type { Write } from '../../platform/db/engine.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { askingWords } from './asking.letter.ts'
import type { Whom } from './whom.ts'

/**
 * The letter of a request, for its commit; null where none may be sent.
 *
 * INVARIANT: the same work for whoever is asked, and for a name that nobody has.
 * @param seconds until the request is over
 */
export async function askingLetter(
  { platform }: OAuthRoom,
  client: Pick<Client, 'name'>,
  { userId, email, countedAs }: Whom,
  seconds: number,
): Promise<Write | null> {
  const { mail, issuer, runtime } = platform
  if (!mail.isOpen) return null
  // The client has authenticated, and is limited by whom it asks.
  if (!(await mail.mayPost(email ?? countedAs, null))) return null
  const now = runtime.now()
  const letter = {
    kind: 'request.waiting',
    until: now + seconds,
    ...askingWords(issuer, { clientName: client.name, seconds, to: email }),
  } as const
  return userId === null || email === null
    ? mail.pretend(letter)
    : mail.post({ ...letter, to: email, userId })
}
