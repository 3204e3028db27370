// The vault: everything that must be readable again and stay secret at rest is sealed here, under keys derived from
// `COUNTERSIGN_SECRET`. AES-256-GCM; the place (table, row, column) is authenticated with the value, so that a sealed
// value moved elsewhere does not open (SC-04).
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto'
import type { Runtime } from '../runtime.ts'

/** Seals and authenticates what leaves our hands and must come back unchanged. */
export interface Vault {
  /** Seals under the newest secret. @param place where the value is kept, e.g. `passwords/usr_1/hash` */
  seal(place: string, plaintext: string): string
  /** @throws SealBroken when the value was sealed elsewhere, under a forgotten secret, or altered */
  open(place: string, sealed: string): string
  /** A keyed digest (HMAC-SHA-256, base64url) of `text`, for purposes that must not meet. */
  mac(purpose: string, text: string): string
  /** As `mac`, under every known secret, the newest first: for what was made before the newest came. */
  macs(purpose: string, text: string): readonly string[]
  /** Whether `candidate` is `mac(purpose, text)` under any known secret, in constant time. */
  macMatches(purpose: string, text: string, candidate: string): boolean
  /** Whether a sealed value should be sealed again because a newer secret exists. */
  isStale(sealed: string): boolean
}

/** A sealed value does not open: wrong place, wrong secret, or tampering. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

interface Root {
  readonly version: string
  readonly encryption: Buffer
  readonly authentication: Buffer
}

/** @param secrets the newest first; older ones only open. Each at least 32 characters. */
export function vaultWith(secrets: readonly string[], runtime: Runtime): Vault {
  const roots = secrets.map(rootOf)
  const newest = roots[0]
  if (newest === undefined) throw new TypeError('The vault needs a secret.')
  const mac = (root: Root, purpose: string, text: string): string =>
    createHmac('sha256', root.authentication)
      .update(`${purpose.length}:${purpose}:${text}`)
      .digest('base64url')

  return {
    seal: (place, plaintext) => {
      const nonce = Buffer.from(runtime.secret(12), 'base64url')
      return `${newest.version}.${sealWith(newest.encryption, place, nonce, plaintext)}`
    },
    open: (place, sealed) => {
      const [version, body] = split(sealed)
      const root = roots.find((candidate) => candidate.version === version)
      if (root === undefined) throw new SealBroken('A sealed value needs a secret that is not configured.')
      return openWith(root.encryption, place, body)
    },
    mac: (purpose, text) => mac(newest, purpose, text),
    macs: (purpose, text) => roots.map((root) => mac(root, purpose, text)),
    macMatches: (purpose, text, candidate) =>
      roots.some((root) => sameText(mac(root, purpose, text), candidate)),
    isStale: (sealed) => split(sealed)[0] !== newest.version,
  }
}

/**
 * Seals under a key that only `token` yields: a stolen database reveals nothing, and the server itself can open the
 * value only while the token is in its hands (RT-03).
 */
export function sealUnder(token: string, place: string, plaintext: string, runtime: Runtime): string {
  return sealWith(tokenKey(token), place, Buffer.from(runtime.secret(12), 'base64url'), plaintext)
}

/** Opens what `sealUnder` sealed with the same token and place. @throws SealBroken */
export function openUnder(token: string, place: string, sealed: string): string {
  return openWith(tokenKey(token), place, sealed)
}

/**
 * A secret of `bytes` bytes, at most 32, that nobody can tell who has not both the token and the seed: HKDF-Expand (RFC
 * 5869 §2.3). Canonical base64url.
 */
export function derivedFrom(token: string, purpose: string, seed: string, bytes: number): string {
  const block = createHmac('sha256', token).update(`countersign/${purpose}/${seed}\x01`).digest()
  return block.toString('base64url', 0, bytes)
}

/** Compares two texts without telling by time where they differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function rootOf(secret: string): Root {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `countersign/${purpose}`, 32))
  return {
    version: createHash('sha256').update(derive('version')).digest('base64url').slice(0, 8),
    encryption: derive('encryption'),
    authentication: derive('authentication'),
  }
}

// A token is at least 26 random bytes in other letters, so that RFC 5869 §3.3 lets HKDF begin with its second step.
function tokenKey(token: string): Buffer {
  return createHmac('sha256', token).update('countersign/successor\x01').digest()
}

function sealWith(key: Buffer, place: string, nonce: Buffer, plaintext: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(place))
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return sealed.toString('base64url')
}

function openWith(key: Buffer, place: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 28) throw new SealBroken('A sealed value is too short.')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(-16))
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new SealBroken('A sealed value does not open.', { cause })
  }
}

function split(sealed: string): [version: string, body: string] {
  const dot = sealed.indexOf('.')
  return [sealed.slice(0, Math.max(dot, 0)), sealed.slice(dot + 1)]
}
