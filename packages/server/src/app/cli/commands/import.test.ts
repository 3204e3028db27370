import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { noLimits, openPeople } from '../../../accounts/people.fixture.ts'
import { people, take } from '../../../admin/moving/moving.fixture.ts'
import { emptyReport, leftBehind, remark } from '../../../admin/moving/report.ts'
import { sources } from '../../../admin/moving/sources/sources.ts'
import { openHouse } from '../../../platform/house.ts'
import { linesOf } from './import.ts'

const obeyed = '\u001b]0;x\u0007\u001b[2J\u009b1m\u202e'

test('SC-07: what a file calls somebody is shown on a terminal, and obeyed by none', () => {
  const report = emptyReport()
  report.conflicts.push({ id: `a${obeyed}`, because: `b${obeyed}` })
  leftBehind(`c${obeyed}`)(report)
  remark(`d${obeyed}`)(report)
  const text = linesOf(report, sources.csv, true).map(stripVTControlCharacters).join('')
  for (const letter of 'abcd') assert.ok(text.includes(`${letter}\\u{1b}]0;x\\u{7}`), letter)
  const raw = linesOf(report, sources.csv, true).join('')
  for (const left of ['\u0007', '\u009b', '\u202e', '\u001b]', '\u001b[2J']) assert.ok(!raw.includes(left))
})

test('why a password is not taken is told in words', () => {
  const report = emptyReport()
  report.withoutPassword.set('none', 3).set('same', 2).set('costly', 1).set('broken', 4)
  const lines = linesOf(report, sources.csv, true).map(stripVTControlCharacters)
  const words = 'there is none 3, as before 2, cost too much 1, guessed in no time (--take-broken-hashes) 4'
  assert.ok(
    lines.some((line) => line.includes('passwords not taken') && line.endsWith(words)),
    lines.join('\n'),
  )
})

test('nobody becomes an administrator of this server unnoticed, whatever the group is called there', async () => {
  const to = await openPeople({ house: await openHouse(), limits: noLimits })
  const all = people(
    { id: '1', username: 'ada', roles: ['/Admin'] },
    { id: '2', username: 'bea', roles: ['x'] },
    // Letters that names of roles can't have here are letters all the same.
    { id: '3', username: 'eve', roles: ['非admin', '2. Admin', 'не-admin', 'é\u0301admin'] },
  )
  for (const apply of [false, true]) {
    const report = await take(to, all, { apply })
    assert.equal(report.administrators, 1)
    const lines = linesOf(report, sources.keycloak, apply).map(stripVTControlCharacters)
    assert.ok(lines.some((line) => /administrators of this server \(role admin\) +1$/.test(line)))
  }
})
