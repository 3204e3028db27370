import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOf, withProgress } from './progress.ts'

/** A screen that remembers what is on its line. */
function screen(columns: number | null) {
  let milliseconds = 0
  const written: string[] = []
  const progress = progressOf(
    { elapsed: () => milliseconds },
    { columns: () => columns, write: (text) => void written.push(text) },
  )
  return {
    ...progress,
    written,
    pass: (seconds: number) => {
      milliseconds += seconds * 1000
    },
    line: () => (written.at(-1) ?? '').replace('\r\x1b[K', '').trim(),
  }
}

const bar = (full: number, width = 24) => '█'.repeat(full) + '░'.repeat(width - full)

test('a bar shows how much of what was counted is done, how fast, and how long yet as soon as that can be said', () => {
  const shown = screen(120)
  shown.expects(2000, 'people')
  shown.passed(500)
  assert.equal(shown.line(), `${bar(6)} 25 %, 500 of 2,000 people`)
  shown.pass(2)
  shown.passed(1000)
  assert.equal(shown.line(), `${bar(12)} 50 %, 1,000 of 2,000 people, 500 a second`)
  shown.pass(2)
  shown.passed(1200)
  assert.equal(shown.line(), `${bar(14)} 60 %, 1,200 of 2,000 people, 300 a second, a few seconds left`)
  shown.pass(60)
  shown.passed(1300)
  assert.equal(shown.line(), `${bar(15)} 65 %, 1,300 of 2,000 people, 20 a second, about 7 min left`)
  shown.passed(2000)
  shown.pass(1)
  shown.passed(2000)
  assert.equal(shown.line(), `${bar(24)} 100 %, 2,000 of 2,000 people, 31 a second`)
})

test('a part that follows begins anew, and one that is measured in bytes says them in the unit of the whole', () => {
  const shown = screen(120)
  shown.expects(1_900_000_000, 'bytes checked')
  shown.passed(1_178_000_000)
  assert.equal(shown.line(), `${bar(14)} 62 %, 1.2 of 1.9 GB checked`)
  shown.pass(1)
  shown.expects(4, 'people')
  shown.passed(1)
  assert.equal(shown.line(), `${bar(6)} 25 %, 1 of 4 people`)
})

test('a terminal that does not say how wide it is has the usual width', () => {
  const shown = screen(0)
  shown.expects(2000, 'people')
  shown.passed(500)
  assert.equal(shown.line(), `${bar(3, 12)} 25 %, 500 of 2,000 people`)
})

test('where nothing is expected it counts', () => {
  const shown = screen(120)
  shown.pass(4)
  shown.counted(2000, 1900)
  assert.equal(shown.line(), '2,000 read, 500 a second')
})

test('a line never leaves its terminal, however narrow, and says what matters most', () => {
  const told = new Map<number, string>()
  for (let columns = 1; columns <= 120; columns++) {
    const shown = screen(columns)
    shown.expects(1_000_000, 'people')
    shown.passed(1)
    shown.pass(100)
    shown.passed(250_000)
    told.set(columns, shown.line())
    for (const text of shown.written)
      assert.ok(text.replace('\r\x1b[K', '').length < columns, String(columns))
  }
  assert.equal(told.get(120), `${bar(6)} 25 %, 250,000 of 1,000,000 people, 2,500 a second, about 5 min left`)
  assert.equal(told.get(80), `${bar(3, 12)} 25 %, 250,000 of 1,000,000 people, about 5 min left`)
  assert.equal(told.get(40), `${bar(3, 12)} 25 %, about 5 min left`)
  assert.equal(told.get(30), '25 %, about 5 min left')
  assert.equal(told.get(12), '25 %')
})

test('a terminal is drawn on ten times a second at most; elsewhere a line is written every ten seconds, without a bar', () => {
  const [drawn, logged] = [screen(80), screen(null)]
  for (const shown of [drawn, logged]) {
    shown.expects(1000, 'people')
    for (let done = 1; done <= 1000; done++) {
      shown.pass(0.03)
      shown.passed(done)
    }
    shown.end()
  }
  assert.ok(drawn.written.length > 200 && drawn.written.length <= 302, String(drawn.written.length))
  assert.equal(drawn.written.at(-1), '\r\x1b[K')
  assert.deepEqual(logged.written.slice(0, 2), [
    '33 %, 334 of 1,000 people, 33 a second, about 20 s left\n',
    '66 %, 668 of 1,000 people, 33 a second, a few seconds left\n',
  ])
  for (const mark of ['\r', '\x1b', '█']) assert.equal(logged.written.join('').includes(mark), false)
})

test('the line is left empty in the end, or ended where whoever breaks it off reads on; never twice', () => {
  for (const [stays, last] of [
    [undefined, '\r\x1b[K'],
    ['stays', '\n'],
  ] as const) {
    const shown = screen(80)
    shown.end(stays)
    assert.deepEqual(shown.written, [])
    shown.passed(1)
    shown.end(stays)
    shown.end(stays)
    assert.deepEqual(shown.written.slice(1), [last])
  }
})

test('beside JSON nothing is shown, and whoever waited for signals is as before, whatever the work comes to', async () => {
  const runtime = { elapsed: () => 0 }
  const before = process.listenerCount('SIGINT')
  const quiet = { json: true, show: () => {}, say: () => {}, complain: () => {} }
  assert.equal(
    await withProgress({ runtime, terminal: quiet }, async () => process.listenerCount('SIGINT')),
    before,
  )
  const work = withProgress({ runtime, terminal: { ...quiet, json: false } }, async () => {
    assert.equal(process.listenerCount('SIGINT'), before + 1)
    throw new TypeError('the work is broken')
  })
  await assert.rejects(work, /broken/)
  assert.equal(process.listenerCount('SIGINT'), before)
})
