// Bodies that come bit by bit: what the door does with them while it is open, when a reader goes, and when it closes.
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { ownTime } from '../../../../tests/harness/own-time.ts'
import { edgeOf, type House, openHouse } from '../platform/house.ts'
import type { Route, TextStream } from '../platform/http/exchange.ts'
import { answerFetch, type Listening, listen } from './serve.ts'

/** A stream that a test feeds by hand. */
function handFed() {
  const waiting: string[] = []
  let isBegun = false
  let isAskedToFinish = false
  let wake = (): void => {}
  const body: TextStream = {
    [Symbol.asyncIterator]: () => {
      isBegun = true
      return {
        next: async () => {
          while (waiting.length === 0 && !isAskedToFinish)
            await new Promise<void>((resume) => (wake = resume))
          const value = waiting.shift()
          return value === undefined ? { done: true, value } : { done: false, value }
        },
        return: async () => {
          isAskedToFinish = true
          wake()
          return { done: true, value: undefined }
        },
      }
    },
  }
  return {
    body,
    say: (text: string) => {
      waiting.push(text)
      wake()
    },
    isBegun: () => isBegun,
    isAskedToFinish: () => isAskedToFinish,
    left: () => waiting.length,
  }
}

describe('A body that comes bit by bit', () => {
  let house: House
  let door: Listening
  let fed = handFed()
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/stream',
      caller: 'program',
      run: () => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: fed.body }),
    },
    {
      method: 'GET',
      path: '/broken',
      caller: 'program',
      run: () => ({
        status: 200,
        headers: {},
        body: {
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('secret inside')) }),
        },
      }),
    },
  ]
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())
  beforeEach(async () => {
    fed = handFed()
    door = await listen(edgeOf(house, routes), { host: '127.0.0.1', port: 0 })
  })

  const ask = (path = '/stream', method = 'GET'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'localhost:4400' }
      request({ port: door.port, host: '127.0.0.1', path, method, headers, agent: false }, resolve)
        .on('error', reject)
        .end()
    })
  const nextOf = (answer: IncomingMessage): Promise<string> =>
    new Promise((resolve) => answer.once('data', (bytes: Buffer) => resolve(String(bytes))))
  const endOf = (answer: IncomingMessage): Promise<'ended' | 'broken off'> =>
    new Promise((resolve) => {
      answer.resume().on('end', () => resolve('ended'))
      answer.on('error', () => resolve('broken off'))
    })

  test('is sent as it comes, under the headers of its kind, without a length', async () => {
    const answer = await ask()
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['content-length'], undefined)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    fed.say('one')
    assert.equal(await nextOf(answer), 'one')
    fed.say('two')
    assert.equal(await nextOf(answer), 'two')
    const ended = endOf(answer)
    await door.drain(1)
    assert.equal(await ended, 'ended')
  })

  test('finishes with what it has when the door closes, at once', async () => {
    const answer = await ask()
    fed.say('one')
    await nextOf(answer)
    using time = ownTime()
    const drained = door.drain(20)
    assert.equal(fed.isAskedToFinish(), true)
    assert.equal(await endOf(answer), 'ended')
    await drained
    assert.ok(time.ms() < 5000)
  })

  test('is asked to finish when its reader goes', async () => {
    const answer = await ask()
    fed.say('one')
    await nextOf(answer)
    answer.destroy()
    await until(() => fed.isAskedToFinish())
    await door.drain(1)
  })

  test('is not begun for a HEAD request', async () => {
    const answer = await ask('/stream', 'HEAD')
    assert.equal(answer.statusCode, 200)
    assert.equal(await endOf(answer), 'ended')
    assert.equal(fed.isBegun(), false)
    await door.drain(1)
  })

  test('waits for a reader that takes nothing, instead of filling memory', async () => {
    const socket = connect(door.port, '127.0.0.1', () =>
      socket.write('GET /stream HTTP/1.1\r\nHost: localhost:4400\r\n\r\n'),
    )
    socket.pause()
    const pieces = 400
    for (let piece = 0; piece < pieces; piece++) fed.say('x'.repeat(64 * 1024))
    await until(() => fed.isBegun() && fed.left() < pieces)
    let left = -1
    await until(() => {
      const isStill = fed.left() === left
      left = fed.left()
      return isStill
    }, 200)
    assert.ok(left > pieces / 4, `${left} pieces wait where they are made`)
    socket.destroy()
    await until(() => fed.isAskedToFinish())
    await door.drain(1)
  })

  test('breaks off when it fails, and says nothing of why', async () => {
    const answer = await ask('/broken')
    let said = ''
    answer.on('data', (bytes: Buffer) => {
      said += String(bytes)
    })
    assert.equal(await endOf(answer), 'broken off')
    assert.equal(said, '')
    await door.drain(1)
  })

  test('reaches an embedding program as a stream, which may cancel it', async () => {
    const response = await answerFetch(edgeOf(house, routes))(new Request('http://localhost:4400/stream'))
    const reader = response.body?.getReader()
    fed.say('one')
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'one')
    const waiting = reader?.read()
    await reader?.cancel()
    assert.equal((await waiting)?.done, true)
    assert.equal(fed.isAskedToFinish(), true)
    await door.drain(1)
  })
})

async function until(isSo: () => boolean, pauseMs = 5): Promise<void> {
  const end = performance.now() + 60_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error('Waited too long.')
    await new Promise((resume) => setTimeout(resume, pauseMs))
  }
}
