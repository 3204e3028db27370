import assert from 'node:assert/strict'
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { loadSettings, type Mode } from './settings.ts'
import { unsafeSettings } from './unsafe.ts'

const good = 'k3Jx9vQ2mZ7pL4wR8tY1uN6bH5cF0gDsA2eWqXzV'
const load = (env: Record<string, string>, config: Record<string, unknown> = {}, mode: Mode = 'production') =>
  loadSettings({ env, config, mode })
const codes = (env: Record<string, string>): string[] => {
  const { settings, findings } = load(env)
  return [...findings, ...unsafeSettings(settings, env)].map(({ code }) => code).sort()
}
const sound = { COUNTERSIGN_URL: 'https://id.example.com', COUNTERSIGN_SECRET: good }

test('a sound configuration has nothing to say against it', () => {
  assert.deepEqual(codes(sound), [])
})

test('SC-13: every unsafe setting is refused, and all of them at once', () => {
  assert.deepEqual(codes({}), ['issuer_missing', 'secret_missing'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_URL: 'http://id.example.com' }), ['issuer_not_https'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_URL: 'https://localhost:4400' }), ['issuer_loopback'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_SECRET: 'changeme-changeme-changeme-changeme-0123' }), [
    'secret_weak',
  ])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_SECRET: 'a'.repeat(40) }), ['secret_weak'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_SECRETS: `${good},${good}` }), ['secret_twice'])
  assert.deepEqual(codes({ ...sound, DATABASE_URL: ':memory:' }), ['database_in_memory'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_CLOCK: 'test' }), ['movable_clock'])
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_TRUST_PROXY: '10.0.0.0/8,0.0.0.0/0' }), ['trusts_everyone'])
  assert.deepEqual(
    codes({
      COUNTERSIGN_URL: 'http://id.example.com',
      COUNTERSIGN_SECRET: 'short',
      DATABASE_URL: 'mysql://x',
    }),
    ['invalid', 'invalid', 'issuer_not_https', 'secret_missing'],
  )
})

test('a misspelt variable is an error that names the one that was meant', () => {
  const { findings } = load({ ...sound, COUNTERSIGN_SECRT: good })
  assert.equal(findings[0]?.code, 'unknown_variable')
  assert.match(findings[0]?.message ?? '', /Did you mean COUNTERSIGN_SECRET\?/)
})

test('an unknown key of the file is an error, and a secret in the file is told where it belongs', () => {
  const { findings } = load(sound, { prot: 4400, secret: good })
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['unknown_key', 'secret_in_file'],
  )
  assert.match(findings[0]?.message ?? '', /Did you mean port\?/)
})

test('the environment wins over the file, the file over the default, and each value knows where it came from', () => {
  const { settings, printed } = load({ ...sound, PORT: '5001' }, { port: 5000, host: '127.0.0.1' })
  assert.equal(settings.port, 5001)
  assert.equal(settings.host, '127.0.0.1')
  const origin = (name: string) => printed.find((row) => row.name === name)?.origin
  assert.deepEqual(
    [origin('port'), origin('host'), origin('workers')],
    ['PORT', 'countersign.config: host', 'default'],
  )
})

test('whatever is set is printed as it was set, and nothing as an object', () => {
  const { printed } = load({
    ...sound,
    COUNTERSIGN_REGISTRATION: 'token',
    COUNTERSIGN_REGISTRATION_SCOPES: 'accounts:read',
    COUNTERSIGN_REGISTRATION_HOSTS: 'bank.example',
    COUNTERSIGN_REGISTRATION_LIMIT: '7',
  })
  const shown = new Map(printed.map(({ name, value }) => [name, value]))
  assert.deepEqual(
    ['registration', 'registrationScopes', 'registrationHosts', 'registrationLimit'].map((name) =>
      shown.get(name),
    ),
    ['token', 'accounts:read', 'bank.example', '7'],
  )
  for (const [name, value] of shown) assert.doesNotMatch(value, /object/, name)
})

