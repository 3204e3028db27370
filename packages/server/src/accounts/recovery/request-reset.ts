// Asking for a new password: by anybody, for anybody. Whoever asks gets the same answer after the same work, whether or
// not there is such a person (PW-10, C26); asking changes nothing (PW-22); the letter is queued and so is no clock.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Credential, credentialNear } from '../credentials/passwords.store.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { type AskedFrom, askedFrom } from '../letters/asked-from.ts'
import { greetingOf } from '../letters/greeting.ts'
import {
  type Drawn,
  drawForNobody,
  drawProof,
  type LinkTo,
  nobodyNamed,
  proofSeconds,
} from '../proofs/proofs.ts'
import { canonicalIdentifier } from '../users/identifiers.ts'
import type { User } from '../users/users.store.ts'
import { resetLetter } from './reset.letter.ts'
import { type OtherWay, otherWaysOf } from './ways.store.ts'

/** What recovery needs of the other rooms. */
export interface RecoveryRoom extends PasswordDoor {
  /** Providers that are switched on, to be called by their names in letters. */
  readonly upstreams?: readonly { readonly id: string; readonly name: string }[] | undefined
}

type Asking = Pick<Incoming, 'peer' | 'headers'>

/** What somebody asks a new password for. */
export interface Wanted {
  /** An address or a user name, as it was typed. */
  readonly name: string
  /** Our own page when left out. */
  readonly linkTo?: LinkTo | undefined
  /** What to remember until the link is followed, such as a return address. */
  readonly kept?: string | undefined
}

/**
 * Mails a link with which a new password can be chosen, where that may be done, and else how the person signs in.
 * Nothing tells whether it was mailed: not for a name that nobody has, nor when too many letters were asked for.
 */
export async function requestReset(
  platform: Platform,
  room: RecoveryRoom,
  request: Asking,
  { name, linkTo = ownLink(platform), kept }: Wanted,
): Promise<void> {
  const { database, mail } = platform
  const identifier = canonicalIdentifier(name)
  if (identifier === null || !mail.isOpen) return
  const { found: credential, like } = await credentialNear(database, identifier)
  const ways = await otherWaysOf(database, like?.user.id ?? '')
  const address = credential?.user.email ?? identifier.value
  if (!(await mail.mayPost(address, request.peer))) return
  const from = askedFrom(request)
  const nobody = nobodyNamed(platform, address)
  const writes =
    credential === null || credential.user.email === null || credential.user.disabledAt !== null
      ? forNobody(platform, address, like, from)
      : forSomebody(platform, room, credential, { ways, linkTo, from, kept })
  await database.commit([
    writes,
    event(database, platform.runtime, {
      type: 'password.reset_requested',
      userId: credential?.user.id ?? nobody,
      peer: request.peer,
    }),
  ])
}

/** What came of an operator's wish to have somebody choose a new password. */
export type Started =
  | { readonly kind: 'mailed'; readonly address: string }
  /** To be handed over by the operator, once. */
  | { readonly kind: 'link'; readonly link: string }
  | {
      readonly kind: 'refused'
      readonly because: 'mail closed' | 'no address' | 'not confirmed' | 'disabled'
    }

/**
 * Starts a reset for somebody else (PW-26): who does it neither sees nor sets a password.
 *
 * @param how by letter to the person's own address, or as a link that is handed over some other way
 */
export async function startReset(
  platform: Platform,
  room: Pick<RecoveryRoom, 'upstreams'>,
  owner: Credential,
  how: 'mail' | 'link',
): Promise<Started> {
  const { database, mail, runtime } = platform
  const { user } = owner
  if (user.disabledAt !== null) return { kind: 'refused', because: 'disabled' }
  const requested = event(database, runtime, {
    type: 'password.reset_requested',
    userId: user.id,
    detail: { by: 'operator' },
  })
  if (how === 'link') {
    const { secret, write } = drawProof(platform, {
      purpose: 'password.reset',
      subject: user.id,
      owner,
      address: null,
    })
    await database.commit([write, requested])
    return { kind: 'link', link: ownLink(platform)(secret, user) }
  }
  if (user.email === null) return { kind: 'refused', because: 'no address' }
  if (!mail.isOpen) return { kind: 'refused', because: 'mail closed' }
  const ways = await otherWaysOf(database, user.id)
  if (!user.emailVerified && ways.length > 0) return { kind: 'refused', because: 'not confirmed' }
  const letter = forSomebody(platform, room, owner, { ways, linkTo: ownLink(platform), from: null })
  await database.commit([letter, requested])
  return { kind: 'mailed', address: user.email }
}

interface Told {
  readonly ways: readonly OtherWay[]
  readonly linkTo: LinkTo
  /** Null where an operator asked. */
  readonly from: AskedFrom | null
  readonly kept?: string | undefined
}

function forSomebody(
  platform: Platform,
  room: Pick<RecoveryRoom, 'upstreams'>,
  owner: Credential,
  { ways, linkTo, from, kept }: Told,
): WriteSet {
  const { mail, issuer, runtime } = platform
  const { user } = owner
  const to = user.email
  if (to === null) return []
  // An address that nobody has proven may be a stranger's, by a slip or on purpose: it opens nothing that something else
  // opens or guards (C16, PW-21; decision 39).
  const mayReset = user.emailVerified || ways.length === 0
  const drawn: Drawn | null = mayReset
    ? drawProof(platform, { purpose: 'password.reset', subject: user.id, owner, address: to, kept })
    : null
  const seconds = proofSeconds['password.reset']
  const words = resetLetter(issuer, {
    greeting: greetingOf(user),
    hasPassword: owner.password !== null,
    opens: ways.filter(({ kind }) => kind !== 'authenticator').map((way) => wordsOf(room, way)),
    guards: ways.filter(({ kind }) => kind === 'authenticator').map((way) => wordsOf(room, way)),
    link: drawn === null ? null : linkTo(drawn.secret, user),
    seconds,
    from,
  })
  const until = runtime.now() + seconds
  // Where there is no link, a row for nobody: that an account is guarded so shows in no clock either.
  const { write } = drawn ?? drawForNobody(platform, 'password.reset', to, owner)
  return [write, mail.post({ to, kind: 'password.reset', userId: user.id, until, ...words })]
}

/** The same writes as for somebody, which come to nothing. */
function forNobody(platform: Platform, name: string, like: Credential | null, from: AskedFrom): WriteSet {
  const { issuer, mail, runtime } = platform
  const { secret, write } = drawForNobody(platform, 'password.reset', name, like)
  const seconds = proofSeconds['password.reset']
  const words = resetLetter(issuer, {
    greeting: greetingOf(null),
    hasPassword: true,
    opens: [],
    guards: [],
    link: ownLink(platform)(secret),
    seconds,
    from,
  })
  return [write, mail.pretend({ kind: 'password.reset', until: runtime.now() + seconds, ...words })]
}

function ownLink({ issuer }: Platform): (secret: string, user?: User) => string {
  return (secret) => issuer.at(`/reset-password?secret=${secret}`)
}

function wordsOf({ upstreams = [] }: Pick<RecoveryRoom, 'upstreams'>, way: OtherWay): string {
  if (way.kind === 'identity') return upstreams.find(({ id }) => id === way.upstream)?.name ?? way.upstream
  return way.kind === 'passkey' ? 'a passkey' : 'an authenticator app'
}
