// Ours against what djoser 2.3.5 and dj-rest-auth 7.2.0 answered to the same requests. `npm run wires -- --record` asks them
// again.
import { equal, notEqual, ok } from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { askOurs, type Compared, compare, flows, recorded } from './compare.ts'

describe('What front ends of djoser and dj-rest-auth send', () => {
  let compared: ReadonlyMap<string, Compared>
  before(async () => {
    const all = compare(await recorded(), await askOurs())
    compared = new Map(all.map((one) => [one.flow.name, one]))
  })

  for (const { name, differs } of flows) {
    if (differs === undefined) {
      test(`${name} is answered alike`, () => equal(compared.get(name)?.difference, null))
    } else {
      test(`${name} is answered in another way, for a reason: ${differs}`, () =>
        notEqual(compared.get(name)?.difference, null, 'no longer differs'))
    }
  }

  test('each flow has a name of its own, and an answer of the originals', async () => {
    const answers = await recorded()
    equal(new Set(flows.map(({ name }) => name)).size, flows.length)
    ok(flows.every(({ name }) => answers.has(name)))
    equal(answers.size, flows.length)
  })
})
