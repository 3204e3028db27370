// Making refresh tokens: the first of a family, and the successor of one.
import { digest, formatOpaque } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { openUnder, sealUnder } from '../../platform/keys/vault.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Family } from '../authorization.ts'
import type { Lifetimes } from '../lifetimes.ts'
import { extendRefreshToken, insertRefreshToken, type RefreshToken } from './refresh-tokens.store.ts'

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
 * The successor of a token that is being spent, sealed under it.
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

/** The successor that a spent token was given. @throws SealBroken when the row was tampered with */
export function sameSuccessor(spent: RefreshToken, presented: string): string {
  return openUnder(presented, placeOf(spent), spent.sealedSuccessor ?? '')
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
  const token = formatOpaque('csrt', runtime.secret())
  const now = runtime.now()
  const write = insertRefreshToken(database, {
    digest: digest(token),
    familyId: family.id,
    generation: spent === null ? 0 : spent.token.generation + 1,
    createdAt: now,
    expiresAt: Math.min(now + lifetimes.refreshIdle, family.expiresAt),
    boundTo,
    sealedToken: spent === null ? null : sealedUnderIt(platform, spent.token, spent.presented, token),
  })
  return { token, writes: [write] }
}

function placeOf(token: Pick<RefreshToken, 'digest'>): string {
  return `refresh_tokens/${token.digest}/successor`
}
