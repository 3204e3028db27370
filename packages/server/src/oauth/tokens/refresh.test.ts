import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideRefresh, type RefreshFacts } from './refresh.ts'

const limits = { refreshGrace: 30, refreshReplays: 3 }
const unspent: RefreshFacts = {
  spentAt: null,
  expiresAt: 1000,
  replays: 0,
  successorSpent: false,
  isSameHolder: true,
}
const spent: RefreshFacts = { ...unspent, spentAt: 100 }

test('RT-01: an unspent token is rotated', () => {
  assert.equal(decideRefresh(unspent, 100, limits), 'rotate')
})

test('RT-07: a token that was not used in time is refused', () => {
  assert.equal(decideRefresh(unspent, 999, limits), 'rotate')
  assert.equal(decideRefresh(unspent, 1000, limits), 'refuse')
})

test('RT-03: the direct predecessor yields the same successor inside the grace', () => {
  assert.equal(decideRefresh(spent, 100, limits), 'sameSuccessor')
  assert.equal(decideRefresh(spent, 129, limits), 'sameSuccessor')
})

test('RT-02: after the grace it is reuse', () => {
  assert.equal(decideRefresh(spent, 130, limits), 'reuse')
  assert.equal(decideRefresh(spent, 5000, limits), 'reuse')
})

test('RT-04 RT-05: once the successor was used, its predecessors are reuse at any time', () => {
  assert.equal(decideRefresh({ ...spent, successorSpent: true }, 100, limits), 'reuse')
})

test('RT-10: who holds another key than the next generation is bound to has a copy, and is not excused', () => {
  assert.equal(decideRefresh({ ...spent, isSameHolder: false }, 100, limits), 'reuse')
  assert.equal(decideRefresh({ ...unspent, isSameHolder: false }, 100, limits), 'rotate')
})

test('the grace excuses so many replays and no more', () => {
  assert.equal(decideRefresh({ ...spent, replays: 2 }, 101, limits), 'sameSuccessor')
  assert.equal(decideRefresh({ ...spent, replays: 3 }, 101, limits), 'reuse')
})

test('RT-03: without a grace every second use is reuse', () => {
  assert.equal(decideRefresh(spent, 100, { ...limits, refreshGrace: 0 }), 'reuse')
})

// A family in memory and two who hold copies of its tokens. Every order of up to six deeds is tried.
const deeds = ['owner uses', 'owner loses the reply', 'thief copies', 'thief uses', 'time passes'] as const
type Deed = (typeof deeds)[number]

interface Use {
  readonly generation: number
  readonly at: number
  readonly outcome: ReturnType<typeof decideRefresh> | 'dead'
}

function live(story: readonly Deed[]): { uses: Use[]; children: Map<number, Set<string>> } {
  const family: { spentAt: number | null; replays: number; token: string }[] = [
    { spentAt: null, replays: 0, token: 'token 0' },
  ]
  const uses: Use[] = []
  const children = new Map<number, Set<string>>()
  let now = 0
  let dead = false
  let owner = 0
  let thief: number | null = null

  const use = (generation: number): number | null => {
    const row = family[generation]
    assert.ok(row !== undefined)
    if (dead) {
      uses.push({ generation, at: now, outcome: 'dead' })
      return null
    }
    const successorSpent = (family[generation + 1]?.spentAt ?? null) !== null
    const outcome = decideRefresh(
      { ...row, expiresAt: 10_000, successorSpent, isSameHolder: true },
      now,
      limits,
    )
    uses.push({ generation, at: now, outcome })
    if (outcome === 'reuse') dead = true
    if (outcome === 'reuse' || outcome === 'refuse') return null
    if (outcome === 'rotate') {
      row.spentAt = now
      family.push({ spentAt: null, replays: 0, token: `token ${family.length} of ${uses.length}` })
    } else {
      row.replays += 1
    }
    const given = children.get(generation) ?? new Set()
    children.set(generation, given.add(family[generation + 1]?.token ?? 'none'))
    return generation + 1
  }
  for (const deed of story) {
    if (deed === 'time passes') now += 31
    if (deed === 'thief copies') thief = owner
    if (deed === 'owner uses') owner = use(owner) ?? owner
    if (deed === 'owner loses the reply') use(owner)
    if (deed === 'thief uses' && thief !== null) thief = use(thief) ?? thief
  }
  return { uses, children }
}

function* stories(length: number): Generator<Deed[]> {
  if (length === 0) {
    yield []
    return
  }
  for (const story of stories(length - 1)) for (const deed of deeds) yield [...story, deed]
}

test('F21 C9: in every order of six deeds of an owner and a thief, a family is a line and the loser ends it', () => {
  let detected = 0
  for (const story of stories(6)) {
    const { uses, children } = live(story)
    const told = story.join(', ')
    for (const given of children.values()) assert.equal(given.size, 1, `a tree after: ${told}`)
    for (const generation of new Set(uses.map((use) => use.generation))) {
      const mine = uses.filter((use) => use.generation === generation)
      const good = mine.filter(({ outcome }) => outcome === 'rotate' || outcome === 'sameSuccessor')
      const first = good[0]?.at ?? 0
      for (const { at } of good) assert.ok(at - first < 30, `a copy lived on after: ${told}`)
      assert.ok(
        mine.filter(({ outcome }) => outcome === 'rotate').length <= 1,
        `two rotations after: ${told}`,
      )
    }
    const reuse = uses.findIndex(({ outcome }) => outcome === 'reuse')
    if (reuse >= 0) {
      detected += 1
      assert.ok(
        uses.slice(reuse + 1).every(({ outcome }) => outcome === 'dead'),
        `something lived on after: ${told}`,
      )
    }
  }
  assert.ok(detected > 100, 'the stories hold thefts that are found out')
})
