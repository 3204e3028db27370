// What stands in the way of somebody else's database is told with what can be done about it, and never with a password.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { openForeign } from './foreign.ts'

/** A server that answers all who come with the same bytes. @returns what whoever opens it is told */
async function toldBy(answer: Buffer | string, query = ''): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const address = `postgres://me:sesame@127.0.0.1:${port}/shop${query}`
    return await openForeign(address).then(
      () => assert.fail('it was opened'),
      (error: Error) => `${error.name}: ${error.message}`,
    )
  } finally {
    for (const socket of open) socket.destroy()
    server.close()
  }
}

/** An ErrorResponse of the protocol. */
function failing(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C28000\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

test('a database that wants TLS says so, and how the address asks for it', async () => {
  const entry = 'no pg_hba.conf entry for host "192.0.2.1", user "me", database "shop", no encryption'
  const told = await toldBy(failing(entry))
  assert.match(
    told,
    /^ForeignUnreadable: The database can’t be read: no pg_hba.*; it may want TLS: add \?sslmode=verify-full/,
  )
  assert.doesNotMatch(told, /sesame/)
})

test('a database without TLS, and a password that is refused, are told in a sentence, and nothing is printed beside it', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', listen)
  assert.match(await toldBy('N', '?sslmode=require'), /: The server does not support SSL connections\.$/)
  const told = await toldBy(failing('password authentication failed for user "me"'))
  assert.match(told, /: The database can’t be read: password authentication failed for user "me"\.$/)
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  assert.deepEqual(
    warnings.filter((text) => /SSL/.test(text)),
    [],
  )
})

test('what is no address is told so by either driver, and nothing of it is shown', async () => {
  for (const [address, because] of [
    ['postgres://me:ses#ame@db/shop', /: That is no address that its driver understands: .* %23/],
    ['mysql://me:ses#ame@db/shop', /: That is no address that its driver understands: .* %23/],
    ['mysql://me:ses%ame@db/shop', /: That is no address that its driver understands: .* %25/],
    ['mysql://me:sesame@db/shop?ssl=yes', /: That is no address that its driver understands/],
    [
      'postgres://me:sesame@db/shop?sslmode=verify-full&sslrootcert=/nowhere',
      /: There is no file that the address names/,
    ],
    ['postgres:me:sesame@db/shop', /: An address begins with postgres:\/\//],
    ['mysql:me:sesame', /: An address begins with postgres:\/\//],
  ] as const) {
    const told = await openForeign(address).then(
      () => assert.fail(address),
      (error: Error) => `${error.name}: ${error.message}`,
    )
    assert.match(told, /^ForeignUnreadable: /, address)
    assert.match(told, because, address)
    assert.doesNotMatch(told, /ses|ame@/, address)
  }
})
