// /account/passkeys: the passkeys of one's own account. Making and removing one takes a proof that is fresh, and by all
// that the account has (MF-06); somebody else's are not there at all (MF-10).
import { event } from '../../platform/events/events.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Problem } from '../../platform/html/problems.ts'
import { cacheable } from '../../platform/http/cacheable.ts'
import {
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { doneAt } from '../account-deed.ts'
import { commitOrRefuse, confirm } from '../confirm.routes.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { toldOf } from '../letters/told-of.ts'
import { endAllSessions } from '../sessions/sessions.store.ts'
import { type Deed, signedInRoutes, type Visit } from '../signed-in.routes.ts'
import { displayName, nameMessages } from '../users/display-name.ts'
import { accountOf, signInNameOf } from '../users/sign-in-name.ts'
import type { User } from '../users/users.store.ts'
import { isLastWayIn, type WaysIn, waysInOf } from '../ways-in.ts'
import { askToMake, passkeyMade } from './making.ts'
import { handleFor } from './options.ts'
import { passkeyFields } from './passkey-place.page.ts'
import {
  newPasskeyPage,
  type PasskeyRowModel,
  type PasskeysPartModel,
  passkeyPage,
  passkeyProblems,
} from './passkeys.page.ts'
import { keepsFactor, type Passkey, passkeysOf, removePasskey, renamePasskey } from './passkeys.store.ts'

const newPath = '/account/passkeys/new'
const addPath = '/account/passkeys/add'
const changesFactors = true

/** Everything at /account/passkeys, and where it is told; nothing where browsers have no passkeys for us. */
export function passkeyRoutes(platform: Platform, door: PasswordDoor): readonly Route[] {
  if (platform.issuer.domain === null) return []
  const route = signedInRoutes(platform, door)
  return [
    route('POST', '/account/passkeys/begin', begin),
    route(
      'GET',
      newPath,
      (visit) => newSheet(visit, []),
      () => localPath(newPath),
    ),
    route('POST', addPath, add),
    route('GET', '/account/passkeys/change', change),
    route('POST', '/account/passkeys/rename', rename),
    route('POST', '/account/passkeys/remove', remove),
    wellKnown(platform),
  ]
}

/** Where password managers send people to make a passkey, and to look after theirs (W3C, “passkey-endpoints”). */
function wellKnown({ issuer }: Platform): Route {
  const endpoints = { enroll: issuer.at(newPath), manage: issuer.at('/account') }
  return {
    method: 'GET',
    path: '/.well-known/passkey-endpoints',
    caller: 'anyone',
    cors: 'any',
    run: async (request) => cacheable(request, endpoints, 300),
  }
}

/** The status of an answer to a passkey that was made and can't be kept. */
export const madeStatus = { missing: 422, expired: 400, unsound: 400, tooMany: 409, taken: 409 } as const

/** Confirms first: nobody is to make a passkey that is then refused, and lies about for ever. */
const begin: Deed<PasswordDoor> = async (visit) => {
  const confirmed = await confirm(visit, { purpose: 'add a passkey', changesFactors })
  if (!confirmed.ok) return confirmed.outgoing
  await commitOrRefuse(visit.platform, confirmed.writes)
  return withCookies(redirect(localPath(newPath)), ...confirmed.cookies)
}

const add: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { user } = signedIn
  const { answer, ticket } = passkeyFields.create
  const confirmed = await confirm(visit, {
    purpose: 'add a passkey',
    fields: [answer, ticket, 'name'],
    changesFactors,
  })
  if (!confirmed.ok) return confirmed.outgoing
  const made = await passkeyMade(platform, request, user, 'add', signedIn.session.id)
  const again = (because: keyof typeof madeStatus): Promise<Outgoing> =>
    newSheet(visit, [passkeyProblems[because]], madeStatus[because])
  if (!made.ok) return again(made.because)
  const committed = await platform.database.commit([confirmed.writes, made.writes])
  if (committed.ok) return withCookies(redirect(doneAt('passkey-added')), ...confirmed.cookies)
  if (committed.lost === 'challenge') return again('expired')
  if (committed.lost === 'passkey') return again('taken')
  throw new Refusal(409)
}

const change: Deed = async (visit) => passkeySheet(visit, await ownPasskey(visit, 'query'), [])

