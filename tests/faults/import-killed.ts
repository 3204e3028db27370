// kill -9 in the midst of an import, and the same command again: in the end everything is as if nothing had happened.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { exportAll } from '../../packages/server/src/admin/moving/export.ts'
import { importAll } from '../../packages/server/src/admin/moving/import.ts'
import type { MovedRecord } from '../../packages/server/src/admin/moving/records.ts'
import type { ImportReport } from '../../packages/server/src/admin/moving/report.ts'
import { sources } from '../../packages/server/src/admin/moving/sources/sources.ts'
import { type Engine, type Installation, openInstallation } from '../harness/installation.ts'

/** What came of it, for whoever reads. */
export interface KilledImport {
  readonly people: number
  /** How many were there after each kill. */
  readonly left: readonly number[]
}

/** @param kills at ever later moments, until the last run is let to its end */
export async function killImport(engine: Engine, people: number, kills: number): Promise<KilledImport> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-people-'))
  try {
    const from = join(folder, 'dump.json')
    writeFileSync(from, JSON.stringify(dumpOf(people)))
    await using whole = await openInstallation({ engine })
    await using cut = await openInstallation({ engine })
    for (const installation of [whole, cut]) await installation.within(async () => {})
    await bring(whole, from)
    const left: number[] = []
    for (let kill = 1; kill <= kills; kill++)
      left.push(await killBeyond(cut, from, (people * kill) / (kills + 2)))
    const last = await cut.countersign('import', 'django', from, '--apply')
    const there = left.at(-1) ?? 0
    deepEqual([last['read'], last['conflicts']], [people + groups.length + people / 10 + people / 20, []])
    equal(last['same'], there)
    equal(last['created'], people - there)
    const again = await bring(cut, from)
    for (const what of ['created', 'updated', 'roles', 'keys', 'revokedTokens'] as const)
      equal(again[what], 0, what)
    const [expected, found] = [await exported(whole), await exported(cut)]
    // Of every tenth who has a key each seventh is disabled, and theirs stays behind.
    const keys = Math.floor(people / 10) - Math.floor(people / 70)
    // Each person and each key is told again by where it came from.
    equal(found.length, 2 * (people + keys) + groups.length + people / 20)
    deepEqual(found, expected)
    deepEqual(await counts(cut), await counts(whole))
    return { people, left }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The whole import at once, in this process. */
function bring(installation: Installation, from: string): Promise<ImportReport> {
  const { read, numbers } = sources.django
  return installation.within((platform) =>
    importAll(
      platform,
      passwordsOf(platform),
      read({ from, options: {}, since: null, now: platform.runtime.now() }),
      {
        source: 'django',
        numbers,
        keepsIds: false,
        keyResource: null,
        rpId: null,
        encryptedTokens: false,
        apply: true,
        broken: false,
      },
    ),
  )
}

/** Starts the import and kills it as soon as so many are there. @returns how many are there then */
async function killBeyond(installation: Installation, from: string, enough: number): Promise<number> {
  return installation.within(async ({ database }) => {
    const there = async () => Number((await database.read('select count(*) as n from users', []))[0]?.['n'])
    const child = installation.command(['import', 'django', from, '--apply', '--json'])
    const deadline = performance.now() + 60_000
    while ((await there()) < enough) {
      ok(performance.now() < deadline, 'the import does not come on')
      await new Promise((resume) => setTimeout(resume, 5))
    }
    const { signal } = await child.kill('SIGKILL')
    equal(signal, 'SIGKILL', 'the import was over before it was killed')
    return there()
  })
}

const groups = ['Editors', 'Night shift', 'Readers']

/** People with groups; every tenth has an API key, every twentieth a token on the blacklist. */
function dumpOf(people: number): unknown[] {
  const entries: unknown[] = groups.map((name, at) => ({ model: 'auth.group', pk: at + 1, fields: { name } }))
  for (let pk = 1; pk <= people; pk++) {
    const name = `person${pk}`
    const fields = {
      username: name,
      email: `${name}@example.test`,
      first_name: 'Person',
      last_name: String(pk),
      password: `pbkdf2_sha256$20000$salt${pk}$${'A'.repeat(43)}=`,
      is_active: pk % 7 !== 0,
      groups: [(pk % groups.length) + 1],
      date_joined: '2024-01-02T03:04:05Z',
    }
    entries.push({ model: 'auth.user', pk, fields })
    if (pk % 10 === 0) {
      const key = pk.toString(16).padStart(40, '0')
      entries.push({
        model: 'authtoken.token',
        pk: key,
        fields: { user: pk, created: '2024-01-02T03:04:05Z' },
      })
    }
    if (pk % 20 !== 0) continue
    const token = { user: pk, jti: `ended-${pk}`, expires_at: '2100-01-01T00:00:00Z' }
    entries.push({ model: 'token_blacklist.outstandingtoken', pk, fields: token })
    entries.push({ model: 'token_blacklist.blacklistedtoken', pk, fields: { token: pk } })
  }
  return entries
}

/**
 * Every record of an export, in an order of its own, without the ids that each server chooses and the moments of the
 * import.
 */
function exported(installation: Installation): Promise<string[]> {
  return installation.within(async (platform) => {
    const records: string[] = []
    for await (const record of exportAll(platform, passwordsOf(platform)))
      records.push(JSON.stringify({ ...record, id: '', ...blanked(record) }))
    return records.sort()
  })
}

function blanked(record: MovedRecord): Record<string, unknown> {
  const chosen = ['userId', 'at', 'passwordChangedAt'].filter((name) => name in record)
  return Object.fromEntries(chosen.map((name) => [name, '']))
}

/** Rows of what an export doesn't have. */
async function counts(installation: Installation): Promise<Record<string, number>> {
  const tables = [
    'user_numbers',
    'moved_users',
    'access_tokens',
    'families',
    'sessions',
    'revoked_tokens',
    'events',
  ]
  return installation.within(async ({ database }) => {
    const counted: Record<string, number> = {}
    for (const table of tables) {
      const [row] = await database.read(`select count(*) as n from ${table}`, [])
      counted[table] = Number(row?.['n'])
    }
    return counted
  })
}
