import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { spawnNode } from '../../tests/harness/processes.ts'
import { costsTold } from './costs.ts'
import { ending } from './ending.ts'
import { failuresTold } from './failures.ts'
import { planBatches } from './plan.ts'
import type { Failure } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-trial-'))
after(() => rmSync(folder, { recursive: true }))

interface Outcome {
  readonly succeeded: boolean
  readonly passed: number
  readonly skipped: readonly (readonly [string, readonly string[]])[]
  readonly failed: readonly Failure[]
  readonly unsteady: readonly Failure[]
  readonly told: readonly string[]
  /** Processor seconds, by path. */
  readonly costs: Readonly<Record<string, number>>
}

/** Runs files of these texts, by name, and says which of them were told of, by name. */
async function suiteOf(
  texts: Readonly<Record<string, string>>,
  { names = '', seconds = 60, again = 0 } = {},
) {
  const files = Object.entries(texts).map(([name, text]) => {
    const file = join(folder, `${name}.test.ts`)
    writeFileSync(
      file,
      `import { existsSync, writeFileSync } from 'node:fs'\nimport { after, before, describe, test } from 'node:test'\n${text}`,
    )
    return file
  })
  const program = new URL('./run.fixture.ts', import.meta.url)
  await using child = spawnNode(program, {
    args: [String(seconds), String(again), names, ...files],
    env: { NODE_TEST_CONTEXT: undefined },
  })
  const { code } = await child.exited
  equal(code, 0, child.stderr())
  const said = child.stdout()
  const outcome: Outcome = JSON.parse(said.trimEnd().split('\n').at(-1) ?? '')
  const told = outcome.told.map((path) => path.slice(folder.length + 1, -'.test.ts'.length)).sort()
  return { ...outcome, told, said }
}

const good = `test('a good one', () => {})`

describe('A process that runs several files', { concurrency: true }, () => {
  test('tells of each, and of what was skipped', async () => {
    const skipping = `test('a skipped one', { skip: 'no moon' }, () => {})`
    const { succeeded, passed, skipped, told, said } = await suiteOf({ a: good, b: skipping })
    equal(succeeded, true)
    equal(passed, 1)
    deepEqual(told, ['a', 'b'])
    deepEqual(skipped, [['no moon', [`a skipped one (${join(folder, 'b.test.ts')})`]]])
    match(said, /tests 2\n/)
  })

  test('runs what a file declares outside of its tests for that file alone', async () => {
    const hooks = (name: string) => `
      let open = false
      before(() => { open = true; globalThis.__open = [...(globalThis.__open ?? []), '${name}'] })
      after(() => { globalThis.__open = globalThis.__open.filter((one) => one !== '${name}') })
      test('is open alone', () => { if (!open || globalThis.__open.join() !== '${name}') throw new Error() })`
    const { succeeded, told } = await suiteOf({ c: hooks('c'), d: hooks('d') })
    equal(succeeded, true)
    deepEqual(told, ['c', 'd'])
  })

  test('goes on after a failure, and after a file that can’t be loaded', async () => {
    const bad = `test('a bad one', () => { throw new Error('so bad') })`
    const { succeeded, failed, told, said } = await suiteOf({
      e: `describe('All of them', () => { ${bad} })`,
      f: 'throw new Error("no file")',
      g: good,
    })
    equal(succeeded, false)
    deepEqual(failed, [
      { name: 'a bad one', file: join(folder, 'e.test.ts'), why: 'so bad' },
      { name: join(folder, 'f.test.ts'), file: join(folder, 'f.test.ts'), why: 'no file' },
    ])
    deepEqual(told, ['e', 'f', 'g'])
    match(said, /so bad/)
    match(said, /no file/)
    match(said, /pass 1\n/)
  })

  const firstTimeOnly = (name: string) => `
    const mark = ${JSON.stringify(join(folder, 'mark-'))} + '${name}'
    test('fails once', () => {
      if (existsSync(mark)) return
      writeFileSync(mark, '')
      throw new Error('too slow')
    })`

  test('calls a file unsteady that succeeds alone, as often as asked for', async () => {
    const { succeeded, failed, unsteady, said } = await suiteOf(
      { s: firstTimeOnly('s'), t: good },
      { again: 2 },
    )
    equal(succeeded, true)
    deepEqual(failed, [])
    deepEqual(unsteady, [{ name: 'fails once', file: join(folder, 's.test.ts'), why: 'too slow' }])
    match(said, /alone, 2 of 2: .*s\.test\.ts\n/)
  })

  test('gives no second chance unasked, to a race, to many, to what fails alone or leaves something behind', async () => {
    const messy = `${good}\nprocess.env['LEFT'] = 'yes'`
    const bad = `test('a bad one', () => { throw new Error('so bad') })`
    const [unasked, race, many, always, left] = await Promise.all([
      suiteOf({ u: firstTimeOnly('u') }),
      suiteOf({ 'u-races': firstTimeOnly('u-races') }, { again: 1 }),
      suiteOf({ v: firstTimeOnly('v'), w: firstTimeOnly('w'), x: firstTimeOnly('x') }, { again: 1 }),
      suiteOf({ y: bad }, { again: 1 }),
      suiteOf({ z: messy, 'z-good': good }, { again: 1 }),
    ])
    for (const { succeeded, failed, unsteady } of [unasked, race, many, always, left]) {
      equal(succeeded, false)
      ok(failed.length > 0)
      deepEqual(unsteady, [])
    }
  })

  test('fails a file that leaves something behind', async () => {
    const messy = `${good}\nprocess.env['LEFT'] = 'yes'\nconsole.warn = () => {}`
    const { succeeded, told, said } = await suiteOf({ h: messy, i: good })
    equal(succeeded, false)
    deepEqual(told, ['h', 'i'])
    match(said, /h\.test\.ts leaves behind: process\.env\.LEFT, console\.warn/)
  })

  test('says what each cost, of its own and of what it started', async () => {
    const spin = `const until = performance.now() + 60_000, used = () => process.cpuUsage().user + process.cpuUsage().system
      for (const before = used(); used() - before < 400_000 && performance.now() < until;);`
    const self = `test('works', () => { ${spin} })`
    const child = `import { spawnSync } from 'node:child_process'
      test('has it done', () => { spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}]) })`
    const { succeeded, costs } = await suiteOf({ o: good, p: self, q: child, r: good })
    equal(succeeded, true)
    const [o, p, q, r] = ['o', 'p', 'q', 'r'].map(
      (name) => costs[join(folder, `${name}.test.ts`)] ?? Number.NaN,
    )
    ok(Number(p) >= 0.35, `${p} s`)
    // Where the system doesn't tell of ended processes, nobody's are counted.
    if (process.platform === 'linux') ok(Number(q) >= 0.35, `${q} s`)
    ok(Number(r) < Number(p) && Number.isFinite(o), `${r} s`)
  })

  for (const [how, text] of [
    ['ends', `test('ends all', () => process.exit(0))`],
    ['hangs', `test('waits', () => new Promise(() => { setInterval(() => {}, 1000) }))`],
  ] as const) {
    test(`whose one file ${how} runs the others again, and is no success`, async () => {
      const texts = { [`j-${how}`]: good, [`k-${how}`]: text, [`l-${how}`]: good }
      const { succeeded, told, said } = await suiteOf(texts, { seconds: 6 })
      equal(succeeded, false)
      deepEqual(told, [`j-${how}`, `l-${how}`])
      match(said, new RegExp(`again, each alone: .*k-${how}.*l-${how}`))
    })
  }

  test('is not shared when tests are asked for by name', async () => {
    const { succeeded, told, said } = await suiteOf(
      { m: good, n: `test('another', () => {})` },
      { names: 'good' },
    )
    equal(succeeded, true)
    deepEqual(told, ['m'])
    match(said, /✔ a good one/)
    doesNotMatch(said, /another/)
  })
})

