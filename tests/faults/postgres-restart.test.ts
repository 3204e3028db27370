// PostgreSQL goes away without a word in the midst of work, and comes back: `pg_ctl restart -m immediate`, which is a
// crash as far as its clients can tell.
import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { openInstallation } from '../harness/installation.ts'
import { populate } from '../harness/population.ts'
import { findPostgres, postgresSkip, startCluster } from '../harness/postgres.ts'
import { freePort } from '../harness/processes.ts'
import { get } from '../harness/wire.ts'
import { endEverything, presentAll, seeEverything, settle } from './aftermath.ts'
import { chanceOf } from './chance.ts'
import { brokenInPostgres } from './invariants.ts'
import { type Actor, type Journal, newJournal } from './journal.ts'
import { act, NoAnswer } from './workload.ts'

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/**
 * @param noticed waits, while it is away, until somebody has found that out
 * @returns when it was down and when it was up again, in the milliseconds of `performance.now()`
 */
async function crash(url: string, noticed: () => Promise<unknown>): Promise<{ down: number; up: number }> {
  const [row] = await ask(url, 'show data_directory')
  const folder = String(row?.['data_directory'])
  const { uid, gid } = statSync(folder)
  const found = findPostgres()
  const bin = 'bin' in found ? found.bin : ''
  const owner = process.getuid?.() === 0 ? { uid, gid } : {}
  const control = async (...args: string[]): Promise<void> => {
    const all = ['-D', folder, '-w', ...args]
    const child = spawn(join(bin, 'pg_ctl'), all, { ...owner, cwd: '/', stdio: 'ignore' })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`pg_ctl ${args[0]} ended with ${code}.`)
  }
  const down = performance.now()
  await control('stop', '-m', 'immediate')
  await noticed()
  // Begun as it was begun before.
  await control('restart', '-l', join(folder, 'restart.log'))
  return { down, up: performance.now() }
}

interface Shift {
  readonly origin: string
  readonly journal: Journal
  readonly seed: number
  /** Moments of the last answer of each kind. */
  readonly answered: { lastRefusal: number; refusals: number; firstAfter: number }
  upAt: number
  over: boolean
}

const doneIn = ({ done }: Journal): number => [...done.values()].reduce((sum, times) => sum + times, 0)

async function happening(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!isSo()) {
    ok(performance.now() < end, `It did not happen in a minute: ${what}.`)
    await new Promise((resume) => setTimeout(resume, 10))
  }
}

/** Works on, whatever is refused: a 503 leaves a thing unsure, and it is settled before the next. */
async function work(shift: Shift, actor: Actor, at: number): Promise<void> {
  const { origin, journal, answered } = shift
  const scene = { origin, journal, actor, chance: chanceOf(shift.seed + at) }
  while (!shift.over || actor.unsure !== null) {
    if (shift.over && performance.now() - shift.upAt > 60_000) throw new Error('The server never recovered.')
    try {
      await settle(scene)
      await act(scene)
      if (shift.upAt > 0 && answered.firstAfter === 0) answered.firstAfter = performance.now()
    } catch (error) {
      // The server itself never went away: it owes an answer to every request.
      if (!(error instanceof NoAnswer) || error.hungUp) throw error
      answered.lastRefusal = performance.now()
      answered.refusals += 1
      await new Promise((resume) => setTimeout(resume, 50))
    }
  }
}

test('PostgreSQL crashes under load: 503 while it is gone, service within 5 s of its return, nobody let in [F10 F14 C10]', {
  skip: postgresSkip(),
}, async (t) => {
  const cluster = await startCluster()
  if ('skipped' in cluster) return t.skip(cluster.skipped)
  try {
    await ask(cluster.url, 'create database crashing')
    const databaseUrl = Object.assign(new URL(cluster.url), { pathname: '/crashing' }).href
    await using installation = await openInstallation({ engine: 'postgres', databaseUrl })
    const journal = newJournal(await populate(installation, 4))
    const { origin, child } = await installation.start()
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    const answered = { lastRefusal: 0, refusals: 0, firstAfter: 0 }
    const shift: Shift = { origin, journal, seed, answered, upAt: 0, over: false }
    const working = Promise.all(journal.actors.map((actor, at) => work(shift, actor, at))).catch(
      (error: unknown) => {
        throw new Error(`While working; the server said: ${child.stdout()}${child.stderr()}`, {
          cause: error,
        })
      },
    )
    const until = (what: string, isSo: () => boolean) => Promise.race([working, happening(what, isSo)])
    await until('work is done', () => doneIn(journal) > 30)
    const refused = answered.refusals
    const noticed = (): Promise<unknown> => until('one is refused', () => answered.refusals > refused)
    const { down, up } = await crash(cluster.url, noticed)
    shift.upAt = up
    const before = doneIn(journal)
    await until('work goes on', () => doneIn(journal) > before + 30)
    shift.over = true
    await working
    equal((await get(`${origin}/readyz`)).status, 200)
    const back = Math.max(answered.lastRefusal, up) - up
    ok(back < 5000, `the last 503 came ${Math.round(back)} ms after the database was back`)
    t.diagnostic(
      `gone for ${Math.round(up - down)} ms, ${answered.refusals} answers of 503, the last ${Math.round(answered.lastRefusal - up)} ms after its return`,
    )
    for (const actor of journal.actors) await seeEverything(origin, actor)
    await endEverything(origin, journal)
    await presentAll(origin, journal.graves)
    equal((await brokenInPostgres(databaseUrl)).join('\n'), '')
  } finally {
    await cluster.stop()
  }
})

test('a server does not start without its database, and says so [F10]', async () => {
  const databaseUrl = `postgres://nobody:nothing@127.0.0.1:${await freePort()}/none`
  await using installation = await openInstallation({ engine: 'postgres', databaseUrl })
  const child = installation.command(['start'], { PORT: String(await freePort()) })
  equal((await child.exited).code, 1)
  equal(/The database can’t be reached/.test(child.stderr()), true, child.stderr())
  equal(/^\s+at |nothing/m.test(child.stderr()), false, 'a stack, or the password of the database')
})
