// A value that lives in the browser and that nobody can read or change there: sealed with AES-256-GCM, spread over as
// many cookies as it needs (RFC 6265bis §6.1: browsers keep 4096 bytes per cookie), `__Host-` where they can be.
import { fromBase64url, toBase64url } from '../client/base64url.ts'

export interface SealedCookie<T> {
  /** The value in this request; null when there is none, or one that we have not sealed. */
  read(request: Request): Promise<T | null>
  /** The `Set-Cookie` lines that put the value there. @throws RangeError beyond four cookies */
  write(request: Request, value: T): Promise<string[]>
  /** The lines that remove it. */
  remove(request: Request): string[]
}

export interface SealedCookieOptions {
  readonly name: string
  /** The newest first; older ones only open. */
  readonly secrets: readonly string[]
  /** False only for http on loopback, where some browsers refuse `Secure` and with it the prefix. */
  readonly secure: boolean
  /** Seconds. */
  readonly maxAge: number
}

const pieceLength = 3800
const mostPieces = 4

export function sealedCookie<T>(options: SealedCookieOptions): SealedCookie<T> {
  const name = `${options.secure ? '__Host-' : ''}${options.name}`
  const place = new TextEncoder().encode(name)
  const keys = options.secrets.map((secret) => keyFrom(secret, name))
  const line = (index: number, value: string, maxAge: number) =>
    `${name}.${index}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${options.secure ? '; Secure' : ''}`
  const removeFrom = (request: Request, first: number) => {
    const cookies = readCookies(request)
    const lines: string[] = []
    for (let index = first; index < mostPieces; index++)
      if (cookies.has(`${name}.${index}`)) lines.push(line(index, '', 0))
    return lines
  }
  return {
    async read(request) {
      const cookies = readCookies(request)
      let text = ''
      for (let index = 0; index < mostPieces; index++) text += cookies.get(`${name}.${index}`) ?? ''
      if (text === '') return null
      for (const key of keys) {
        const opened = await open(await key, place, text)
        if (opened !== null) return JSON.parse(opened) as T
      }
      return null
    },
    async write(request, value) {
      const [newest] = keys
      if (newest === undefined) throw new TypeError('A sealed cookie needs a secret.')
      const text = await seal(await newest, place, JSON.stringify(value))
      const pieces = Math.ceil(text.length / pieceLength)
      if (pieces > mostPieces) throw new RangeError('The tokens are too long to be kept in cookies.')
      const lines = Array.from({ length: pieces }, (_, index) =>
        line(index, text.slice(index * pieceLength, (index + 1) * pieceLength), options.maxAge),
      )
      // A shorter value must not be read together with the end of a longer one.
      return [...lines, ...removeFrom(request, pieces)]
    },
    remove: (request) => removeFrom(request, 0),
  }
}

/** Cookies of a request. A name sent twice is dropped: nobody can tell which of the two is ours. */
function readCookies(request: Request): Map<string, string> {
  const cookies = new Map<string, string>()
  const twice = new Set<string>()
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split < 0) continue
    const name = pair.slice(0, split).trim()
    if (cookies.has(name)) twice.add(name)
    cookies.set(name, pair.slice(split + 1).trim())
  }
  for (const name of twice) cookies.delete(name)
  return cookies
}

async function keyFrom(secret: string, purpose: string): Promise<CryptoKey> {
  const text = new TextEncoder()
  const root = await crypto.subtle.importKey('raw', text.encode(secret), 'HKDF', false, ['deriveKey'])
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: text.encode(purpose) }
  return crypto.subtle.deriveKey(hkdf, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

async function seal(key: CryptoKey, place: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const bytes = new TextEncoder().encode(text)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: place }, key, bytes)
  return toBase64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]))
}

/** The text, or null when it was not sealed with this key for this place. */
async function open(key: CryptoKey, place: Uint8Array<ArrayBuffer>, text: string): Promise<string | null> {
  try {
    const all = fromBase64url(text)
    const algorithm = { name: 'AES-GCM', iv: all.slice(0, 12), additionalData: place }
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, all.slice(12)))
  } catch {
    return null
  }
}
