/**
 * The signing keys. Their whole life follows from three times in their row: published when made, signing from
 * `active_from` until a younger one is active, gone from the JWKS at `published_until`. So rotation is one commit,
 * and every worker comes to the same answer from its own clock (`security.md` part 5, JWKS).
 */

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
import { makePrivateJwk, type SigningAlgorithm } from './key-pair.ts'
import { allKeys, deleteKeys, insertKey, resealKey, type StoredKey, unpublishOthers } from './keys.store.ts'

export type { SigningAlgorithm } from './key-pair.ts'

/** Seconds before a new key signs: longer than any JWKS stays cached (`max-age` plus a day for the careless). */
export const prepublishSeconds = 24 * 3600
/** Seconds that a replaced key stays published: the longest token life, plus an hour. */
export const lingerSeconds = 3600 + 3600
/** Seconds of one key's service before the server replaces it by itself. */
export const serviceSeconds = 90 * 24 * 3600
/** Seconds that a key stays in the table after the JWKS has lost it. */
const rememberSeconds = 30 * 24 * 3600
/** Seconds after which the table is read again, so that a rotation on another machine is noticed. */
const staleAfterSeconds = 5

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
  /** Rotates keys that have served their time, seals the rest under the newest secret, forgets the long gone. */
  maintain(): Promise<void>
}

interface Held {
  readonly stored: StoredKey
  readonly signing: SigningKey
  readonly verification: VerificationKey
  readonly jwk: PublicJwk
}

export async function openKeyring(platform: Platform): Promise<Keyring> {
  let held: readonly Held[] = []
  let readAt = 0
  const read = async (): Promise<void> => {
    const rows = await allKeys(platform.database)
    readAt = platform.runtime.now()
    const known = new Map(held.map((key) => [key.stored.kid, key]))
    held = rows.map((stored) => ({ ...(known.get(stored.kid) ?? unlock(platform, stored)), stored }))
  }
  const published = (): Held[] => {
    const now = platform.runtime.now()
    return held.filter(({ stored }) => stored.publishedUntil === null || stored.publishedUntil > now)
  }
  const active = (alg: SigningAlgorithm): Held | undefined => {
    const now = platform.runtime.now()
    return published()
      .filter(({ stored }) => stored.alg === alg && stored.activeFrom <= now)
      .reduce<Held | undefined>(
        (best, key) => (best === undefined || key.stored.activeFrom >= best.stored.activeFrom ? key : best),
        undefined,
      )
  }
  const find: Keyring['find'] = ({ alg, kid }) => {
    const key = published().find(({ stored }) => stored.kid === kid)
    return key !== undefined && key.verification.alg === alg ? key.verification : undefined
  }
  const rotate = async (alg: SigningAlgorithm, leadSeconds = prepublishSeconds) => {
    const { stored, writes } = await makeKey(platform, alg, leadSeconds)
    const until = stored.activeFrom + lingerSeconds
    await platform.database.commit([
      ...writes,
      unpublishOthers(platform.database, { alg, kid: stored.kid, until }),
    ])
    await read()
    return { kid: stored.kid, activeFrom: stored.activeFrom }
  }

  await read()
  const refresh = async (): Promise<void> => {
    if (platform.runtime.now() - readAt >= staleAfterSeconds) await read()
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
      if (known !== undefined || platform.runtime.now() === readAt) return known
      await read()
      return find(header)
    },
    jwks: () => published().map(({ jwk }) => jwk),
    refresh,
    ensure: async (alg) => {
      if (active(alg) !== undefined) return
      await read()
      if (active(alg) !== undefined) return
      const { writes } = await makeKey(platform, alg, 0)
      await platform.database.commit(writes)
      await read()
    },
    rotate,
    maintain: async () => {
      await read()
      const now = platform.runtime.now()
      for (const alg of new Set(held.map(({ stored }) => stored.alg as SigningAlgorithm))) {
        const newest = Math.max(
          ...held.filter(({ stored }) => stored.alg === alg).map(({ stored }) => stored.activeFrom),
        )
        if (now - newest >= serviceSeconds) await rotate(alg)
      }
      const stale = held.filter(({ stored }) => platform.vault.isStale(stored.sealedPrivateJwk))
      await platform.database.commit([
        deleteKeys(platform.database, now - rememberSeconds),
        stale.map(({ stored }) => resealKey(platform.database, stored, resealed(platform, stored))),
      ])
    },
  }
}

const placeOf = (kid: string): string => `signing_keys/${kid}/private_jwk`

function resealed(platform: Platform, { kid, sealedPrivateJwk }: StoredKey): string {
  return platform.vault.seal(placeOf(kid), platform.vault.open(placeOf(kid), sealedPrivateJwk))
}

function unlock(platform: Platform, stored: StoredKey): Held {
  const place = placeOf(stored.kid)
  const signing = importPrivateJwk(
    JSON.parse(platform.vault.open(place, stored.sealedPrivateJwk)) as Record<string, unknown>,
  )
  const verification = importPublicJwk(JSON.parse(stored.publicJwk) as Record<string, unknown>)
  return { stored, signing, verification, jwk: publicJwk(signing) }
}

async function makeKey(
  platform: Platform,
  alg: SigningAlgorithm,
  leadSeconds: number,
): Promise<{ stored: StoredKey; writes: Write[] }> {
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
    writes: [
      insertKey(platform.database, stored),
      event(platform.database, platform.runtime, { type: 'key.created', detail: { kid, alg } }),
    ],
  }
}