test('SC-05: no secret can be seen, whatever is printed', () => {
  const database = 'postgres://app:hunter2hunter2@db/app'
  const loaded = load({
    ...sound,
    DATABASE_URL: database,
    COUNTERSIGN_BOOTSTRAP_ADMIN_EMAIL: 'a@example.com',
    COUNTERSIGN_BOOTSTRAP_ADMIN_PASSWORD: 'hunter2hunter2hunter2',
  })
  const seen = JSON.stringify(loaded) + inspect(loaded, { depth: 9 }) + String(loaded.settings.secrets)
  for (const secret of [good, 'hunter2']) assert.ok(!seen.includes(secret), secret)
  assert.match(seen, /postgres:\/\/app:\[secret\]@db\/app/)
})

test('a secret may be a file, and a missing one is named', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-settings-'))
  const file = join(folder.path, 'secret')
  writeFileSync(file, `${good}\n`)
  const { settings, findings } = load({
    COUNTERSIGN_URL: sound.COUNTERSIGN_URL,
    COUNTERSIGN_SECRET_FILE: file,
  })
  assert.deepEqual(findings, [])
  assert.equal(settings.secrets[0]?.reveal(), good)
  assert.equal(
    load({ ...sound, COUNTERSIGN_SECRET: '', COUNTERSIGN_SECRET_FILE: `${file}.gone` }).findings[0]?.code,
    'unreadable_file',
  )
})

test('an upstream is on when its id and secret are given, and half of it is an error', () => {
  const on = load({ ...sound, COUNTERSIGN_GOOGLE_ID: 'id', COUNTERSIGN_GOOGLE_SECRET: 'secret' })
  assert.equal(on.settings.upstreams.google?.id, 'id')
  const half = load({ ...sound, COUNTERSIGN_GOOGLE_ID: 'id' })
  assert.equal(half.findings[0]?.path, 'COUNTERSIGN_GOOGLE_SECRET')
  assert.equal(half.settings.upstreams.google, undefined)
})

test('rotation: the newest secret is first, and none counts twice', () => {
  const older = 'Zx8Qw2Er4Ty6Ui8Op0As2Df4Gh6Jk8Lz0Xc2Vb4N'
  const { settings } = load({
    COUNTERSIGN_URL: sound.COUNTERSIGN_URL,
    COUNTERSIGN_SECRETS: `${good},${older},${good}`,
  })
  assert.deepEqual(
    settings.secrets.map((secret) => secret.reveal()),
    [good, older],
  )
})

test('the rules are those of the profile that somebody names, and of the default one otherwise', () => {
  assert.equal(load(sound).settings.profile, 'default')
  assert.equal(load({ ...sound, COUNTERSIGN_PROFILE: 'fapi2' }).settings.profile, 'fapi2')
  assert.equal(load(sound, { profile: 'mcp' }).settings.profile, 'mcp')
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_PROFILE: 'fapi' }), ['invalid'])
})

test('whether clients may register themselves is said in words; else the profile says it', () => {
  const registration = (env: Record<string, string>) => load({ ...sound, ...env }).settings.registration
  assert.equal(registration({}).mode, undefined)
  assert.deepEqual(
    registration({
      COUNTERSIGN_REGISTRATION: 'token',
      COUNTERSIGN_REGISTRATION_SCOPES: 'orders:read, orders:write',
      COUNTERSIGN_REGISTRATION_HOSTS: 'app.example',
      COUNTERSIGN_REGISTRATION_LIMIT: '5',
    }),
    { mode: 'token', scopes: ['orders:read', 'orders:write'], hosts: ['app.example'], most: 5 },
  )
  assert.equal(codes({ ...sound, COUNTERSIGN_REGISTRATION: 'anyone' }).length, 1)
})

