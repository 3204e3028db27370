// The parts of passkeys that tests hold as they are: what is malformed is refused, and the pages' script is that of its
// source.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { pageScriptFile, pageScripts } from '../../scripts/page-scripts.ts'
import { tryMalformed } from './malformed.ts'

test('MF-08: whatever the bytes of an answer are, it is refused, soon and without an error of ours', async () => {
  await tryMalformed(1843, 150)
})

for (const script of pageScripts) {
  test(`${script.name} is made from its source as it is now`, async () => {
    const again = 'run: node --conditions=@countersign/source scripts/page-scripts.ts'
    assert.equal(await readFile(script.to, 'utf8'), await pageScriptFile(script), again)
  })
}
