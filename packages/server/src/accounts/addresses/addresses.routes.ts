// /account/email: the address of one’s own account. Whoever follows a mailed link is asked to be signed in to that
// account: an address is never bound to an account by somebody who only has the mailbox (C16). GET changes nothing.
import { frameOf } from '../../platform/html/frame.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home, signInBefore } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { doneAt } from '../account-deed.ts'
import { confirm } from '../confirm.routes.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { forgetProof } from '../proofs/proofs.store.ts'
import type { Owned } from '../proofs/proofs.ts'
import { currentSession, type SignedIn } from '../sessions/sessions.ts'
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
  const own =
    (run: Deed) =>
    async (request: Incoming): Promise<Outgoing> => {
      const signedIn = await currentSession(platform, request)
      return signedIn === null ? signInFirst(platform, request) : run(platform, door, request, signedIn)
    }
  const route = (method: 'GET' | 'POST', path: string, run: Deed): Route => ({
    method,
    path,
    caller: 'browser',
    run: own(run),
  })
  return [
    route('GET', '/account/email', async (_platform, _door, request, signedIn) =>
      changeSheet(platform, request, signedIn, []),
    ),
    route('POST', '/account/email', change),
    route('POST', '/account/email/verify', sendAgain),
    route('POST', '/account/email/withdraw', withdraw),
    route('GET', '/account/email/confirm', showLink),
    route('POST', '/account/email/confirm', followLink),
  ]
}

/** What the account page shows of a person’s address. */
export async function addressShown(platform: Platform, user: User): Promise<AddressPartModel> {
  const { email, emailVerified } = user
  const waiting = await waitingAddress(platform, user)
  return { now: platform.runtime.now(), email, emailVerified, waiting, mailOpen: platform.mail.isOpen }
}

type Deed = (
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
) => Promise<Outgoing>

/** Back to the link after the sign-in, where a link was followed; else to the account. */
function signInFirst(platform: Platform, request: Incoming): Outgoing {
  const secret = request.query.get('secret') ?? request.form.get('secret')
  const target =
    request.path === '/account/email/confirm' && secret !== undefined && /^[A-Za-z0-9_-]{1,100}$/.test(secret)
      ? localPath(`${request.path}?secret=${secret}`)
      : home
  return redirect(signInBefore(platform.vault, request.browser, target))
}

const change: Deed = async (platform, door, request, signedIn) => {
  if (!platform.mail.isOpen) throw new Refusal(404)
  if (canonicalEmail(request.form.get('email') ?? '') === null) {
    return changeSheet(platform, request, signedIn, [addressProblems.malformed], 422)
  }
  const ask = { purpose: 'change your e-mail address', action: '/account/email', fields: ['email'] }
  const confirmed = await confirm(platform, door, request, signedIn, ask)
  if (!confirmed.ok) return confirmed.outgoing
  const committed = await platform.database.commit(confirmed.writes)
  if (!committed.ok) throw new Refusal(409)
  const asked = await requestAddressChange(platform, request, signedIn.user, request.form.get('email') ?? '')
  const answer =
    asked.kind === 'refused' && asked.because !== 'mail closed'
      ? changeSheet(platform, request, signedIn, [addressProblems[asked.because]], 422)
      : redirect(doneAt('address-asked'))
  return withCookies(answer, ...confirmed.cookies)
}

const sendAgain: Deed = async (platform, _door, request, { user }) => {
  await requestVerification(platform, request, user)
  return redirect(doneAt('letter-sent'))
}

const withdraw: Deed = async (platform, _door, _request, { user }) => {
  await platform.database.commit([forgetProof(platform.database, 'address.change', user.id)])
  return redirect(doneAt('address-kept'))
}

const showLink: Deed = async (platform, _door, request, signedIn) => {
  const secret = request.query.get('secret')
  const verification = await verificationOf(platform, secret)
  const found = verification ?? (await addressChangeOf(platform, secret))
  const dead = deadFor(found, signedIn)
  if (found === null || dead !== null) return deadLink(platform, request, signedIn, dead ?? 'over')
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

const followLink: Deed = async (platform, _door, request, signedIn) => {
  const secret = request.form.get('secret')
  const verification = await verificationOf(platform, secret)
  const dead = deadFor(verification ?? (await addressChangeOf(platform, secret)), signedIn)
  if (dead !== null) return deadLink(platform, request, signedIn, dead)
  if (verification !== null) {
    const confirmed = await confirmAddress(platform, request, secret)
    return confirmed.kind === 'done'
      ? redirect(doneAt('address-confirmed'))
      : deadLink(platform, request, signedIn, 'over')
  }
  const changed = await confirmAddressChange(platform, request, secret)
  if (changed.kind === 'done') return redirect(doneAt('address-changed'))
  return deadLink(platform, request, signedIn, changed.kind === 'taken' ? 'taken' : 'over')
}

function deadFor(found: Owned | null, { user }: SignedIn): DeadLink | null {
  if (found === null) return 'over'
  return found.owner.user.id === user.id ? null : 'other-account'
}

function deadLink(platform: Platform, request: Incoming, { user }: SignedIn, because: DeadLink): Outgoing {
  const html = deadAddressLinkPage(because, user.name, frameOf(platform, request, { name: user.name }))
  return page(html, { status: because === 'over' ? 410 : 409 })
}

function changeSheet(
  platform: Platform,
  request: Incoming,
  { user }: SignedIn,
  problems: Parameters<typeof changeAddressPage>[0]['problems'],
  status = 200,
): Outgoing {
  if (!platform.mail.isOpen) throw new Refusal(404)
  const html = changeAddressPage(
    { account: user, typed: request.form.get('email'), problems },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}
