// A hash that is as much work as another one, and nobody's: the same form and cost, and neither its salt nor its result.
import { digest } from '@countersign/protocol'
import { judgeHash } from './hashes.ts'

/** What is written where salts and results stood: the letter that means nothing but zeros in either alphabet. */
const blank = (text: string, zero: string): string => text.replace(/[A-Za-z0-9+/._-]/g, zero)

/** Forms by what stands before salt and result; both go, and what tells the cost stays. */
const forms: readonly ((text: string) => string | null)[] = [
  // bcrypt, whatever stands before it but a pepper: 53 letters of its own alphabet.
  (text) => {
    const [, head, tail] = /^((?:bcrypt(?:_sha256)?\$)?\$2[aby]\$\d\d\$)([./A-Za-z0-9]{53})$/.exec(text) ?? []
    return head === undefined || tail === undefined ? null : head + blank(tail, '.')
  },
  (text) => {
    const [, inner] = /^devise\$[A-Za-z0-9_-]+\$(.+)$/.exec(text) ?? []
    return inner === undefined ? null : likenessOf(inner)
  },
  // Django's scrypt has its salt between the numbers.
  (text) => {
    const [, n, r, p, tag] = /^scrypt\$(\d+)\$[^$]+\$(\d+)\$(\d+)\$([^$]+)$/.exec(text) ?? []
    return tag === undefined ? null : `scrypt$${n}$AAAAAAAAAAAAAAAA$${r}$${p}$${blank(tag, 'A')}`
  },
  (text) => {
    const [, head, signer, tag] = /^(firebase\$\d+\$\d+\$)([^$]+)\$[^$]+\$([^$]+)$/.exec(text) ?? []
    if (signer === undefined || tag === undefined) return null
    return `${head}${blank(signer, 'A')}$AAAAAAAAAAAAAA==$${blank(tag, 'A')}`
  },
  // PBKDF2, argon2 and scrypt of the PHC string format: salt and result are the last two fields.
  (text) => {
    const [, head, tag] = /^(.*\$)[^$]+\$([^$]+)$/.exec(text) ?? []
    return head === undefined || tag === undefined ? null : `${head}AAAAAAAAAAAAAAAAAAAAAA$${blank(tag, 'A')}`
  },
]

/**
 * A hash of nobody that takes as much work. Null for one that is none, and for those that take none (MD5, SHA-1).
 * INVARIANT: it says nothing of whose hash it is made from.
 */
export function likenessOf(text: string): string | null {
  const judged = judgeHash(text)
  if (!judged.ok || judged.isBroken) return null
  for (const form of forms) {
    const likeness = form(text)
    if (likeness !== null) return judgeHash(likeness).ok ? likeness : null
  }
  return null
}

/** A short name of a likeness. */
export function kindOf(likeness: string): string {
  return digest(likeness).slice(0, 12)
}
