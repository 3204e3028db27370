import { equal, rejects } from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Places } from './front.ts'
import { openScene } from './scene.ts'

test('of a scene whose proxy does not start nothing is left standing', async () => {
  let places: Places | undefined
  const noProxy = openScene(async (given) => {
    places = given
    throw new Error('no proxy')
  })
  await rejects(noProxy, /no proxy/)
  for (const port of [places?.countersign, places?.app]) equal(await knock(port ?? 0), 'ECONNREFUSED')
})

function knock(port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve('open'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
