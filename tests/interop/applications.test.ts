// Clients of npm as they come, each in a minimal application, all against one server; what it takes for each to be
// content stands in docs/clients.md.
import { test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { applications } from './applications/applications.ts'
import { register, runClient } from './client-run.ts'

const on = serverOfThisFile()

for (const { name, callback, run } of applications)
  test(`${name} takes all of its steps`, async () => {
    await runClient(await register(on, name.replaceAll(/\W+/g, '-').replace(/^-/, ''), callback), run)
  })
