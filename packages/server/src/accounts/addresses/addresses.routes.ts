// /account/email: the address of one’s own account. Whoever follows a mailed link is asked to be signed in to that
// account: an address is never bound to an account by somebody who only has the mailbox (C16). GET changes nothing.
import { frameOf } from '../../platform/html/frame.ts'
import type { Problem } from '../../platform/html/problems.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  type SafeLocation,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { doneAt } from '../account-deed.ts'
import { commitOrRefuse, confirm } from '../confirm.routes.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { forgetProof } from '../proofs/proofs.store.ts'
import type { Owned } from '../proofs/proofs.ts'
import type { SignedIn } from '../sessions/sessions.ts'
import { type Deed, signedInRoutes, type Visit } from '../signed-in.routes.ts'
import { canonicalEmail } from '../users/identifiers.ts'
import type { User } from '../users/users.store.ts'
import {
  type AddressPartModel,
  addressProblems,
  changeAddressPage,
  confirmAddressPage,
  type DeadLink,
  deadAddressLinkPage,
} from './addresses.page.ts'
import {
  addressChangeOf,
  confirmAddress,
  confirmAddressChange,
  requestAddressChange,
  requestVerification,
  verificationOf,
  waitingAddress,
} from './addresses.ts'

/** Everything at /account/email. */
export function addressRoutes(platform: Platform, door: PasswordDoor): readonly Route[] {
  const route = signedInRoutes(platform, door)
  return [
    route('GET', '/account/email', (visit) => changeSheet(visit, [])),
    route('POST', '/account/email', change),
    route('POST', '/account/email/verify', sendAgain),
    route('POST', '/account/email/withdraw', withdraw),
    route('GET', '/account/email/confirm', showLink, linkIn),
    route('POST', '/account/email/confirm', followLink, linkIn),
  ]
}

/** What the account page shows of a person’s address. */
export async function addressShown(platform: Platform, user: User): Promise<AddressPartModel> {
  const { email, emailVerified } = user
  const waiting = await waitingAddress(platform, user)
  return { now: platform.runtime.now(), email, emailVerified, waiting, mailOpen: platform.mail.isOpen }
}

/** The link that was followed, where it can be one; else the account. */
function linkIn({ path, query, form }: Incoming): SafeLocation {
  const secret = query.get('secret') ?? form.get('secret')
  return secret !== undefined && /^[A-Za-z0-9_-]{1,100}$/.test(secret)
    ? localPath(`${path}?secret=${secret}`)
    : home
}

const change: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  if (!platform.mail.isOpen) throw new Refusal(404)
  const email = request.form.get('email') ?? ''
  if (canonicalEmail(email) === null) return changeSheet(visit, [addressProblems.malformed], 422)
  const confirmed = await confirm(visit, { purpose: 'change your e-mail address', fields: ['email'] })
  if (!confirmed.ok) return confirmed.outgoing
  await commitOrRefuse(platform, confirmed.writes)
  const asked = await requestAddressChange(platform, request, signedIn.user, email)
  const answer =
    asked.kind === 'refused' && asked.because !== 'mail closed'
      ? changeSheet(visit, [addressProblems[asked.because]], 422)
      : redirect(doneAt('address-asked'))
  return withCookies(answer, ...confirmed.cookies)
}

const sendAgain: Deed = async ({ platform, request, signedIn }) => {
  await requestVerification(platform, request, signedIn.user)
  return redirect(doneAt('letter-sent'))
}

const withdraw: Deed = async ({ platform, signedIn }) => {
  await platform.database.commit([forgetProof(platform.database, 'address.change', signedIn.user.id)])
  return redirect(doneAt('address-kept'))
}

const showLink: Deed = async (visit) => {
  const { platform, request, signedIn } = visit
  const secret = request.query.get('secret')
  const verification = await verificationOf(platform, secret)
  const found = verification ?? (await addressChangeOf(platform, secret))
  const dead = deadFor(found, signedIn)
  if (found === null || dead !== null) return deadLink(visit, dead ?? 'over')
  const { owner, proof } = found
  const html = confirmAddressPage(
    {
      name: owner.user.name,
      address: proof.address ?? '',
      replaces: verification === null ? owner.user.email : undefined,
      secret: secret ?? '',
    },
    frameOf(platform, request, { name: signedIn.user.name }),
  )
  return page(html)
}

const followLink: Deed = async (visit) => {
  const { platform, request, signedIn } = visit
  const secret = request.form.get('secret')
  const verification = await verificationOf(platform, secret)
  const dead = deadFor(verification ?? (await addressChangeOf(platform, secret)), signedIn)
  if (dead !== null) return deadLink(visit, dead)
  if (verification !== null) {
    const confirmed = await confirmAddress(platform, request, secret)
    return confirmed.kind === 'done' ? redirect(doneAt('address-confirmed')) : deadLink(visit, 'over')
  }
  const changed = await confirmAddressChange(platform, request, secret)
  if (changed.kind === 'done') return redirect(doneAt('address-changed'))
  return deadLink(visit, changed.kind === 'taken' ? 'taken' : 'over')
}

function deadFor(found: Owned | null, { user }: SignedIn): DeadLink | null {
  if (found === null) return 'over'
  return found.owner.user.id === user.id ? null : 'other-account'
}

function deadLink({ platform, request, signedIn: { user } }: Visit, because: DeadLink): Outgoing {
  const html = deadAddressLinkPage(because, user.name, frameOf(platform, request, { name: user.name }))
  return page(html, { status: because === 'over' ? 410 : 409 })
}

function changeSheet(
  { platform, request, signedIn: { user } }: Visit,
  problems: readonly Problem[],
  status = 200,
): Outgoing {
  if (!platform.mail.isOpen) throw new Refusal(404)
  const html = changeAddressPage(
    { account: user, typed: request.form.get('email'), problems },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}
