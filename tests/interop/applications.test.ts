// Clients of npm as they come, each in a minimal application, all against one server; what it takes for each to be
// content stands in docs/clients.md.
import { deepEqual, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { applications } from './applications/applications.ts'
import { register, runClient } from './client-run.ts'
import { clients, documentedTables, documentPath, unlisted } from './clients.ts'

const on = serverOfThisFile()

for (const { name, callback, run } of applications)
  test(`${name} takes all of its steps`, async () => {
    await runClient(await register(on, name.replaceAll(/\W+/g, '-').replace(/^-/, ''), callback), run)
  })

test('docs/clients.md says which clients are run, in which versions, and what each did', () => {
  deepEqual(unlisted(), [])
  for (const { name, version } of clients) ok(/^\d/.test(version), `${name} has no version`)
  ok(readFileSync(documentPath, 'utf8').includes(documentedTables()), 'npm run interop -- --write')
})
