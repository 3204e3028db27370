// How often devices may begin, and how often people may guess (RFC 8628 §5.1).
import type { Charge, Flow } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'

/** Device requests of public clients: each is a row, and another code to be hit by a guess. */
const requests = {
  near: { burst: 30, seconds: 60 },
  wide: { burst: 120, seconds: 60 },
} as const satisfies Record<string, Flow>

/** Wrong user codes from one network, from all that belong to one customer, and from one person wherever they are. */
const guesses = {
  near: { burst: 5, seconds: 60 },
  wide: { burst: 20, seconds: 60 },
  person: { burst: 10, seconds: 600 },
} as const satisfies Record<string, Flow>

/** What a device request of a public client is charged to. */
export function requestCharges(peer: string): Charge[] {
  return ofNetworks('device/requests', peer, requests)
}

/** What a code that somebody enters is charged to, until it turns out to be right. */
export function guessCharges(peer: string, userId: string): Charge[] {
  return [
    ...ofNetworks('device/codes', peer, guesses),
    { bucket: `device/codes/${userId}`, policy: guesses.person },
  ]
}

function ofNetworks(
  what: string,
  peer: string,
  policy: { readonly near: Flow; readonly wide: Flow },
): Charge[] {
  const { near, wide } = networksOf(peer)
  const charges = [{ bucket: `${what}/${near}`, policy: policy.near }]
  return wide === near ? charges : [...charges, { bucket: `${what}/${wide}`, policy: policy.wide }]
}
