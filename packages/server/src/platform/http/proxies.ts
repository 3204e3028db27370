// What a request says of its way here, and whether it is believed: the client's address and its certificate, which proxies
// tell in headers that anybody could write (C20; RFC 9700 §4.13).
import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  CertificateRefused,
  type ClientCertificate,
  certificateOfConnection,
  certificateOfHeader,
} from './tls-certificate.ts'

/** Whether an address is that of a proxy whose word counts. */
export type Trust = (address: string) => boolean

/** @param ranges addresses or CIDR ranges */
export function trustIn(ranges: readonly string[]): Trust {
  if (ranges.length === 0) return () => false
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  // Proxies are few, and every request comes by them.
  const found = new Set<string>()
  return (address) => {
    if (found.has(address)) return true
    const isListed = isIPv4(address)
      ? list.check(address, 'ipv4')
      : isIPv6(address) && list.check(address, 'ipv6')
    if (isListed && found.size < mostFound) found.add(address)
    return isListed
  }
}

const mostFound = 1000

/** @returns a reader of the client's address: the socket's, or the last untrusted one that trusted proxies name. */
export function peerReader(trusts: Trust): (message: IncomingMessage) => string {
  return (message) => {
    let peer = senderOf(message)
    if (!trusts(peer)) return peer
    const hops = (headerOf(message, 'x-forwarded-for') ?? '')
      .split(',')
      .map((hop) => plainAddress(hop.trim()))
    while (trusts(peer) && hops.length > 0) {
      const previous = hops.pop() ?? ''
      if (!isIPv4(previous) && !isIPv6(previous)) break
      peer = previous
    }
    return peer
  }
}

/** Whether an address is one of this machine's own. */
export function isThisMachine(address: string): boolean {
  return /^127\.|^::1$|^::ffff:127\./.test(address)
}

/**
 * @returns a reader of whether nobody on the way could read a request: it came by TLS of our own, from this machine or from a
 *   trusted proxy, and no proxy says that it came there in the open. Of others `X-Forwarded-Proto` counts for nothing.
 */
export function privacyReader(trusts: Trust): (message: IncomingMessage) => boolean {
  return (message) => {
    if (message.socket instanceof TLSSocket) return true
    const sender = senderOf(message)
    if (!isThisMachine(sender) && !trusts(sender)) return false
    const [scheme = 'https'] = (headerOf(message, 'x-forwarded-proto') ?? 'https').split(',').reverse()
    return scheme.trim().toLowerCase() === 'https'
  }
}

/** The certificate of a request's client, or why that can't be told. */
export type ReadCertificate = (message: IncomingMessage) => ClientCertificate | CertificateRefused | null

/**
 * @param header lower-case name of the one in which proxies tell it; undefined where none does
 * @returns a reader. Who sends the request itself, and not whom it names, decides which word counts: a trusted proxy's
 *   header and never its own certificate, anybody else's own certificate and never a header
 */
export function certificateReader(trusts: Trust, header: string | undefined): ReadCertificate {
  const known = new WeakMap<TLSSocket, ClientCertificate | CertificateRefused | null>()
  const ofConnection: ReadCertificate = ({ socket }) => {
    if (!(socket instanceof TLSSocket)) return null
    const before = known.get(socket)
    if (before !== undefined) return before
    const read = orRefused(() => certificateOfConnection(socket))
    known.set(socket, read)
    return read
  }
  return (message) => {
    const isProxy = trusts(senderOf(message))
    const value = header === undefined ? undefined : message.headers[header]
    if (value === undefined) return isProxy ? null : ofConnection(message)
    if (!isProxy) return new CertificateRefused('A certificate’s header came from no trusted proxy.')
    if (header === undefined || isRepeated(message.rawHeaders, header))
      return new CertificateRefused('There is more than one certificate’s header.')
    return value === '' ? null : orRefused(() => certificateOfHeader(String(value)))
  }
}

function orRefused(read: () => ClientCertificate | null): ClientCertificate | CertificateRefused | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof CertificateRefused) return error
    throw error
  }
}

/** A header sent twice reads as both joined by a comma, which no single-valued header survives; `cookie` joins by `; `. */
export function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name]
  // Node keeps the first of some repeated headers; an Authorization or Host in doubt must not count.
  if ((name === 'authorization' || name === 'host') && isRepeated(message.rawHeaders, name)) return ''
  return Array.isArray(value) ? value.join(', ') : value
}

/** @param raw names and values by turns, as they were sent */
function isRepeated(raw: readonly string[], name: string): boolean {
  let seen = false
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] ?? ''
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue
    if (seen) return true
    seen = true
  }
  return false
}

function senderOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '')
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address
}
