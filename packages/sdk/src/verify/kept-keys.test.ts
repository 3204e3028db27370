// Kept keys against a model: whatever a source does and in whatever order tokens come, what is promised holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keptKeys, type Pace, type Reading } from './kept-keys.ts'
import type { TrustedKeys } from './keys.ts'

const pace: Pace = { coolDown: 30, retryWithoutKeys: 2, patienceMs: 60_000, longestStale: 7200 }

type Step =
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'turn'; readonly to: 'up' | 'down' | 'slow' }
  /** What is slow answers now, with what was published when it was asked. */
  | { readonly do: 'answer' }
  | { readonly do: 'rotate' }
  | { readonly do: 'known' | 'unknown'; readonly times: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('wait' as const),
    seconds: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(239, 240, 300, 7199, 7200, -100)),
  }),
  fc.record({ do: fc.constant('turn' as const), to: fc.constantFrom('up', 'down', 'slow') }),
  fc.constant({ do: 'answer' as const }),
  fc.constant({ do: 'rotate' as const }),
  fc.record({
    do: fc.constantFrom('known' as const, 'unknown' as const),
    times: fc.integer({ min: 1, max: 5 }),
  }),
)

/** A source that can be down or slow and whose keys change; each edition is one set of keys. */
function source() {
  const state = {
    now: 1_800_000_000,
    mode: 'up' as 'up' | 'down' | 'slow',
    edition: 1,
    reads: [] as Read[],
    open: 0,
    good: undefined as { readonly edition: number; readonly at: number } | undefined,
    waiting: [] as (() => void)[],
  }
  const editions = new Map<TrustedKeys, { readonly edition: number; readonly confirmedAt: number }>()

  async function read(last: (Reading & { readonly ok: true }) | undefined): Promise<Reading> {
    const { now: at, edition } = state
    state.reads.push({ at, hadKeys: state.good !== undefined })
    assert.equal(++state.open, 1, 'one request at a time')
    // Nothing that is read is there at once.
    await (state.mode === 'slow' ? new Promise<void>((resolve) => state.waiting.push(resolve)) : null)
    state.open--
    if (state.mode === 'down') return { ok: false, detail: 'down' }
    const text = String(edition)
    state.good = { edition, at }
    const keys: TrustedKeys = last?.text === text ? last.keys : { find: () => undefined }
    editions.set(keys, { edition, confirmedAt: at })
    return { ok: true, keys, text, lifetime: 300 }
  }
  return { state, read, editions }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function play(steps: readonly Step[]): Promise<void> {
  const { state, read, editions } = source()
  const keys = keptKeys(read, pace)
  const pending: Promise<void>[] = []
  const faults: unknown[] = []

  let newest = 0
  const holds = (given: TrustedKeys, now: number) => {
    const { edition, confirmedAt } = editions.get(given) ?? assert.fail('keys that nobody published')
    assert.ok(now - confirmedAt < pace.longestStale, 'no keys outlive their source for long')
    assert.ok(edition >= newest, 'old keys do not come back')
    newest = edition
  }

  /** As local.ts asks for a token whose key is in the set, or in none. */
  const judge = async (isKnown: boolean) => {
    const { now } = state
    const { good } = state
    const given = keys.ready(now)
    if (given !== undefined) {
      assert.equal(editions.get(given)?.edition, good?.edition, 'the keys are those of the last answer')
      holds(given, now)
    } else {
      const loaded = await keys.load(now)
      if (loaded.ok) holds(loaded.keys, now)
      else
        assert.ok(
          state.mode !== 'up' || state.reads.some(({ at }) => at > now - pace.coolDown),
          'asked lately',
        )
    }
    if (isKnown) return
    const outcome = await keys.reload(now)
    if (outcome === 'cooling') assert.ok(state.good !== undefined, 'a no without the source needs keys of it')
  }

  const answer = async () => {
    for (const resolve of state.waiting.splice(0)) resolve()
    await turn()
  }

  for (const one of steps) {
    // Every reading ends within a minute, one way or the other.
    if (one.do === 'answer' || (one.do === 'wait' && one.seconds > 60)) await answer()
    if (one.do === 'wait') state.now += one.seconds
    if (one.do === 'turn') state.mode = one.to
    if (one.do === 'rotate') state.edition++
    if (one.do === 'known' || one.do === 'unknown') {
      for (let time = 0; time < one.times; time++)
        pending.push(judge(one.do === 'known').catch((fault) => void faults.push(fault)))
    }
    await turn()
  }
  if (state.mode === 'slow') state.mode = 'up'
  while (state.waiting.length > 0) await answer()
  await Promise.all(pending)
  if (faults.length > 0) throw faults[0]
  isUnhurried(state.reads)
}

interface Read {
  readonly at: number
  readonly hadKeys: boolean
}

function isUnhurried(reads: readonly Read[]): void {
  for (const [index, { at, hadKeys }] of reads.entries()) {
    const before = reads[index - 1]
    // A clock that was set back says nothing of how long ago it was.
    if (before === undefined || at < before.at) continue
    const wait = hadKeys ? pace.coolDown : pace.retryWithoutKeys
    assert.ok(at - before.at >= wait, `asked again after ${at - before.at} s`)
  }
}

test('a source is not hammered, its keys are those of its last answer, and they end', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), play), { numRuns: 500 })
})

test('a rotated key is met within the cool-down, and an unknown one asks again only after it', async () => {
  const { state, read, editions } = source()
  const keys = keptKeys(read, pace)
  await keys.load(state.now)
  state.edition++
  assert.equal(await keys.reload(state.now), 'cooling')
  state.now += 30
  assert.equal(await keys.reload(state.now), 'reloaded')
  const ready = keys.ready(state.now)
  assert.ok(ready !== undefined)
  assert.equal(editions.get(ready)?.edition, 2)
  state.mode = 'down'
  state.now += 30
  assert.equal(await keys.reload(state.now), 'failed')
  assert.equal(await keys.reload(state.now), 'failed', 'and it stays unknown whether the key is good')
  assert.equal(state.reads.length, 3)
})
