import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { specimen } from '../../../tests/harness/specimens.ts'
import { anyText } from '../../../tests/harness/texts.ts'
import {
  addressedKinds,
  audience,
  forge,
  goodClaims,
  goodHeader,
  issuer,
  kinds,
  now,
  outcome,
  signGood,
} from '../../../tests/harness/token-kinds.ts'
import { KeySet } from './jose/key-set.ts'
import { TokenError } from './jose/token-error.ts'
import type { AccessClaims, PartnerMessageClaims, TokenKind } from './token-claims.ts'
import { isTyp, type KindRow, tokenKinds } from './token-kinds.ts'
import {
  maximumMintedLength,
  peekUnverified,
  signToken,
  signTokenAsync,
  verifyToken,
  verifyTokenAsync,
} from './tokens.ts'

const { key } = specimen('ES256')
const keys = new KeySet([key])
const head = (kind: TokenKind) => goodHeader(kind, key)
const changed = (kind: TokenKind, change: object) =>
  forge(head(kind), { ...goodClaims[kind], ...change }, key)
const sign = (kind: TokenKind) => signGood(kind, key)
const written = (kind: TokenKind): unknown => JSON.parse(JSON.stringify(goodClaims[kind]))

test('a token of every kind comes back with its claims and its type', async () => {
  for (const kind of addressedKinds) {
    const { claims, header } = verifyToken(kind, sign(kind), { keys, issuer, audience, now })
    assert.deepEqual(claims, written(kind))
    assert.deepEqual(header, { alg: 'ES256', typ: tokenKinds[kind].typ, kid: key.kid })
    const later = await signTokenAsync(kind, goodClaims[kind] as AccessClaims, key)
    assert.deepEqual(await verifyTokenAsync(kind, later, { keys, issuer, audience, now }), { claims, header })
    const row: KindRow = tokenKinds[kind]
    if (row.withoutAudience) continue
    await assert.rejects(
      verifyTokenAsync(kind, later, { keys, issuer, audience: issuer, now }),
      (error) => error instanceof TokenError && error.code === 'wrong_audience',
    )
  }
})

test('every kind ends: by its exp, or by its age', () => {
  for (const kind of kinds) {
    const row: KindRow = tokenKinds[kind]
    assert.equal(row.required.includes('exp'), row.maximumAge === undefined, kind)
    if (row.maximumAge === undefined) continue
    assert.ok(row.required.includes('iat'))
    const aged = (age: number) => outcome(kind, changed(kind, { iat: now - age }), keys)
    assert.equal(aged(row.maximumAge + 14), 'accepted')
    assert.equal(aged(row.maximumAge + 15), 'expired')
  }
})

test('of every kind at every place, only the token of that kind passes', () => {
  for (const kind of kinds) {
    for (const place of kinds) {
      const found = outcome(place, sign(kind), keys)
      // Some kinds have no type of their own: there a claim that the other lacks or may not have speaks for it.
      const isTold =
        kind !== place && isTyp(tokenKinds[place], tokenKinds[kind].typ) && found === 'missing_claim'
      const expected = kind === place ? 'accepted' : 'wrong_type'
      assert.ok(found === expected || isTold, `${kind} at ${place}: ${found}`)
    }
  }
})

/**
 * Their specifications give them no claim that the other may not have: their types are all there is, and are never left
 * out.
 */
const toldByTypeAlone = ['authorizationGrant as id', 'idJag as access']

test('even under the type of another kind, the claims of one kind pass for no other', () => {
  for (const kind of kinds) {
    for (const place of kinds.filter((other) => other !== kind)) {
      if (toldByTypeAlone.includes(`${kind} as ${place}`)) continue
      const found = outcome(place, forge(head(place), goodClaims[kind], key), keys)
      assert.ok(['wrong_type', 'missing_claim'].includes(found), `${kind} as ${place}: ${found}`)
    }
  }
})

test('each required claim is required, and each forbidden one forbidden', () => {
  for (const kind of kinds) {
    for (const name of tokenKinds[kind].required) {
      assert.equal(
        outcome(kind, changed(kind, { [name]: undefined }), keys),
        'missing_claim',
        `${kind} ${name}`,
      )
    }
    for (const name of tokenKinds[kind].forbidden) {
      for (const value of ['x', null]) {
        assert.equal(outcome(kind, changed(kind, { [name]: value }), keys), 'wrong_type', `${kind} ${name}`)
      }
    }
  }
})

test('the type is compared as a media type: without case, with or without application/', () => {
  const as = (typ: string | undefined) =>
    outcome('access', forge({ ...head('access'), typ }, goodClaims.access, key), keys)
  for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])
    assert.equal(as(typ), 'accepted')
  for (const typ of ['JWT', '', ' at+jwt', 'text/at+jwt', undefined]) assert.equal(as(typ), 'wrong_type')
})

