// A short sweep over every route that the server has, the same each time; `npm run fuzz -- --routes` sends all of it, on both
// engines, which read texts differently: PostgreSQL takes neither NUL nor what is no UTF-8.
import { deepEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { migratedPostgres, openPatiently, type Place } from '../harness/engines.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { openSwept, type Swept } from './every-route.ts'

const server = join(dirname(fileURLToPath(import.meta.url)), '../../packages/server/src')
const stride = 100

describe('oddities at every route', () => {
  let swept: readonly Swept[] = []
  let postgres: Place | null = null
  before(async () => {
    postgres = postgresSkip() === false ? await migratedPostgres() : null
    const database = postgres === null ? {} : { database: await openPatiently(postgres.url, 2) }
    swept = [await openSwept('development'), await openSwept('production', database)]
    for (const [at, one] of swept.entries()) await one.sweep(stride, at)
  })
  after(async () => {
    for (const one of swept) await one[Symbol.asyncDispose]()
    await postgres?.drop?.()
  })

  test('are the sender’s own doing: no answer is the server’s fault, late, without its headers, or tells of our inside [HT-02 HT-14 HT-15 TK-16 PM-10 C23]', () => {
    for (const { faults } of swept) deepEqual(faults, [])
  })

  test('come to the work of each route of the tables, from who may be there and from who may not', () => {
    for (const { unreached, statuses } of swept) {
      deepEqual(unreached(), [])
      for (const status of [200, 303, 400, 401, 403, 415])
        ok((statuses.get(status) ?? 0) > 3, `hardly any ${status}`)
    }
  })

  test('leave out no route that a file states', () => {
    const known = swept.flatMap(({ routes }) => routes.map(({ path }) => path))
    const files = readdirSync(server, { recursive: true, encoding: 'utf8' })
    const stated = files
      .filter((file) => file.endsWith('.routes.ts'))
      .flatMap((file) => [...readFileSync(join(server, file), 'utf8').matchAll(/\bpath: '(\/[^']*)'/g)])
      .map(([, path = '']) => path)
    ok(stated.length > 15)
    // Some state what stands below a path that is theirs.
    deepEqual(
      stated.filter((path) => !known.some((one) => one.endsWith(path))),
      [],
    )
  })
})
