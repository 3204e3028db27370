// E-mail addresses of accounts: proven by a mailed link, and changed only once the new mailbox is (PW-28, C15). A link is
// good for the very address that it went to; of several changes that were begun, the newest alone can come true.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Credential, credentialOfUser } from '../credentials/passwords.store.ts'
import { greetingOf } from '../letters/greeting.ts'
import { toldOf } from '../letters/told-of.ts'
import { newestProof } from '../proofs/proofs.store.ts'
import { drawProof, type LinkTo, type Owned, ownedProof, proofSeconds, spendOwned } from '../proofs/proofs.ts'
import { type Canonical, canonicalEmail } from '../users/identifiers.ts'
import {
  changeEmail,
  confirmEmail,
  takeTurn,
  type User,
  userByIdentifier,
  userNear,
} from '../users/users.store.ts'
import { changeLetter, takenLetter, verifyLetter } from './address.letter.ts'
import { freeAddress, isFreeable } from './addresses.store.ts'

type Asking = Pick<Incoming, 'peer' | 'headers'>

/**
 * Mails a link with which a person confirms the address that their account has. Mails nothing to an address that is
 * confirmed already, nor where too many letters were asked for: the answer is the same.
 *
 * @param linkTo our own page when left out, on which only who is signed in confirms
 */
export async function requestVerification(
  platform: Platform,
  request: Asking,
  user: Pick<User, 'id'>,
  linkTo?: LinkTo,
): Promise<void> {
  const { database, mail } = platform
  const owner = await credentialOfUser(database, user.id)
  const address = owner?.user.email ?? null
  if (owner === null || address === null || !mayVerify(owner)) return
  if (!mail.isOpen || !(await mail.mayPost(address, request.peer))) return
  await database.commit(verificationWrites(platform, request, owner, address, linkTo))
}

/** Whether somebody has an address that they could confirm. */
export function mayVerify({ user }: Credential): boolean {
  return user.email !== null && !user.emailVerified && user.disabledAt === null
}

/** The letter with the link, for who may have it. @param linkTo as of `requestVerification` */
export function verificationWrites(
  platform: Platform,
  { peer }: Pick<Asking, 'peer'>,
  owner: Credential,
  address: Canonical,
  linkTo: LinkTo | undefined,
): WriteSet {
  const { database, issuer, mail, runtime } = platform
  const { id } = owner.user
  const { secret, write } = drawProof(platform, { purpose: 'address.verify', subject: id, owner, address })
  const seconds = proofSeconds['address.verify']
  const link = (linkTo ?? ownLink(platform))(secret, owner.user)
  const words = verifyLetter(issuer, { address, link, seconds }, linkTo === undefined)
  return [
    write,
    mail.post({ to: address, kind: 'address.verify', userId: id, until: runtime.now() + seconds, ...words }),
    event(database, runtime, { type: 'address.verification_requested', userId: id, peer }),
  ]
}

/** What came of following a link. */
export type Confirmation =
  | { readonly kind: 'done'; readonly user: User; readonly address: Canonical }
  /** Unknown, used, replaced by a newer one, too old, or of an account that has changed since: nobody is told which. */
  | { readonly kind: 'refused' }

/** Whose address a link would confirm; null when it is good for nothing (any more). Uses nothing up. */
export async function verificationOf(platform: Platform, secret: string | undefined): Promise<Owned | null> {
  const owned = await ownedProof(platform, 'address.verify', secret)
  return owned?.proof.address != null && owned.proof.address === owned.owner.user.email ? owned : null
}

/** Confirms the address that a link went to, if the account still has it. The link is used up. */
export async function confirmAddress(
  platform: Platform,
  request: Asking,
  secret: string | undefined,
): Promise<Confirmation> {
  const owned = await verificationOf(platform, secret)
  const address = owned?.proof.address ?? null
  if (owned === null || address === null) return { kind: 'refused' }
  const { database, runtime } = platform
  const { user } = owned.owner
  const committed = await database.commit([
    spendOwned(platform, owned),
    confirmEmail(database, runtime.now(), user.id, address),
    event(database, runtime, { type: 'address.verified', userId: user.id, peer: request.peer }),
  ])
  return committed.ok
    ? { kind: 'done', user: { ...user, emailVerified: true }, address }
    : { kind: 'refused' }
}

/** What came of asking for another address. */
export type ChangeAsked =
  /** Mailed, if that may be; whether somebody else has the address is not told. */
  | { readonly kind: 'requested'; readonly address: Canonical }
  | { readonly kind: 'refused'; readonly because: 'malformed' | 'same' | 'mail closed' }

/**
 * Mails a link to the address that an account is to have, and a note to the one that it has. The caller makes sure that
 * the person has just proven who they are (SE-09).
 *
 * @param wanted as it was typed
 * @param linkTo our own page when left out
 */
