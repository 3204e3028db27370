// The one place where a passkey is tried, whoever asks: the sign-in page, the second step, and the page that asks people
// to confirm that it is them. The form brings the ticket of the challenge and what the authenticator signed.
import { authenticationClasses } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { type Flow, reserve } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Platform } from '../../platform/platform.ts'
import { type DeviceOwner, knownDevice, ownerOf, rememberDevice } from '../credentials/device.ts'
import { credentialOfUser } from '../credentials/passwords.store.ts'
import { toldOf } from '../letters/told-of.ts'
import type { Authentication } from '../sessions/session.ts'
import type { User } from '../users/users.store.ts'
import { type Verification, verifyAssertion, wentBack } from './ceremonies.ts'
import { type Challenge, openChallenge, type Purpose, spendChallenge } from './challenges.ts'
import { passkeyFields } from './passkey-place.page.ts'
import { type Passkey, type PasskeyUse, passkeyByCredential, passkeyUsed } from './passkeys.store.ts'
import { readAssertion } from './responses.ts'

/** What came of trying a passkey. */
export type PasskeyProof =
  | {
      readonly ok: true
      readonly user: User
      readonly authentication: Authentication
      /**
       * To commit with what follows from the proof. They lose `challenge` when it was answered before, `signature` when
       * the passkey is gone, or its count was used at this very moment.
       */
      readonly writes: WriteSet
      /** `Set-Cookie` values: the browser is known from now on. */
      readonly cookies: readonly string[]
    }
  /** No script has filled the form in. */
  | { readonly ok: false; readonly because: 'missing' }
  /** The challenge is of another page, or too old. */
  | { readonly ok: false; readonly because: 'expired' }
  /** Broken, unknown, somebody else's, of a person who is disabled, or a copy: nobody is told which. */
  | { readonly ok: false; readonly because: 'refused' }
  /** Not tried at all. */
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** Who is asked for a passkey, and what for. */
export interface AskedFor {
  readonly purpose: Purpose
  /** The person whose it has to be; null where the passkey says who comes. */
  readonly userId: string | null
  readonly verification: Verification
}

const lettersOfCopies: Flow = { burst: 1, seconds: 3600 }

/** Tries the passkey that a form brings. */
export async function provePasskey(
  platform: Platform,
  { tries }: { readonly tries: Flow },
  request: Incoming,
  asked: AskedFor,
): Promise<PasskeyProof> {
  const text = request.form.get(passkeyFields.get.answer)
  if (text === undefined || text === '') return { ok: false, because: 'missing' }
  const sealed = request.form.get(passkeyFields.get.ticket)
  const challenge = openChallenge(platform, request, asked.purpose, asked.userId, sealed)
  if (challenge === null) return { ok: false, because: 'expired' }
  const sent = readAssertion(text)
  const found = sent === null ? null : await passkeyByCredential(platform.database, sent.id)
  const owner = await ownerIn(platform, found?.user.id ?? '')
  // A known device stands apart from its network: an office behind one address can't be locked out by a neighbour.
  const isKnown = owner !== null && knownDevice(platform, request, owner) !== null
  const bucket = isKnown ? `known/${owner.userId}` : networksOf(request.peer).near
  const reserved = await reserve(platform, `passkey/tries/${bucket}`, tries)
  if (!reserved.ok) return { ok: false, because: 'limited', retryAfter: reserved.retryAfter }

  if (sent === null || found === null || owner === null) return refuse(platform, request, undefined)
  const { passkey, user } = found
  const isTheirs = asked.userId === null || asked.userId === user.id
  if (!isTheirs || user.disabledAt !== null) return refuse(platform, request, user.id)
  const { verification } = asked
  const named = asked.userId !== null
  const use = await verifyAssertion(platform.issuer, challenge.challenge, sent, passkey, {
    verification,
    named,
  })
  if (use === null) return refuse(platform, request, user.id)
  if (wentBack(passkey.signCount, use.signCount)) {
    return refuseCopy(platform, request, { passkey, user, challenge, seen: use.signCount })
  }
  return {
    ok: true,
    user,
    authentication: byPasskey(use),
    writes: [
      spendChallenge(platform, challenge),
      passkeyUsed(platform.database, platform.runtime.now(), passkey, use),
    ],
    cookies: [rememberDevice(platform, request, owner)],
  }
}

async function ownerIn({ database }: Platform, userId: string): Promise<DeviceOwner | null> {
  const credential = await credentialOfUser(database, userId)
  return credential === null ? null : ownerOf(credential)
}

/**
 * What a passkey's signature is worth (RFC 8176): two factors at once where its authenticator has verified the person,
 * else the one that they have it (MF-11). One that can be copied to other devices lies in no hardware of its own.
 */
function byPasskey({ userVerified, backupEligible }: PasskeyUse): Authentication {
  const key = backupEligible ? 'swk' : 'hwk'
  return userVerified
    ? { amr: [key, 'user', 'mfa'], acr: authenticationClasses.passkey }
    : { amr: [key, 'user'], acr: authenticationClasses.mfa }
}

async function refuse(
  { database, runtime }: Platform,
  { peer }: Incoming,
  userId: string | undefined,
): Promise<PasskeyProof> {
  const detail = { method: 'passkey' }
  await database.commit([event(database, runtime, { type: 'user.sign_in_failed', userId, peer, detail })])
  return { ok: false, because: 'refused' }
}

/** The right key with a count that was there before: somebody has a copy of it (MF-09). The person is told. */
async function refuseCopy(
  platform: Platform,
  request: Incoming,
  found: {
    readonly passkey: Passkey
    readonly user: User
    readonly challenge: Challenge
    readonly seen: number
  },
): Promise<PasskeyProof> {
  const { database, runtime } = platform
  const { passkey, user, challenge, seen } = found
  // Whoever holds a copy could show it all day.
  const isTold = (await reserve(platform, `passkey/copied/${passkey.id}`, lettersOfCopies)).ok
  // Losing the challenge means that the same answer was sent twice: then it was told before.
  await database.commit([
    spendChallenge(platform, challenge),
    event(database, runtime, {
      type: 'passkey.count_went_back',
      userId: user.id,
      peer: request.peer,
      detail: { passkey: passkey.id, last: passkey.signCount, seen },
    }),
    isTold ? toldOf(platform, user, { what: 'passkey.copied', name: passkey.name }, request) : null,
  ])
  return { ok: false, because: 'refused' }
}