test('a client assertion may say JWT, or nothing, of its type, as most clients do', () => {
  for (const typ of ['JWT', 'jwt', undefined, 'client-authentication+jwt']) {
    const token = forge({ ...head('clientAssertion'), typ }, goodClaims.clientAssertion, key)
    assert.equal(outcome('clientAssertion', token, keys), 'accepted')
  }
})

test('a token ends at its exp and the skew, to the second', () => {
  const at = (moment: number, skew?: number) =>
    outcome('access', changed('access', { exp: now }), keys, {
      now: moment,
      ...(skew !== undefined && { skew }),
    })
  assert.equal(at(now + 14), 'accepted')
  assert.equal(at(now + 15), 'expired')
  assert.equal(at(now + 16), 'expired')
  assert.equal(at(now - 1, 0), 'accepted')
  assert.equal(at(now, 0), 'expired')
})

test('a token begins at its nbf and its iat less the skew', () => {
  for (const name of ['nbf', 'iat']) {
    const at = (ahead: number) => outcome('access', changed('access', { [name]: now + ahead }), keys)
    assert.equal(at(8), 'accepted')
    assert.equal(at(15), 'accepted')
    assert.equal(at(16), 'not_yet_valid')
    assert.equal(at(61), 'not_yet_valid')
  }
})

test('times may have fractions, as RFC 7519 §2 allows', () => {
  assert.equal(outcome('access', changed('access', { iat: now - 0.5, exp: now + 0.5 }), keys), 'accepted')
})

test('only an ID token may be expired, and only where that is asked for', () => {
  for (const kind of kinds) {
    const late = { now: now + 100_000 }
    assert.equal(outcome(kind, sign(kind), keys, late), 'expired')
    const found = outcome(kind, sign(kind), keys, { ...late, allowExpired: true })
    assert.equal(found, kind === 'id' ? 'accepted' : 'expired')
  }
})

test('what must be remembered until it expires can not live long', () => {
  for (const kind of [
    'clientAssertion',
    'logout',
    'requestObject',
    'backchannelRequest',
    'authorizationGrant',
    'idJag',
    'partnerMessage',
  ] as const) {
    const most = tokenKinds[kind].maximumLifetime
    const living = (seconds: number) => outcome(kind, changed(kind, { iat: now, exp: now + seconds }), keys)
    assert.equal(living(most), 'accepted')
    assert.equal(living(most + 16), 'bad_claim')
    assert.equal(outcome(kind, changed(kind, { iat: now + 10, exp: now + most + 16 }), keys), 'bad_claim')
  }
  const withoutIat = changed('clientAssertion', { iat: undefined, exp: now + 3600 })
  assert.equal(outcome('clientAssertion', withoutIat, keys), 'bad_claim')
})

test('a life is counted from iat, and the refusal names the claims that lack', () => {
  const most = tokenKinds.logout.maximumLifetime
  const old = { iat: now - 100, exp: now - 100 + most }
  assert.equal(outcome('logout', changed('logout', old), keys), 'accepted')
  assert.equal(outcome('logout', changed('logout', { ...old, exp: old.exp + 15 }), keys), 'accepted')
  assert.equal(outcome('logout', changed('logout', { ...old, exp: old.exp + 16 }), keys), 'bad_claim')
  assert.throws(
    () =>
      verifyToken('access', changed('access', { jti: undefined, sub: undefined }), {
        keys,
        issuer,
        audience,
        now,
      }),
    (error) => error instanceof TokenError && error.detail === 'sub jti',
  )
})

test('the audience is one: the text, or a list of it alone; of assertions to one server the text only', () => {
  for (const kind of addressedKinds) {
    const token = changed(kind, { aud: [audience] })
    const row: KindRow = tokenKinds[kind]
    assert.equal(outcome(kind, token, keys), row.audienceIsString ? 'wrong_audience' : 'accepted')
  }
})

test('the issuer may be judged by a rule', () => {
  const rule = (iss: string) => iss.endsWith('.example.test')
  assert.equal(outcome('access', sign('access'), keys, { issuer: rule }), 'accepted')
  assert.equal(
    outcome('access', changed('access', { iss: 'https://x.test' }), keys, { issuer: rule }),
    'wrong_issuer',
  )
})

test('a claim of the wrong shape is refused', () => {
  const shapes: Record<string, unknown[]> = {
    sub: ['', 7, null, {}],
    client_id: ['', ['a']],
    jti: ['', 7],
    scope: [7, ['a'], null],
    roles: ['admin', [7], [''], null, {}],
    amr: ['pwd', [null]],
    sid: ['', 7],
    auth_time: ['7', -1],
  }
  for (const [name, values] of Object.entries(shapes)) {
    for (const value of values) {
      assert.equal(
        outcome('access', changed('access', { [name]: value }), keys),
        'bad_claim',
        `${name} ${value}`,
      )
    }
  }
})

