// Mailed proofs: a secret of 256 bits that goes to one mailbox, for one purpose, once, and for a while (PW-20, PW-28,
// C15, MF-04). Looking at a link never uses it up, for mail scanners follow links; only the commit of what it was
// mailed for does.
import { digest, formatOpaque, parseOpaque } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import { passwordVersion } from '../credentials/password-version.ts'
import { type Credential, credentialOfUser, passwordStands } from '../credentials/passwords.store.ts'
import type { Canonical } from '../users/identifiers.ts'
import { takeTurn, type User, userStands } from '../users/users.store.ts'
import { type Purpose, proofByDigest, putProof, type StoredProof, spendRow } from './proofs.store.ts'

const minute = 60
const day = 86_400

/** How long a link is good, in seconds. */
export const proofSeconds = {
  'password.reset': 30 * minute,
  'address.verify': day,
  'address.change': day,
  'username.reset': 30 * minute,
  'sign-up': day,
} as const satisfies Record<Purpose, number>

/** What is to be mailed to whom. */
export interface Wanted {
  readonly purpose: Purpose
  /** Whom the newest link replaces the older ones of; the user's id where there is one. */
  readonly subject: string
  /** Whose it is, with the password that they have now; null where there is no account (yet). */
  readonly owner: Credential | null
  /** The mailbox that it goes to; null where it is handed over otherwise. */
  readonly address: Canonical | null
  /** Kept sealed until the link is followed. */
  readonly kept?: string | undefined
}

/** A link's secret, and the write that makes it good. */
export interface Drawn {
  /** In clear for the letter alone. */
  readonly secret: string
  readonly write: Write
}

/** Makes the address that is mailed; for who wants it in their own front end. */
export type LinkTo = (secret: string, user: User) => string

/** Draws the secret of a new link. */
export function drawProof(platform: Platform, wanted: Wanted): Drawn {
  return draw(platform, wanted, 'somebody')
}

function draw({ database, runtime, vault }: Platform, wanted: Wanted, forWhom: 'somebody' | 'nobody'): Drawn {
  const { purpose, subject, owner, address, kept } = wanted
  const secret = formatOpaque('csmp', runtime.secret())
  const now = runtime.now()
  const secretDigest = digest(secret)
  return {
    secret,
    write: putProof(database, {
      purpose,
      subject,
      digest: secretDigest,
      userId: owner?.user.id ?? null,
      address,
      passwordVersion: passwordVersionFor(owner, forWhom),
      kept: kept === undefined ? null : vault.seal(placeOf(purpose, secretDigest), kept),
      createdAt: now,
      expiresAt: (now + proofSeconds[purpose]) as Instant,
    }),
  }
}

/**
 * The same row for a name that nobody has, so that asking for one costs what it costs for somebody's (PW-10). Its secret
 * is good for nothing, and leaves in no letter (`mail.pretend`).
 *
 * @param like whose row it is as far as the database looks; nobody's unless given
 */
export function drawForNobody(
  platform: Platform,
  purpose: Purpose,
  name: string,
  like: Credential | null = null,
): Drawn {
  return draw(
    platform,
    { purpose, subject: nobodyNamed(platform, name), owner: like, address: null },
    'nobody',
  )
}

/**
 * What stands for a name that nobody has, where the id of a person would: the same for the same name, and nothing that tells
 * it. An event of nobody is a row in the same index as an event of somebody (PW-10).
 */
export function nobodyNamed({ vault }: Pick<Platform, 'vault'>, name: string): string {
  return `nobody/${vault.mac('nobody', name)}`
}

/** The proof that a link's secret is, for this purpose alone; null for one that is unknown, used, replaced or too old. */
export async function standingProof(
  { database, runtime }: Platform,
  purpose: Purpose,
  secret: string | undefined,
): Promise<StoredProof | null> {
  if (secret === undefined || parseOpaque('csmp', secret) === null) return null
  return proofByDigest(database, runtime.now(), purpose, digest(secret))
}

/** A proof that belongs to somebody. */
export interface OwnedProof extends StoredProof {
  readonly userId: string
}

/** A proof of a living user who has the password that they had when it was mailed. */
export interface Owned {
  readonly proof: OwnedProof
  readonly owner: Credential
}

/** As `standingProof`, for those of users; null also when the password has changed since, and for the disabled. */
export async function ownedProof(
  platform: Platform,
  purpose: Exclude<Purpose, 'sign-up'>,
  secret: string | undefined,
): Promise<Owned | null> {
  const proof = await standingProof(platform, purpose, secret)
  if (proof === null || proof.userId === null) return null
  const owner = await credentialOfUser(platform.database, proof.userId)
  if (owner === null || owner.user.disabledAt !== null) return null
  if (versionOf(owner) !== proof.passwordVersion) return null
  return { proof: { ...proof, userId: proof.userId }, owner }
}

/**
 * Uses a user's link up. The writes lose `proof` when it was used, replaced or is too old by the time of the commit,
 * `password` when the password changed meanwhile, `user` when the user is gone or disabled.
 */
export function spendOwned({ database, runtime }: Platform, { proof, owner }: Owned): WriteSet {
  const { id } = owner.user
  return [
    takeTurn(database, id),
    userStands(database, id),
    owner.password && passwordStands(database, id, owner.password),
    spendRow(database, runtime.now(), proof),
  ]
}

/** What was kept for a proof; null where nothing was, or where the secret that sealed it is forgotten. */
export function keptFor({ vault }: Platform, proof: StoredProof): string | null {
  if (proof.kept === null) return null
  try {
    return vault.open(placeOf(proof.purpose, proof.digest), proof.kept)
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

/** That of nobody is no version that a password could have: what was drawn with it is good for nobody's account. */
function passwordVersionFor(owner: Credential | null, forWhom: 'somebody' | 'nobody'): string {
  const version = owner === null ? '' : versionOf(owner)
  return forWhom === 'nobody' ? `nobody ${version}` : version
}

// Also another one once its hash was brought up to date: whoever just signed in needs no link.
function versionOf(owner: Credential): string {
  return passwordVersion(owner) ?? ''
}

function placeOf(purpose: Purpose, secretDigest: string): string {
  return `mailed_proofs/${purpose}/${secretDigest}/kept`
}
