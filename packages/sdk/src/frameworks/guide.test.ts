import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { rolldown } from 'rolldown'
import type { TestToken } from '../testing/index.ts'
import { guideFiles, writeFiles } from './guide.fixture.ts'
import { givePlatformBack } from './hono-globals.fixture.ts'
import { type IssuerOnAir, issuerOnAir } from './issuer-on-air.fixture.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const run = promisify(execFile)
let folder = ''
let names: readonly string[] = []
let issuer: IssuerOnAir | undefined

givePlatformBack()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-guide-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  // The names that one block registers would be those of all: it gets a program of its own.
  const place = (name: string) => (name === 'register.ts' ? 'register/register.ts' : name)
  const files = [...(await guideFiles())].map(([name, text]) => [place(name), text] as const)
  await writeFiles(folder, files)
  names = files.map(([name]) => name)
  issuer = await issuerOnAir()
})

after(async () => {
  await issuer?.close()
  await rm(folder, { recursive: true })
})

async function typecheck(files: readonly string[], options: object = {}): Promise<string> {
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: options,
    // Passport carries no types of its own.
    files: [...files, join(root, 'tests/interop/passport.d.ts')],
    include: [],
    exclude: [],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const checked = run(process.execPath, [compiler, '-p', folder], { cwd: folder })
  return checked.then(
    () => '',
    (error: { readonly stdout: string }) => error.stdout,
  )
}

const alone = ['register/register.ts', 'nest.ts']

test('every block of the guide compiles as it stands', async () => {
  assert.ok(names.length > 12)
  assert.equal(await typecheck(names.filter((name) => !alone.includes(name))), '')
})

test('registered names of roles are checked', async () => {
  assert.equal(await typecheck(['register/register.ts']), '')
})

test('the decorators of the guide compile as Nest’s users compile them', async () => {
  const decorators = { experimentalDecorators: true, emitDecoratorMetadata: true }
  assert.equal(await typecheck(['nest.ts'], decorators), '')
})

test('the test that the guide shows passes', async () => {
  // Else the runner inside believes to be part of this run, and reports to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--conditions=@countersign/source', '--test-reporter=tap', '--test', 'api.test.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, env })
  assert.match(stdout, /^# pass 1$/m)
  assert.match(stdout, /^# fail 0$/m)
})

/** What a block exports, run as it stands. */
function open<Exports>(name: string): Promise<Exports> {
  return import(pathToFileURL(join(folder, name)).href)
}

interface FastifyApp {
  ready(): PromiseLike<unknown>
  readonly routing: RequestListener
  close(): PromiseLike<unknown>
}
type Fetch = (request: Request) => Promise<Response>

/** How a reader would listen with what a block exports. */
const listeners: Readonly<Record<string, () => Promise<RequestListener>>> = {
  express: async () => (await open<{ createApi: () => RequestListener }>('api.ts')).createApi(),
  passport: async () => (await open<{ app: RequestListener }>('passport.ts')).app,
  koa: async () => (await open<{ app: { callback(): RequestListener } }>('koa.ts')).app.callback(),
  hono: async () => {
    const { app } = await open<{ app: { fetch: Fetch } }>('hono.ts')
    return getRequestListener((request) => app.fetch(request))
  },
  fetch: async () => {
    const { fetch } = (await open<{ default: { fetch: Fetch } }>('fetch.ts')).default
    return getRequestListener(fetch)
  },
  fastify: async () => {
    const { app } = await open<{ app: FastifyApp }>('fastify.ts')
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  'node:http': async () => {
    const { server } = await open<{ server: NodeJS.EventEmitter }>('node.ts')
    return (request, response) => void server.emit('request', request, response)
  },
}

async function listening(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function ask(url: string, token?: string, method = 'GET') {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { method, headers })
  return { status: response.status, challenge: response.headers.get('www-authenticate'), response }
}

for (const [name, listenerOf] of Object.entries(listeners)) {
  test(`the guide’s lines for ${name} keep strangers out and let the right people in`, async () => {
    assert.ok(issuer !== undefined)
    await using server = await listening(await listenerOf())
    const stranger = await ask(`${server.url}/me`)
    assert.equal(stranger.status, 401)
    assert.match(stranger.challenge ?? '', /^Bearer/)
    assert.equal((await ask(`${server.url}/me`, 'x')).status, 401)
    const token = issuer.token({ subject: 'usr_ada', scope: 'profile:read', roles: ['teller'] })
    const { status, response } = await ask(`${server.url}/me`, token)
    assert.equal(status, 200)
    assert.equal(((await response.json()) as { subject: string }).subject, 'usr_ada')
  })
}

/** Decorators, as every compiler for Nest makes code of them. */
async function compileNest(): Promise<string> {
  const built = await rolldown({
    input: join(folder, 'nest.ts'),
    external: /^(?:@countersign|@nestjs)\//,
    tsconfig: false,
    transform: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  })
  const file = join(folder, 'nest.js')
  await built.write({ file, format: 'es' })
  await built.close()
  return file
}

test('the guide’s lines for Nest keep strangers out and let the right people in', async (t) => {
  assert.ok(issuer !== undefined)
  const { AppModule } = await open<{ AppModule: new () => object }>(
    (await compileNest()).slice(folder.length + 1),
  )
  for (const adapter of [new ExpressAdapter(), new FastifyAdapter()]) {
    const app = await NestFactory.create(AppModule, adapter, { logger: false })
    t.after(() => app.close())
    await app.listen(0, '127.0.0.1')
    const url = await app.getUrl()
    const token = (claims: TestToken) => issuer?.token(claims)
    const old = { scope: 'transfers:write', authenticatedAt: 1 }
    const expected: readonly [status: number, method: string, path: string, token?: string | undefined][] = [
      [200, 'GET', '/health'],
      [401, 'GET', '/me'],
      [200, 'GET', '/me', token({})],
      [403, 'GET', '/reports', token({ roles: ['customer'] })],
      [200, 'GET', '/reports', token({ roles: ['administrator'] })],
      [201, 'POST', '/transfers', token({ scope: 'transfers:write' })],
      [403, 'POST', '/transfers', token({ scope: 'accounts:read' })],
      [401, 'POST', '/transfers', token(old)],
    ]
    for (const [status, method, path, sent] of expected)
      assert.equal((await ask(`${url}${path}`, sent, method)).status, status, `${method} ${path}`)
  }
})
