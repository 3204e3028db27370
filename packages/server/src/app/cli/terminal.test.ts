// Tables as people read them, and as programs cut them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { columns } from './terminal.ts'

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