export async function requestAddressChange(
  platform: Platform,
  request: Asking,
  user: Pick<User, 'id'>,
  wanted: string,
  linkTo: LinkTo = ownLink(platform),
): Promise<ChangeAsked> {
  const { database, mail } = platform
  const address = canonicalEmail(wanted)
  if (address === null) return { kind: 'refused', because: 'malformed' }
  const owner = await credentialOfUser(database, user.id)
  if (owner === null || owner.user.email === address) return { kind: 'refused', because: 'same' }
  if (!mail.isOpen) return { kind: 'refused', because: 'mail closed' }
  const holder = await holderOf(platform, address)
  if (await mail.mayPost(address, request.peer)) {
    await database.commit([
      changeWrites(platform, request, owner, { address, holder, linkTo }),
      event(database, platform.runtime, {
        type: 'address.change_requested',
        userId: user.id,
        peer: request.peer,
      }),
    ])
  }
  return { kind: 'requested', address }
}

interface Change {
  readonly address: Canonical
  /** Who has it already. */
  readonly holder: Holder | null
  readonly linkTo: LinkTo
}

function changeWrites(
  platform: Platform,
  request: Asking,
  owner: Credential,
  { address, holder, linkTo }: Change,
): WriteSet {
  const { issuer, mail, runtime } = platform
  const { id } = owner.user
  const drawn = drawProof(platform, { purpose: 'address.change', subject: id, owner, address })
  const seconds = proofSeconds['address.change']
  const until = runtime.now() + seconds
  const link = linkTo(drawn.secret, owner.user)
  const letter =
    holder === null || holder.isFreeable
      ? ({
          kind: 'address.change',
          userId: id,
          ...changeLetter(issuer, { address, link, seconds }),
        } as const)
      : ({
          kind: 'account.exists',
          userId: holder.user.id,
          ...takenLetter(issuer, { greeting: greetingOf(holder.user), asked: 'change' }),
        } as const)
  return [
    // Also where the address is somebody else's, so that the account page shows the same; nobody gets that secret.
    drawn.write,
    mail.post({ to: address, until, ...letter }),
    toldOf(platform, owner.user, { what: 'address.change_asked', to: address }, request),
  ]
}

/** Who has an address that somebody else is about to prove. */
export interface Holder {
  readonly user: User
  /** They haven’t proven it and can do without it: it goes to who proves it (C16, decision 39). */
  readonly isFreeable: boolean
}

/** Who has an address, if anybody; after the same statements for all. */
export async function holderOf({ database, issuer }: Platform, address: Canonical): Promise<Holder | null> {
  const { found: user, like } = await userNear(database, address)
  const freeable = await isFreeable(database, {
    userId: like?.id ?? '',
    email: address,
    domain: issuer.domain,
  })
  return user === null ? null : { user, isFreeable: freeable }
}

/** Takes the address from its holder for the commit of who has proven it. Loses `user` when that may not be by then. */
export function takeFrom(
  { database, runtime, issuer }: Platform,
  holder: Holder | null,
  address: Canonical,
): WriteSet {
  if (holder === null || !holder.isFreeable) return []
  const { id } = holder.user
  return [
    takeTurn(database, id),
    freeAddress(database, runtime.now(), { userId: id, email: address, domain: issuer.domain }),
    event(database, runtime, { type: 'address.freed', userId: id }),
  ]
}

/** The address that waits to be confirmed, and until when; null where none does. */
export async function waitingAddress(
  { database, runtime }: Platform,
  user: Pick<User, 'id'>,
): Promise<{ readonly address: Canonical; readonly until: number } | null> {
  const proof = await newestProof(database, runtime.now(), 'address.change', user.id)
  return proof?.address == null ? null : { address: proof.address, until: proof.expiresAt }
}

/** What came of following a link to a new address. */
export type AddressChanged =
  | Confirmation
  /** Another account got the address meanwhile; the link is still there, and of no use. */
  | { readonly kind: 'taken' }

/** Whose address a link would change to which; null when it is good for nothing (any more). Uses nothing up. */
export async function addressChangeOf(platform: Platform, secret: string | undefined): Promise<Owned | null> {
  return ownedProof(platform, 'address.change', secret)
}

/** Gives the account the address that the link went to. The link is used up. */
export async function confirmAddressChange(
  platform: Platform,
  request: Asking,
  secret: string | undefined,
): Promise<AddressChanged> {
  const owned = await addressChangeOf(platform, secret)
  const address = owned?.proof.address ?? null
  if (owned === null || address === null) return { kind: 'refused' }
  const { database, runtime } = platform
  const { user } = owned.owner
  const holder = await holderOf(platform, address)
  const committed = await database.commit([
    spendOwned(platform, owned),
    takeFrom(platform, holder, address),
    changeEmail(database, runtime.now(), user.id, address, true),
    toldOf(platform, user, { what: 'address.changed', from: user.email, to: address }, request),
    event(database, runtime, { type: 'address.changed', userId: user.id, peer: request.peer }),
  ])
  if (committed.ok) return { kind: 'done', user: { ...user, email: address, emailVerified: true }, address }
  const other = await userByIdentifier(database, { kind: 'email', value: address })
  return other !== null && other.id !== user.id ? { kind: 'taken' } : { kind: 'refused' }
}

function ownLink({ issuer }: Platform): LinkTo {
  return (secret) => issuer.at(`/account/email/confirm?secret=${secret}`)
}
