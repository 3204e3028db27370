// Making refresh tokens: the first of a family, and the successor of one.
import { formatOpaque } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { derivedFrom, openUnder, SealBroken, sealUnder } from '../../platform/keys/vault.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Family } from '../authorization.ts'
import type { Lifetimes } from '../lifetimes.ts'
import { datedDigest } from './dated-digest.ts'
import {
  extendRefreshToken,
  insertRefreshToken,
  type PresentedRefreshToken,
  type RefreshToken,
} from './refresh-tokens.store.ts'

/** A token, and what to commit before it is given. */
export interface MadeRefreshToken {
  /** In the clear, for the client alone. */
  readonly token: string
  readonly writes: WriteSet
}

/**
 * The first generation of a family.
 *
 * @param boundTo the key that it is bound to, see `holderOf`
 */
export function firstRefreshToken(
  platform: Platform,
  family: Family,
  boundTo: string | null,
  lifetimes: Lifetimes,
): MadeRefreshToken {
  return madeToken(platform, family, lifetimes, { boundTo, spent: null })
}

/**
 * The successor of a token that is being spent. It follows from that one and a seed, and the seed alone is kept: so the
 * holder of the spent token can be given it again, and a stolen table gives nothing.
 *
 * INVARIANT: the writes are guarded by `refresh token`, and the idle end never passes the family's absolute one.
 * @param use the spent token in the clear, and the key that its successor is bound to, see `holderOf`
 */
export function nextRefreshToken(
  platform: Platform,
  family: Family,
  token: RefreshToken,
  { presented, boundTo }: { readonly presented: string; readonly boundTo: string | null },
  lifetimes: Lifetimes,
): MadeRefreshToken {
  return madeToken(platform, family, lifetimes, { boundTo, spent: { token, presented } })
}

/**
 * The same token once more, for as long as a successor would be good.
 *
 * INVARIANT: the writes are guarded by `refresh token`, as those of a successor are.
 * @param presented the token in the clear
 */
export function keptRefreshToken(
  { database, runtime }: Platform,
  family: Family,
  token: RefreshToken,
  presented: string,
  lifetimes: Lifetimes,
): MadeRefreshToken {
  const expires = Math.min(runtime.now() + lifetimes.refreshIdle, family.expiresAt)
  return { token: presented, writes: [extendRefreshToken(database, token, expires)] }
}

/**
 * The successor that a spent token was given.
 *
 * @param presented the spent token in the clear
 * @throws SealBroken when the row was tampered with
 */
export function sameSuccessor(
  { token, successorDigest }: Pick<PresentedRefreshToken, 'token' | 'successorDigest'>,
  presented: string,
): string {
  const kept = token.sealedSuccessor ?? ''
  // Sealed are those whose text was not ours to choose, and those of versions that sealed all of them.
  if (kept.length !== seedLength) return openUnder(presented, placeOf(token), kept)
  const successor = successorOf(presented, kept)
  if (datedDigest(successor) !== successorDigest) throw new SealBroken('A seed is not that of the successor.')
  return successor
}

/** A successor whose text is not ours to choose, as its row keeps it: sealed under the token that it takes the place of. */
export function sealedUnderIt(
  { runtime }: Pick<Platform, 'runtime'>,
  token: Pick<RefreshToken, 'digest'>,
  presented: string,
  successor: string,
): string {
  return sealUnder(presented, placeOf(token), successor, runtime)
}

interface Lineage {
  readonly boundTo: string | null
  /** Null for the first of a family. */
  readonly spent: { readonly token: RefreshToken; readonly presented: string } | null
}

function madeToken(
  platform: Platform,
  family: Family,
  lifetimes: Lifetimes,
  { boundTo, spent }: Lineage,
): MadeRefreshToken {
  const { database, runtime } = platform
  const seed = runtime.datedSecret()
  const token = spent === null ? formatOpaque('csrt', seed) : successorOf(spent.presented, seed)
  const now = runtime.now()
  const write = insertRefreshToken(database, {
    digest: datedDigest(token),
    familyId: family.id,
    generation: spent === null ? 0 : spent.token.generation + 1,
    createdAt: now,
    expiresAt: Math.min(now + lifetimes.refreshIdle, family.expiresAt),
    boundTo,
    sealedToken: spent === null ? null : seed,
  })
  return { token, writes: [write] }
}

/** Characters of a seed: no sealed token is as short. */
const seedLength = 43

/** The token that follows from one and a seed: as old as the seed says, and as secret as both. */
function successorOf(presented: string, seed: string): string {
  return formatOpaque('csrt', seed.slice(0, 8) + derivedFrom(presented, 'successor', seed, 26))
}

function placeOf(token: Pick<RefreshToken, 'digest'>): string {
  return `refresh_tokens/${token.digest}/successor`
}
