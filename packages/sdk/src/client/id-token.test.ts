import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { type Expected, readIdToken } from './id-token.ts'

const now = Math.floor(Date.now() / 1000)
const claims = {
  iss: 'https://auth.example',
  aud: 'shop',
  sub: 'ada',
  exp: now + 300,
  iat: now,
  nonce: 'n',
  name: 'Åda 🧮',
}
const expected: Expected = { issuer: 'https://auth.example', clientId: 'shop', nonce: 'n' }
const token = (changed: object) =>
  `e30.${Buffer.from(JSON.stringify({ ...claims, ...changed })).toString('base64url')}.sig`

test('the claims about the person come out, those about the token do not', () => {
  deepEqual(readIdToken(token({ at_hash: 'x', auth_time: 1 }), expected), {
    sub: 'ada',
    name: 'Åda 🧮',
    auth_time: 1,
  })
})

test('several audiences pass when the token was made for us', () => {
  equal(readIdToken(token({ aud: ['shop', 'other'], azp: 'shop' }), expected).sub, 'ada')
  equal(readIdToken(token({ aud: ['shop'] }), expected).sub, 'ada')
})

const wrong: Record<string, object> = {
  'another issuer': { iss: 'https://auth.example/' },
  'no issuer': { iss: undefined },
  'another audience': { aud: 'bank' },
  'an audience that only contains our name': { aud: 'shop2' },
  'no audience': { aud: undefined },
  'several audiences and no authorized party': { aud: ['shop', 'other'] },
  'another authorized party': { azp: 'other' },
  'an expiry long past': { exp: now - 3600 },
  'no expiry': { exp: undefined },
  'an expiry that is a text': { exp: String(now + 300) },
  'another nonce': { nonce: 'm' },
  'no nonce': { nonce: undefined },
  'no subject': { sub: undefined },
  'an empty subject': { sub: '' },
}
for (const [name, changed] of Object.entries(wrong))
  test(`an ID token with ${name} is refused`, () => {
    throws(() => readIdToken(token(changed), expected), { code: 'id_token_invalid' })
  })

for (const text of ['', 'x', 'a.b.c', 'e30..', undefined, null, 7, {}])
  test(`${JSON.stringify(text) ?? 'undefined'} is no ID token`, () => {
    throws(() => readIdToken(text, expected), { code: 'id_token_invalid' })
  })

test('a renewed ID token names the same person and needs no nonce', () => {
  const renewed = { issuer: expected.issuer, clientId: 'shop', subject: 'ada' }
  equal(readIdToken(token({ nonce: undefined }), renewed).sub, 'ada')
  throws(() => readIdToken(token({ sub: 'grace' }), renewed), { code: 'id_token_invalid' })
})
