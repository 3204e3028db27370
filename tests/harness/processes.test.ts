import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { freePort, spawnNode } from './processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-processes-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function program(name: string, text: string): string {
  const path = join(folder, `${name}.ts`)
  writeFileSync(path, text)
  return path
}

const patient = program(
  'patient',
  `const told: string = process.env.TOLD ?? 'nothing'
   console.log('told', told, ...process.argv.slice(2))
   console.error('aside')
   process.stdin.on('data', (text) => console.log('heard ' + text.toString().trim()))
   process.stdin.on('end', () => { process.exitCode = 7 })`,
)

test('a child is a TypeScript program with its own arguments and environment, and says how it ended', async () => {
  await using child = spawnNode(patient, { args: ['a', 'b'], env: { TOLD: 'something' } })
  equal((await child.line(/^told (\w+) a b$/))[1], 'something')
  child.write('hello\n')
  await child.line('heard hello')
  child.end()
  deepEqual(await child.exited, { code: 7, signal: null })
  match(child.stdout(), /told something a b\nheard hello\n/)
  equal(child.stderr(), 'aside\n')
})

test('a line that was said before anyone waited for it counts', async () => {
  await using child = spawnNode(patient)
  await child.line('told')
  await child.line('told')
})

test('a killed child is gone at once, without a last word', async () => {
  await using child = spawnNode(patient)
  await child.line('told')
  deepEqual(await child.kill(), { code: null, signal: 'SIGKILL' })
  deepEqual(await child.kill(), { code: null, signal: 'SIGKILL' })
})

test('waiting for a line that never comes fails with everything that was said', async () => {
  await using quiet = spawnNode(program('quiet', `console.log('only this'); console.error('and that')`))
  await rejects(quiet.line('more'), /ended before it said more[\s\S]*only this[\s\S]*and that/)
  await using slow = spawnNode(patient)
  await slow.line('told')
  await rejects(slow.line('more', 1), /did not say more in 1 ms[\s\S]*told nothing/)
})

test('the last line counts although its newline never came', async () => {
  await using child = spawnNode(program('cut', `process.stdout.write('one\\ntwo')`))
  await child.line(/^two$/)
})

test('children end with the process that started them', async (t) => {
  // The grandchild holds a connection, which the kernel closes when it dies.
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const grandchild = program(
    'grandchild',
    `import { connect } from 'node:net'
     connect(${port}, '127.0.0.1', () => console.log('connected'))`,
  )
  const parent = program(
    'parent',
    `import { spawnNode } from ${JSON.stringify(new URL('./processes.ts', import.meta.url).href)}
     await spawnNode(${JSON.stringify(grandchild)}).line('connected')
     console.log('leaving')
     process.exit(0)`,
  )
  const connected = once(server, 'connection')
  await using child = spawnNode(parent)
  const [socket] = (await connected) as [Socket]
  socket.on('error', () => {})
  await child.line('leaving')
  await once(socket.resume(), 'close')
})

test('a free port can be listened on, nobody else is given it, and the system gives it to nobody', async (t) => {
  const ports = await Promise.all(Array.from({ length: 100 }, freePort))
  equal(new Set(ports).size, 100)
  ok(ports.every((port) => port < 32_768))
  const server = createServer().listen(ports[0])
  t.after(() => server.close())
  await once(server, 'listening')
})
