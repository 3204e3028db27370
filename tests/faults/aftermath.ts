// After a fault: each actor finds out what became of what was never answered, where half of it is a violation; everything
// acknowledged must be there; and everything in the graveyard is presented again, and none of it may be accepted.
import { credentials } from '../harness/population.ts'
import { get, introspect, redeem, refresh, revoke, tokensOf, userinfo } from '../harness/wire.ts'
import {
  type Actor,
  afterPasswordChange,
  buryAccess,
  buryDevice,
  buryLine,
  cookieOf,
  count,
  type Device,
  endOf,
  extend,
  type Grave,
  type Journal,
  type Line,
  newBrowser,
  openLine,
  type Unsure,
} from './journal.ts'
import {
  expect,
  heard,
  isIn,
  NoAnswer,
  patiently,
  seeDevice,
  seeLine,
  tryPassword,
  Violation,
} from './workload.ts'

interface Scene {
  readonly origin: string
  readonly journal: Journal
  readonly actor: Actor
}

/** Settles what is unsure. @throws NoAnswer when it still can't be; Violation */
export async function settle(scene: Scene): Promise<void> {
  const { actor, journal } = scene
  const { unsure } = actor
  if (unsure === null) return
  const settling = settlements[unsure.did] as (scene: Scene, unsure: Unsure) => Promise<void>
  await settling(scene, unsure)
  count(journal.unanswered, unsure.did)
  actor.unsure = null
}

type Settlements = {
  readonly [D in Unsure['did']]: (scene: Scene, unsure: Extract<Unsure, { did: D }>) => Promise<void>
}

const settlements: Settlements = {
  read: async () => {},
  // Nobody was told of that session: it is nobody's.
  'sign in': async () => {},
  redeem: settleRedeem,
  refresh: settleRefresh,
  'revoke line': settleLine,
  replay: settleLine,
  'revoke access': settleAccess,
  'sign out': settleSignOut,
  'change password': settlePassword,
}

/** Either the code is still good, or it was redeemed: then this is its replay, and its family ends. */
async function settleRedeem(
  { origin, journal }: Scene,
  { device, ticket }: { device: Device; ticket: Line['ticket'] },
) {
  const answer = await heard(redeem(origin, ticket))
  if (answer.status === 200) openLine(device, ticket, tokensOf(answer))
  else {
    expect(answer.json['error'] === 'invalid_grant', 'a code is refused strangely', answer)
    journal.graves.push({ kind: 'code', ticket })
  }
}

/** Lost replies are no theft: the token that was presented yields a successor still, and the same one each time. */
async function settleRefresh(
  { origin, journal }: Scene,
  { line, at }: { line: Line; at: number },
): Promise<void> {
  const answer = await heard(refresh(origin, endOf(line)))
  if (answer.status !== 200 && Date.now() - at > graceMs) return buryWherever(journal, line)
  expect(answer.status === 200, 'a refresh token whose reply was lost is refused', answer)
  const again = await heard(refresh(origin, endOf(line)))
  if (again.status !== 200 && Date.now() - at > graceMs) return buryWherever(journal, line)
  expect(again.status === 200, 'a lost reply is repeated only once', again)
  expect(tokensOf(again).refresh === tokensOf(answer).refresh, 'a refresh token has two successors', again)
  extend(line, tokensOf(again))
}

function buryWherever(journal: Journal, line: Line): void {
  for (const device of journal.actors.flatMap(({ devices }) => devices)) {
    if (device.lines.includes(line)) buryLine(journal, device, line)
  }
}

/** The server's grace is 30 seconds. */
const graceMs = 28_000

/** Either the whole line is dead or the whole line lives. */
async function settleLine(
  { origin, journal }: Scene,
  { device, line }: { device: Device; line: Line },
): Promise<void> {
  const end = await heard(introspect(origin, endOf(line)))
  if (end.json['active'] === false) buryLine(journal, device, line)
  else await seeWholeLine(origin, line)
}

async function seeWholeLine(origin: string, line: Line): Promise<void> {
  await seeLine(origin, line, undefined)
  for (const { token } of line.access) await seeLine(origin, line, token)
}

async function settleAccess(
  { origin, journal }: Scene,
  { line, token }: { line: Line; token: string },
): Promise<void> {
  await seeLine(origin, line, undefined)
  const answer = await heard(introspect(origin, token))
  if (answer.json['active'] === false) buryAccess(journal, line, token)
}

