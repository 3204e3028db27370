// What Nest calls without HTTP, and keeps its global guards from: gateways, and a microservice beside the application.
import assert from 'node:assert/strict'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testIssuer } from '../../packages/sdk/src/testing/index.ts'
import { freePort } from '../harness/processes.ts'
import { bundleSdk, folderIn, install, sourceOf } from './installed.ts'

interface Doors {
  readonly url: string
  message(name: string): Promise<string>
  socket(name: string): Promise<string>
  close(): Promise<void>
}
interface Application {
  openDoors(options: object, port: number, inheritAppConfig: boolean): Promise<Doors>
}

const installed = await install('nest-app')

if ('skipped' in installed) {
  test('what Nest calls without HTTP is closed', { skip: installed.skipped })
} else {
  const folder = await folderIn(installed)
  after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await copyFile(join(sourceOf('nest-app'), 'doors.js'), join(folder, 'doors.js'))
  await bundleSdk(folder, ['nest'], /^@nestjs\//)
  const { openDoors }: Application = await import(pathToFileURL(join(folder, 'doors.js')).href)

  for (const inherits of [true, false]) {
    const how = inherits ? 'inherits' : 'does not inherit'
    test(`gateways and messages are closed but for @Public(), where the microservice ${how} the guards`, async (t) => {
      const issuer = await testIssuer()
      const doors = await openDoors(issuer.options, await freePort(), inherits)
      t.after(() => doors.close())
      assert.equal(await doors.message('open'), 'passed')
      assert.equal(await doors.message('shut'), 'Forbidden resource')
      assert.equal(await doors.socket('open'), 'passed')
      assert.equal(await doors.socket('shut'), 'Forbidden resource')
      const page = async (headers: Readonly<Record<string, string>>) =>
        (await fetch(`${doors.url}/page`, { headers })).status
      assert.equal(await page({}), 401)
      assert.equal(await page({ authorization: `Bearer ${issuer.token()}` }), 200)
    })
  }
}
