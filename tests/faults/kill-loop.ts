// kill -9 at random moments, start again on the same data, and look: nothing acknowledged is lost, what was not
// acknowledged is whole or absent, and nobody is let in by what is dead (F01, F02, RT-14).
//
//   npm run faults -- --kills 200 --seed 7      on the embedded database
//   npm run faults -- --kills 50 --postgres     on PostgreSQL: the server is killed, not the database
import { parseArgs } from 'node:util'
import { ending } from '../../scripts/suite/ending.ts'
import { type Engine, type Installation, openInstallation, type Running } from '../harness/installation.ts'
import { populate } from '../harness/population.ts'
import { endEverything, presentAll, seeEverything, settle, superseded } from './aftermath.ts'
import { type Chance, chanceOf } from './chance.ts'
import { brokenInPostgres, brokenInSqlite } from './invariants.ts'
import { type Grave, type Journal, newJournal } from './journal.ts'
import { act, NoAnswer, patiently, Violation } from './workload.ts'

export interface KillOptions {
  readonly kills: number
  readonly engine: Engine
  readonly seed: number
  /** People who work at the same time. */
  readonly actors?: number
  readonly say?: (line: string) => void
}

export interface KillReport {
  readonly kills: number
  /** From the start of the process to its readiness after each kill, in milliseconds, ascending. */
  readonly readyMs: readonly number[]
  /** Dead things that were presented again, all in vain. */
  readonly graves: number
  /** Acknowledged deeds, by name. */
  readonly done: Readonly<Record<string, number>>
  /** Deeds that a kill left without an answer, by name. */
  readonly unanswered: Readonly<Record<string, number>>
}

/** @throws Violation at the first thing that must not be */
export async function killLoop(options: KillOptions): Promise<KillReport> {
  const { kills, engine, seed, actors = 6, say = () => {} } = options
  const chance = chanceOf(seed)
  await using installation = await openInstallation({ engine })
  const journal = newJournal(await populate(installation, actors))
  const loop = { installation, journal, chance, seed }
  const readyMs: number[] = []
  let running = await installation.start()
  for (let kill = 1; kill <= kills; kill++) {
    await workUntilKilled(loop, running)
    await refuseBroken(installation)
    if (chance.whole(8) === 0) await killWhileStarting(loop, running.port)
    running = await installation.start({ port: running.port })
    readyMs.push(running.readyMs)
    const settled = await look(loop, running.origin)
    say(
      `kill ${kill}/${kills}: ready in ${Math.round(running.readyMs)} ms, ${settled} unanswered, ${journal.graves.length} in the graveyard`,
    )
  }
  await endEverything(running.origin, journal)
  await presentAll(running.origin, journal.graves)
  await running.stop()
  await refuseBroken(installation)
  return {
    kills,
    readyMs: readyMs.sort((a, b) => a - b),
    graves: journal.graves.length,
    done: Object.fromEntries(journal.done),
    unanswered: Object.fromEntries(journal.unanswered),
  }
}

interface Loop {
  readonly installation: Installation
  readonly journal: Journal
  readonly chance: Chance
  readonly seed: number
}

/** Everybody works; in the midst of it, after so and so many deeds and a moment, the server dies. */
async function workUntilKilled({ journal, chance }: Loop, { child, origin }: Running): Promise<void> {
  const enough = 10 + chance.whole(60)
  const momentMs = chance.whole(40)
  let deeds = 0
  let killed: Promise<unknown> | undefined
  const kill = (): void => {
    killed ??= new Promise((resume) => setTimeout(resume, momentMs)).then(() => {
      dead = true
      return child.kill('SIGKILL')
    })
  }
  let dead = false
  // Sooner, a slow machine's server would die before anybody had anything to lose.
  const latest = setTimeout(kill, 60_000)
  const work = journal.actors.map(async (actor) => {
    const scene = { origin, journal, actor, chance: chanceOf(chance.whole(2 ** 32)) }
    while (!dead) {
      try {
        await settle(scene)
        await act(scene)
        deeds += 1
        if (deeds >= enough) kill()
      } catch (error) {
        // Before the kill, the server owes an answer to everybody; “busy” is one.
        if (!(error instanceof NoAnswer) || (error.hungUp && !dead)) throw error
      }
    }
  })
  try {
    await Promise.all(work)
  } finally {
    // Where one of them saw what must not be, the others stop as well.
    dead = true
    clearTimeout(latest)
  }
  await killed
}

