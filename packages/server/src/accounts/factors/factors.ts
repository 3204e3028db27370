// What a person proves themself by a second time: set up, looked up, taken away. Secrets are sealed by the vault; who sees
// them is their owner, once.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import {
  acceptStep,
  deleteRecoveryCodes,
  deleteTotpRow,
  insertTotpRow,
  replaceRecoveryCodes,
  type StoredTotp,
  totpOf,
} from './factors.store.ts'
import { drawRecoveryCodes, recoveryCodeDigest } from './recovery-codes.ts'
import { type TotpSecret, totpAlgorithms } from './totp.ts'

type World = Pick<Platform, 'database' | 'runtime' | 'vault'>

/** Whether a password or an upstream's word alone is not enough for a person (C12). */
export async function hasSecondFactor(
  { database }: Pick<Platform, 'database'>,
  userId: string,
): Promise<boolean> {
  return (await totpOf(database, userId)) !== null
}

/**
 * The write that gives a person an authenticator application: one that they confirmed, or that is brought along. Loses
 * `factor` when they have one, `user` when they are gone.
 *
 * @param totp its secret in the clear, and how codes are made of it
 * @param lastStep the newest step whose code must not be accepted again; 0 for none
 */
export function insertTotp(platform: World, userId: string, totp: TotpSecret, lastStep = 0): WriteSet {
  const { database, runtime, vault } = platform
  const id = runtime.id('fct')
  const { secret, algorithm, digits, period } = totp
  const sealedSecret = vault.seal(placeOf(userId, id), Buffer.from(secret).toString('base64url'))
  const stored = { userId, id, sealedSecret, algorithm, digits, period, lastStep, createdAt: runtime.now() }
  return [
    insertTotpRow(database, stored),
    event(database, runtime, { type: 'second_factor.added', userId, detail: { factor: 'totp' } }),
  ]
}

/** The writes that put another authenticator application in the place of one. Lose `factor` when that is gone by then. */
export function replaceTotp(
  platform: World,
  present: StoredTotp,
  totp: TotpSecret,
  lastStep: number,
): WriteSet {
  const { userId } = present
  return [
    // The one that was there when it was asked, and no other.
    acceptStep(platform.database, present, Math.max(present.lastStep, lastStep) + 1),
    deleteTotpRow(platform.database, userId),
    insertTotp(platform, userId, totp, lastStep),
  ]
}

/** The secret of an authenticator application: to check codes, or for whoever moves out. */
export function openTotp({ vault }: Pick<Platform, 'vault'>, stored: StoredTotp): TotpSecret {
  const { userId, id, sealedSecret, digits, period } = stored
  const algorithm = totpAlgorithms.find((name) => name === stored.algorithm)
  if (algorithm === undefined) throw new Error('A stored second factor is of an unknown algorithm.')
  const secret = Buffer.from(vault.open(placeOf(userId, id), sealedSecret), 'base64url')
  return { secret, algorithm, digits, period }
}

/** The same secret under the newest seal; null when that is what it has. */
export function resealed(
  { vault }: Pick<Platform, 'vault'>,
  { userId, id, sealedSecret }: StoredTotp,
): string | null {
  if (!vault.isStale(sealedSecret)) return null
  const place = placeOf(userId, id)
  return vault.seal(place, vault.open(place, sealedSecret))
}

/** A new set of recovery codes, to be shown once, and the writes that make it the only one. */
export function newRecoveryCodes(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): { readonly codes: readonly string[]; readonly writes: WriteSet } {
  const codes = drawRecoveryCodes(runtime)
  const digests = codes.map(recoveryCodeDigest).filter((one) => one !== null)
  const now: Instant = runtime.now()
  return {
    codes,
    writes: [
      replaceRecoveryCodes(database, { userId, setId: runtime.id('rcs'), now }, digests),
      event(database, runtime, { type: 'recovery_codes.created', userId, detail: { count: digests.length } }),
    ],
  }
}

/** Takes away the authenticator application of a person, and the recovery codes that stood for it. @param by who does */
export function removeTotp(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
  by: 'the person' | 'an operator',
  peer?: string,
): WriteSet {
  return [
    deleteTotpRow(database, userId),
    deleteRecoveryCodes(database, userId),
    event(database, runtime, {
      type: 'second_factor.removed',
      userId,
      peer,
      detail: { factor: 'totp', by },
    }),
  ]
}

function placeOf(userId: string, id: string): string {
  return `totp_factors/${userId}/${id}/secret`
}
