import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tokenKinds } from '@countersign/protocol'
import { isCollisionResistant, registeredClaims, registrySnapshot } from './claim-registry.ts'
import { kindOf, lint } from './lint.ts'

const now = 1_800_000_000
const header = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }
const claims = {
  iss: 'https://id.example.com',
  aud: 'https://api.example.com',
  sub: 'usr_1',
  client_id: 'app',
  iat: now,
  exp: now + 300,
  jti: 'tok_1',
}

/** The codes that are said of an access token with these changes, each with its place. */
function said(changes: Readonly<Record<string, unknown>>, of: Readonly<Record<string, unknown>> = {}) {
  const changed = Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  )
  const members = Object.fromEntries(
    Object.entries({ ...header, ...of }).filter(([, value]) => value !== undefined),
  )
  return lint({ header: members, claims: changed, length: 400 }).map(({ code, at }) => `${code} ${at}`)
}

describe('what is said of a token', () => {
  test('nothing, of a sound one', () => {
    assert.deepEqual(said({}), [])
    assert.deepEqual(said({ scope: 'a b', roles: ['x'], fam: 'f', 'https://example.com/tier': 'gold' }), [])
  })

  test('a name that is neither registered nor under a domain may collide', () => {
    assert.deepEqual(said({ tier: 'gold' }), ['claim_unregistered tier'])
    for (const name of [
      'https://x/role',
      'urn:example:role',
      'tag:example.com,2026:role',
      'com.example.role:x',
    ])
      assert.ok(isCollisionResistant(name), name)
    for (const name of ['role', 'my:role', 'http://', 'a.b', '']) assert.ok(!isCollisionResistant(name), name)
  })

  test('seed 2.10: a misspelt registered name is told from a private one', () => {
    for (const [wrong, right] of [
      ['expires_at', 'exp'],
      ['Iss', 'iss'],
      ['preferred_usrname', 'preferred_username'],
      ['authTime', 'auth_time'],
      ['role', 'roles'],
      ['e-mail', 'email'],
      ['auht_time', 'auth_time'],
      ['localee', 'locale'],
    ]) {
      const found = lint({ header, claims: { ...claims, [wrong ?? '']: 1 }, length: 1 })
      const remark = found.find(({ code }) => code === 'claim_misspelt')
      assert.ok(remark?.message.includes(`Did you mean ${right}?`), `${wrong}: ${JSON.stringify(found)}`)
    }
    for (const name of ['tariff', 'tenant', 'plan', 'team_id', 'member', 'ab'])
      assert.deepEqual(said({ [name]: 1 }), [`claim_unregistered ${name}`])
  })

  test('what is missing is named, and worst what lets it be used for ever or anywhere', () => {
    assert.deepEqual(
      said({ exp: undefined, aud: undefined, iss: undefined, jti: undefined }, { typ: undefined }),
      ['aud_missing aud', 'exp_missing exp', 'typ_missing header.typ', 'iss_missing iss'],
    )
    assert.deepEqual(said({ jti: undefined }), ['claim_missing jti'])
    assert.deepEqual(said({}, { kid: undefined }), ['kid_missing header.kid'])
    assert.deepEqual(said({}, { typ: 'JWT' }), ['typ_general header.typ'])
    assert.deepEqual(said({ nonce: 'n' }, { typ: 'JWT' }), [])
  })

  test('times in milliseconds, as text, or the wrong way round are errors', () => {
    assert.deepEqual(said({ exp: (now + 300) * 1000 }), ['time_in_milliseconds exp'])
    assert.deepEqual(said({ iat: String(now) }), ['time_is_text iat'])
    assert.deepEqual(said({ exp: now - 1 }), ['lifetime_none exp'])
    assert.deepEqual(said({ exp: now + 86_400 }), ['lifetime_long exp'])
    assert.deepEqual(said({ nbf: now + 0.5 }), ['time_fraction nbf'])
  })

  test('many audiences, or none in the list', () => {
    assert.deepEqual(said({ aud: ['a', 'b'] }), ['aud_many aud'])
    assert.deepEqual(said({ aud: [] }), ['aud_empty aud'])
    assert.deepEqual(said({ aud: ['a'] }), [])
  })

  test('weak and unknown algorithms; of a secret’s length it says that it can’t be seen', () => {
    assert.deepEqual(said({}, { alg: 'none' }), ['alg_none header.alg'])
    assert.deepEqual(said({}, { alg: 'RS1' }), ['alg_unknown header.alg'])
    assert.deepEqual(said({}, { alg: undefined }), ['alg_missing header.alg'])
    assert.deepEqual(said({}, { jwk: {} }), ['key_in_header header.jwk'])
    const [remark] = lint({ header: { ...header, alg: 'HS256' }, claims, length: 1 })
    assert.match(remark?.message ?? '', /can’t be seen/)
  })

  test('people’s data and secrets are readable by whoever holds the token', () => {
    assert.deepEqual(said({ email: 'a@example.com' }), ['personal email'])
    assert.deepEqual(said({ 'https://example.com/date-of-birth': 1 }), [
      'personal https://example.com/date-of-birth',
    ])
    assert.deepEqual(said({ 'https://example.com/password': 1 }), [
      'secret_readable https://example.com/password',
    ])
  })

  test('a long token is warned of, a too long one is an error', () => {
    const of = (length: number) => lint({ header, claims, length }).map(({ level }) => level)
    assert.deepEqual([of(4096), of(4097), of(7681)], [[], ['warning'], ['error']])
  })

  test('claims that are not signed yet are looked at by themselves', () => {
    const { exp: _exp, iat: _iat, ...unsigned } = claims
    assert.deepEqual(lint({ header: null, claims: unsigned, length: null }), [])
    const codes = lint({ header: null, claims: { password: 'x' }, length: null }).map(({ code }) => code)
    assert.deepEqual(codes, ['aud_missing', 'secret_readable', 'iss_missing'])
  })
})

