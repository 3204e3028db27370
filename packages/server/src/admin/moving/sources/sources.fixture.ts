// What other systems leave behind, for tests that read it: a database, a file.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Gauge } from './source.ts'

/** Makes an SQLite database of a script. @returns its path */
export function sqliteAt(path: string, script: string): string {
  const database = new DatabaseSync(path)
  database.exec(script)
  database.close()
  return path
}

/** Writes a text, or a value as JSON. @returns its path */
export function fileAt(path: string, value: unknown): string {
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

/** A gauge that holds readers to what a bar needs, and answers how far it was told of. */
export function heldGauge(): Gauge & {
  readonly parts: readonly { readonly of: string; readonly whole: number; readonly done: number }[]
} {
  const parts: { of: string; whole: number; done: number }[] = []
  return {
    parts,
    expects: (whole, of) => {
      assert.ok(Number.isSafeInteger(whole), of)
      parts.push({ of, whole, done: 0 })
    },
    passed: (done) => {
      const part = parts.at(-1) ?? assert.fail('nobody said how much is to come')
      assert.ok(done >= part.done && done <= part.whole, `${done} of ${part.whole} ${part.of}`)
      part.done = done
    },
  }
}

/** Holds that a bar came to its end in each part, and that people were one of them, by whichever word. */
export function assertFull({ parts }: ReturnType<typeof heldGauge>, count: number, of = 'people'): void {
  for (const part of parts) assert.equal(part.done, part.whole, part.of)
  assert.deepEqual(
    parts.filter((part) => part.of === of).map(({ whole }) => whole),
    [count],
  )
}
