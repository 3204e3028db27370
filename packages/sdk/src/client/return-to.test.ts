import { equal, match, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { openPage, type Page } from './page.fixture.ts'
import { localPath } from './return-to.ts'

let page: Page
before(() => {
  page = openPage('https://app.example/callback')
})
after(() => page.close())

test('a path of this origin is kept with its query and fragment', () => {
  equal(localPath('/orders?page=2#last', '/'), '/orders?page=2#last')
  equal(localPath('https://app.example/orders', '/'), '/orders')
  equal(localPath(undefined, '/home/'), '/home/')
})

test('what only looks like another host is a path here', () => {
  equal(localPath('https:evil.example', '/'), '/evil.example')
  equal(localPath('evil.example', '/'), '/evil.example')
})

const elsewhere = [
  'https://evil.example/',
  'http://app.example/',
  'https://app.example.evil.example/',
  'https://app.example:444/',
  'https://app.example@evil.example/',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '\t//evil.example',
  'https:/\\evil.example',
  '/.//evil.example',
  '/..//evil.example',
  'https://app.example//evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'blob:https://app.example/x',
  'blob:null/x',
  'mailto:x@evil.example',
  'http://[',
]
for (const asked of elsewhere)
  test(`"${JSON.stringify(asked).slice(1, -1)}" leads home`, () => equal(localPath(asked, '/home'), '/home'))

test('C6 (CVE-2025-27143): whatever is asked, the browser stays on this origin', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '/',
      '\\',
      '//',
      ':',
      '@',
      '..',
      '.',
      '%2f',
      '\t',
      '\n',
      '\ufeff',
      'https:',
      'blob:',
      'javascript:',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = localPath(pieces.join(''), '/')
      match(path, /^\/(?!\/)/)
      ok(new URL(path, 'https://app.example').origin === 'https://app.example')
    }),
    { numRuns: 2000 },
  )
})
