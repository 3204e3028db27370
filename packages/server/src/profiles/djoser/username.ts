// djoser's views for who forgot their user name: it is mailed, with a link to choose another one. Whoever asks gets the
// same answer after the same work, for anybody (C26).
import { type Credential, credentialNear } from '../../accounts/credentials/passwords.store.ts'
import { greetingOf } from '../../accounts/letters/greeting.ts'
import {
  drawForNobody,
  drawProof,
  type LinkTo,
  ownedProof,
  proofSeconds,
  spendOwned,
} from '../../accounts/proofs/proofs.ts'
import { type Canonical, canonicalEmail } from '../../accounts/users/identifiers.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { linkFrom } from '../django/mailed-links.ts'
import { usernameProblem } from '../django/sign-up.ts'
import { idInUid } from '../django/uid.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer, nothing } from '../wire/view.routes.ts'
import { namesDiffer, rename } from './credentials.ts'
import { addressRule, invalidToken, invalidUid } from './mailed.ts'
import type { DjoserRoom } from './room.ts'
import { usernameLetter } from './username.letter.ts'

/** 204 for anybody. */
export async function resetUsername(
  room: DjoserRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { platform, settings } = room
  const fields = readForm(members, addressRule)
  if (!fields.ok) return answer(400, fields.body)
  const linkTo = linkFrom(settings.usernameResetConfirmUrl)
  const address = canonicalEmail(fields.values.email.trimmed)
  if (address === null || linkTo === undefined || !platform.mail.isOpen) return nothing()
  const { found: owner, like } = await credentialNear(platform.database, { kind: 'email', value: address })
  if (!(await platform.mail.mayPost(address, request.peer))) return nothing()
  const isThere = owner !== null && owner.user.disabledAt === null
  await platform.database.commit(
    isThere ? forSomebody(platform, owner, address, linkTo) : forNobody(platform, address, like),
  )
  return nothing()
}

/** 204, and the person has another user name. */
export async function confirmUsername(
  room: DjoserRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { platform, settings } = room
  const isTwice = settings.usernameResetConfirmRetype
  const fields = readForm(members, {
    uid: {},
    token: {},
    new_username: { longest: 150 },
    re_new_username: isTwice ? {} : undefined,
  })
  if (!fields.ok) return answer(400, fields.body)
  const { uid, token, new_username: wanted, re_new_username: again } = fields.values
  const id = idInUid(uid.trimmed)
  if (id === null) return answer(400, invalidUid)
  const owned = await ownedProof(platform, 'username.reset', token.trimmed)
  if (owned === null || owned.owner.user.id !== id) return answer(400, invalidToken)
  if (isTwice && again?.trimmed !== wanted.trimmed) return answer(400, namesDiffer('username'))
  const problem = usernameProblem(wanted.trimmed)
  if (problem !== null) return answer(400, { new_username: [problem] })
  return rename(room, request, owned.owner.user, {
    wanted: wanted.trimmed,
    proof: spendOwned(platform, owned),
    refusal: invalidToken,
  })
}

function forSomebody(platform: Platform, owner: Credential, to: Canonical, linkTo: LinkTo): WriteSet {
  const { issuer, mail, runtime } = platform
  const { id: userId, username } = owner.user
  const drawn = drawProof(platform, { purpose: 'username.reset', subject: userId, owner, address: to })
  const seconds = proofSeconds['username.reset']
  const words = usernameLetter(issuer, {
    greeting: greetingOf(owner.user),
    username,
    link: linkTo(drawn.secret, owner.user),
    seconds,
  })
  const until = runtime.now() + seconds
  return [drawn.write, mail.post({ to, kind: 'username.reset', userId, until, ...words })]
}

/** The same writes as for somebody, which come to nothing. */
function forNobody(platform: Platform, address: Canonical, like: Credential | null): WriteSet {
  const { issuer, mail, runtime } = platform
  const { secret, write } = drawForNobody(platform, 'username.reset', address, like)
  const seconds = proofSeconds['username.reset']
  const link = issuer.at(`/${secret}`)
  const words = usernameLetter(issuer, { greeting: greetingOf(null), username: null, link, seconds })
  return [write, mail.pretend({ kind: 'username.reset', until: runtime.now() + seconds, ...words })]
}
