// scrypt (RFC 7914) as Django writes it, as passlib and the PHC string format do, and the one that Firebase made of it.
import { createCipheriv, scrypt } from 'node:crypto'
import { bytesOf, foreign, type HashFormat, type StoredHash, sameBytes } from './stored-hash.ts'

/** Bytes of memory for one hash. */
const mostMemory = 256 * 1024 * 1024
/** N × r × p: Django's cost parameters (16384, 8, 5) four times over. */
const mostWork = 16_384 * 8 * 5 * 4

/** `scrypt$N$salt$r$p$hash`: the salt is text. Werkzeug's order of the same parts differs and is not taken for this. */
export const djangoScrypt: HashFormat = {
  name: 'django scrypt',
  read: (text) => {
    const form = /^scrypt\$(\d{1,8})\$([^$]{1,128})\$(\d{1,3})\$(\d{1,3})\$([^$]+)$/
    const [, n = '', salt = '', r = '', p = '', hash = ''] = form.exec(text) ?? []
    return hashOf({ n: Number(n), r: Number(r), p: Number(p), salt: Buffer.from(salt), tag: bytesOf(hash) })
  },
}

/** `$scrypt$ln=14,r=8,p=1$salt$hash`: the salt is base64. */
export const phcScrypt: HashFormat = {
  name: 'scrypt',
  read: (text) => {
    const form =
      /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/.]{1,172}={0,2})\$([A-Za-z0-9+/.]+={0,2})$/
    const [, ln = '', r = '', p = '', salt = '', hash = ''] = form.exec(text) ?? []
    const bytes = Buffer.from(salt.replaceAll('.', '+'), 'base64')
    return hashOf({ n: 2 ** Number(ln), r: Number(r), p: Number(p), salt: bytes, tag: bytesOf(hash) })
  },
}

/**
 * Firebase's: scrypt gives a key, and the hash is the project's signer key encrypted under it. Written by the import as
 * `firebase$rounds$memoryCost$signerKey$salt$hash`, the salt with the project's separator behind it.
 */
export const firebaseScrypt: HashFormat = {
  name: 'firebase scrypt',
  read: (text) => {
    const form = /^firebase\$(\d{1,2})\$(\d{1,2})\$([^$]+)\$([^$]+)\$([^$]+)$/
    const [, rounds = '', memory = '', signer = '', salt = '', hash = ''] = form.exec(text) ?? []
    const [key, salted, tag] = [bytesOf(signer), Buffer.from(salt, 'base64'), bytesOf(hash)]
    const cost = { n: 2 ** Number(memory), r: Number(rounds), p: 1 }
    if (key === null || tag === null || tag.length !== key.length || !isSound({ ...cost, salt: salted }))
      return null
    if (isCostly(cost)) return 'costly'
    return foreign(async (password) => {
      const derived = await derive(password, salted, cost, 64)
      const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), Buffer.alloc(16))
      return sameBytes(Buffer.concat([cipher.update(key), cipher.final()]), tag)
    })
  },
}

interface Cost {
  readonly n: number
  readonly r: number
  readonly p: number
}

function hashOf({
  salt,
  tag,
  ...cost
}: Cost & { readonly salt: Buffer; readonly tag: Buffer | null }): StoredHash | 'costly' | null {
  if (tag === null || !isSound({ ...cost, salt })) return null
  if (isCostly(cost)) return 'costly'
  return foreign(async (password) => sameBytes(await derive(password, salt, cost, tag.length), tag))
}

/** RFC 7914 §2: N is a power of two larger than 1. */
function isSound({ n, r, p, salt }: Cost & { readonly salt: Buffer }): boolean {
  return n > 1 && Number.isInteger(Math.log2(n)) && r > 0 && p > 0 && salt.length > 0
}

function isCostly({ n, r, p }: Cost): boolean {
  return 128 * n * r > mostMemory || n * r * p > mostWork
}

function derive(password: string, salt: Buffer, { n, r, p }: Cost, length: number): Promise<Buffer> {
  // OpenSSL counts a little more than 128 × N × r.
  const options = { N: n, r, p, maxmem: mostMemory * 2 }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
