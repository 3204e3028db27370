import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, marked, padded, rows, shown, width, wrapped } from './layout.ts'

const long =
  'Whoever can verify it can also make it, so that nobody can say who did, and a secret that two hold is no secret.'

test('no line of words is longer than the terminal is wide, and none is lost', () => {
  for (const lines of [
    wrapped(long, 4),
    wrapped(long, 15),
    marked('!', long),
    rows([{ name: 'exp', value: '1800000000', note: long }]),
  ]) {
    for (const line of lines) assert.ok(line.length <= width(), line)
    assert.ok(lines.join(' ').replaceAll(/\s+/g, ' ').includes('so that nobody can say who did'))
  }
})

test('columns stand under each other, and a long value does not push the others aside', () => {
  const lines = rows([
    { name: 'a', value: '1', note: 'one' },
    { name: 'long_name', value: '"x"', note: 'two' },
    { name: 'b', value: '"y"'.repeat(15), note: 'three' },
  ])
  assert.equal(lines[0]?.indexOf('1'), lines[1]?.indexOf('"x"'))
  assert.equal(lines[0]?.indexOf('one'), lines[1]?.indexOf('two'))
  assert.match(lines[2] ?? '', /"y" {2}three$/)
  const note = 'x'.repeat(width() - 21)
  const near = rows([
    { name: 'iat', value: '1800000000', note },
    { name: 'iss', value: '"https://id.example"', note: 'y' },
  ])
  assert.deepEqual(near[0], `    iat  1800000000  ${note}`)
})

test('what can’t be seen is shown as what it is', () => {
  assert.equal(shown('a\u001b[2J\u202Eb'), '"a\\u001b[2J\\u{202e}b"')
  assert.equal(shown({ a: [1] }), '{"a":[1]}')
})

test('a bar is as long as its share, and never nothing', () => {
  assert.equal(bar(1, 10), '█'.repeat(10))
  assert.equal(bar(0.5, 10), '█'.repeat(5))
  assert.equal(bar(0.55, 10), '█████▌')
  assert.equal(bar(0, 10), '▏')
  assert.equal(padded('ab', 4), 'ab  ')
  assert.equal(padded('ab', 4, 'start'), '  ab')
})
