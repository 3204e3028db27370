import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type SealedCookieOptions, sealedCookie } from './sealed-cookie.ts'

const secret = 'a secret of at least thirty-two characters'
const cookie = (options: Partial<SealedCookieOptions> = {}) =>
  sealedCookie<unknown>({ name: 'c', secrets: [secret], secure: true, maxAge: 60, ...options })
const request = (cookies = '') => new Request('https://app.example/', { headers: { cookie: cookies } })
/** What a browser sends back after these lines. */
const sent = (lines: readonly string[]) =>
  request(
    lines
      .filter((line) => !line.includes('Max-Age=0'))
      .map((line) => line.split(';')[0])
      .join('; '),
  )

test('a value comes back as it was, and shows nothing of itself', async () => {
  const lines = await cookie().write(request(), { token: 'visible?' })
  deepEqual(await cookie().read(sent(lines)), { token: 'visible?' })
  ok(!lines.join().includes('visible') && !lines.join().includes(btoa('visible').slice(0, 8)))
  equal(lines.length, 1)
  match(lines[0] ?? '', /^__Host-c\.0=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=60; Secure$/)
})

test('on loopback without TLS the name is plain, as browsers refuse the prefix there', async () => {
  const lines = await cookie({ secure: false }).write(request(), 1)
  match(lines[0] ?? '', /^c\.0=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=60$/)
})

test('a long value is spread over cookies that browsers keep, and what is left of a longer one goes', async () => {
  const long = 'x'.repeat(8000)
  const lines = await cookie().write(request(), long)
  equal(lines.length, 3)
  ok(lines.every((line) => line.length < 4096))
  equal(await cookie().read(sent(lines)), long)
  const shorter = await cookie().write(sent(lines), 'short')
  deepEqual(
    shorter.map((line) => [line.split('=')[0], line.includes('Max-Age=0')]),
    [
      ['__Host-c.0', false],
      ['__Host-c.1', true],
      ['__Host-c.2', true],
    ],
  )
  equal(cookie().remove(sent(lines)).length, 3)
  await rejects(cookie().write(request(), 'x'.repeat(20_000)), RangeError)
})

test('what was altered, cut, sealed for another name or with another secret is nothing', async () => {
  const [line = ''] = await cookie().write(request(), 'value')
  const [pair = ''] = line.split(';')
  // Not the last character: some of its bits may stand for nothing.
  const flipped = pair.replace(/.(?=.{4}$)/, (one) => (one === 'A' ? 'B' : 'A'))
  for (const broken of [flipped, pair.slice(0, -4), '__Host-c.0=', '__Host-c.0=%%%', `${pair}; ${pair}`, ''])
    equal(await cookie().read(request(broken)), null, broken)
  equal(await cookie({ name: 'd' }).read(request(pair.replace('-c.', '-d.'))), null)
  equal(await cookie({ secrets: ['another secret of at least thirty-two'] }).read(request(pair)), null)
})

test('a new secret seals, the old one still opens', async () => {
  const lines = await cookie().write(request(), 'value')
  const rotated = cookie({ secrets: ['a newer secret of thirty-two characters', secret] })
  equal(await rotated.read(sent(lines)), 'value')
  equal(await cookie().read(sent(await rotated.write(request(), 'value'))), null)
})
