import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRuntime } from '../../platform/runtime.ts'
import { newUserCode, readUserCode, spelled } from './user-code.ts'

const runtime = systemRuntime()

test('TK-21: a code has eight letters of twenty, none of them a vowel, a digit or Y, all equally likely', () => {
  const counts = new Map<string, number>()
  const made = 4000
  for (let at = 0; at < made; at++) {
    const code = newUserCode(runtime)
    assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
    for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  assert.equal(counts.size, 20)
  const expected = (made * 8) / 20
  // χ² over 19 degrees of freedom; 64 is passed by fair chance once in a million runs.
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  assert.ok(chi < 64, `χ² is ${chi}`)
})

test('a byte beyond the last whole round of the alphabet is drawn again', () => {
  const bytes = [...Array(25).fill(255), 239, 0, 20, 40, 19, 240, 1]
  const rest = [2, 3, ...Array(30).fill(5)]
  const draws = [bytes, rest].map((drawn) => Buffer.from(drawn).toString('base64url'))
  assert.equal(newUserCode({ secret: () => draws.shift() ?? '' }), 'ZBBBZCDF')
})

test('it is read however it is typed: capitals, dashes and spaces do not matter', () => {
  const code = 'WDJBMJHT'
  for (const typed of [
    'WDJB-MJHT',
    'wdjb mjht',
    '  Wdjb–mjhT ',
    'WDJBMJHT',
    'w.d.j.b_m.j.h.t',
    'wdjb\u00a0mjht',
    'ＷＤＪＢ－ＭＪＨＴ',
  ]) {
    assert.equal(readUserCode(typed), code, typed)
  }
  assert.equal(readUserCode(spelled(newUserCode(runtime)))?.length, 8)
})

test('what can not be a code is none', () => {
  for (const typed of [
    '',
    'WDJB-MJH',
    'WDJB-MJHTT',
    'ADJB-MJHT',
    'WDJB-MJH1',
    'WDJB/MJHT',
    'ВDJB-MJHT',
    ' '.repeat(65),
  ]) {
    assert.equal(readUserCode(typed), null, typed)
  }
})
