// Passwords: hashed on bounded slots, the hash sealed by the vault, and the same work for everybody: for a name that
// nobody has, and for a person without a password, a hash of nobody is verified (C26, PW-08, PW-09).
import type { Platform } from '../../platform/platform.ts'
import {
  type Argon2,
  availableArgon2,
  type Cost,
  defaultCost,
  hashOfNobody,
  hashWith,
} from './hashes/argon2.ts'
import { judgeHash, normalized, readHash } from './hashes/hashes.ts'
import type { Nobodies } from './nobodies.ts'
import { type Slots, slotsOf } from './slots.ts'

/** A person's stored password, as the store gives it. */
export interface StoredPassword {
  readonly userId: string
  readonly sealedHash: string
}

/** Whether a password is the stored one. */
export type Match =
  | { readonly ok: false }
  /** `replacement`: the sealed hash to store instead, because the work or the seal is out of date. */
  | { readonly ok: true; readonly replacement: string | null }

/** Hashing, within slots and sealed by the vault. */
export interface Passwords {
  /** Hashes and seals a new password for one user. @throws Busy */
  protect(userId: string, password: string): Promise<string>
  /**
   * Seals a hash that another system made; null when it is none that we can verify.
   * @param insisting also one that is guessed in no time: the first sign-in replaces it
   */
  adopt(userId: string, text: string, insisting?: boolean): string | null
  /** The hash in the clear, for whoever moves out. */
  reveal(stored: StoredPassword): string
  /**
   * Whether `password` is the stored one; null stands for nobody, costs the same, and never matches.
   * @param name by which it was asked for: nobody of one name is always as much work
   * @throws Busy
   */
  matches(stored: StoredPassword | null, password: string, name?: string): Promise<Match>
  /** Whether another system made this hash of a text that is no person's password, as a client's secret. @throws Busy */
  verifies(hash: string, text: string): Promise<boolean>
  /** Whether a hash could begin or queue now. */
  readonly hasRoom: boolean
}

/** What differs from the usual; tests hash cheaply. */
export interface PasswordOptions {
  readonly cost?: Cost
  /** Hashes at once; see `slotsFor`. */
  readonly slots?: number | Slots
  readonly argon2?: Argon2
  /** What is tried for names that nobody has; a hash of ours unless given. */
  readonly nobodies?: Pick<Nobodies, 'likenessFor'>
}

type Place = Pick<Platform, 'runtime' | 'vault'>

/** The hashing of one server. */
export function passwordsOf(platform: Place, options: PasswordOptions = {}): Passwords {
  const { runtime, vault } = platform
  const cost = options.cost ?? defaultCost
  const slots = typeof options.slots === 'object' ? options.slots : slotsOf(options.slots ?? 1, runtime)
  const nobody: StoredPassword = {
    userId: 'nobody',
    sealedHash: vault.seal(
      placeOf('nobody'),
      hashOfNobody((bytes) => runtime.secret(bytes), cost),
    ),
  }
  let loading: Promise<Argon2> | undefined
  const argon2: Argon2 = async (...all) => {
    loading ??= options.argon2 === undefined ? availableArgon2() : Promise.resolve(options.argon2)
    return (await loading)(...all)
  }
  const protect = async (userId: string, password: string): Promise<string> => {
    const phc = await slots.run(() => hashWith(argon2, normalized(password), runtime.secret(16), cost))
    return vault.seal(placeOf(userId), phc)
  }

  return {
    protect,
    adopt: (userId, text, insisting = false) => {
      const judged = judgeHash(text)
      const isTaken = judged.ok && (insisting || !judged.isBroken)
      return isTaken ? vault.seal(placeOf(userId), text) : null
    },
    reveal: ({ userId, sealedHash }) => vault.open(placeOf(userId), sealedHash),
    verifies: (text, typed) => {
      const hash = readHash(text)
      return slots.run(() => hash.verify(typed, argon2))
    },
    get hasRoom() {
      return slots.hasRoom
    },
    matches: async (stored, password, name = '') => {
      const { userId, sealedHash } = stored ?? nobody
      const likeness = stored === null ? options.nobodies?.likenessFor(name) : undefined
      const text = likeness ?? vault.open(placeOf(userId), sealedHash)
      const hash = readHash(text)
      const matches = await slots.run(() => hash.verify(password, argon2))
      if (!matches || stored === null) return { ok: false }
      // Better work can wait for the next sign-in where the slots are taken now: this one is proven already.
      if (hash.isWeaker(cost) && slots.hasRoom)
        return { ok: true, replacement: await protect(userId, password) }
      return { ok: true, replacement: vault.isStale(sealedHash) ? vault.seal(placeOf(userId), text) : null }
    },
  }
}

function placeOf(userId: string): string {
  return `passwords/${userId}/hash`
}
