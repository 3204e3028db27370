// Second factors and passkeys of people who are brought: each comes once, so that one that is taken away here stays away,
// and none that is here is replaced. What was used there since is used here (MF-01, MF-03).

import { base32Bytes } from '../../accounts/factors/base32.ts'
import {
  recoveryCodesOf,
  replaceRecoveryCodes,
  type StoredTotp,
  totpOf,
} from '../../accounts/factors/factors.store.ts'
import { insertTotp, openTotp } from '../../accounts/factors/factors.ts'
import { stepAt } from '../../accounts/factors/totp.ts'
import { insertPasskey, passkeyByCredential } from '../../accounts/passkeys/passkeys.store.ts'
import { isSoundKey } from '../../accounts/passkeys/public-keys.ts'
import { isThingMoved, rememberThing } from '../../accounts/users/moved.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { MovedPasskey, MovedTotp, MovedUser } from './records.ts'
import { allOf, conflict, counted, leftBehind, type Tally } from './report.ts'
import { raiseStep, spendMovedCode } from './take-factors.store.ts'
import type { Plan, World } from './world.ts'

/** What of a person's factors is to come. */
export interface Factors {
  readonly totp: MovedTotp | null
  readonly recoveryCodes: readonly string[]
  readonly passkeys: readonly (MovedPasskey & { readonly rpId: string })[]
  /** What came before and was used there since. */
  readonly used: Used | null
  /** What is told of the others. */
  readonly tallies: readonly Tally[]
}

/** Of an application that is here and there: the step up to which its codes were used, and recovery codes that were. */
interface Used {
  readonly factor: StoredTotp
  readonly step: number
  readonly codes: readonly string[]
}

const none: Factors = { totp: null, recoveryCodes: [], passkeys: [], used: null, tallies: [] }

/** Whether anything is to come that is not here. */
export function isAnything({ totp, passkeys }: Factors): boolean {
  return totp !== null || passkeys.length > 0
}

/** Looks up which factors are to come. @param userId who they are here; null for those who come themselves */
export async function factorsToCome(world: World, read: MovedUser, userId: string | null): Promise<Factors> {
  if (read.totp === null && read.passkeys.length === 0) return none
  const { totp, recoveryCodes } = read
  const comes = totp !== null && (await isTotpToCome(world, read, userId))
  const tallies: Tally[] = []
  const passkeys: (MovedPasskey & { readonly rpId: string })[] = []
  for (const passkey of read.passkeys) {
    const fitting = await passkeyToCome(world, read, passkey)
    if (typeof fitting === 'function') tallies.push(fitting)
    else if (fitting !== null) passkeys.push(fitting)
  }
  const used = comes || totp === null || userId === null ? null : await usedThere(world, read, totp, userId)
  return { totp: comes ? totp : null, recoveryCodes: comes ? recoveryCodes : [], passkeys, used, tallies }
}

/** Null where the application that is here is another one. */
async function usedThere(
  { platform, options }: World,
  { recoveryCodes }: MovedUser,
  totp: MovedTotp,
  userId: string,
): Promise<Used | null> {
  const { database } = platform
  const factor = await totpOf(database, userId)
  const bytes = base32Bytes(totp.secret)
  if (factor === null || bytes === null) return null
  if (!Buffer.from(openTotp(platform, factor).secret).equals(bytes)) return null
  const here = await recoveryCodesOf(database, userId)
  // Codes that were made here are none of theirs.
  const cameFromThere = here !== null && (await isThingMoved(database, options.source, codesOf(here.setId)))
  const left = new Set(recoveryCodes)
  const step = stepUsed(platform, totp)
  return { factor, step, codes: cameFromThere ? here.digests.filter((one) => !left.has(one)) : [] }
}

/** The newest step whose code can have been used by now: whatever is said to be beyond would keep its person out till then. */
function stepUsed({ runtime }: Platform, { lastStep, period }: MovedTotp): number {
  return Math.min(lastStep, stepAt({ period }, runtime.now()) + 1)
}

