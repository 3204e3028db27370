// Django's people brought here by the command line, from its database and from its dumpdata, and taken back by its
// loaddata: passwords of every hasher, groups, ended tokens, keys.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentialByIdentifier } from '../../../packages/server/src/accounts/credentials/passwords.store.ts'
import { passwordsOf } from '../../../packages/server/src/accounts/credentials/passwords.ts'
import { createUser } from '../../../packages/server/src/accounts/users/create-user.ts'
import { canonicalIdentifier } from '../../../packages/server/src/accounts/users/identifiers.ts'
import { type Installation, openInstallation } from '../../harness/installation.ts'
import type { Held } from '../held.ts'
import { type Python, runOriginal } from '../python.ts'
import { secretKey } from './flows.ts'

const people = new URL('people.py', import.meta.url)

/** What Django made. */
interface Made {
  readonly people: readonly (readonly [name: string, password: string])[]
  readonly numbers: Readonly<Record<string, number>>
  /** Refresh tokens. */
  readonly ended: string
  readonly living: string
  readonly key: readonly [name: string, key: string]
}

interface Loaded {
  readonly tried: readonly (readonly [name: string, right: boolean, wrong: boolean])[]
  readonly users: Readonly<
    Record<string, { active: boolean; staff: boolean; groups: string[]; name: string; usable: boolean }>
  >
}

/** Brings and takes back. */
export async function tryMoving(python: Python): Promise<Held[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-django-'))
  try {
    const made = (await runDjango(python, ['make', folder])) as Made
    const held = [
      ...(await bring(made, join(folder, 'people.sqlite3'), 'its database')),
      ...(await bring(made, join(folder, 'dump.json'), 'its dumpdata')),
    ]
    return [...held, ...(await takeBack(python, made, folder))]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function bring(made: Made, from: string, what: string): Promise<Held[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-moved-'))
  writeFileSync(join(folder, 'django-secret-key'), secretKey)
  writeFileSync(
    join(folder, 'countersign.config.json'),
    JSON.stringify({
      profiles: { simplejwt: { signingKeyFile: join(folder, 'django-secret-key') }, djoser: true },
    }),
  )
  try {
    await using installation = await openInstallation({ folder })
    await installation.within(async () => {})
    const first = await importFrom(installation, from)
    const held = [
      {
        sentence: `${what}: everybody comes, with their passwords, key and ended token`,
        holds:
          isCounted(first, { created: made.people.length + 2, updated: 0, keys: 1, revokedTokens: 1 }) &&
          isEmpty(first['conflicts']),
      },
      ...(await signEverybodyIn(installation, made, what)),
    ]
    const again = await importFrom(installation, from)
    const changesNothing =
      isCounted(again, { created: 0, updated: 0, keys: 0, revokedTokens: 0, roles: 0 }) &&
      isEmpty(again['conflicts'])
    return [...held, { sentence: `${what}: a second run changes nothing`, holds: changesNothing }]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function importFrom(installation: Installation, from: string): Promise<Record<string, unknown>> {
  return installation.countersign('import', 'django', from, '--apply', '--take-broken-hashes')
}

async function signEverybodyIn(installation: Installation, made: Made, what: string): Promise<Held[]> {
  const running = await installation.start()
  let callers = 0
  const ask = async (path: string, members?: unknown, authorization?: string) => {
    callers += 1
    const response = await fetch(`${running.origin}${path}`, {
      ...(members !== undefined && { method: 'POST', body: JSON.stringify(members) }),
      headers: {
        'content-type': 'application/json',
        // Each is somebody else's: limits are not what is tried here.
        'x-forwarded-for': `10.${callers % 250}.1.1`,
        ...(authorization !== undefined && { authorization }),
      },
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const held: Held[] = []
  for (const [username, password] of made.people) {
    const wrong = await ask('/api/token/', { username, password: `${password}x` })
    const others = await ask('/api/token/', { username, password: 'idle of 1843' })
    const before = await hashOf(installation, username)
    const right = await ask('/api/token/', { username, password })
    const after = await hashOf(installation, username)
    const again = await ask('/api/token/', { username, password })
    held.push({
      sentence: `${what}: ${username} signs in with the old password and with no other, and has argon2id then`,
      holds:
        [wrong.status, others.status, right.status, again.status].join() === '401,401,200,200' &&
        claimIn(right.body['access'], 'user_id') === String(made.numbers[username]) &&
        !before.startsWith('$argon2') &&
        after.startsWith('$argon2id$'),
    })
  }
  const idle = await ask('/api/token/', { username: 'idle', password: 'idle of 1843' })
  const unusable = await ask('/api/token/', { username: 'unusable', password: '!' })
  held.push({
    sentence: `${what}: who is inactive or has no usable password stays out`,
    holds: idle.status === 401 && unusable.status === 401,
  })
  const [ended, living] = [
    await ask('/api/token/refresh/', { refresh: made.ended }),
    await ask('/api/token/refresh/', { refresh: made.living }),
  ]
  held.push({
    sentence: `${what}: Django’s refresh tokens go on working, but for those on its blacklist`,
    holds: ended.status === 401 && living.status === 200,
  })
  const [owner, key] = made.key
  const known = await ask('/auth/users/me/', undefined, `Token ${key}`)
  const other = await ask('/auth/users/me/', undefined, `Token ${key.slice(1)}0`)
  held.push({
    sentence: `${what}: the key of Django REST framework goes on working`,
    holds: known.body['username'] === owner && other.status === 401,
  })
  await running.stop()
  return held
}

/** Somebody who has never been with Django. */
const own = { username: 'own', password: 'a pässwörd of our own' }

async function takeBack(python: Python, made: Made, folder: string): Promise<Held[]> {
  await using installation = await openInstallation()
  await installation.within(async (platform) => {
    await createUser(platform, passwordsOf(platform), {
      ...own,
      name: 'Own',
      emailVerified: false,
    })
  })
  await importFrom(installation, join(folder, 'people.sqlite3'))
  const fixture = join(folder, 'back.json')
  await installation.countersign('export', 'django', fixture)
  const { tried, users } = (await runDjango(
    python,
    ['load', folder, fixture],
    [...made.people, [own.username, own.password]],
  )) as Loaded
  const first = users['by_pbkdf2_sha256']
  return [
    ...tried.map(([name, right, wrong]) => ({
      sentence: `taken back by loaddata: Django takes the password of ${name}, and no other`,
      holds: right && !wrong,
    })),
    {
      sentence: 'taken back by loaddata: groups, names and who is inactive are as they were',
      holds:
        first?.staff === true &&
        first.name === 'Ada Lovelace' &&
        first.groups.join() === 'Night Editors' &&
        users['idle']?.active === false &&
        users['unusable']?.usable === false,
    },
  ]
}

async function hashOf(installation: Installation, username: string): Promise<string> {
  return installation.within(async (platform) => {
    const identifier = canonicalIdentifier(username)
    const credential = identifier && (await credentialByIdentifier(platform.database, identifier))
    if (credential?.password == null) return ''
    const { user, password } = credential
    return passwordsOf(platform).reveal({ userId: user.id, sealedHash: password.sealedHash })
  })
}

function runDjango(python: Python, args: readonly string[], input: unknown = null): Promise<unknown> {
  return runOriginal(python, people, { args, settings: { SECRET_KEY: secretKey }, input })
}

function isCounted(report: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, number>>) {
  return Object.entries(expected).every(([name, count]) => report[name] === count)
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0
}

function claimIn(token: unknown, name: string): string {
  const payload = Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()
  return String((JSON.parse(payload) as Record<string, unknown>)[name])
}