/** Dead before it was there: at any moment between the first page read and the first request. */
async function killWhileStarting({ installation, chance }: Loop, port: number): Promise<void> {
  const child = installation.command(['start'], {
    PORT: String(port),
    COUNTERSIGN_HOSTS: `127.0.0.1:${port}`,
  })
  await new Promise((resume) => setTimeout(resume, 100 + chance.whole(300)))
  await child.kill('SIGKILL')
  await refuseBroken(installation)
}

/** @returns how much was unanswered */
async function look({ journal, chance }: Loop, origin: string): Promise<number> {
  const unsure = journal.actors.filter((actor) => actor.unsure !== null).length
  await Promise.all(
    journal.actors.map(async (actor) => {
      await patiently(() => settle({ origin, journal, actor }))
      await patiently(() => seeEverything(origin, actor))
    }),
  )
  const others = journal.graves.filter(({ kind }) => kind !== 'password')
  const lines = superseded(journal)
  const sampled = [
    ...others.slice(-20),
    ...Array.from({ length: 20 }, () => chance.oneOf(others)),
    ...Array.from({ length: 20 }, () => chance.oneOf(lines)),
    guess(journal, chance),
  ]
  await presentAll(
    origin,
    [...new Set(sampled)].filter((grave) => grave !== undefined),
  )
  return unsure
}

/** A password that was, of somebody who may still be wrong a few times before they have to wait. */
function guess({ actors, graves }: Journal, chance: Chance): Grave | undefined {
  const actor = chance.oneOf(actors.filter(({ guesses }) => guesses < 3))
  const grave = graves.findLast((one) => one.kind === 'password' && one.username === actor?.username)
  if (actor !== undefined && grave !== undefined) actor.guesses += 1
  return grave
}

async function refuseBroken({ engine, databaseUrl, file }: Installation): Promise<void> {
  const found = await (engine === 'sqlite' ? brokenInSqlite(file) : brokenInPostgres(databaseUrl))
  if (found.length > 0) throw new Violation(found.join('\n'))
}

export function described({ kills, readyMs, graves, done, unanswered }: KillReport): string {
  const median = Math.round(readyMs[Math.floor(readyMs.length / 2)] ?? 0)
  const longest = Math.round(readyMs.at(-1) ?? 0)
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ')
  return [
    `${kills} kills, nothing lost, nobody let in; ready again in ${median} ms (median), ${longest} ms at most`,
    `acknowledged: ${list(done)}`,
    `unanswered and settled: ${list(unanswered)}`,
    `graveyard: ${graves}, none accepted`,
  ].join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      postgres: { type: 'boolean', default: false },
    },
  })
  const engine = values.postgres ? 'postgres' : 'sqlite'
  console.log(`seed ${values.seed}, ${engine}`)
  const kills = Number(values.kills)
  let passed = 0
  let failed = 0
  // Said once after each.
  const say = (line: string): void => {
    passed += 1
    console.log(line)
  }
  try {
    console.log(described(await killLoop({ kills, seed: Number(values.seed), engine, say })))
  } catch (error) {
    console.error(error)
    failed = 1
    const on = values.postgres ? ' --postgres' : ''
    console.error(`Again: npm run faults -- --kills ${values.kills} --seed ${values.seed}${on}`)
  }
  const succeeded = passed === kills && failed === 0
  console.log(`\n${ending({ what: 'kills', passed, failed, succeeded })}`)
  process.exitCode = succeeded ? 0 : 1
}
