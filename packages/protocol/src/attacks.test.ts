import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { publicPart, specimen } from '../../../tests/harness/specimens.ts'
import { attacksOn, head, attackedKeys as keys, untouched } from '../../../tests/harness/token-attacks.ts'
import {
  audience,
  forge,
  goodClaims,
  issuer,
  kinds,
  now,
  outcome,
  outcomeLater,
} from '../../../tests/harness/token-kinds.ts'
import { encodeBase64url } from './jose/base64url.ts'
import { createSignature } from './jose/crypto.ts'
import { KeySet } from './jose/key-set.ts'
import { tokenKinds } from './token-kinds.ts'
import { verifyToken } from './tokens.ts'

const { key, jwk } = specimen('ES256')
const eddsa = specimen('EdDSA')

for (const kind of kinds) {
  test(`the good ${kind} token is accepted, so that what follows proves something`, () => {
    assert.equal(outcome(kind, untouched(kind), keys), 'accepted')
    const carried = forge(head(kind, { jwk: publicPart(jwk) }), goodClaims[kind], key)
    assert.equal(outcome(kind, carried, keys), 'accepted')
  })
  for (const [name, codes, tokens] of attacksOn(kind)) {
    test(`${name}: refused as ${kind} token, ${tokens.length} ways`, async () => {
      for (const token of tokens) {
        const found = outcome(kind, token, keys)
        assert.ok(codes.includes(found), `${found} for ${token.slice(0, 300)}`)
        assert.equal(await outcomeLater(kind, token, keys), found)
      }
    })
  }
}

test('C3.6 a token without kid is refused where two keys could be meant', () => {
  const two = new KeySet([key, specimen('ES256', 'other').key])
  const token = forge({ alg: 'ES256', typ: 'at+jwt' }, goodClaims.access, key)
  assert.equal(outcome('access', token, two), 'unknown_key')
  assert.equal(outcome('access', token, keys), 'accepted')
})

test('a shared secret verifies nothing but a partner’s message, even when the keys hold it', () => {
  const secret = specimen('HS256').key
  for (const kind of kinds) {
    const token = forge(
      { alg: 'HS256', typ: tokenKinds[kind].typ, kid: secret.kid },
      goodClaims[kind],
      secret,
    )
    const expected = kind === 'partnerMessage' ? 'accepted' : 'unknown_key'
    assert.equal(outcome(kind, token, new KeySet([secret])), expected)
  }
})

test('a finder that answers with a key of another algorithm is not believed', () => {
  const token = untouched('access')
  const signed = token.slice(0, token.lastIndexOf('.'))
  const raw = createSignature(eddsa.key.signing, Buffer.from(signed))
  assert.equal(
    outcome('access', `${signed}.${encodeBase64url(raw)}`, keys, { keys: () => eddsa.key }),
    'unknown_key',
  )
})

test('a refusal never quotes the token', () => {
  const token = forge(head('access'), { ...goodClaims.access, exp: 'secret-value' }, key)
  assert.throws(
    () => verifyToken('access', token, { keys, issuer, audience, now }),
    (error: Error) => !inspect(error).includes('secret-value') && !inspect(error).includes(token.slice(-20)),
  )
})