async function settleSignOut(
  { origin, journal, actor }: Scene,
  { device }: { device: Device },
): Promise<void> {
  const seen = await heard(get(`${origin}/account`, { cookie: cookieOf(device.person) }))
  if (seen.status === 200) for (const line of device.lines) await seeWholeLine(origin, line)
  else buryDevice(journal, actor, device)
}

/** One of the two passwords is right and the other one is not; with the new one, every session is over. */
async function settlePassword({ origin, journal, actor }: Scene, { to }: { to: string }): Promise<void> {
  const { username } = actor
  const person = newBrowser()
  const seen = await heard(tryPassword(origin, person, { username, password: to }))
  if (isIn(seen)) {
    afterPasswordChange(journal, actor, to)
    actor.devices.push({ person, lines: [] })
    return
  }
  const other = newBrowser()
  const still = await heard(tryPassword(origin, other, actor))
  // Whoever had to be told “busy” in between has guessed more often than is free.
  if (still.status === 429) throw new NoAnswer(false, still)
  expect(isIn(still), 'neither the old nor the new password is right', still)
  actor.guesses = 0
  actor.devices.push({ person: other, lines: [] })
  for (const device of actor.devices) await seeDevice(origin, device)
}

/** Whatever was acknowledged to an actor is there. */
export async function seeEverything(origin: string, actor: Actor): Promise<void> {
  for (const device of actor.devices) {
    await seeDevice(origin, device)
    for (const line of device.lines) await seeLine(origin, line, line.access.at(-1)?.token)
  }
  const own = actor.own.at(-1)
  if (own === undefined) return
  const answer = await heard(introspect(origin, own.token, credentials.guard))
  expect(answer.json['active'] === true, 'an acknowledged opaque token is not known', answer)
}

/** Presents it again, everywhere that it could be good for something. @throws Violation when it is */
async function present(origin: string, grave: Grave): Promise<void> {
  const accepted = await rises(origin, grave)
  if (accepted) throw new Violation(`a dead ${grave.kind} was accepted`)
}

async function rises(origin: string, grave: Grave): Promise<boolean> {
  switch (grave.kind) {
    case 'superseded':
      return isActive(origin, grave.token)
    case 'refresh token':
      return (
        (await isActive(origin, grave.token)) || (await heard(refresh(origin, grave.token))).status !== 400
      )
    case 'access token':
      return (
        (await isActive(origin, grave.token)) || (await heard(userinfo(origin, grave.token))).status !== 401
      )
    case 'code':
      return (await heard(redeem(origin, grave.ticket))).status !== 400
    case 'session':
      return (await heard(get(`${origin}/account`, { cookie: grave.cookie }))).status !== 303
    case 'password':
      return isIn(await tryPassword(origin, newBrowser(), grave))
  }
}

async function isActive(origin: string, token: string): Promise<boolean> {
  return (await heard(introspect(origin, token))).json['active'] !== false
}

/** Presents several at once. */
export async function presentAll(origin: string, graves: readonly Grave[]): Promise<void> {
  const left = [...graves]
  const work = async (): Promise<void> => {
    for (let grave = left.pop(); grave !== undefined; grave = left.pop()) {
      const presented = grave
      await patiently(() => present(origin, presented))
    }
  }
  await Promise.all(Array.from({ length: 6 }, work))
}

/** What lies on lines that live, beside the graveyard: refresh tokens that have a successor in use. */
export function superseded({ actors }: Journal): Grave[] {
  const lines = actors.flatMap(({ devices }) => devices.flatMap((device) => device.lines))
  return lines.flatMap(({ refresh: tokens }) =>
    tokens.slice(0, -1).map((token): Grave => ({ kind: 'superseded', token })),
  )
}

/** Makes sure that revoking works to the end: what still lives is ended, and joins the graveyard. */
export async function endEverything(origin: string, journal: Journal): Promise<void> {
  for (const actor of journal.actors) {
    for (const device of [...actor.devices]) {
      for (const line of [...device.lines]) {
        const answer = await patiently(() => heard(revoke(origin, endOf(line))))
        expect(answer.status === 200, 'revocation is refused', answer)
        buryLine(journal, device, line)
      }
    }
  }
}
