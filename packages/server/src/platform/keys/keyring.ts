// The signing keys. Their whole life follows from three times in their row: published when made, signing from
// `active_from` until a younger one is active, gone from the JWKS at `published_until`. So rotation is one commit,
// and every worker comes to the same answer from its own clock (JW-15).
import {
  importPrivateJwk,
  importPublicJwk,
  type PublicJwk,
  publicJwk,
  type SigningKey,
  type VerificationKey,
} from '@countersign/protocol'
import type { Write } from '../db/engine.ts'
import { event } from '../events/events.ts'
import type { Platform } from '../platform.ts'
import { makePrivateJwk, type SigningAlgorithm, signingAlgorithms } from './key-pair.ts'
import {
  allKeys,
  deleteKeys,
  insertFirstKey,
  insertKey,
  resealKey,
  type StoredKey,
  unpublishOthers,
} from './keys.store.ts'
import type { Vault } from './vault.ts'

export { type SigningAlgorithm, signingAlgorithms } from './key-pair.ts'

/** Seconds before a new key signs: longer than any JWKS stays cached (`max-age` plus a day for the careless). */
export const prepublishSeconds = 24 * 3600
/** Longest that any token may live, in seconds. */
export const longestTokenSeconds = 24 * 3600
/** Seconds that a replaced key stays published: the longest token life, plus an hour. */
export const lingerSeconds = longestTokenSeconds + 3600
/** Seconds of one key's service before the server replaces it by itself. */
export const serviceSeconds = 90 * 24 * 3600
/** Seconds that a key stays in the table after the JWKS has lost it. */
const rememberSeconds = 30 * 24 * 3600
/** Seconds after which the table is read again, so that a rotation on another machine is noticed. */
const staleAfterSeconds = 5

/** The signing keys of this server. */
export interface Keyring {
  /** The key that signs now. @throws when the algorithm has no active key (see `ensure`) */
  signingKey(alg?: SigningAlgorithm): SigningKey
  /** A published key that fits the header, from memory. */
  find(header: { readonly alg: string; readonly kid?: string | undefined }): VerificationKey | undefined
  /** As `find`, after looking once into the table when memory does not know the kid; at most one look a second. */
  findFresh(header: {
    readonly alg: string
    readonly kid?: string | undefined
  }): Promise<VerificationKey | undefined>
  /** Public parts of every published key, oldest first. */
  jwks(): readonly PublicJwk[]
  /** Reads the table again if that was long ago. */
  refresh(): Promise<void>
  /** Makes sure that a key for `alg` is active; makes one when not. */
  ensure(alg: SigningAlgorithm): Promise<void>
  /** Makes the next key. @param leadSeconds until it signs; 0 for an emergency. @returns its kid and when it signs */
  rotate(alg: SigningAlgorithm, leadSeconds?: number): Promise<{ kid: string; activeFrom: number }>
  /**
   * Makes a key for every algorithm that has none, since one made for its first token would be in nobody's cache; rotates
   * keys that have served their time, seals the rest under the newest secret, forgets the long gone.
   */
  maintain(): Promise<void>
}

interface Held {
  readonly stored: StoredKey
  readonly signing: SigningKey
  readonly verification: VerificationKey
  readonly jwk: PublicJwk
}

/** Opens the ring over the table. @throws SealBroken when a key can't be read under the configured secrets */
export async function openKeyring(platform: Platform): Promise<Keyring> {
  const memory = await rememberKeys(platform)
  const { find, active, read } = memory
  const rotate: Keyring['rotate'] = async (alg, leadSeconds = prepublishSeconds) => {
    const { stored, made } = await makeKey(platform, alg, leadSeconds)
    const until = stored.activeFrom + lingerSeconds
    await platform.database.commit([
      insertKey(platform.database, stored),
      made,
      unpublishOthers(platform.database, { alg, kid: stored.kid, until }),
    ])
    await read()
    return { kid: stored.kid, activeFrom: stored.activeFrom }
  }
  const makeFirst = async (alg: SigningAlgorithm): Promise<void> => {
    await read()
    if (active(alg) !== undefined) return
    const { stored, made } = await makeKey(platform, alg, 0)
    // Of several processes that start on one new database, one makes the key: the others would publish theirs too late.
    await platform.database.commit([insertFirstKey(platform.database, stored), made])
    await read()
  }
  const making = new Map<SigningAlgorithm, Promise<void>>()
  const ensure: Keyring['ensure'] = async (alg) => {
    if (active(alg) !== undefined) return
    if (!making.has(alg))
      making.set(
        alg,
        makeFirst(alg).finally(() => making.delete(alg)),
      )
    await making.get(alg)
  }
  return {
    signingKey: (alg = 'ES256') => {
      const key = active(alg)
      if (key === undefined) throw new Error(`There is no active ${alg} key.`)
      return key.signing
    },
    find,
    findFresh: async (header) => {
      const known = find(header)
      if (known !== undefined || memory.age() === 0) return known
      await read()
      return find(header)
    },
    jwks: () => memory.published().map(({ jwk }) => jwk),
    refresh: async () => {
      if (memory.age() >= staleAfterSeconds) await read()
    },
    ensure,
    rotate,
    maintain: async () => {
      await read()
      await Promise.all(signingAlgorithms.map(ensure))
      await maintain(platform, memory.held(), rotate)
    },
  }
}

