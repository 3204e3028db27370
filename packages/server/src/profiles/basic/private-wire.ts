// A password goes with every request of RFC 7617: over https, or within this machine, and no other way (§4).
import type { Incoming } from '../../platform/http/exchange.ts'
import { isThisMachine } from '../../platform/http/proxies.ts'
import type { ProfileRoom } from '../enter.ts'

/** Whether nobody between its sender and us reads a password that a request carries. */
export function isOverPrivateWire(
  { platform }: Pick<ProfileRoom, 'platform'>,
  { isPrivate, peer }: Incoming,
): boolean {
  return isPrivate && (platform.issuer.secure || isThisMachine(peer))
}
