import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  facebookProfile,
  type RawClaims,
  standardProfile,
  subjectOf,
  type UpstreamProfile,
} from './profile.ts'

const nobody: UpstreamProfile = { email: null, emailVerified: false, name: null, claims: {} }

test('standard claims are read as what they are', () => {
  const rows: [RawClaims, UpstreamProfile][] = [
    [
      {
        email: 'ada@example.test',
        email_verified: true,
        name: 'Ada Lovelace',
        given_name: 'Ada',
        family_name: 'Lovelace',
        locale: 'en-GB',
        picture: 'https://example.test/ada.png',
        hd: 'example.test',
      },
      {
        email: 'ada@example.test',
        emailVerified: true,
        name: 'Ada Lovelace',
        claims: {
          given_name: 'Ada',
          family_name: 'Lovelace',
          locale: 'en-GB',
          picture: 'https://example.test/ada.png',
        },
      },
    ],
    [{ given_name: 'Ada' }, { ...nobody, name: 'Ada', claims: { given_name: 'Ada' } }],
    [{}, nobody],
  ]
  for (const [raw, profile] of rows) assert.deepEqual(standardProfile(raw), profile)
})

test('an e-mail address is verified only by the word true itself', () => {
  for (const word of ['true', 'TRUE', 1, {}, [true], null, undefined, false]) {
    const profile = standardProfile({ email: 'ada@example.test', email_verified: word })
    assert.equal(profile.emailVerified, false, String(word))
  }
})

test('a claim of the wrong kind counts as not said', () => {
  const hostile: RawClaims[] = [
    { email: ['a@example.test'], name: { toString: 'x' }, picture: 'javascript:alert(1)' },
    { email: 'a'.repeat(321), name: 'n'.repeat(201), picture: `https://e.test/${'p'.repeat(2048)}` },
    { email: 'a@example.test\r\nBcc: b@example.test', name: 'Ada\u0000', picture: 'http://e.test/p' },
    { email: '  ', name: '\ud800', given_name: 7, picture: 'data:text/html,x' },
  ]
  for (const raw of hostile) assert.deepEqual(standardProfile(raw), nobody)
})

test('Facebook verifies no e-mail address, whatever its profile claims', () => {
  assert.deepEqual(
    facebookProfile({ id: '1', name: 'Ada', email: 'ada@example.test', email_verified: true }),
    {
      email: 'ada@example.test',
      emailVerified: false,
      name: 'Ada',
      claims: {},
    },
  )
  assert.deepEqual(facebookProfile({ id: '1', name: 'Hedy' }), { ...nobody, name: 'Hedy' })
})

test('a subject is printable text of at most 255 characters', () => {
  for (const good of ['1', 'a|b', 's'.repeat(255)]) assert.equal(subjectOf(good), good)
  for (const bad of ['', 's'.repeat(256), 'a b', 'ä', 'a\n', 1, null, undefined, {}, ['1']]) {
    assert.equal(subjectOf(bad), null)
  }
})
