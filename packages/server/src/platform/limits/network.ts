// Which network an address belongs to, for limits. One IPv4 address is one customer; an IPv6 customer has at least a
// /64 and often a /56 to draw fresh addresses from (RFC 6177), so these are what is counted (PW-15).
import { isIPv4, isIPv6 } from 'node:net'

/** The networks that an address is counted with. */
export interface Networks {
  /** The address (IPv4) or its /64. */
  readonly near: string
  /** The /56 around it; the same as `near` for IPv4. */
  readonly wide: string
}

/** @param peer an address as the edge saw it; anything else is counted as it is written. */
export function networksOf(peer: string): Networks {
  const address = peer.replace(/%.*$/, '')
  if (!isIPv6(address)) return { near: address, wide: address }
  const groups = groupsOf(address)
  const mapped = mappedIPv4(groups)
  if (mapped !== undefined) return { near: mapped, wide: mapped }
  const [a = 0, b = 0, c = 0, d = 0] = groups
  const text = (...parts: number[]): string => parts.map((part) => part.toString(16)).join(':')
  return { near: `${text(a, b, c, d)}::/64`, wide: `${text(a, b, c, d & 0xff00)}::/56` }
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const tail = address.slice(address.lastIndexOf(':') + 1)
  const plain = isIPv4(tail) ? address.slice(0, -tail.length) + embedded(tail) : address
  const [head = '', rest] = plain.split('::')
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const left = numbers(head)
  const right = numbers(rest ?? '')
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function embedded(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function mappedIPv4(groups: readonly number[]): string | undefined {
  const [, , , , , mark, high = 0, low = 0] = groups
  if (mark !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