interface KeyMemory {
  read(): Promise<void>
  /** Seconds since the table was read. */
  age(): number
  held(): readonly Held[]
  published(): readonly Held[]
  active(alg: SigningAlgorithm): Held | undefined
  readonly find: Keyring['find']
}

/** The table as last read, seen from the clock: which keys are published now, and which one signs. */
async function rememberKeys({ database, runtime, vault }: Platform): Promise<KeyMemory> {
  let held: readonly Held[] = []
  let readAt = 0
  const read = async (): Promise<void> => {
    const rows = await allKeys(database)
    readAt = runtime.now()
    const known = new Map(held.map((key) => [key.stored.kid, key]))
    held = rows.map((stored) => ({ ...(known.get(stored.kid) ?? unlock(vault, stored)), stored }))
  }
  await read()
  const isPublished = ({ stored: { publishedUntil } }: Held, now: number): boolean =>
    publishedUntil === null || publishedUntil > now
  return {
    read,
    age: () => runtime.now() - readAt,
    held: () => held,
    published: () => {
      const now = runtime.now()
      return held.filter((key) => isPublished(key, now))
    },
    // Asked for every token: of the few keys that there are, without making a list of them.
    active: (alg) => {
      const now = runtime.now()
      let youngest: Held | undefined
      for (const key of held) {
        const { stored } = key
        if (stored.alg !== alg || stored.activeFrom > now || !isPublished(key, now)) continue
        if (youngest === undefined || stored.activeFrom >= youngest.stored.activeFrom) youngest = key
      }
      return youngest
    },
    find: ({ alg, kid }) => {
      const now = runtime.now()
      const key = held.find((one) => one.stored.kid === kid && isPublished(one, now))
      return key !== undefined && key.verification.alg === alg ? key.verification : undefined
    },
  }
}

async function maintain(platform: Platform, held: readonly Held[], rotate: Keyring['rotate']): Promise<void> {
  const now = platform.runtime.now()
  for (const alg of new Set(held.map(({ stored }) => stored.alg as SigningAlgorithm))) {
    const starts = held.filter(({ stored }) => stored.alg === alg).map(({ stored }) => stored.activeFrom)
    if (now - Math.max(...starts) >= serviceSeconds) await rotate(alg)
  }
  const stale = held.filter(({ stored }) => platform.vault.isStale(stored.sealedPrivateJwk))
  await platform.database.commit([
    deleteKeys(platform.database, now - rememberSeconds),
    stale.map(({ stored }) => resealKey(platform.database, stored, resealed(platform.vault, stored))),
  ])
}

const placeOf = (kid: string): string => `signing_keys/${kid}/private_jwk`

function resealed(vault: Vault, { kid, sealedPrivateJwk }: StoredKey): string {
  return vault.seal(placeOf(kid), vault.open(placeOf(kid), sealedPrivateJwk))
}

function unlock(vault: Vault, stored: StoredKey): Held {
  const place = placeOf(stored.kid)
  const signing = importPrivateJwk(
    JSON.parse(vault.open(place, stored.sealedPrivateJwk)) as Record<string, unknown>,
  )
  const verification = importPublicJwk(JSON.parse(stored.publicJwk) as Record<string, unknown>)
  return { stored, signing, verification, jwk: publicJwk(signing) }
}

async function makeKey(
  platform: Platform,
  alg: SigningAlgorithm,
  leadSeconds: number,
): Promise<{ stored: StoredKey; made: Write }> {
  const jwk = await makePrivateJwk(alg)
  const { kid } = jwk
  const now = platform.runtime.now()
  const stored: StoredKey = {
    kid,
    alg,
    publicJwk: JSON.stringify(publicJwk(importPrivateJwk(jwk))),
    sealedPrivateJwk: platform.vault.seal(placeOf(kid), JSON.stringify(jwk)),
    createdAt: now,
    activeFrom: now + leadSeconds,
    publishedUntil: null,
  }
  return {
    stored,
    made: event(platform.database, platform.runtime, { type: 'key.created', detail: { kid, alg } }),
  }
}