test('a server that serves people does not start with the profile of tests', () => {
  assert.deepEqual(codes({ ...sound, COUNTERSIGN_PROFILE: 'conformance' }), ['test_profile'])
  for (const profile of ['default', 'fapi2', 'mcp'])
    assert.deepEqual(codes({ ...sound, COUNTERSIGN_PROFILE: profile }), [])
})

test('nonces of DPoP proofs are asked for where somebody says so', () => {
  const isOn = (env: Record<string, string>, config = {}): boolean =>
    load({ ...sound, ...env }, config).settings.dpopNonces
  assert.equal(isOn({}), false)
  assert.equal(isOn({ COUNTERSIGN_DPOP_NONCES: 'on' }), true)
  assert.equal(isOn({ COUNTERSIGN_DPOP_NONCES: 'off' }, { dpopNonces: true }), false)
  assert.equal(isOn({}, { dpopNonces: true }), true)
})

test('encrypted tokens are off unless somebody turns them on, in words or in the file', () => {
  const isOn = (env: Record<string, string>, config = {}): boolean =>
    load({ ...sound, ...env }, config).settings.encryptedTokens
  assert.equal(isOn({}), false)
  for (const word of ['on', 'true', '1']) assert.equal(isOn({ COUNTERSIGN_ENCRYPTED_TOKENS: word }), true)
  for (const word of ['off', 'false', '0']) {
    assert.equal(isOn({ COUNTERSIGN_ENCRYPTED_TOKENS: word }, { encryptedTokens: true }), false)
  }
  assert.equal(isOn({}, { encryptedTokens: true }), true)
  const { findings } = load({ ...sound, COUNTERSIGN_ENCRYPTED_TOKENS: 'maybe' })
  assert.deepEqual(
    findings.map(({ message }) => message),
    ['COUNTERSIGN_ENCRYPTED_TOKENS must be on or off.'],
  )
})

test('passkeys are bound to a domain that the server’s own address lies in, or to that address', () => {
  const name = { ...sound, COUNTERSIGN_PASSKEY_DOMAIN: 'example.com' }
  assert.equal(load(name).settings.passkeyDomain, 'example.com')
  assert.deepEqual(codes(name), [])
  for (const elsewhere of ['example.org', 'xample.com', 'login.id.example.com', 'com.']) {
    const { settings, findings } = load({ ...sound, COUNTERSIGN_PASSKEY_DOMAIN: elsewhere })
    assert.equal(findings.length, 1, elsewhere)
    assert.equal(settings.passkeyDomain, undefined, 'and is not used')
  }
})

test('SC-05: no password of a database is printed, however its address says it, and one that nobody can read is refused in a sentence', () => {
  const shown = (url: string) => load({ ...sound, DATABASE_URL: url })
  for (const [url, seen] of [
    ['postgres://me:sesame@db.example/shop', 'postgres://me:[secret]@db.example/shop'],
    ['postgres://me:sesame@/shop?host=/run/postgresql', 'postgres://me:[secret]@/shop?host=/run/postgresql'],
    [
      'postgres:///shop?user=me&password=sesame&host=/run',
      'postgres:///shop?user=me&password=[secret]&host=/run',
    ],
    ['postgres://db.example:5432/shop', 'postgres://db.example:5432/shop'],
  ] as const) {
    const { printed, findings } = shown(url)
    assert.deepEqual(findings, [])
    assert.equal(printed.find(({ name }) => name === 'database')?.value, seen)
  }
  for (const url of ['postgres://me:ses#ame@db.example/shop', 'postgres://me:ses/ame@db.example/shop']) {
    const { printed, findings } = shown(url)
    assert.deepEqual(
      findings.map(({ path, code }) => [path, code]),
      [['DATABASE_URL', 'invalid']],
    )
    assert.match(findings[0]?.message ?? '', /^DATABASE_URL is no address as postgres:.* %23/)
    assert.doesNotMatch(JSON.stringify([printed, findings]), /ses.?ame/)
  }
})
