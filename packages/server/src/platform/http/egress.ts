// The one way out: every request that the server makes to an address that someone configured or sent goes through
// here (C25, FD-06). A host is resolved once, each of its addresses is checked, and the connection is
// pinned to what was checked; redirects are refused, time and size are capped.
import { lookup as resolveByDns } from 'node:dns/promises'
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP } from 'node:net'

/** A request to the outside. */
export interface EgressRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | null
  readonly signal?: AbortSignal
  /** Largest body of the answer in bytes, and milliseconds for all of it; count where they are less than the way out's own. */
  readonly maxBytes?: number
  readonly timeoutMs?: number
}

/**
 * Fetches over the public network; by https whoever answers is believed that an authority of Node.js vouches for, to which
 * NODE_EXTRA_CA_CERTS adds.
 * INVARIANT: no byte is sent to a private, loopback, link-local or reserved address outside the given networks, or on
 * plain http, unless the address begins with one of the exempt prefixes, which in turn reach the loopback interface only.
 * @throws EgressFailure
 */
export type Egress = (url: string, request: EgressRequest) => Promise<Response>

/** Prefixes of addresses on this machine, which may be reached under development. */
export const onThisMachine = ['http://localhost:', 'http://127.0.0.1:', 'http://[::1]:'] as const

/** Limits of a request to the outside, and whom it may reach. */
export interface EgressOptions {
  /** Absolute addresses ending in a slash, such as the development simulators': http on loopback, and only below them. */
  readonly exempt?: readonly string[]
  /** CIDR ranges that may be reached beside the public network, by https like everything there. */
  readonly networks?: readonly string[]
  /** Finds a host's addresses; the system's resolver unless given. */
  readonly resolve?: (host: string) => Promise<readonly ResolvedAddress[]>
  /** For the whole request, name resolution included; 5,000 unless given. */
  readonly timeoutMs?: number
  /** Largest body in bytes; 256 KiB unless given. */
  readonly maxBytes?: number
}

/** An address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Why nothing came of a request. */
export type EgressFault =
  | 'address_refused'
  | 'scheme_refused'
  | 'redirect_refused'
  | 'encoding_refused'
  | 'too_large'
  | 'timeout'
  | 'unreachable'

/** A request that was not made, or whose answer was not taken. The message names neither address nor body. */
export class EgressFailure extends Error {
  override readonly name = 'EgressFailure'
  readonly fault: EgressFault

  constructor(fault: EgressFault, options?: ErrorOptions) {
    super(`The outgoing request failed: ${fault}.`, options)
    this.fault = fault
  }
}

/** The one way out. */
export function egress(options: EgressOptions = {}): Egress {
  const {
    exempt = [],
    networks = [],
    resolve = resolveHost,
    timeoutMs = 5000,
    maxBytes = 256 * 1024,
  } = options
  const own = new BlockList()
  for (const network of networks) {
    const known = networkOf(network)
    if (known === null) throw new RangeError('That is no network.')
    own.addSubnet(known.address, known.bits, known.family)
  }
  const isReachable = (address: string): boolean =>
    isPublicAddress(address) || own.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  return async (address, request) => {
    const url = URL.parse(address)
    if (url === null) throw new EgressFailure('address_refused')
    const isExempt = exempt.some((prefix) => url.href.startsWith(prefix))
    if (url.protocol !== 'https:' && !(isExempt && url.protocol === 'http:')) {
      throw new EgressFailure('scheme_refused')
    }
    if (url.username !== '' || url.password !== '') throw new EgressFailure('address_refused')
    if (!isExempt && isSystemPort(url.port)) throw new EgressFailure('address_refused')
    const deadline = AbortSignal.timeout(Math.min(timeoutMs, request.timeoutMs ?? timeoutMs))
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal])
    const pinned = await within(signal, addressesOf(url.hostname, resolve))
    const allowed = isExempt ? isLoopbackAddress : isReachable
    if (pinned.length === 0) throw new EgressFailure('unreachable')
    // One bad address among several is a rebinding attempt or a misconfigured zone; neither deserves a try.
    if (!pinned.every(({ address: ip }) => allowed(ip))) throw new EgressFailure('address_refused')
    const most = Math.min(maxBytes, request.maxBytes ?? maxBytes)
    return send(url, request, { pinned, signal, maxBytes: most })
  }
}

