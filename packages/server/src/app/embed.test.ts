import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openKeyring } from '../platform/keys/keyring.ts'
import { createCountersign, type Embedded } from './embed.ts'
import { openPlatform } from './foundation.ts'
import { loadSettings } from './settings.ts'

const secret = 'k3Jx9vQ2mZ7pL4wR8tY1uN6bH5cF0gDsA2eWqXzV'
const url = 'https://id.example.com'
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-embed-'))
  process.env['COUNTERSIGN_SECRET'] = secret
})
after(async () => {
  delete process.env['COUNTERSIGN_SECRET']
  await rm(folder, { recursive: true })
})

const database = () => `file:${join(folder, 'embedded.db')}`

async function kids(countersign: Embedded): Promise<string[]> {
  const answer = await countersign.fetch(new Request(`${url}/oauth/jwks`))
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}

test('a server is there without a listener, at its configured address', async () => {
  const countersign = await createCountersign({ url, database: database() })
  const answer = await countersign.fetch(new Request(`${url}/.well-known/openid-configuration`))
  assert.equal(((await answer.json()) as { issuer: string }).issuer, url)
  const elsewhere = await countersign.fetch(new Request('https://evil.example/livez/x'))
  assert.equal(elsewhere.status, 421)
  await countersign.close()
})

test('an unsafe configuration is refused with everything that is wrong with it', async () => {
  const config = { url: 'http://id.example.com', database: ':memory:', clock: 'test' as const }
  await assert.rejects(createCountersign(config), (error: Error) => {
    for (const words of ['plain http', 'lives in memory', 'COUNTERSIGN_CLOCK']) {
      assert.ok(error.message.includes(words), words)
    }
    return true
  })
})

test('an embedded server looks after itself as one that listens', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const countersign = await createCountersign({ url, database: database() })
  const { settings } = loadSettings({
    env: { COUNTERSIGN_SECRET: secret, COUNTERSIGN_URL: url, DATABASE_URL: database() },
    config: {},
    mode: 'production',
  })
  // Its first look is over once it has a key for every algorithm.
  while ((await kids(countersign)).length < 2) await new Promise((resume) => setImmediate(resume))
  const elsewhere = await openPlatform(settings, 'require')
  const { kid } = await (await openKeyring(elsewhere)).rotate('ES256')
  await elsewhere.close()
  assert.ok(!(await kids(countersign)).includes(kid))
  t.mock.timers.tick(600_000)
  while (!(await kids(countersign)).includes(kid)) await new Promise((resume) => setImmediate(resume))
  await countersign.close()
})
