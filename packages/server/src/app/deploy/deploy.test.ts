import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../platform/secret.ts'
import { findingsOfSite } from './nginx.ts'
import { findingsOfUnit, systemdUnit } from './systemd.ts'

const site = {
  settings: {
    url: 'https://id.example.com',
    host: '127.0.0.1',
    port: 3000,
    clientCertHeader: undefined,
    trustProxy: [],
  },
  certificate: '/etc/a b/fullchain.pem',
  key: '/etc/a"b/privkey.pem',
}

test('C23: no setting becomes a directive of nginx', () => {
  assert.deepEqual(findingsOfSite(site), [])
  const { settings } = site
  for (const [path, odd] of [
    ['COUNTERSIGN_URL', { settings: { ...settings, url: 'https://a;b.example' } }],
    ['COUNTERSIGN_URL', { settings: { ...settings, url: 'https://a$host.example' } }],
    ['HOST', { settings: { ...settings, host: '127.0.0.1; include /tmp/x' } }],
    ['--certificate', { certificate: '/etc/$http_x/fullchain.pem' }],
    ['--key', { key: '/etc/a\nb' }],
  ] as const)
    assert.deepEqual(
      findingsOfSite({ ...site, ...odd }).map((one) => one.path),
      [path],
    )
})

test('C23: no path becomes a setting of a unit', () => {
  const service = {
    settings: { database: new Secret("file:/srv/it's $HOME/50%/server.db"), data: './data', port: 3000 },
    user: 'countersign',
    folder: '/srv/id',
    node: "/opt/it's $HOME/50%/node",
    program: '/srv/id/main.js',
  }
  assert.deepEqual(findingsOfUnit(service), [])
  const unit = systemdUnit(service)
  assert.ok(unit.includes(`ExecStart="/opt/it's $$HOME/50%%/node" /srv/id/main.js start\n`))
  assert.ok(unit.includes(`ReadWritePaths=/srv/id/data "/srv/it's $HOME/50%%"\n`))
  for (const odd of [
    { folder: '/srv/id\nExecStartPre=+/bin/sh' },
    { program: '/srv/id\r/main.js' },
    { settings: { ...service.settings, data: '/srv/x\nExecStart=/bin/sh' } },
  ])
    assert.equal(findingsOfUnit({ ...service, ...odd }).length, 1)
})
