// Ours against what Simple JWT answered when it was asked last: the same flows, to the letter but for what is said to
// differ. `npm run wires -- --record` asks it again.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askOurs, compare, flowsOf, isExpected, recordedAnswers } from './compare.ts'
import { dialects } from './groups.ts'

for (const dialect of dialects) {
  describe(`Simple JWT ${dialect}, as it was recorded`, async () => {
    const theirs = await recordedAnswers(dialect)
    const ours = await askOurs(dialect)
    for (const one of compare(dialect, theirs, ours)) {
      const { flow, reason, difference } = one
      test(
        reason === undefined ? `${flow.name} is answered alike` : `${flow.name} differs: ${reason}`,
        () => {
          assert.ok(isExpected(one), difference ?? 'It no longer differs.')
        },
      )
    }

    test('was asked every flow, and no other', () => {
      assert.deepEqual(
        [...theirs.keys()].toSorted(),
        flowsOf(dialect)
          .map(({ name }) => name)
          .toSorted(),
      )
    })
  })
}
