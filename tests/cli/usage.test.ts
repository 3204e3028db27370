// How commands are called, rightly and wrongly, and where what they say can go.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { programAt } from '../harness/programs.ts'
import { openShell, type Shell } from '../harness/shell.ts'

let folder = ''
let shell: Shell
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-usage-'))
  shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
  const input = 'a password of their own, long enough'
  for (const name of ['ada', 'grace', 'tim'])
    await shell.run(['user', 'create', `${name}@example.test`], { input })
})
after(async () => {
  await shell[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
const run = (line: string) => shell.run(line.split(' '))

test('what all commands share may stand before a command, between its words and behind it', async () => {
  for (const line of ['--json user list', 'user --json list', 'user list --json', '--yes user --json list']) {
    const { code, out } = await run(line)
    assert.deepEqual([code, (JSON.parse(out) as { users: [] }).users.length], [0, 3], line)
  }
  for (const line of [
    '--config none.ts user list',
    'user --config=none.ts list',
    'user list --config none.ts',
  ]) {
    const { code, err } = await run(line)
    assert.deepEqual([code, err.trim()], [1, 'There is no file none.ts.'], line)
  }
})

test('help is about the command that is named, and a command that isn’t there is told what comes closest', async () => {
  for (const line of ['help user create', 'user help create', 'user create --help']) {
    const { code, out } = await run(line)
    assert.deepEqual(
      [code, out.split('\n')[0]],
      [0, 'Usage: countersign user create [options] <email>'],
      line,
    )
  }
  for (const [line, said] of [
    ['usr list', /^Unknown command “usr”\. Did you mean “user”\?/],
    ['user lst', /^Unknown command “user lst”\. Did you mean “user list”\?/],
    ['user lst --help', /^Unknown command “user lst”/],
    ['help user creat', /Did you mean “user create”\?/],
    ['migrate sideways', /^Unknown command “migrate sideways”\. countersign migrate --help/],
    ['nope', /^Unknown command “nope”\. countersign --help/],
    ['admin', /countersign user grant WHO admin/],
    ['audit', /countersign export countersign FILE --audit/],
    ['openapi', /no management API/],
    [
      'user show',
      /^Missing required argument “who”\.\n {2}Usage\n {4}countersign user show \[options\] <who>/,
    ],
    ['user list --aftr x', /^Unknown option “--aftr”\. Did you mean “--after”\?/],
    ['health --url here', /--url takes an address/],
    ['backup -', /A backup is a file/],
  ] as const) {
    const { code, out, err } = await run(line)
    assert.deepEqual([code, out], [2, ''], line)
    assert.match(err, said)
  }
})

test('a deed that changes nothing says so', async () => {
  assert.equal((await run('user disable tim@example.test')).code, 0)
  assert.match((await run('user disable tim@example.test')).err, /^tim is disabled already\./)
  assert.equal((await run('user enable tim@example.test')).code, 0)
  assert.match((await run('user enable tim@example.test')).err, /^tim is not disabled\./)
  assert.match((await run('restore none.db')).err, /none\.db\n.*no such database/)
})

test('a path at which there is no database is no new one, but for who makes one', async () => {
  const file = join(folder, 'elsewhere', 'misspelt.db')
  const env = { DATABASE_URL: `file:${file}`, COUNTERSIGN_SECRET: 'a-secret-of-thirty-two-characters' }
  for (const args of [
    ['user', 'list'],
    ['export', 'countersign', 'x.jsonl'],
    ['keys', 'list'],
  ]) {
    const { code, err } = await shell.run(args, { env })
    assert.deepEqual([code, err.startsWith(`There is no database at ${file}.`)], [1, true], err)
  }
  const { out } = await shell.run(['doctor'], { env })
  assert.match(out, /Database: there is none at/)
  assert.equal(existsSync(join(folder, 'elsewhere')), false)
  assert.equal((await shell.run(['migrate'], { env })).code, 0)
  assert.equal((await shell.run(['user', 'list'], { env })).code, 0)
})

test('a port that somebody has is said to be in use, and one that is none is refused', async (t) => {
  const other = createServer().listen(0, 'localhost')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const env = { PORT: String(port), COUNTERSIGN_DATA: join(folder, 'dev') }
  const taken = await shell.run(['dev', '--json'], { env })
  assert.equal(taken.code, 1)
  assert.equal((JSON.parse(taken.err) as { error: string }).error, `Port ${port} is in use.`)
  const none = await shell.run(['dev'], { env: { ...env, PORT: '80000' } })
  assert.match(none.err, /PORT must be a port from 0 to 65535\./)
})

const program = programAt(
  fileURLToPath(new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)),
)

/** In a process of its own, whose standard output is a file, or a pipe that is closed before anything comes. */
async function writingTo(
  args: readonly string[],
  out: number | 'nobody',
  more: Readonly<Record<string, string>> = {},
) {
  const env = {
    ...process.env,
    COUNTERSIGN_DATA: join(folder, 'data'),
    NODE_TEST_CONTEXT: undefined,
    ...more,
  }
  const child = spawn(process.execPath, ['--conditions=@countersign/source', program, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', out === 'nobody' ? 'pipe' : out, 'pipe'],
  })
  child.stdout?.destroy()
  const [err, [code]] = await Promise.all([text(child.stderr ?? assert.fail()), once(child, 'exit')])
  return { code: code as unknown, err }
}

test('workers that can’t start end, and the one that looks after them with them', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { code, err } = await writingTo(['start'], 'nobody', {
    COUNTERSIGN_URL: 'https://id.example.com',
    COUNTERSIGN_SECRET: 'kDq7vW2nLr9xYb4sTf6hJm8zQc3gPa5eRu1oXi0y',
    DATABASE_URL: `file:${join(folder, 'workers.db')}`,
    HOST: '127.0.0.1',
    PORT: String((other.address() as { port: number }).port),
    WEB_CONCURRENCY: '2',
  })
  assert.equal(code, 1)
  assert.match(err, /^Port \d+ is in use\./)
})

test('who closes the pipe is not answered by a stack trace, and what must be whole is said not to be', async () => {
  assert.deepEqual(await writingTo(['user', 'list'], 'nobody'), { code: 0, err: '' })
  const { code, err } = await writingTo(['export', 'countersign', '-'], 'nobody')
  assert.deepEqual([code, err], [1, 'Nobody reads on: what was written is not whole.\n'])
})

test('a full disk behind standard output is told of', {
  skip: !existsSync('/dev/full') && 'there is no /dev/full here',
}, async () => {
  for (const args of [
    ['user', 'list'],
    ['export', 'countersign', '-'],
  ]) {
    const full = openSync('/dev/full', 'w')
    const { code, err } = await writingTo(args, full)
    closeSync(full)
    assert.deepEqual(
      [code, err],
      [1, 'There is no room for what goes to standard output: it is not whole.\n'],
    )
  }
})

test('an export goes to standard output, and comes in again from there', async () => {
  const { code, out, err } = await run('export countersign - --json')
  assert.equal(code, 0)
  const emails = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { email?: string }).email)
  assert.deepEqual(emails, ['ada@example.test', 'grace@example.test', 'tim@example.test'])
  assert.deepEqual((JSON.parse(err) as { file: null; people: number }).people, 3)
  const env = { COUNTERSIGN_DATA: join(folder, 'other') }
  const taken = await shell.run(['import', 'countersign', '-', '--apply', '--json'], { env, input: out })
  assert.equal((JSON.parse(taken.out) as { created: number }).created, 3)
  const again = await shell.run(['export', 'countersign', '-'], { env })
  const bare = (lines: string) =>
    lines
      .trim()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), id: '' }))
  assert.deepEqual(bare(again.out), bare(out))
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('-')),
    [],
  )
})
