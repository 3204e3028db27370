// Bringing people from another system. Everything is decided before anything is written; a batch is one commit, so that
// whoever is interrupted goes on where they were by doing the same again.
import { digest } from '@countersign/protocol'
import { defineRole, grantRole, isRoleName, listRoles } from '../../access/roles.store.ts'
import { credentialOfUser, putPassword } from '../../accounts/credentials/passwords.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { identityBySubject, linkIdentity } from '../../accounts/identities/identities.store.ts'
import { putNumber, userByNumber } from '../../accounts/users/numbers.store.ts'
import {
  changeClaims,
  changeEmail,
  changeUsername,
  disableUser,
  insertUser,
  renameUser,
  type User,
  userById,
  userByIdentifier,
} from '../../accounts/users/users.store.ts'
import { revokeJwt } from '../../oauth/tokens/access-tokens.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import {
  type Conflict,
  type Decision,
  decideUser,
  type Leniency,
  type Names,
  namesOf,
  type Password,
} from './decide.ts'
import { movedById, rememberMoved } from './moved.store.ts'
import type { Found, MovedRecord, MovedUser } from './records.ts'

/** From where, and how. */
export interface ImportOptions extends Leniency {
  /** Where the people come from, such as `django`: part of who was brought already. */
  readonly source: string
  /** Under which names programs hold people's numbers: see numbers.store. None where ids are no numbers. */
  readonly numbers: readonly string[]
  /** Whether people keep the ids that they had: only another server of this kind has such. */
  readonly keepsIds: boolean
  /** False to only say what would happen. */
  readonly apply: boolean
  /** Told after each batch how many records were read so far. */
  readonly progress?: (read: number) => void
}

/** What an import came to, or would. */
export interface ImportReport {
  read: number
  created: number
  updated: number
  same: number
  /** Password hashes that were taken, by format. */
  readonly passwords: Map<string, number>
  /** Password hashes that were not, by the reason. */
  readonly withoutPassword: Map<Exclude<Password, { take: true }>['because'], number>
  readonly conflicts: { readonly id: string; readonly because: Conflict }[]
  roles: number
  identities: number
  revokedTokens: number
  readonly leftBehind: Map<string, number>
}

const batchSize = 200

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
    report,
    roles: new Set((await listRoles(platform.database)).map(({ name }) => name)),
    names: new Set(),
  }
  let batch: Found[] = []
  const flush = async (): Promise<void> => {
    await takeBatch(world, batch)
    report.read += batch.length
    batch = []
    options.progress?.(report.read)
  }
  for await (const one of found) {
    batch.push(one)
    if (batch.length >= batchSize) await flush()
  }
  if (batch.length > 0) await flush()
  return report
}

interface World {
  readonly platform: Platform
  readonly passwords: Pick<Passwords, 'adopt'>
  readonly options: ImportOptions
  readonly report: ImportReport
  /** Names of roles that exist, or will with this commit. */
  readonly roles: Set<string>
  /** Names and accounts elsewhere that this run has given away: two people of one file may want the same. */
  readonly names: Set<string>
}

async function takeBatch(world: World, batch: readonly Found[]): Promise<void> {
  const sets: { readonly id: string; readonly writes: WriteSet }[] = []
  for (const one of batch) sets.push({ id: idOf(one), writes: await writesFor(world, one) })
  if (!world.options.apply) return
  const { database } = world.platform
  if ((await database.commit(sets.map(({ writes }) => writes))).ok) return
  // Somebody else was here meanwhile: each by itself, so that one who is lost takes nobody along.
  for (const { id, writes } of sets) {
    const committed = await database.commit(writes)
    if (!committed.ok) world.report.conflicts.push({ id, because: 'something here changed meanwhile' })
  }
}

function idOf(found: Found): string {
  if (found.kind === 'role') return found.name
  return found.kind === 'revoked-token' ? found.jti : found.id
}

