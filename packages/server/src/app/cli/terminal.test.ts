// Tables as people read them, and as programs cut them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { bold, columns, terminal } from './terminal.ts'

const heading = ['id', 'name', '']
const rows = [
  ['usr_1', 'Ada Lovelace', ''],
  ['usr_22', 'Grace Hopper', 'disabled'],
]
const shown = (room: number) => columns(rows, heading, room).map(stripVTControlCharacters)

test('a table stands in columns, and no line ends in spaces', () => {
  assert.deepEqual(shown(80), [
    '  id      name',
    '  usr_1   Ada Lovelace',
    '  usr_22  Grace Hopper  disabled',
  ])
  assert.deepEqual(shown(Number.POSITIVE_INFINITY), shown(80))
})

test('where a terminal is too narrow for a table, each row is a block of its own', () => {
  assert.deepEqual(shown(24), [
    '  id    usr_1',
    '  name  Ada Lovelace',
    '',
    '  id    usr_22',
    '  name  Grace Hopper',
    '        disabled',
  ])
})

test('SC-07: whatever a terminal would obey of what anybody wrote is shown as what it is, in words as in JSON', (t) => {
  const csi = String.fromCharCode(0x9b)
  const claims = { name: `Eve${csi}2J\u001b]0;title\u0007\u202e\r` }
  const written: string[] = []
  const own = Object.getOwnPropertyDescriptor(process.stdout, 'write')
  t.after(() => {
    // A mock would leave what all streams share as a member of this one's own.
    Reflect.deleteProperty(process.stdout, 'write')
    if (own !== undefined) Object.defineProperty(process.stdout, 'write', own)
  })
  process.stdout.write = (text) => written.push(String(text)) > 0
  terminal(false).show(claims, [
    `${bold('Claims')}\t${claims.name}`,
    `\u001b[1m${JSON.stringify(claims)}\u001b[22m`,
  ])
  terminal(false).say(claims.name)
  terminal(true).show(claims, [])
  assert.equal(written.length, 3)
  for (const text of written) {
    assert.match(text, /Eve\\u009b2J/)
    assert.doesNotMatch(text, /(?![\n\t])[\p{Cc}\p{Bidi_Control}](?!\[(?:1|22)m)/u)
  }
  assert.ok(written[0]?.includes('\u001b[1m{'))
  assert.match(written[1] ?? '', /^Eve\\u009b2J\\u001b\]0;title\\u0007\\u202e\\u000d\n$/)
})
