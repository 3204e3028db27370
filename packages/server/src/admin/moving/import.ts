// Bringing people from another system. Everything is decided before anything is written; a batch is one commit, so that
// whoever is interrupted goes on where they were by doing the same again.
import { defineRole, listRoles } from '../../access/roles.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { mostAtOnce } from '../../accounts/users/here.store.ts'
import { analysis } from '../../platform/db/analysis.ts'
import { gathered } from '../../platform/db/gathered.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Found, MovedRecord } from './records.ts'
import { type HeldRecord, isHeld } from './records-held.ts'
import { nulMessage, pathOfNul } from './records-parts.ts'
import { conflict, counted, emptyReport, type ImportReport, leftBehind, remark } from './report.ts'
import { planApiKey } from './take-api-key.ts'
import { planApi, planClient } from './take-client.ts'
import { planHeld } from './take-held.ts'
import { planKey } from './take-key.ts'
import { planRevoked } from './take-tokens.ts'
import { type Around, lookAround, planUser } from './take-user.ts'
import { type ImportOptions, type Plan, roleFor, type World } from './world.ts'

const batchSize = 500
/** Tables that grow with every person. */
const grown = ['users', 'passwords', 'moved_users', 'user_numbers', 'user_roles', 'identities']
/** Others point to them. */
const parents = ['users', 'apis', 'clients']
/** How often one who is in somebody's way is decided anew. */
const mostTries = 3

/** Reads everything, and unless it is only tried takes in what is new. */
export async function importAll(
  platform: Platform,
  passwords: Pick<Passwords, 'adopt'>,
  found: AsyncIterable<Found>,
  options: ImportOptions,
): Promise<ImportReport> {
  const report = emptyReport()
  const world: World = {
    platform,
    passwords,
    options,
    roles: new Set(),
    origins: new Map(),
    claimed: new Set(),
    strangers: new Set(),
  }
  await learnRoles(world)
  let batch: MovedRecord[] = []
  let nextCount = 0
  let people = 0
  const flush = async (): Promise<void> => {
    await takeBatch(world, report, batch)
    report.read += batch.length
    people += batch.filter(({ kind }) => kind === 'user').length
    batch = []
    if (options.apply && report.read >= nextCount) {
      nextCount = report.read * 4
      await platform.database.commit(analysis(platform.database, grown))
    }
    options.progress?.(report.read, people)
  }
  for await (const one of found) {
    // Nothing is written of these, and they stand among people: they would end every batch.
    if (one.kind === 'left-behind' || one.kind === 'remark') {
      const tally = one.kind === 'remark' ? remark(one.text) : leftBehind(one.what)
      tally(report)
      if (one.kind === 'left-behind') {
        report.read += 1
        if (one.because !== undefined) conflict(one.id, one.because)(report)
      }
      continue
    }
    // What belongs to people is looked up among those who are here: they have to be, before it comes.
    if (batch.length >= batchSize || (batch[0] !== undefined && batch[0].kind !== one.kind)) await flush()
    batch.push(one)
  }
  if (batch.length > 0) await flush()
  return report
}

async function learnRoles({ platform, roles }: World): Promise<void> {
  roles.clear()
  for (const { name } of await listRoles(platform.database)) roles.add(name)
}

async function takeBatch(world: World, report: ImportReport, batch: readonly MovedRecord[]): Promise<void> {
  const plans = await planAll(world, batch)
  const { platform, options, claimed } = world
  const isTaken = !options.apply || (await commitAll(platform, plans)).ok
  // Whoever is here is found here from now on; in a try nobody comes, and names have to be remembered to its end.
  if (options.apply) claimed.clear()
  if (isTaken) for (const { tally } of plans) tally(report)
  // Somebody else was here meanwhile: each by itself, so that one who is lost takes nobody along.
  else for (const one of batch) await takeAlone(world, report, one)
}

/** In as few statements as there can be: people are brought as fast as statements come and go. */
function commitAll({ database }: Platform, plans: readonly Plan[]) {
  const writes = plans.map(({ writes: own }) => own)
  return database.commit(gathered(writes, parents))
}

/** Decides anew, for what was decided before was decided of another state. */
async function takeAlone(world: World, report: ImportReport, one: MovedRecord): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    await learnRoles(world)
    const plans = await planAll(world, [one])
    const committed = await world.platform.database.commit(plans.map(({ writes }) => writes))
    world.claimed.clear()
    if (committed.ok) {
      for (const { tally } of plans) tally(report)
      return
    }
  }
  conflict(idOf(one), 'something here changed meanwhile')(report)
}

function idOf(found: MovedRecord): string {
  switch (found.kind) {
    case 'role':
      return found.name
    case 'api':
      return found.identifier
    case 'drf-key':
      return found.userId
    case 'revoked-token':
      return found.jti
    default:
      return 'id' in found ? found.id : found.kind
  }
}

/** Decides of a batch, which is of one kind; many at once are looked up together. */
async function planAll(world: World, batch: readonly MovedRecord[]): Promise<Plan[]> {
  const plans: Plan[] = []
  for (let from = 0; from < batch.length; from += mostAtOnce) {
    const some = batch.slice(from, from + mostAtOnce)
    // What one engine takes the other takes too.
    const broken = new Set(some.filter((one) => pathOfNul(one) !== null))
    for (const one of broken)
      plans.push({ writes: [], tally: conflict(idOf(one).replaceAll('\0', ''), nulMessage) })
    plans.push(
      ...(await planSome(
        world,
        some.filter((one) => !broken.has(one)),
      )),
    )
  }
  return plans
}

async function planSome(world: World, some: readonly MovedRecord[]): Promise<Plan[]> {
  const held = some.filter(isHeld)
  if (held.length > 0) return planHeld(world, held)
  const revoked = some.filter((one) => one.kind === 'revoked-token')
  if (revoked.length > 0) return planRevoked(world, revoked)
  const plans: Plan[] = []
  const people = some.filter((one) => one.kind === 'user')
  // One after the other: who comes first has the name.
  const around = new Map((await lookAround(world, people)).map((here, at) => [people[at] as Alone, here]))
  for (const one of some as readonly Alone[]) plans.push(await planFor(world, one, around.get(one)))
  return plans
}

/** Those that are decided one by one. */
type Alone = Exclude<MovedRecord, HeldRecord | { readonly kind: 'revoked-token' }>

async function planFor(world: World, found: Alone, around: Around | undefined): Promise<Plan> {
  switch (found.kind) {
    case 'role':
      return planRole(world, found)
    case 'api':
      return planApi(world, found)
    case 'client':
      return planClient(world, found)
    case 'api-key':
      return planApiKey(world, found)
    case 'drf-key':
      return planKey(world, found)
    case 'user':
      if (around === undefined) throw new TypeError('Nobody looked this person up.')
      return planUser(world, found, around)
  }
}

function planRole(world: World, record: Extract<MovedRecord, { kind: 'role' }>): Plan {
  const { platform, roles } = world
  const { name, tally } = roleFor(world, record.name)
  if (name === null || roles.has(name)) return { writes: [], tally }
  roles.add(name)
  return {
    writes: [defineRole(platform.database, { name, description: record.description || record.name })],
    tally: counted('roles'),
  }
}
