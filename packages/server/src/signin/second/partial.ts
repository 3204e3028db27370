// A partial sign-in: who has proven one factor and where they want to go, sealed for the browser that they did it in. It
// opens nothing. With a second factor it becomes one session, once, within ten minutes, and only while the password, the
// upstream identity and the second factors are still those that it was made with.
import { digest } from '@countersign/protocol'
import { ownerOf, rememberDevice } from '../../accounts/credentials/device.ts'
import {
  type Credential,
  credentialOfUser,
  passwordStands,
} from '../../accounts/credentials/passwords.store.ts'
import { type Identity, identityStands } from '../../accounts/identities/identities.store.ts'
import type { Authentication } from '../../accounts/sessions/session.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { type Incoming, localPath, type SafeLocation } from '../../platform/http/exchange.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import type { Platform } from '../../platform/platform.ts'
import { finishOnce } from './finished.store.ts'
import { type Holding, holdingOf } from './second-factors.ts'

/** An upstream's account, as far as it tells it from any other. */
export type IdentityKey = Pick<Identity, 'upstream' | 'issuer' | 'subject'>

/** What was proven, by whom, and what for. */
export interface Begun {
  readonly userId: string
  /** Name of the first method, for the record. */
  readonly method: string
  readonly authentication: Authentication
  readonly remember: boolean
  /** The sealed return address. */
  readonly continueTo: string | undefined
  /** The upstream's account that was proven; null for a password. */
  readonly identity: IdentityKey | null
}

/** A sign-in that lacks its second factor. */
export interface PartialSignIn extends Begun {
  /** Whether a factor is to be proven, or to be set up. */
  readonly lacks: 'second' | 'enrol'
  readonly user: User
  readonly holding: Holding
  /** To commit with the session. They lose `sign-in` where it became one already, and others where what it rests on is gone. */
  readonly writes: WriteSet
  /** `Set-Cookie` values of the session's answer. */
  readonly cookies: readonly string[]
}

interface Sealed extends Begun {
  readonly id: string
  readonly lacks: PartialSignIn['lacks']
  readonly expiresAt: number
  readonly passwordChangedAt: number | null
  readonly holding: string
}

/** Seconds that a person has for the second factor. */
const partialSeconds = 600
/** The page of the second step. */
export const secondPath = '/sign-in/second'

const tickets = ticketsOf<Sealed>('second step')

/** Where a person goes with one factor. INVARIANT: what stands in the address is nothing without that browser's cookie. */
export async function secondStep(
  platform: Platform,
  request: Incoming,
  begun: Begun,
  lacks: PartialSignIn['lacks'],
): Promise<SafeLocation> {
  const { runtime, database } = platform
  const { userId, method, authentication, remember, continueTo, identity } = begun
  const [credential, holding] = await Promise.all([
    credentialOfUser(database, userId),
    holdingOf(platform, userId),
  ])
  const step = tickets.seal(platform, request, {
    userId,
    method,
    authentication: { amr: authentication.amr, acr: authentication.acr },
    remember,
    continueTo,
    identity: identity && { upstream: identity.upstream, issuer: identity.issuer, subject: identity.subject },
    id: runtime.secret(16),
    lacks,
    expiresAt: runtime.now() + partialSeconds,
    passwordChangedAt: credential?.password?.changedAt ?? null,
    holding: holding.version,
  })
  return localPath(`${secondPath}?step=${step}`)
}

/** The partial sign-in of an address or a form; null when it is none of this browser, over, or rests on what has changed. */
export async function readPartial(
  platform: Platform,
  request: Incoming,
  step: string | undefined,
): Promise<PartialSignIn | null> {
  const { database, runtime } = platform
  const sealed = tickets.open(platform, request, step)
  if (sealed === null || sealed.expiresAt <= runtime.now()) return null
  const [credential, holding] = await Promise.all([
    credentialOfUser(database, sealed.userId),
    holdingOf(platform, sealed.userId),
  ])
  if (credential === null || credential.user.disabledAt !== null) return null
  if ((credential.password?.changedAt ?? null) !== sealed.passwordChangedAt) return null
  if (holding.version !== sealed.holding) return null
  const { id, expiresAt, passwordChangedAt: _, ...begun } = sealed
  return {
    ...begun,
    holding,
    user: credential.user,
    writes: [
      finishOnce(database, { digest: digest(id), expiresAt }),
      stillProven(platform, credential, begun.identity),
    ],
    cookies: [rememberDevice(platform, request, ownerOf(credential))],
  }
}

function stillProven(
  { database }: Platform,
  { user, password }: Credential,
  identity: IdentityKey | null,
): WriteSet {
  return [
    password && passwordStands(database, user.id, password),
    identity && identityStands(database, identity, user.id),
  ]
}