test('no kind of ours is warned of for what its own rules ask or forbid', () => {
  const known: Record<string, unknown> = {
    ...claims,
    token_type: 'refresh',
    response_type: 'code',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    token_introspection: { active: true },
    message: 1,
    cnf: { jwk: { kty: 'EC' } },
    htm: 'GET',
    htu: 'https://api.example.com/',
  }
  for (const [kind, row] of Object.entries(tokenKinds)) {
    const names: readonly string[] = row.required
    const made = Object.fromEntries(names.map((name) => [name, known[name]]))
    if (kind === 'logout') Object.assign(made, { sub: 'a', exp: now + 120 })
    if (kind === 'clientAssertion' || kind === 'partnerMessage') Object.assign(made, { iat: now })
    if (['requestObject', 'clientAttestation', 'authorizationGrant'].includes(kind))
      Object.assign(made, { iat: now })
    // What says only that it is a JWT may be any kind.
    if (row.typ === 'JWT') continue
    const remarks = lint({ header: { ...header, typ: row.typ }, claims: made, length: 400 })
    assert.deepEqual(remarks, [], kind)
    assert.equal(kindOf({ header: { typ: row.typ } }), kind)
  }
  assert.equal(kindOf({ header: { typ: 'JWT' } }), null)
})

test('the list of registered names is of a day that it says, and none of them is warned of', () => {
  assert.match(registrySnapshot, /^\d{4}-\d\d-\d\d$/)
  assert.ok(registeredClaims.size > 150, String(registeredClaims.size))
  for (const name of [
    'iss',
    'cnf',
    'sip_date',
    'mky',
    'vot',
    'act',
    'roles',
    'authorization_details',
    'cdniv',
    'htu',
  ])
    assert.ok(registeredClaims.has(name), name)
  const all = Object.fromEntries([...registeredClaims.keys()].map((name) => [name, 1]))
  const codes = lint({ header: null, claims: all, length: null }).map(({ code }) => code)
  assert.ok(!codes.includes('claim_unregistered') && !codes.includes('claim_misspelt'))
})
