// Encrypted tokens as an operator turns them on: the setting, the commands, the start.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ApiDescription, createApi } from '../../packages/server/src/oauth/apis/registration.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import type { Platform } from '../../packages/server/src/platform/platform.ts'
import { type Installation, openInstallation } from '../harness/installation.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-encryption-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const on = { COUNTERSIGN_ENCRYPTED_TOKENS: 'on' }
const vault = 'https://vault.example/api'

function file(name: string, value: object): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = (key: KeyObject, more: object = {}) => ({ ...key.export({ format: 'jwk' }), ...more })
const key = file('key.json', jwk(ec.publicKey, { kid: 'vault' }))
const encKey = jwk(ec.publicKey, { kid: 'site', use: 'enc' })
const jwks = file('jwks.json', { keys: [encKey] })
const signingKey = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, { use: 'sig' })
const keysOfBothKinds = file('both.json', { keys: [encKey, signingKey] })

interface Token {
  readonly access_token: string
}

interface Outcome {
  readonly code: number
  readonly value: Record<string, unknown>
  readonly err: string
}

async function run(installation: Installation, args: string[], env = {}): Promise<Outcome> {
  const { code, out, err } = await installation.run([...args, '--json', '--yes'], { env })
  return { code, value: out === '' ? {} : (JSON.parse(out) as Record<string, unknown>), err }
}

const createVault = ['api', 'create', vault, '--scope', 'vault:read=Look inside', '--key', key]
const encryption = ['--encryption', 'ECDH-ES+A256KW/A256GCM']
const encryptIdTokens = ['--id-token-encryption', 'ECDH-ES/A128CBC-HS256']
const site = ['client', 'create', 'Site', '--id', 'site', '--redirect-uri', 'https://site.example/callback']

describe('the command line, once encrypted tokens are', { concurrency: false }, () => {
  let installation: Installation
  before(async () => {
    installation = await openInstallation()
    await installation.within(async () => {})
  })
  after(() => installation[Symbol.asyncDispose]())
  const done = async (...args: string[]) => {
    const { code, value, err } = await run(installation, args, on)
    assert.equal(code, 0, err)
    return value
  }

  test('off, registers nobody for them, and says how to turn them on', async () => {
    const refused = await Promise.all([
      run(installation, [...createVault, ...encryption]),
      run(installation, [...site, '--jwks', jwks, ...encryptIdTokens]),
    ])
    for (const { code, err } of refused) {
      assert.equal(code, 1)
      assert.match(err, /COUNTERSIGN_ENCRYPTED_TOKENS=on/)
    }
  })

  test('on, gives an API its key and a client what it wants', async () => {
    const api = await done(...createVault, ...encryption)
    assert.equal(api['tokenFormat'], 'encrypted')
    const { kty, crv, x, y } = jwk(ec.publicKey)
    const marks = { use: 'enc', alg: 'ECDH-ES+A256KW', kid: 'vault' }
    const expected = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', jwk: { kty, crv, x, y, ...marks } }
    assert.deepEqual(api['encryption'], expected)
    const again = await run(installation, [...createVault, ...encryption], on)
    assert.equal(again.code, 1, 'it is there already')
    const other = await done('api', 'update', vault, '--encryption', 'ECDH-ES/A128GCM', '--seconds', '60')
    assert.deepEqual([other['accessTokenSeconds'], other['scopes']], [60, api['scopes']])
    assert.deepEqual((await done('api', 'list'))['apis'], [other])
    // Keys to encrypt to alone leave a client its secret; with one to sign with, it signs.
    const made = await done(...site, '--jwks', jwks, ...encryptIdTokens)
    assert.equal(made['authentication'], 'client_secret_basic')
    assert.equal(made['idTokenEncryption'], 'ECDH-ES/A128CBC-HS256')
    const both = ['--redirect-uri', 'https://both.example/callback', '--jwks', keysOfBothKinds]
    const signing = await done('client', 'create', 'Both', '--id', 'both', ...both, ...encryptIdTokens)
    assert.equal(signing['authentication'], 'private_key_jwt')
  })

  test('off again, does not start, and names the ways out', async () => {
    const { code, err } = await run(installation, ['start'], { PORT: '0' })
    assert.equal(code, 1)
    const { value } = await run(installation, ['doctor'])
    const remarks = value['remarks'] as { what: string; level: string; mend?: string }[]
    const said = remarks.filter(({ what }) => what === 'COUNTERSIGN_ENCRYPTED_TOKENS')
    assert.deepEqual(
      said.map(({ level, mend }) => [level, mend !== undefined]),
      [
        ['error', true],
        ['error', true],
        ['error', true],
      ],
    )
    for (const way of [`api update ${vault} --format jwt`, 'client update site', 'client update both'])
      assert.ok(err.includes(way), err)
  })

  test('off for somebody, has their tokens signed alone', async () => {
    const [api, client] = await Promise.all([
      done('api', 'update', vault, '--format', 'jwt'),
      done('client', 'update', 'site', '--id-token-encryption', 'none'),
    ])
    assert.deepEqual([api['tokenFormat'], api['encryption']], ['jwt', null])
    // Its keys stay: something else may need them.
    assert.deepEqual([client['idTokenEncryption'], client['hasKeys']], [null, true])
  })
})

test('a server that encrypts nothing loads nothing that does', async () => {
  // Whatever resolves the library's module for it says so; a client of upstreams has its own use for the one beside it.
  const spy = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  const found = next(name, context)
  if (found.url.includes('/jose/dist/webapi/jwe/compact/encrypt')) console.error('LOADED')
  return found
} })`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(spy)}` }
  await using installation = await openInstallation({ fromSources: true })
  const scopes = [{ name: 'vault:read', description: '' }]
  const saveVault = (platform: Platform, more: Partial<ApiDescription>) =>
    createApi(platform, { identifier: vault, scopes, ...more }, { encryptedTokens: true })
  const secret = 'a-secret-of-thirty-two-characters'
  await installation.within(async (platform) => {
    assert.ok((await saveVault(platform, {})).ok)
    const robot = { id: 'robot', name: 'Robot', secret, scopes: ['vault:read'] }
    assert.ok((await createClient(platform, robot)).ok)
  })
  for (const encrypts of [false, true]) {
    const to = { alg: 'ECDH-ES', enc: 'A256GCM', jwk: jwk(ec.publicKey) } as const
    if (encrypts) await installation.within((platform) => saveVault(platform, { encryption: to }))
    const running = await installation.start({ env: encrypts ? { ...env, ...on } : env })
    const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: secret }
    const asking = { method: 'POST', body: new URLSearchParams(form) }
    const answer = (await (await fetch(`${running.origin}/oauth/token`, asking)).json()) as Token
    assert.equal(answer.access_token.split('.').length, encrypts ? 5 : 3)
    await running.stop()
    assert.equal(running.child.stderr().includes('LOADED'), encrypts)
  }
})