async function writesFor(world: World, found: Found): Promise<WriteSet> {
  const { report } = world
  switch (found.kind) {
    case 'left-behind':
      count(report.leftBehind, found.what)
      return []
    case 'role':
      return roleWrites(world, found)
    case 'revoked-token':
      report.revokedTokens += 1
      return [
        revokeJwt(
          world.platform.database,
          { jti: found.jti, exp: found.expiresAt },
          world.platform.runtime.now(),
        ),
      ]
    case 'user':
      return userWrites(world, found)
  }
}

function roleWrites(
  { platform, report, roles }: World,
  record: Extract<MovedRecord, { kind: 'role' }>,
): WriteSet {
  const name = roleNameOf(record.name)
  if (name === null || roles.has(name)) return []
  roles.add(name)
  report.roles += 1
  return [defineRole(platform.database, { name, description: record.description || record.name })]
}

async function userWrites(world: World, read: MovedUser): Promise<WriteSet> {
  const { platform, options, report } = world
  const { database } = platform
  const whole = digest(JSON.stringify(read))
  const password = read.passwordHash === null ? null : digest(read.passwordHash)
  const here = await lookAround(world, read)
  const decision = decideUser(read, here, { whole, password }, options)
  if (decision.do === 'skip') {
    report.same += 1
    return []
  }
  if (decision.do === 'refuse') {
    report.conflicts.push({ id: read.id, because: decision.because })
    return []
  }
  const isTaken = claimNames(world, read.id, decision)
  if (isTaken) return []
  countPassword(report, decision.password)
  if (decision.do === 'create') report.created += 1
  else report.updated += 1
  const now = platform.runtime.now()
  const user = decision.do === 'create' ? userOf(world, read, decision.names, now) : decision.user
  const movedAt = decision.password.take || here.moved === null ? now : here.moved.movedAt
  return [
    decision.do === 'create'
      ? createWrites(platform, user, read)
      : updateWrites(platform, user, read, decision.names),
    passwordWrites(world, user, decision.password),
    ...(await identityWrites(world, user, read)),
    grantWrites(world, user, read),
    decision.do === 'create' ? await numberWrites(world, user, read) : [],
    rememberMoved(database, options.source, read.id, {
      userId: user.id,
      digest: whole,
      passwordDigest: password,
      movedAt,
    }),
  ]
}

async function lookAround(
  { platform, options }: World,
  read: MovedUser,
): Promise<Parameters<typeof decideUser>[1]> {
  const { database } = platform
  const { email, username } = namesOf(read)
  const moved = await movedById(database, options.source, read.id)
  const [byEmail, byUsername] = await Promise.all([
    email === null ? null : userByIdentifier(database, { kind: 'email', value: email }),
    username === null ? null : userByIdentifier(database, { kind: 'username', value: username }),
  ])
  if (moved === null) return { moved: null, byEmail, byUsername }
  const user = await userById(database, moved.userId)
  const credential = user === null ? null : await credentialOfUser(database, user.id)
  const changedAt = credential?.password?.changedAt ?? moved.movedAt
  return { moved: { ...moved, user, hasOwnPassword: changedAt > moved.movedAt }, byEmail, byUsername }
}

/** Gives a person their names in this run. @returns whether somebody of the same run has one of them */
function claimNames(
  { names, report }: World,
  id: string,
  { names: { email, username } }: Extract<Decision, { names: Names }>,
): boolean {
  const wanted = [email === null ? null : `e ${email}`, username === null ? null : `u ${username}`]
  for (const [index, name] of wanted.entries()) {
    if (name === null || !names.has(name)) continue
    report.conflicts.push({
      id,
      because:
        index === 0 ? 'the e-mail address is somebody else’s here' : 'the user name is somebody else’s here',
    })
    return true
  }
  for (const name of wanted) if (name !== null) names.add(name)
  return false
}

function userOf({ platform, options }: World, read: MovedUser, names: Names, now: Instant): User {
  return {
    id: options.keepsIds && /^usr_[a-z0-9]{1,64}$/.test(read.id) ? read.id : platform.runtime.id('usr'),
    ...names,
    emailVerified: read.emailVerified && names.email !== null,
    name: shownName(read, names),
    claims: read.claims,
    disabledAt: null,
    createdAt: (read.createdAt ?? now) as Instant,
    updatedAt: now,
  }
}

