import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { localPath } from '../http/exchange.ts'
import { pathTo, webAddress } from './address.ts'

const origin = 'https://id.example.com'

test('a local path never leaves this server, whatever it is made of', () => {
  const parts = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '\n',
    ' ',
    '.',
    '..',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    'evil.example',
    'https:',
    'javascript:',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
      const text = list.join('')
      let address: string
      try {
        address = localPath(text)
      } catch {
        return
      }
      assert.equal(new URL(address, origin).origin, origin)
    }),
    { numRuns: 2_000 },
  )
})

test('a path keeps whatever identifier ends it in one segment', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
      const path = pathTo('/sign-in/with', id)
      assert.equal(path.split('/').length, 4)
      assert.equal(decodeURIComponent(path.split('/')[3] ?? ''), id.toWellFormed())
    }),
  )
})

test('an address from someone else is http or https, or nothing', () => {
  assert.equal(webAddress('https://bank.example.com/terms?a="b"'), 'https://bank.example.com/terms?a=%22b%22')
  assert.equal(webAddress('http://localhost:4401'), 'http://localhost:4401/')
  for (const address of [
    'javascript:alert(1)',
    ' JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'blob:x',
    '/terms',
    '//x',
    '',
    null,
    undefined,
  ]) {
    assert.equal(webAddress(address), null)
  }
})
