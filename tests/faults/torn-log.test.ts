// A power cut in the midst of a write: the write-ahead log ends anywhere, or its end is garbage. Whatever is left must be
// the state after some commit, with every commit before it whole.
import { deepEqual, ok } from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openInstallation } from '../harness/installation.ts'
import { populate } from '../harness/population.ts'
import { chanceOf } from './chance.ts'
import { brokenInFile } from './invariants.ts'
import { newJournal } from './journal.ts'
import { act, NoAnswer } from './workload.ts'

const seed = Date.now() % 1_000_000
const sector = 512

function events(file: string): number {
  const connection = new DatabaseSync(file)
  const row = connection.prepare('select count(*) as n from events').get()
  connection.close()
  return Number(row?.['n'])
}

test(`wherever a power cut tears the log, the database opens at a whole commit [F04, seed ${seed}]`, async () => {
  await using installation = await openInstallation()
  const journal = newJournal(await populate(installation, 3))
  const { origin, child } = await installation.start()
  let deeds = 0
  await Promise.all(
    journal.actors.map(async (actor, at) => {
      const scene = { origin, journal, actor, chance: chanceOf(seed + at) }
      while (deeds++ < 90) {
        await act(scene).catch((error: unknown) => {
          if (!(error instanceof NoAnswer) || error.hungUp) throw error
          actor.unsure = null
        })
      }
    }),
  )
  await child.kill('SIGKILL')
  const log = readFileSync(`${installation.file}-wal`)
  ok(log.length > 100 * sector && log.length < 4_000_000, 'nothing was moved into the database file yet')

  const folder = mkdtempSync(join(tmpdir(), 'countersign-torn-'))
  const copy = join(folder, 'torn.db')
  /** @returns how many events are there after recovery */
  const recovered = async (torn: Uint8Array): Promise<number> => {
    for (const end of ['-wal', '-shm']) rmSync(copy + end, { force: true })
    copyFileSync(installation.file, copy)
    writeFileSync(`${copy}-wal`, torn)
    deepEqual(await brokenInFile(copy), [])
    return events(copy)
  }
  try {
    const chance = chanceOf(seed)
    const cuts = Array.from({ length: 40 }, () => chance.whole(Math.ceil(log.length / sector)) * sector)
    let before = 0
    for (const cut of cuts.sort((a, b) => a - b)) {
      const after = await recovered(log.subarray(0, cut))
      ok(after >= before, 'a longer log holds less')
      before = after
    }
    ok((await recovered(log)) >= before)
    // Garbage where the last sectors were: pages that the disk had not written in their order.
    for (let flip = 0; flip < 20; flip++) {
      const torn = Buffer.from(log)
      const from = chance.whole(log.length / sector) * sector
      torn.fill(chance.whole(256), from, from + sector)
      ok((await recovered(torn)) <= (await recovered(log)))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
