// /account: a person’s own page, and what they may change on it. Only ever the account that is signed in.
import { event } from '../platform/events/events.ts'
import { frameOf } from '../platform/html/frame.ts'
import { type FormState, type Problem, unsent } from '../platform/html/problems.ts'
import { type Outgoing, page, type Route, redirect, withCookies } from '../platform/http/exchange.ts'
import { Refusal } from '../platform/http/failure.ts'
import type { Platform } from '../platform/platform.ts'
import {
  type AccountPageModel,
  accountPage,
  accountProblems,
  type ConnectedClient,
  isDeed,
} from './account.page.ts'
import { doneAt } from './account-deed.ts'
import { addressRoutes, addressShown } from './addresses/addresses.routes.ts'
import type { OwnKey } from './api-keys.page.ts'
import { commitOrRefuse, confirm } from './confirm.routes.ts'
import { passwordMinimum } from './credentials/password-policy.ts'
import { credentialOfUser } from './credentials/passwords.store.ts'
import type { PasswordDoor } from './credentials/prove-password.ts'
import { factorRoutes, factorsOf } from './factors/factors.routes.ts'
import { identitiesOf, unlinkIdentity } from './identities/identities.store.ts'
import { toldOf } from './letters/told-of.ts'
import { passkeyRoutes, passkeysShown } from './passkeys/passkeys.routes.ts'
import { changePasswordHere } from './password-change.ts'
import { type ApplicationsOf, sessionRoutes, sessionsShown } from './sessions.routes.ts'
import { type Deed, signedInRoutes, type Visit } from './signed-in.routes.ts'
import { displayName, nameMessages } from './users/display-name.ts'
import { identityThing, rememberTaken } from './users/moved.store.ts'
import { renameUser } from './users/users.store.ts'
import { isLastWayIn, waysInOf } from './ways-in.ts'

/** What the account’s pages need of the other rooms. */
export interface AccountRoom extends PasswordDoor, ApplicationsOf {
  /** Providers that are switched on. */
  readonly upstreams: readonly { readonly id: string; readonly name: string }[]
  /** The applications that a person has given access to. */
  readonly connectedClients: (userId: string) => Promise<readonly ConnectedClient[]>
  /** The keys for APIs that are a person’s own. */
  readonly apiKeys: (userId: string) => Promise<readonly OwnKey[]>
  /** How many requests of applications wait for a person’s answer. */
  readonly waiting: (userId: string) => Promise<number>
}

/** GET /account and the forms on it. */
export function accountRoutes(platform: Platform, room: AccountRoom): readonly Route[] {
  const route = signedInRoutes(platform, room)
  return [
    route('GET', '/account', show),
    route('POST', '/account/profile', changeProfile),
    route('POST', '/account/password', changePassword),
    route('POST', '/account/identities/unlink', unlink),
    ...addressRoutes(platform, room),
    ...sessionRoutes(platform, room),
    ...factorRoutes(platform, room),
    ...passkeyRoutes(platform, room),
  ]
}

const show: Deed<AccountRoom> = (visit) => {
  const done = visit.request.query.get('done')
  return accountSheet(visit, isDeed(done) ? { done } : {})
}

const changeProfile: Deed<AccountRoom> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { database, runtime } = platform
  const typed = request.form.get('name')
  const name = displayName(typed)
  if (!name.ok) {
    const problem: Problem = { field: 'name', message: nameMessages[name.because] }
    return refusedSheet(visit, { form: 'profile', name: typed ?? '' }, { status: 422, problems: [problem] })
  }
  const { id } = signedIn.user
  await database.commit([
    renameUser(database, runtime.now(), id, name.name),
    event(database, runtime, {
      type: 'user.updated',
      userId: id,
      peer: request.peer,
      detail: { fields: ['name'] },
    }),
  ])
  return redirect(doneAt('profile-saved'))
}

/** What one signs in with: for who has a passkey, it takes one to change that (MF-06). */
const changesFactors = true

