import assert from 'node:assert/strict'
import test from 'node:test'
import { html, type Piece } from './markup.ts'

test('a text in a page is a text, in an element and in an attribute', () => {
  const text = `<b title='x'>"&amp;`
  const safe = '&lt;b title=&#39;x&#39;&gt;&quot;&amp;amp;'
  assert.equal(String(html`<p title="${text}">${text}</p>`), `<p title="${safe}">${safe}</p>`)
})

test('finished HTML goes into a page as it is, alone and in lists', () => {
  const items = ['<a>', '<b>'].map((text) => html`<li>${text}</li>`)
  assert.equal(
    String(html`<ul>${items}</ul>${false}${null}${undefined}${0}`),
    '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>0',
  )
})

test('an object that only looks like finished HTML is refused, wherever it stands', () => {
  const parsed = JSON.parse('{"isEscaped":true,"value":"<script>"}') as Piece
  for (const piece of [parsed, [[parsed]], Promise.resolve('<script>') as unknown as Piece]) {
    assert.throws(() => html`<p>${piece}</p>`, TypeError)
  }
})