function shownName({ name }: MovedUser, { username, email }: Names): string {
  const plain = name
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, 100)
  return plain === '' ? (username ?? email ?? '') : plain
}

function createWrites({ database, runtime }: Platform, user: User, read: MovedUser): WriteSet {
  return [
    insertUser(database, user),
    read.disabled ? disableUser(database, runtime.now(), user.id) : null,
    event(database, runtime, { type: 'user.created', userId: user.id, detail: { imported: true } }),
  ]
}

function updateWrites({ database, runtime }: Platform, user: User, read: MovedUser, names: Names): WriteSet {
  const now = runtime.now()
  const { email, username } = names
  const name = shownName(read, names)
  return [
    user.email === email ? null : changeEmail(database, now, user.id, email, read.emailVerified),
    user.username === username ? null : changeUsername(database, now, user.id, username),
    user.name === name ? null : renameUser(database, now, user.id, name),
    JSON.stringify(user.claims) === JSON.stringify(read.claims)
      ? null
      : changeClaims(database, now, user.id, read.claims),
    read.disabled && user.disabledAt === null ? disableUser(database, now, user.id) : null,
    event(database, runtime, { type: 'user.updated', userId: user.id, detail: { imported: true } }),
  ]
}

function passwordWrites({ platform, passwords, options }: World, user: User, password: Password): WriteSet {
  if (!password.take) return []
  const sealed = passwords.adopt(user.id, password.hash, options.broken)
  return sealed === null ? [] : [putPassword(platform.database, platform.runtime.now(), user.id, sealed)]
}

async function identityWrites(
  { platform, report, names }: World,
  user: User,
  { identities }: MovedUser,
): Promise<readonly WriteSet[]> {
  const { database, runtime } = platform
  const sets: WriteSet[] = []
  for (const identity of identities) {
    const name = `i ${identity.upstream} ${identity.issuer} ${identity.subject}`
    if (names.has(name) || (await identityBySubject(database, identity)) !== null) continue
    names.add(name)
    report.identities += 1
    const linked = { ...identity, id: runtime.id('idn'), userId: user.id, createdAt: runtime.now() }
    sets.push([linkIdentity(database, linked)])
  }
  return sets
}

function grantWrites({ platform, roles, report }: World, user: User, read: MovedUser): WriteSet {
  const { database } = platform
  return read.roles.map((given) => {
    const name = roleNameOf(given)
    if (name === null) return null
    const isNew = !roles.has(name)
    if (isNew) {
      roles.add(name)
      report.roles += 1
    }
    return [
      isNew ? defineRole(database, { name, description: given }) : null,
      grantRole(database, user.id, name),
    ]
  })
}

/** What the other system calls them, for programs that hold that number; a number that is taken stays whose it is. */
async function numberWrites({ platform, options }: World, user: User, read: MovedUser): Promise<WriteSet> {
  if (!/^[1-9]\d{0,14}$/.test(read.id)) return []
  const number = Number(read.id)
  const free = await Promise.all(
    options.numbers.map(async (source) => (await userByNumber(platform.database, source, number)) === null),
  )
  return options.numbers.map((source, index) =>
    free[index] === true ? putNumber(platform.database, source, number, user.id) : null,
  )
}

/** A group's name as the name of a role; null where nothing is left of it. */
function roleNameOf(text: string): string | null {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9._:-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
  return isRoleName(name) ? name : null
}

function emptyReport(): ImportReport {
  return {
    read: 0,
    created: 0,
    updated: 0,
    same: 0,
    passwords: new Map(),
    withoutPassword: new Map(),
    conflicts: [],
    roles: 0,
    identities: 0,
    revokedTokens: 0,
    leftBehind: new Map(),
  }
}

function countPassword(report: ImportReport, password: Password): void {
  if (password.take) count(report.passwords, password.format)
  else count(report.withoutPassword, password.because)
}

function count<K>(counts: Map<K, number>, name: K): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
