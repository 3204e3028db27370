import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

test('a question that can never be answered is broken off instead of left open', async () => {
  const script = `
    const { answerTo } = await import(${JSON.stringify(new URL('./input.ts', import.meta.url).href)})
    console.log(await answerTo(Promise.resolve('answered')))
    await answerTo(new Promise(() => {})).catch((error) => console.log(error.constructor.name, error.message))
  `
  const args = ['--conditions=@countersign/source', '--input-type=module', '--eval', script]
  const { stdout, stderr } = await run(process.execPath, args)
  assert.equal(stdout, 'answered\nUsageError Cancelled.\n')
  assert.equal(stderr, '')
})
