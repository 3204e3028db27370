import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type VerifierOptions, verifierSettings } from './settings.ts'

const names = [
  'COUNTERSIGN_ISSUER',
  'COUNTERSIGN_AUDIENCE',
  'COUNTERSIGN_CLIENT_ID',
  'COUNTERSIGN_CLIENT_SECRET',
  'COUNTERSIGN_CLIENT_SECRET_FILE',
  'ISSUER_BASE_URL',
  'AUDIENCE',
]

function withEnvironment<Result>(values: Readonly<Record<string, string>>, run: () => Result): Result {
  const before = new Map(names.map((name) => [name, process.env[name]]))
  for (const name of names) delete process.env[name]
  Object.assign(process.env, values)
  try {
    return run()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

const place = { issuer: 'https://id.test', audience: 'https://api.test' }

test('what the code says comes before the environment, and our names before others’', () => {
  const others = { ISSUER_BASE_URL: 'https://other.test', AUDIENCE: 'other' }
  const ours = { COUNTERSIGN_ISSUER: 'https://ours.test', COUNTERSIGN_AUDIENCE: 'ours' }
  const read = (values: Readonly<Record<string, string>>, options = {}) =>
    withEnvironment(values, () => {
      const { issuer, audience } = verifierSettings(options)
      return [issuer, audience]
    })
  assert.deepEqual(read(others), ['https://other.test', 'other'])
  assert.deepEqual(read({ ...others, ...ours }), ['https://ours.test', 'ours'])
  assert.deepEqual(read({ ...others, ...ours }, place), ['https://id.test', 'https://api.test'])
  assert.deepEqual(read({ ...others, COUNTERSIGN_ISSUER: '' }), ['https://other.test', 'other'])
})

test('a secret may stand in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-settings-'))
  try {
    const path = join(folder, 'secret')
    writeFileSync(path, 'kept in a file\n')
    const { source } = withEnvironment({ COUNTERSIGN_CLIENT_SECRET_FILE: path }, () =>
      verifierSettings({ ...place, mode: 'database', clientId: 'api' }),
    )
    assert.deepEqual(source, { mode: 'database', clientId: 'api', clientSecret: 'kept in a file' })
    const gone = { COUNTERSIGN_CLIENT_SECRET_FILE: join(folder, 'gone') }
    assert.throws(
      () => withEnvironment(gone, () => verifierSettings({ ...place, mode: 'database', clientId: 'api' })),
      /COUNTERSIGN_CLIENT_SECRET_FILE/,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a missing setting is named with its variable', () => {
  withEnvironment({}, () => {
    assert.throws(() => verifierSettings({}), /\{ issuer \}, or COUNTERSIGN_ISSUER/)
    assert.throws(() => verifierSettings({ issuer: 'https://id.test' }), /COUNTERSIGN_AUDIENCE/)
    assert.throws(() => verifierSettings({ ...place, mode: 'database' }), /COUNTERSIGN_CLIENT_ID/)
    assert.throws(
      () => verifierSettings({ ...place, mode: 'database', clientId: 'a' }),
      /COUNTERSIGN_CLIENT_SECRET/,
    )
  })
})

test('keys never travel over plain http, but on this machine', () => {
  const accepted = ['https://id.test', 'http://localhost:4400', 'http://127.0.0.1:1', 'http://[::1]:1']
  for (const issuer of accepted) assert.equal(verifierSettings({ ...place, issuer }).issuer, issuer)
  const refused = [
    'http://id.test',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'ftp://id.test',
    'id.test',
    '/issuer',
    'https://user@id.test',
    'https://id.test?x=1',
    'https://id.test#x',
  ]
  for (const issuer of refused) {
    assert.throws(() => verifierSettings({ ...place, issuer }), TypeError, issuer)
  }
  assert.throws(() => verifierSettings({ ...place, jwks: 'http://id.test/jwks' }), /jwks is an https URL/)
  assert.equal(
    verifierSettings({ ...place, issuer: 'http://auth:4400', dangerPlainHttp: true }).issuer,
    'http://auth:4400',
  )
})

test('a mode that does not exist and numbers out of bounds stop the start', () => {
  assert.throws(() => verifierSettings({ ...place, mode: 'remote' as 'local' }), /'local', 'database' or/)
  const revocable = { ...place, mode: 'revocable', clientId: 'a', clientSecret: 'b' } as const
  for (const maxStaleness of [1, 301, 2.5]) {
    assert.throws(() => verifierSettings({ ...revocable, maxStaleness }), /maxStaleness/)
  }
  const whenStale = 'accept' as 'refuse'
  assert.throws(() => verifierSettings({ ...revocable, whenStale }), /whenStale is 'introspect' or 'refuse'/)
  assert.throws(() => verifierSettings({ ...revocable, clientSecret: '' }), /clientSecret/)
  for (const clockSkew of [-1, 61, 1.5, Number.NaN]) {
    assert.throws(() => verifierSettings({ ...place, clockSkew }), /clockSkew/)
  }
  for (const timeoutMs of [0, 60_001])
    assert.throws(() => verifierSettings({ ...place, timeoutMs }), /timeoutMs/)
})

test('no error repeats a value', () => {
  const secret = 'http://value-of-a-setting.test'
  for (const options of [
    { ...place, issuer: secret },
    { ...place, jwks: secret },
  ]) {
    assert.throws(
      () => verifierSettings(options),
      (error) => error instanceof TypeError && !error.message.includes('value-of-a-setting'),
    )
  }
})

test('the public address is that of baseUrl, else of an audience that is one', () => {
  const baseOf = (options: VerifierOptions) => {
    const { dpop } = verifierSettings({ ...place, ...options })
    return dpop.isOn ? dpop.baseUrl : null
  }
  assert.equal(baseOf({}), 'https://api.test')
  assert.equal(baseOf({ audience: 'https://API.test:443/v1?x' }), 'https://api.test')
  assert.equal(baseOf({ audience: 'urn:api' }), null)
  assert.equal(baseOf({ audience: 'urn:api', baseUrl: 'http://localhost:4401/' }), 'http://localhost:4401')
  assert.equal(baseOf({ baseUrl: 'https://bank.test/api/v1//' }), 'https://bank.test/api/v1')
  for (const baseUrl of ['', '/api', 'ftp://x', 'https://u@x', 'https://x?y', 'https://x#y']) {
    assert.throws(() => baseOf({ baseUrl }), /baseUrl/)
  }
  for (const dpop of ['on', { use: 'on' }, { nonces: 'short' }, { algorithms: ['HS256'] }]) {
    assert.throws(() => baseOf({ dpop: dpop as 'off' }), TypeError)
  }
})