test('a logout token names a session or a user, and the event', () => {
  const faulty = [
    { sub: undefined },
    { events: {} },
    { events: { other: {} } },
    { events: { 'http://schemas.openid.net/event/backchannel-logout': true } },
  ]
  for (const change of faulty) assert.equal(outcome('logout', changed('logout', change), keys), 'wrong_type')
  assert.equal(outcome('logout', changed('logout', { sub: undefined, sid: 's1' }), keys), 'accepted')
})

test('what a kind says of itself has to hold', () => {
  for (const [kind, changes] of [
    ['refresh', [{ token_type: 'access' }]],
    ['access', [{ token_type: 'refresh' }]],
    ['id', [{ sub: issuer }]],
    ['clientAssertion', [{ sub: 'other' }]],
    ['authorizationGrant', [{ sub: issuer }]],
    ['idJag', [{ sub: issuer }]],
    ['userinfo', [{ sub: issuer }]],
    ['requestObject', [{ client_id: 'other' }]],
    ['backchannelRequest', [{ client_id: 'other' }]],
    ['introspection', [{ token_introspection: {} }, { token_introspection: { active: 'true' } }]],
    ['securityEvent', [{ events: {} }, { events: { a: true } }, { events: { a: {}, b: null } }]],
  ] as const) {
    for (const change of changes) {
      assert.equal(
        outcome(kind, changed(kind, change), keys),
        'wrong_type',
        `${kind} ${JSON.stringify(change)}`,
      )
    }
  }
})

test('a message of a partner may be signed with the secret that both hold, and nothing else may', () => {
  const secret = specimen('HS256').key
  const claims = goodClaims.partnerMessage as PartnerMessageClaims
  const token = signToken('partnerMessage', claims, secret)
  assert.equal(outcome('partnerMessage', token, new KeySet([secret])), 'accepted')
  assert.equal(outcome('partnerMessage', token, keys), 'unknown_key')
  for (const kind of kinds.filter((other) => other !== 'partnerMessage')) {
    assert.throws(() => signGood(kind, secret), TypeError)
  }
})

test('a token that servers could not carry is not made', () => {
  const claims = (length: number) => ({ ...(goodClaims.access as AccessClaims), pad: 'x'.repeat(length) })
  const room = Math.floor(((maximumMintedLength - signToken('access', claims(0), key).length) * 3) / 4)
  assert.ok(signToken('access', claims(room), key).length > maximumMintedLength - 4)
  assert.throws(() => signToken('access', claims(room + 4), key), RangeError)
})

test('claims that do not make a token of the kind are not signed', () => {
  const claims = goodClaims.access as AccessClaims
  assert.throws(() => signToken('access', { ...claims, sub: '' }, key), TypeError)
  assert.throws(() => signToken('access', { ...claims, nonce: 'n' }, key), TypeError)
  assert.throws(() => signToken('id', claims, key), TypeError)
  assert.throws(() => signToken('access', claims, specimen('HS256').key), TypeError)
  const { jti: _jti, ...without } = claims
  assert.throws(() => signToken('access', without as AccessClaims, key), TypeError)
  const token = signToken('access', { ...claims, nonce: undefined, extra: undefined }, key)
  assert.equal(outcome('access', token, keys), 'accepted')
})

test('peeking reads any well-formed token, whoever made it, and null of the rest', () => {
  const token = signToken('access', goodClaims.access as AccessClaims, specimen('ES256', 'other').key)
  assert.deepEqual(peekUnverified(token)?.claims, goodClaims.access)
  assert.equal(peekUnverified(token)?.header.kid, 'other')
  for (const text of ['', 'a.b.c', token.slice(1), `${token}.`, token.replace('.', '..'), 'x'.repeat(9000)]) {
    assert.equal(peekUnverified(text), null)
  }
})

test('no text makes the verifier throw anything but a refusal', () => {
  const token = sign('access')
  const spoiled = fc.tuple(fc.nat(token.length), fc.nat(8), anyText({ maxLength: 8 }))
  fc.assert(
    fc.property(fc.oneof(anyText(), spoiled), (change) => {
      const text =
        typeof change === 'string'
          ? change
          : token.slice(0, change[0]) + change[2] + token.slice(change[0] + change[1])
      const found = outcome('access', text, keys)
      assert.equal(found === 'accepted', text === token)
    }),
    { numRuns: 500 },
  )
})

test('anything but a string is refused like a malformed token', () => {
  for (const value of [undefined, null, 7, {}, ['a.b.c']]) {
    assert.throws(
      () => verifyToken('access', value as unknown as string, { keys, issuer, audience, now }),
      (error) => error instanceof TokenError && error.code === 'malformed',
    )
  }
})
