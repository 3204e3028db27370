// What `countersign nginx` and `countersign systemd` print, read by nginx and systemd themselves.
import { deepEqual, equal, match } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nginxSite } from '../../packages/server/src/app/deploy/nginx.ts'
import { systemdUnit } from '../../packages/server/src/app/deploy/systemd.ts'
import { loadSettings, type Settings } from '../../packages/server/src/app/settings.ts'
import { selfSigned } from '../checklist/self-signed.ts'
import { freePort } from '../harness/processes.ts'
import { nginxSkip, startSite } from './nginx.ts'

function settingsOf(env: Readonly<Record<string, string>>): Settings {
  const { settings, findings } = loadSettings({
    env: { COUNTERSIGN_URL: 'https://id.example.com', ...env },
    config: {},
    mode: 'production',
  })
  deepEqual(findings, [])
  return settings
}

describe('A site for nginx', () => {
  test('passes requests on under the name of the issuer, without what a client claims of itself', {
    skip: nginxSkip(),
  }, async (t) => {
    const heard: IncomingHttpHeaders[] = []
    const server = createServer((asked, answer) => {
      heard.push(asked.headers)
      answer.end('here')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
    const { port: inner } = server.address() as AddressInfo
    const port = await freePort()
    const settings = settingsOf({ PORT: String(inner), COUNTERSIGN_CLIENT_CERT_HEADER: 'X-Client-Cert' })
    await using _front = await startSite(port, ({ certificate, key }) =>
      nginxSite({ settings, certificate, key }),
    )
    const headers = {
      host: 'id.example.com',
      'x-forwarded-for': '192.0.2.1',
      forwarded: 'for=192.0.2.1',
      'x-client-cert': 'forged',
      'client-cert': 'forged',
    }
    const status = await new Promise((resolve, reject) => {
      const asking = request(
        {
          port,
          host: '127.0.0.1',
          path: '/sign-in?a=1',
          headers,
          ca: selfSigned.cert,
          checkServerIdentity: () => undefined,
        },
        (got) => {
          got.resume().once('end', () => resolve(got.statusCode))
        },
      )
      asking.once('error', reject).end()
    })
    equal(status, 200)
    const [told = {}] = heard
    equal(told.host, 'id.example.com')
    equal(told['x-forwarded-for'], '127.0.0.1')
    deepEqual(
      [told['x-client-cert'], told['client-cert'], told['forwarded']],
      [undefined, undefined, undefined],
    )
  })

  test('says what the server needs beside it, until it has that', () => {
    const files = { certificate: '/c', key: '/k' }
    const needs = /needs with it/
    match(nginxSite({ settings: settingsOf({}), ...files }), needs)
    const set = settingsOf({ HOST: '127.0.0.1', COUNTERSIGN_TRUST_PROXY: '127.0.0.1' })
    equal(needs.test(nginxSite({ settings: set, ...files })), false)
    const elsewhere = nginxSite({ settings: settingsOf({ COUNTERSIGN_URL: 'https://[::1]:8443' }), ...files })
    match(elsewhere, /listen 8443 ssl;[\s\S]*proxy_set_header Host \[::1\]:8443;/)
    equal(elsewhere.includes('listen 80;'), false)
  })
})

const analyzer = spawnSync('systemd-analyze', ['--version']).status === 0
const skip = analyzer ? false : 'no systemd-analyze here'

test('a unit is what systemd understands, also where paths are odd and the port is low', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-unit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [index, env] of [
    { DATABASE_URL: 'file:./data/x.db' },
    { PORT: '443', DATABASE_URL: 'file:/srv/50% of "it"/x.db', COUNTERSIGN_DATA: '/srv/a b' },
    { DATABASE_URL: 'postgres://id@db.example.com/id?sslmode=verify-full' },
  ].entries()) {
    const unit = systemdUnit({
      settings: settingsOf(env),
      user: 'root',
      folder: '/srv/id',
      node: process.execPath,
      program: '/srv/id/node_modules/countersign/dist/countersign.js',
    })
    const file = join(folder, `countersign-${index}.service`)
    writeFileSync(file, unit)
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    const said = stderr.split('\n').filter((line) => line.includes(`countersign-${index}`))
    deepEqual([status, said], [0, []], unit)
    equal(/COUNTERSIGN_SECRET/.test(unit), false)
  }
})
