import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  type AddressedKind,
  type FindKey,
  importPrivateJwk,
  importSecretJwk,
  type SigningKey,
  signJws,
  signToken,
  TokenError,
  verifyToken,
} from '@countersign/protocol'
import { type Check, examine, type Held } from './checks.ts'

const now = 1_800_000_000
const pair = () =>
  importPrivateJwk({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    kid: 'k1',
  })
const [key, stranger] = [pair(), pair()]
const secret = importSecretJwk({
  kty: 'oct',
  alg: 'HS256',
  kid: 'k1',
  k: randomBytes(32).toString('base64url'),
})
const claims = {
  iss: 'https://id.example.com',
  aud: 'https://api.example.com',
  sub: 'usr_1',
  client_id: 'app',
  iat: now,
  exp: now + 300,
  jti: 'tok_1',
}
const held = (over: Partial<Held> = {}): Held => ({
  kind: 'access',
  keys: (({ alg }) => (alg === key.alg ? key : undefined)) satisfies FindKey,
  keysFrom: 'the key',
  issuer: claims.iss,
  audience: claims.aud,
  now,
  ...over,
})
const token = (over: Readonly<Record<string, unknown>> = {}, by: SigningKey = key, typ = 'at+jwt') =>
  signJws({ typ }, { ...claims, ...over }, by)
const failures = (checks: readonly Check[]) =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)

describe('what is said of a token', () => {
  test('that everything holds', () => {
    const { accepted, checks } = examine(signToken('access', claims, key), held())
    assert.equal(accepted, true)
    assert.deepEqual([...new Set(checks.map(({ outcome }) => outcome))], ['passed'])
  })

  test('each thing that is wrong, and all of them at once', () => {
    const cases: readonly (readonly [string, Partial<Held>, Check['name'][], RegExp])[] = [
      [token({}, stranger), {}, ['signature'], /changed after it was signed, or another key/],
      [token({}, secret), {}, ['signature'], /has no key for it: "HS256", kid "k1"/],
      [token({}, secret), { keys: () => secret }, ['signature'], /by a shared secret/],
      [token({}, key, 'JWT'), {}, ['kind'], /Its typ is "JWT"\. An access token says "at\+jwt"/],
      [token({}, key, 'logout+jwt'), {}, ['kind'], /that of a logout token \(--kind logout\)/],
      [token({ client_id: undefined, jti: undefined }), {}, ['kind'], /needs client_id, jti as well/],
      [token({ nonce: 'n' }), {}, ['kind'], /nonce does not belong here/],
      [token({ sub: 1 }), {}, ['kind'], /The claim sub has another shape/],
      [token({ iss: `${claims.iss}/` }), {}, ['issuer'], /A slash at the end/],
      [token({ aud: 'x' }), {}, ['audience'], /It is for "x", not for/],
      [token({ aud: ['x', claims.aud] }), {}, ['audience'], /for 2 audiences/],
      [token({ exp: now - 20 }), {}, ['time'], /It ended/],
      [token({ nbf: now + 60 }), {}, ['time'], /It counts only from/],
      [
        token({ iss: 'x', aud: 'y', exp: now - 99 }, stranger),
        {},
        ['signature', 'issuer', 'audience', 'time'],
        /x/,
      ],
      ['a.b.c', {}, ['form'], /not written in the one form/],
      ['x'.repeat(9000), {}, ['form'], /longer than/],
    ]
    for (const [text, over, names, words] of cases) {
      const { accepted, checks } = examine(text, held(over))
      assert.equal(accepted, false)
      assert.deepEqual(failures(checks), names)
      assert.match(checks.map((check) => check.words).join('\n'), words)
    }
  })

  test('what nobody compared is not said to be right', () => {
    const { accepted, checks } = examine(token(), held({ issuer: undefined, audience: undefined }))
    assert.equal(accepted, true)
    const open = checks.filter(({ outcome }) => outcome === 'unchecked').map(({ name }) => name)
    assert.deepEqual(open, ['issuer', 'audience'])
    const many = examine(token({ aud: ['a', 'b'] }), held({ audience: undefined }))
    assert.equal(many.accepted, false)
  })

  test('nothing that a token holds reaches the terminal as it is', () => {
    const { checks } = examine(token({ iss: '\u001b]0;mine\u0007', aud: '\u202Egnp' }, stranger), held())
    for (const { words } of checks) assert.doesNotMatch(words, /[\p{Cc}\p{Cf}]/u)
  })
})

test('the verdict is the verifier’s, for every kind held against every other', () => {
  const kinds: readonly AddressedKind[] = [
    'access',
    'id',
    'refresh',
    'clientAssertion',
    'requestObject',
    'logout',
    'partnerMessage',
  ]
  const typs = ['at+jwt', 'JWT', 'rt+jwt', 'jwt', 'logout+jwt', 'partner-message+jwt', 'oauth-authz-req+jwt']
  const extras = [
    {},
    { token_type: 'refresh' },
    { message: 1, client_id: undefined },
    { iss: 'x', sub: 'x' },
    { exp: now + 9e6 },
  ]
  let accepted = 0
  for (const kind of kinds) {
    for (const typ of typs) {
      for (const extra of extras) {
        const text = token(extra, key, typ)
        const found = examine(text, held({ kind }))
        const truth = isAccepted(text, kind)
        assert.equal(found.accepted, truth, `${kind} ${typ} ${JSON.stringify(extra)}`)
        assert.equal(failures(found.checks).length === 0, truth, 'and the words agree')
        accepted += truth ? 1 : 0
      }
    }
  }
  assert.ok(accepted > 3, String(accepted))
})

function isAccepted(text: string, kind: AddressedKind): boolean {
  const { keys, issuer = '', audience = '' } = held()
  try {
    verifyToken(kind, text, { keys, issuer, audience, now })
    return true
  } catch (error) {
    assert.ok(error instanceof TokenError)
    return false
  }
}