test('a run tells its own processor time from that of others, and which files cost most', () => {
  const took = Array.from({ length: 12 }, (_, at) => ({ file: `${at}.test.ts`, seconds: 20, cpuSeconds: at }))
  const [whole = '', heading, first, ...rest] = costsTold(took, { wall: 61.4, cpu: 100.2, machine: 112.9 })
  match(whole, /Took 61 s and 100 s of processor time; others on this machine used 13 s/)
  match(heading ?? '', /dearest/)
  match(first ?? '', /11\.0 s of +20\.0 s +11\.test\.ts/)
  equal(rest.length, 9)
  equal(costsTold([], { wall: 1, cpu: 1, machine: 0 }).length, 1)
})

test('a run says last which tests failed, and how the error of each begins', () => {
  const why = ['Expected:', '', ...Array.from({ length: 20 }, (_, at) => `${at} ${'x'.repeat(500)}`)].join(
    '\n',
  )
  const [heading, test, ...lines] = failuresTold({
    failed: [{ name: 'a bad one', file: 'e.test.ts', why }],
    unsteady: [],
  })
  match(heading ?? '', /Failed \(1\)/)
  match(test ?? '', /a bad one \(e\.test\.ts\)/)
  match(lines.join('\n'), /Expected:\n +0 x/)
  ok(lines.length < 10 && lines.every(({ length }) => length < 200))
  deepEqual(failuresTold({ failed: [], unsteady: [] }), [])
  match(
    failuresTold({ failed: [], unsteady: [{ name: 'a slow one', file: 'f', why }] }).join('\n'),
    /Unsteady \(1\)/,
  )
})

test('the last line of a long command says what passed, what failed, what was skipped and why, and how long it took', () => {
  equal(
    ending({ what: 'flows', passed: 12, failed: 0 }, 42_400),
    'ok: 12 flows passed, 0 failed, nothing skipped, in 42 seconds.',
  )
  equal(
    ending(
      { what: 'tests', passed: 9, failed: 1, unsteady: 2, skipped: ['no\n  moon', 'a large one', 'no moon'] },
      90_000,
    ),
    'FAILED: 9 tests passed, 1 failed, 2 unsteady, 3 skipped (2 × no moon; a large one), in 1.5 minutes.',
  )
  match(ending({ what: 'kills', passed: 0, failed: 0, succeeded: false }, 0), /^FAILED: 0 kills/)
})

test('what crosses rooms has a process of its own and begins first; the files of one package share theirs', () => {
  const few = ['packages/b/x.test.ts', 'tests/a.test.ts', 'packages/a/y.test.ts', 'packages/a/x.test.ts']
  deepEqual(planBatches(few, false), [
    ['tests/a.test.ts'],
    ['packages/a/x.test.ts', 'packages/a/y.test.ts'],
    ['packages/b/x.test.ts'],
  ])
  deepEqual(planBatches(few, true).flat(), [...few].sort())
  const many = Array.from({ length: 25 }, (_, index) => `packages/a/${index}.test.ts`)
  deepEqual(
    planBatches(many, false).map(({ length }) => length),
    [8, 9, 8],
  )
  deepEqual(planBatches(many, false).flat(), [...many].sort())
})
