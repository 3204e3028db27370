// bcrypt, as Rails, PHP, Auth0 and Supabase store it, and in the three wrappings that people bring along: Django's two,
// and Devise's with a pepper.
import { createHash } from 'node:crypto'
import { foreign, type HashFormat, type StoredHash } from './stored-hash.ts'

/** 2 to this many rounds: about a second of one core. */
const highestCost = 14

/**
 * `$2a$`, `$2b$`, `$2y$`: one algorithm under three names. `$2x$` is the one with the faulty sign extension, under which
 * other passwords match too: refused.
 */
export const bcrypt: HashFormat = {
  name: 'bcrypt',
  read: (text) => hashOf(text, (password) => password),
}

/** `bcrypt$` before it: Django's BCryptPasswordHasher. Cut at 72 bytes, as it always was. */
export const djangoBcrypt: HashFormat = {
  name: 'django bcrypt',
  read: (text) => within('bcrypt$', text, (inner) => hashOf(inner, (password) => password)),
}

/** `bcrypt_sha256$`: bcrypt of the SHA-256, in hex, of the password. */
export const djangoBcryptSha256: HashFormat = {
  name: 'django bcrypt_sha256',
  read: (text) =>
    within('bcrypt_sha256$', text, (inner) =>
      hashOf(inner, (password) => createHash('sha256').update(password).digest('hex')),
    ),
}

/** `devise$pepper$`, the pepper as base64url: Devise appends it to the password. Written by the import alone. */
export const peppered: HashFormat = {
  name: 'devise',
  read: (text) => {
    const [, pepper, inner = ''] = /^devise\$([A-Za-z0-9_-]{1,512})\$(.+)$/.exec(text) ?? []
    if (pepper === undefined) return null
    return hashOf(inner, (password) => password + Buffer.from(pepper, 'base64url').toString())
  },
}

/** @param pepper what Devise's `config.pepper` says */
export function withPepper(hash: string, pepper: string): string {
  return `devise$${Buffer.from(pepper).toString('base64url')}$${hash}`
}

function within(
  prefix: string,
  text: string,
  read: (inner: string) => ReturnType<HashFormat['read']>,
): ReturnType<HashFormat['read']> {
  return text.startsWith(prefix) ? read(text.slice(prefix.length)) : null
}

function hashOf(text: string, prepared: (password: string) => string): StoredHash | 'costly' | null {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? []
  if (cost === undefined || Number(cost) < 4) return null
  if (Number(cost) > highestCost) return 'costly'
  return foreign(async (password) => {
    const { verify } = await import('@node-rs/bcrypt')
    return verify(prepared(password), text)
  })
}
