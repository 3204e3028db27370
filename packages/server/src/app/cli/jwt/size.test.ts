import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cookieLimit, encodedLength, sizesBeforeSigning, sizesOf, sizeVerdict } from './size.ts'

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

test('the costs of all claims add up to the token, whatever they are', () => {
  for (const claims of [
    {},
    { a: 1 },
    { iss: 'https://id.example.com', name: 'Zoë “Z” Ångström', list: [1, { b: null }], 'https://x/y': true },
    Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`c${index}`, 'x'.repeat(index % 7)])),
  ]) {
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'k' }
    const { total, costs, parts } = sizesBeforeSigning(header, claims, 64)
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    assert.equal(total, `${encode(header)}.${encode(claims)}.`.length + 86)
    assert.equal(sum(costs.map(({ bytes }) => bytes)), total)
    assert.equal(sum(Object.values(parts)), total)
    for (const { bytes, name } of costs) assert.ok(bytes > 0, name)
  }
})

test('a claim costs a third more than its JSON', () => {
  const long = 'x'.repeat(300)
  const { costs } = sizesBeforeSigning({ alg: 'ES256' }, { sub: 'a', long, end: 1 }, 64)
  const cost = costs.find(({ name }) => name === 'long')?.bytes ?? 0
  assert.ok(Math.abs(cost - ((300 + '"long":"",'.length) * 4) / 3) <= 1, String(cost))
})

test('spaces in a token are shown as what they cost', () => {
  const claims = { sub: 'a' }
  const written = Buffer.from(JSON.stringify(claims, null, 4)).toString('base64url')
  const header = { members: { alg: 'none' }, encodedLength: encodedLength(14) }
  const { costs } = sizesOf(header, { members: claims, encodedLength: written.length }, 0)
  assert.ok(costs.some(({ name, bytes }) => name === 'spaces and braces' && bytes > 2))
})

test('past 4 kB no cookie holds it, past 7.5 kB nobody mints it', () => {
  assert.equal(sizeVerdict(cookieLimit), 'fits')
  assert.equal(sizeVerdict(cookieLimit + 1), 'too_large_for_a_cookie')
  assert.equal(sizeVerdict(7680), 'too_large_for_a_cookie')
  assert.equal(sizeVerdict(7681), 'refused')
})
