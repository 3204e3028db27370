import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { TLSSocket } from 'node:tls'
import { privacyReader, trustIn } from './proxies.ts'

const isPrivate = privacyReader(trustIn(['192.0.2.0/24']))

/** What the reader looks at of a request. */
function sent(from: string, forwarded?: string, socket = new Socket()): IncomingMessage {
  Object.defineProperty(socket, 'remoteAddress', { value: from })
  const headers = forwarded === undefined ? {} : { 'x-forwarded-proto': forwarded }
  return { socket, headers, rawHeaders: Object.entries(headers).flat() } as unknown as IncomingMessage
}

test('C20: a request is private that came from this machine or a proxy of ours, unless that says it came in the open', () => {
  for (const [from, forwarded, expected] of [
    ['127.0.0.1', undefined, true],
    ['::1', 'https', true],
    ['::ffff:127.0.0.1', 'HTTPS', true],
    ['192.0.2.9', undefined, true],
    ['192.0.2.9', 'http, https', true],
    ['192.0.2.9', 'https, http', false],
    ['192.0.2.9', '', false],
    ['127.0.0.1', 'http', false],
  ] as const)
    assert.equal(isPrivate(sent(from, forwarded)), expected, `${from} ${forwarded}`)
})

test('C20: nobody else makes a request private by saying that it is', () => {
  for (const forwarded of [undefined, 'https', 'https, https'])
    assert.equal(isPrivate(sent('203.0.113.7', forwarded)), false)
})

test('a request over TLS of our own is private, whoever sends it', () => {
  const socket = new TLSSocket(new Socket())
  assert.ok(isPrivate(sent('203.0.113.7', 'http', socket)))
  socket.destroy()
})