/** Ports below 1024 belong to services of their own (RFC 6335 §6): nothing but the web is spoken to there. */
function isSystemPort(port: string): boolean {
  return port !== '' && Number(port) < 1024
}

interface Network {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); null for anything else. */
export function networkOf(cidr: string): Network | null {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? []
  const version = isIP(address)
  const bits = Number(length)
  if (version === 0 || bits > (version === 4 ? 32 : 128)) return null
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

async function resolveHost(host: string): Promise<readonly ResolvedAddress[]> {
  return resolveByDns(host, { all: true })
}

async function addressesOf(
  hostname: string,
  resolve: NonNullable<EgressOptions['resolve']>,
): Promise<readonly ResolvedAddress[]> {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  try {
    return await resolve(host)
  } catch (cause) {
    throw new EgressFailure('unreachable', { cause })
  }
}

interface Sending {
  readonly pinned: readonly ResolvedAddress[]
  readonly signal: AbortSignal
  readonly maxBytes: number
}

function send(url: URL, request: EgressRequest, { pinned, signal, maxBytes }: Sending): Promise<Response> {
  const body = request.body ?? undefined
  const options: RequestOptions = {
    method: request.method,
    headers: {
      ...request.headers,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    signal,
    // A connection of its own: one from a pool may have been opened to an address that was checked for another name.
    agent: false,
    lookup: (_host, wanted, done) => {
      const [first] = pinned
      if (wanted.all === true) done(null, [...pinned])
      else done(null, first?.address ?? '', first?.family)
    },
  }
  return new Promise((resolve, reject) => {
    const outgoing = begun(url, options)
    outgoing.on('error', (error) => reject(failureOf(error, signal)))
    outgoing.on('response', (message) => {
      receive(message, maxBytes).then(resolve, (error) => {
        outgoing.destroy()
        reject(failureOf(error, signal))
      })
    })
    outgoing.end(body)
  })
}

/** @throws EgressFailure where a header can’t be sent, such as one with a token of somebody else's that ends in a line */
function begun(url: URL, options: RequestOptions): ClientRequest {
  try {
    return (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
  } catch (cause) {
    throw new EgressFailure('unreachable', { cause })
  }
}

async function receive(message: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = message.statusCode ?? 0
  if (status >= 300 && status < 400) throw new EgressFailure('redirect_refused')
  if ((message.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new EgressFailure('encoding_refused')
  }
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw new EgressFailure('too_large')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new EgressFailure('too_large')
    chunks.push(chunk)
  }
  const headers = new Headers()
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const empty = status === 204 || status === 205
  return new Response(empty ? null : Buffer.concat(chunks), { status, headers })
}

function failureOf(error: unknown, signal: AbortSignal): EgressFailure {
  if (error instanceof EgressFailure) return error
  return new EgressFailure(signal.aborted ? 'timeout' : 'unreachable', { cause: error })
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) throw new EgressFailure('timeout')
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new EgressFailure('timeout'))
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

// The special-purpose registries of IANA (RFC 6890 and its updates), and multicast.
const reservedIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
// Within 2000::/3, all that is not plain global unicast: protocol assignments (Teredo among them), documentation, 6to4.
const reservedIpv6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const

const reserved = new BlockList()
const globalIpv6 = new BlockList()
const loopback = new BlockList()
for (const [net, bits] of reservedIpv4) {
  reserved.addSubnet(net, bits, 'ipv4')
  // RFC 6052: behind NAT64 an IPv4 address is reached by this prefix, so it is judged by the address inside.
  reserved.addSubnet(`64:ff9b::${net}`, 96 + bits, 'ipv6')
}
for (const [net, bits] of reservedIpv6) reserved.addSubnet(net, bits, 'ipv6')
globalIpv6.addSubnet('2000::', 3, 'ipv6')
globalIpv6.addSubnet('64:ff9b::', 96, 'ipv6')
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an IP address is one that anybody on the internet could reach. An IPv4 address written as IPv6 is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !reserved.check(address, 'ipv4')
  return family === 6 && globalIpv6.check(address, 'ipv6') && !reserved.check(address, 'ipv6')
}

function isLoopbackAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
