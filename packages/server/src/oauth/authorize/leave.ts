// Whether somebody who has just arrived is sent on at once with an error (RFC 9700 §4.11.2). Whoever may register a client
// could otherwise make of this server's address one that leads anywhere, by a request that is wrong on purpose.
import { isLoopback, type Parameters } from '@countersign/protocol'
import type { OAuthRoom } from '../room.ts'
import type { Addressee } from './examine.ts'
import { describesItself, hostOf } from './party.ts'

/**
 * The host that only the person themselves may go on to; null where an error may be sent by itself: to who an operator
 * vouches for, to programs of this computer, and where nobody is to see anything (`prompt=none`).
 *
 * @param sent the request as it arrived
 */
export async function hostToAskAbout(
  { platform, rules }: OAuthRoom,
  { client, redirect: { uri } }: Addressee,
  sent: Parameters,
): Promise<string | null> {
  if (rules.sendsErrorsAnywhere || isLoopback(uri) || isSilent(sent)) return null
  return (await describesItself(platform, client.id)) ? hostOf(uri) : null
}

function isSilent(sent: Parameters): boolean {
  return sent.all('prompt').join() === 'none'
}
