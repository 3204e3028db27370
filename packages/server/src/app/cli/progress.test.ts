import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOf } from './progress.ts'

test('a bar shows how far an import is where people can be counted, and a count where they can’t', () => {
  const lines: string[] = []
  let milliseconds = 0
  const progress = progressOf({ elapsed: () => milliseconds }, (line) => lines.push(line.trim()))
  progress.read(500, 500)
  progress.expects(2000)
  progress.read(500, 500)
  milliseconds = 4000
  progress.read(1600, 1500)
  progress.read(2400, 2000)
  assert.deepEqual(lines, [
    '500 read …',
    `${'█'.repeat(6)}${'░'.repeat(18)} 25 %, 500 of 2,000 people`,
    `${'█'.repeat(18)}${'░'.repeat(6)} 75 %, 1,500 of 2,000 people, 400 a second`,
    '2,400 read, 600 a second …',
  ])
})