const rename: Deed = async (visit) => {
  const { platform, request } = visit
  const passkey = await ownPasskey(visit, 'form')
  const typed = displayName(request.form.get('name'))
  if (!typed.ok) {
    const message = typed.because === 'missing' ? 'Give it a name' : nameMessages[typed.because]
    return passkeySheet(visit, passkey, [{ field: 'name', message }], 422)
  }
  const committed = await platform.database.commit([
    renamePasskey(platform.database, passkey.userId, passkey.id, typed.name),
    eventOf(visit, 'passkey.renamed', passkey),
  ])
  if (!committed.ok) throw new Refusal(404)
  return redirect(doneAt('passkey-renamed'))
}

const remove: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { user } = signedIn
  const { database, runtime } = platform
  const passkey = await ownPasskey(visit, 'form')
  const confirmed = await confirm(visit, {
    purpose: 'remove a passkey',
    fields: ['passkey_id'],
    changesFactors,
  })
  if (!confirmed.ok) return confirmed.outgoing
  const now = runtime.now()
  const committed = await database.commit([
    confirmed.writes,
    removePasskey(database, now, user.id, passkey.id, platform.issuer.domain),
    platform.secondFactor === 'required' && passkey.rpId === platform.issuer.domain
      ? keepsFactor(database, user.id, passkey.rpId)
      : null,
    // Somebody else may have come in with it (SE-07).
    endAllSessions(database, now, user.id, confirmed.session.id),
    eventOf(visit, 'passkey.removed', passkey),
    toldOf(platform, user, { what: 'passkey.removed', name: passkey.name }, request),
  ])
  if (committed.ok) return withCookies(redirect(doneAt('passkey-removed')), ...confirmed.cookies)
  if (committed.lost === 'second factor') {
    return passkeySheet(visit, passkey, [passkeyProblems.lastFactor], 409)
  }
  if (committed.lost !== 'passkey') throw new Refusal(409)
  return passkeySheet(visit, passkey, [passkeyProblems.lastWayIn], 409)
}

/** @throws Refusal 404 when there is none, or it is somebody else's: nobody is told which */
async function ownPasskey({ platform, request, signedIn }: Visit, from: 'query' | 'form'): Promise<Passkey> {
  const id = request[from].get('passkey_id')
  const own = (await passkeysOf(platform.database, signedIn.user.id)).find((passkey) => passkey.id === id)
  if (own === undefined) throw new Refusal(404)
  return own
}

async function newSheet(
  { platform, request, signedIn }: Visit,
  problems: readonly Problem[],
  status = 200,
): Promise<Outgoing> {
  const { user } = signedIn
  const html = newPasskeyPage(
    {
      ...(await askToMake(platform, request, user, 'add')),
      account: accountOf(user),
      action: addPath,
      hidden: {},
      cancel: home,
      problems,
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}

async function passkeySheet(
  { platform, request, signedIn }: Visit,
  passkey: Passkey,
  problems: readonly Problem[],
  status = 200,
): Promise<Outgoing> {
  const { user } = signedIn
  const row = passkeyRows(await waysInOf(platform, user)).find(({ id }) => id === passkey.id)
  if (row === undefined) throw new Refusal(404)
  const html = passkeyPage(
    {
      now: platform.runtime.now(),
      account: accountOf(user),
      passkey: row,
      typed: request.form.get('name'),
      problems,
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}

/** What the account page shows of a person's passkeys; null where browsers have none for us. */
export function passkeysShown(platform: Platform, user: User, ways: WaysIn): PasskeysPartModel | null {
  const { issuer, runtime } = platform
  if (issuer.domain === null) return null
  const { passkeys } = ways
  const whose = { rpId: issuer.domain, userId: handleFor(platform, user.id, passkeys) }
  return {
    now: runtime.now(),
    passkeys: passkeyRows(ways),
    told: {
      accepted: { ...whose, allAcceptedCredentialIds: passkeys.map(({ credentialId }) => credentialId) },
      details: { ...whose, name: signInNameOf(user), displayName: user.name },
    },
  }
}

function passkeyRows(ways: WaysIn): readonly PasskeyRowModel[] {
  return ways.passkeys.map((passkey) => ({
    id: passkey.id,
    name: passkey.name,
    addedAt: passkey.createdAt,
    lastUsedAt: passkey.lastUsedAt,
    synced: passkey.backedUp,
    userVerified: passkey.userVerified,
    otherDomain: passkey.rpId === ways.domain ? null : passkey.rpId,
    mayRemove: !isLastWayIn(ways, passkey.id),
  }))
}

function eventOf(
  { platform, request, signedIn }: Visit,
  type: 'passkey.renamed' | 'passkey.removed',
  passkey: Passkey,
) {
  const { user, session } = signedIn
  return event(platform.database, platform.runtime, {
    type,
    userId: user.id,
    sessionId: session.id,
    peer: request.peer,
    detail: { passkey: passkey.id },
  })
}