const changePassword: Deed<AccountRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  let present = signedIn
  const { password } = (await credentialOfUser(platform.database, signedIn.user.id)) ?? { password: null }
  if (password === null) {
    const confirmed = await confirm(visit, { purpose: 'set a password', changesFactors })
    if (!confirmed.ok) return confirmed.outgoing
    await commitOrRefuse(platform, confirmed.writes)
    present = { ...signedIn, session: confirmed.session }
  }
  const changed = await changePasswordHere(platform, room, request, present, password)
  if (changed.ok) return withCookies(redirect(doneAt('password-changed')), ...changed.cookies)
  return refusedSheet(visit, { form: 'password' }, changed)
}

const unlink: Deed<AccountRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const confirmed = await confirm(visit, {
    purpose: 'unlink a sign-in',
    fields: ['identity'],
    changesFactors,
  })
  if (!confirmed.ok) return confirmed.outgoing
  const { database, runtime } = platform
  const { user } = signedIn
  const linked = await identitiesOf(database, user.id)
  const identity = linked.find(({ id }) => id === request.form.get('identity'))
  if (identity === undefined) throw new Refusal(404)
  const committed = await database.commit([
    confirmed.writes,
    unlinkIdentity(database, runtime.now(), user.id, identity.id, platform.issuer.domain),
    rememberTaken(database, user.id, identityThing(identity), runtime.now()),
    event(database, runtime, {
      type: 'identity.unlinked',
      userId: user.id,
      peer: request.peer,
      detail: { upstream: identity.upstream },
    }),
    toldOf(
      platform,
      user,
      { what: 'identity.unlinked', provider: upstreamNamed(room, identity.upstream).name },
      request,
    ),
  ])
  if (committed.ok) return withCookies(redirect(doneAt('unlinked')), ...confirmed.cookies)
  return refusedSheet(visit, { form: 'other' }, { status: 409, problems: [accountProblems.lastWayIn] })
}

type RefusedForm = NonNullable<AccountPageModel['refused']>

function refusedSheet(
  visit: Visit<AccountRoom>,
  form: Omit<RefusedForm, 'problems'>,
  state: FormState,
): Promise<Outgoing> {
  return accountSheet(visit, { refused: { ...form, problems: state.problems } }, state)
}

async function accountSheet(
  visit: Visit<AccountRoom>,
  extra: Pick<AccountPageModel, 'done' | 'refused'>,
  state = unsent,
): Promise<Outgoing> {
  const html = accountPage(
    { ...(await shownOf(visit)), ...extra },
    frameOf(visit.platform, visit.request, { name: visit.signedIn.user.name }),
  )
  return page(html, state)
}

/** All that a person’s page says of them. */
async function shownOf({
  platform,
  room,
  signedIn,
}: Visit<AccountRoom>): Promise<Omit<AccountPageModel, 'done' | 'refused'>> {
  const { user } = signedIn
  const [ways, sessions, connected, keys, waiting, address, factors] = await Promise.all([
    waysInOf(platform, user),
    sessionsShown(platform, room, signedIn),
    room.connectedClients(user.id),
    room.apiKeys(user.id),
    room.waiting(user.id),
    addressShown(platform, user),
    factorsOf(platform, user.id),
  ])
  const { password, identities } = ways
  const linkedIds = new Set(identities.map(({ upstream }) => upstream))
  return {
    now: platform.runtime.now(),
    account: user,
    address,
    password: {
      exists: password !== null,
      changedAt: password?.changedAt ?? null,
      minimum: passwordMinimum(platform),
    },
    passkeys: passkeysShown(platform, user, ways),
    factors,
    sessions,
    identities: identities.map((identity) => ({
      id: identity.id,
      upstream: upstreamNamed(room, identity.upstream),
      label: identity.email,
      linkedAt: identity.createdAt,
      mayUnlink: !isLastWayIn(ways, identity.id),
    })),
    linkable: room.upstreams.filter(({ id }) => !linkedIds.has(id)),
    connected,
    keys,
    waiting,
  }
}

/** A provider that is switched off is called by its id. */
function upstreamNamed(room: AccountRoom, id: string): AccountRoom['upstreams'][number] {
  return room.upstreams.find((upstream) => upstream.id === id) ?? { id, name: id }
}
