import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventsFault, eventsIn } from './revocation-events.ts'

async function readBytes(pieces: readonly Uint8Array[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (to) => {
      for (const piece of pieces) to.enqueue(piece)
      to.close()
    },
  })
  const found: string[] = []
  for await (const event of eventsIn(body)) found.push(event)
  return found
}

const read = (...pieces: readonly string[]): Promise<string[]> =>
  readBytes(pieces.map((piece) => new TextEncoder().encode(piece)))

test('events are read wherever the bytes are cut', async () => {
  const text = 'retry: 1000\n\nid: 5\ndata: one\n\n: a comment\ndata:two\r\ndata: three\r\n\r\ndata: föur\n\n'
  const whole = ['one', 'two\nthree', 'föur']
  assert.deepEqual(await read(text), whole)
  assert.deepEqual(await read(...(text.match(/[\s\S]{1,3}/g) ?? [])), whole)
  const bytes = [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte))
  assert.deepEqual(await readBytes(bytes), whole)
})

test('an event that was not ended is none', async () => {
  assert.deepEqual(await read('data: one\n\ndata: two\n'), ['one'])
})

test('an event without end is a fault, in one line or in many', async () => {
  await assert.rejects(read('data: ', 'x'.repeat(20_000)), EventsFault)
  await assert.rejects(read(...Array.from({ length: 2000 }, () => 'data: xxxxxxxxxxxxxxxx\n')), EventsFault)
})
