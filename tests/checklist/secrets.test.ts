// Secrets at rest and on the way: seals, chance, log lines, the connection to the database (checklist SC).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { openDatabase } from '../../packages/server/src/platform/db/database.ts'
import { StorageUnavailable } from '../../packages/server/src/platform/db/engine.ts'
import { systemRuntime } from '../../packages/server/src/platform/runtime.ts'
import { openInstallation } from '../harness/installation.ts'
import { populate } from '../harness/population.ts'
import { browserAt, get, post, signIn } from '../harness/wire.ts'
import { houseFiles } from '../house/tree.ts'
import { selfSigned } from './self-signed.ts'

test('SC-04: what is sealed for one person opens nothing when it lies with another one', async () => {
  await using installation = await openInstallation()
  const [ada, grace] = await populate(installation, 2)
  assert.ok(ada && grace)
  const server = await installation.start()
  const isIn = async (who: typeof ada) =>
    (await signIn(server.origin, browserAt('203.0.113.9'), who)).url.pathname === '/account'
  assert.equal(await isIn(ada), true)
  // Whoever can write to the database gives Ada Grace's hash, and so her password.
  await installation.within(async ({ database }) => {
    const [row] = await database.read(`select sealed_hash from passwords where user_id = '${grace.id}'`, [])
    const sql = `update passwords set sealed_hash = '${String(row?.['sealed_hash'])}' where user_id = '${ada.id}'`
    await database.commit([{ sql, parameters: [], exactlyOne: 'password' }])
  })
  assert.equal(await isIn({ ...ada, password: grace.password }), false)
  assert.equal(await isIn(ada), false)
  assert.equal(await isIn(grace), true)
  await server.stop()
})

test('SC-07: whatever is sent, a line of the log is one line of JSON without a control character', async () => {
  await using installation = await openInstallation()
  await populate(installation, 0)
  const server = await installation.start({ env: { LOG_LEVEL: 'trace' } })
  const texts = [
    'a\r\n{"level":"fatal"}',
    '\u001b[2J\u001b[31mred',
    '"},{"x":"',
    '\u2028\u2029',
    '\u0000',
    '\u202egnp.exe',
  ]
  for (const text of texts) {
    const encoded = encodeURIComponent(text)
    await get(`${server.origin}/oauth/authorize?client_id=${encoded}&redirect_uri=${encoded}`, {
      accept: 'text/html',
    })
    await post(`${server.origin}/oauth/token`, { grant_type: text, code: text, client_id: text })
    await post(`${server.origin}/oauth/token?client_secret=${encoded}`, { grant_type: text })
    const code = { grant_type: 'authorization_code', code: text, code_verifier: text, client_id: 'spa' }
    await post(`${server.origin}/oauth/token`, code)
    await get(`${server.origin}/${encoded}`)
    await get(`${server.origin}/oauth/userinfo`, {
      authorization: `Bearer ${encoded}`,
      'user-agent': encoded,
    })
  }
  await server.stop()
  const lines = (server.child.stdout() + server.child.stderr())
    .split('\n')
    .filter((line) => line.startsWith('{'))
  assert.ok(lines.length >= texts.length, `${lines.length} lines`)
  for (const line of lines) {
    assert.doesNotMatch(line, /\p{Cc}|\u2028|\u2029|\u202e/u)
    assert.notEqual((JSON.parse(line) as { level: string }).level, 'fatal')
  }
})

test('SC-11: chance is drawn from the system’s own source, enough of it, and evenly', () => {
  const { secret } = systemRuntime()
  const drawn = Array.from({ length: 20_000 }, () => secret())
  assert.equal(new Set(drawn).size, drawn.length)
  const bytes = Buffer.concat(drawn.map((text) => Buffer.from(text, 'base64url')))
  assert.equal(bytes.length, drawn.length * 32)
  const counts = new Array<number>(256).fill(0)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  // Chi squared with 255 degrees of freedom: beyond 400 once in 10^8 runs.
  const expected = bytes.length / 256
  assert.ok(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0) < 400)
})

test('SC-11: nothing that is secret is drawn from Math.random', () => {
  const secretive = [...houseFiles()].filter(([path]) =>
    /^packages\/(?:server|protocol|policy)\/src\//.test(path),
  )
  const drawing = secretive.filter(([path, text]) => !path.endsWith('.test.ts') && /Math\.random/.test(text))
  assert.deepEqual(
    drawing.map(([path]) => path),
    [],
  )
  assert.match(
    readFileSync(new URL('../../packages/server/src/platform/runtime.ts', import.meta.url), 'utf8'),
    /node:crypto/,
  )
})

test('SC-12: a database that only pretends to be ours is not even told the password', async () => {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      // PostgreSQL's SSLRequest; `S` is "go on with TLS".
      socket.write('S')
      const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(selfSigned) })
      secure.on('error', () => {})
      secure.on('data', (data) => heard.push(data.toString('latin1')))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    const url = `postgres://countersign:the-database-password@127.0.0.1:${port}/countersign?sslmode=${mode}`
    const database = await openDatabase(url)
    await assert.rejects(database.read('select 1', []), StorageUnavailable)
    await database.close()
  }
  server.close()
  assert.deepEqual(heard, [])
})