async function isTotpToCome(
  { platform: { database }, options }: World,
  { id }: MovedUser,
  userId: string | null,
): Promise<boolean> {
  if (await isThingMoved(database, options.source, totpOfForeign(id))) return false
  return userId === null || (await totpOf(database, userId)) === null
}

/** Null for one that was brought before, or that is somebody's. */
async function passkeyToCome(
  { platform, options }: World,
  { id }: MovedUser,
  passkey: MovedPasskey,
): Promise<(MovedPasskey & { readonly rpId: string }) | Tally | null> {
  const { database, issuer } = platform
  if (await isThingMoved(database, options.source, passkeyOfForeign(passkey))) return null
  const rpId = passkey.rpId ?? options.rpId
  if (rpId === null) return leftBehind('passkeys of a domain that nobody named (--rp-id)')
  if (rpId !== (issuer.domain ?? issuer.host))
    return conflict(id, 'has a passkey of another domain than this server’s: it works there alone')
  if (!(await isSoundKey(new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')))))
    return leftBehind('passkeys with keys that are not taken here')
  if ((await passkeyByCredential(database, passkey.credentialId)) !== null) return null
  return { ...passkey, rpId }
}

/** The writes that bring what is to come. */
export function planFactors(world: World, user: User, read: MovedUser, factors: Factors): Plan {
  const { platform, options, claimed } = world
  const { database, runtime } = platform
  const now = runtime.now()
  const passkeys = factors.passkeys.filter(({ credentialId }) => !claimed.has(`k ${credentialId}`))
  for (const { credentialId } of passkeys) claimed.add(`k ${credentialId}`)
  const tallies = [
    ...factors.tallies,
    counted('factors', factors.totp === null ? 0 : 1),
    counted('passkeys', passkeys.length),
  ]
  return {
    writes: [
      factors.totp === null
        ? null
        : [
            totpWrites(world, user, factors.totp, factors.recoveryCodes),
            rememberThing(database, options.source, totpOfForeign(read.id), now),
          ],
      usedWrites(world, user, factors.used),
      passkeys.map((passkey) => [
        passkeyWrites(platform, user, passkey),
        rememberThing(database, options.source, passkeyOfForeign(passkey), now),
      ]),
    ],
    tally: allOf(tallies),
  }
}

function usedWrites({ platform: { database } }: World, user: User, used: Used | null): WriteSet {
  if (used === null) return []
  const { factor, step, codes } = used
  return [
    step > factor.lastStep ? raiseStep(database, factor, step) : null,
    codes.map((code) => spendMovedCode(database, user.id, code)),
  ]
}

function totpWrites(
  { platform, options }: World,
  user: User,
  totp: MovedTotp,
  recoveryCodes: readonly string[],
): WriteSet {
  const { secret, lastStep: _, ...shape } = totp
  const { database, runtime } = platform
  const bytes = base32Bytes(secret)
  if (bytes === null) return []
  const set = { userId: user.id, setId: runtime.id('rcs'), now: runtime.now() }
  return [
    insertTotp(platform, user.id, { ...shape, secret: bytes }, stepUsed(platform, totp)),
    recoveryCodes.length === 0
      ? null
      : [
          replaceRecoveryCodes(database, set, recoveryCodes),
          rememberThing(database, options.source, codesOf(set.setId), set.now),
        ],
  ]
}

function passkeyWrites(
  { database, runtime }: Platform,
  user: User,
  passkey: MovedPasskey & { readonly rpId: string },
): WriteSet {
  const now = runtime.now()
  const id = runtime.id('psk')
  return [
    insertPasskey(database, {
      ...passkey,
      id,
      userId: user.id,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      name: passkey.name.trim().slice(0, 60) || 'Passkey',
      createdAt: (passkey.createdAt ?? now) as Instant,
      lastUsedAt: passkey.lastUsedAt as Instant | null,
    }),
    event(database, runtime, {
      type: 'passkey.added',
      userId: user.id,
      detail: { passkey: id, imported: true },
    }),
  ]
}

function codesOf(setId: string): string {
  return `recovery-codes ${setId}`
}

function totpOfForeign(id: string): string {
  return `totp ${id}`
}

function passkeyOfForeign({ credentialId }: MovedPasskey): string {
  return `passkey ${credentialId}`
}
