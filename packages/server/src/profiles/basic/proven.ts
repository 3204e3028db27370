// People who send their name and password with each request (RFC 7617). A password is hashed once and then remembered
// in this process for a short while, under a digest that nobody else can make; what is remembered counts only while the
// stored hash is the very one that it was held against, which is read anew for each request. So a changed password,
// a disabled person and a deleted one are refused with the next request, in every process.
import { createHmac } from 'node:crypto'
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import { provePassword } from '../../accounts/credentials/prove-password.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { isOpen, needsSecondFactor, type ProfileRoom } from '../enter.ts'
import { basic } from './basic.routes.ts'

/** Who sent a request. */
export type BasicProof =
  | { readonly ok: true; readonly user: User; readonly authenticatedAt: number }
  | { readonly ok: false; readonly because: 'refused' }
  /** A password alone isn't enough for this person, and a header has no room for more. */
  | { readonly ok: false; readonly because: 'second_factor_required' }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** Tells who sends requests, by name and password. */
export interface BasicDoor {
  /** @throws Busy when no slot for a hash becomes free in time */
  prove(request: Pick<Incoming, 'cookies' | 'peer'>, name: string, password: string): Promise<BasicProof>
}

interface Remembered {
  readonly userId: string
  readonly sealedHash: string
  readonly authenticatedAt: number
  readonly until: number
}

/** Seconds that a password is remembered, and of how many people at once. */
const rememberSeconds = 60
const mostRemembered = 10_000

/** The door of this process. */
export function basicDoor({ platform, door }: ProfileRoom): BasicDoor {
  const secret = platform.runtime.secret()
  const remembered = new Map<string, Remembered>()
  const underWay = new Map<string, Promise<BasicProof>>()
  const nameOf = (name: string, password: string): string =>
    createHmac('sha256', secret).update(`${name.length}:${name}:${password}`).digest('base64')

  async function known(key: string): Promise<BasicProof | null> {
    const entry = remembered.get(key)
    if (entry === undefined) return null
    const credential = await credentialOfUser(platform.database, entry.userId)
    const stands =
      entry.until > platform.runtime.now() &&
      credential?.password?.sealedHash === entry.sealedHash &&
      credential.user.disabledAt === null
    if (stands) return { ok: true, user: credential.user, authenticatedAt: entry.authenticatedAt }
    remembered.delete(key)
    return null
  }

  async function proven(key: string, attempt: () => ReturnType<typeof provePassword>): Promise<BasicProof> {
    const proof = await attempt()
    if (!proof.ok) return proof
    const { database, runtime } = platform
    if (!(await database.commit(proof.writes)).ok) return { ok: false, because: 'refused' }
    const authenticatedAt = runtime.now()
    const { password } = proof.credential
    if (password !== null) {
      if (remembered.size >= mostRemembered) remembered.clear()
      // The one that was proven, and not what is stored by now: that may be of another password. Where this sign-in brought
      // the hash up to date, the next one is hashed as well.
      const { sealedHash } = password
      const until = authenticatedAt + rememberSeconds
      remembered.set(key, { userId: proof.user.id, sealedHash, authenticatedAt, until })
    }
    return { ok: true, user: proof.user, authenticatedAt }
  }

  async function proofOf(
    request: Parameters<BasicDoor['prove']>[0],
    name: string,
    password: string,
  ): Promise<BasicProof> {
    const key = nameOf(name, password)
    const standing = await known(key)
    if (standing !== null) return standing
    // Of many requests at once, one is hashed.
    const others = underWay.get(key)
    if (others !== undefined) return others
    const own = proven(key, () => provePassword(platform, door, request, { name }, password))
    underWay.set(key, own)
    try {
      return await own
    } finally {
      underWay.delete(key)
    }
  }

  return { prove: async (...asked) => enough({ platform, door }, await proofOf(...asked)) }
}

/** A password is not, for who has a second factor or has to have one; nor anybody's, once the profile's client is disabled. */
async function enough(room: ProfileRoom, proof: BasicProof): Promise<BasicProof> {
  if (!proof.ok) return proof
  if (!(await isOpen(room.platform, basic.id))) return { ok: false, because: 'refused' }
  const lacks = await needsSecondFactor(room, proof.user.id)
  return lacks ? { ok: false, because: 'second_factor_required' } : proof
}
