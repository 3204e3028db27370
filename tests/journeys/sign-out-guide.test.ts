// The guide to signing out everywhere: its commands are run, its snippet compiles as it stands and hears a session end.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Person } from '../harness/person.ts'
import { freePort } from '../harness/processes.ts'
import { eventually } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { codeFor, post } from '../harness/wire.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const on = serverOfThisFile()
let folder = ''
let guide = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-sign-out-guide-'))
  guide = await readFile(join(root, 'docs/guides/sign-out-everywhere.md'), 'utf8')
})
after(() => rm(folder, { recursive: true }))

/** The blocks of a language; of a named one its text follows its name. */
const blocks = (language: string): { name: string; text: string }[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}(?: (\\S+))?\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, name = '', text = '']) => ({ name, text }),
  )

interface Application {
  fetch(request: Request): Response | Promise<Response>
}

async function serve(app: Application, port: number): Promise<Server> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += String(piece)
    const { method = 'GET', url = '/', headers } = request
    const type = { 'content-type': headers['content-type'] ?? '' }
    const init = method === 'POST' ? { method, headers: type, body } : { method }
    const answer = await app.fetch(new Request(new URL(url, `http://127.0.0.1:${port}`), init))
    response.writeHead(answer.status).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

test('its snippet compiles as it stands', { timeout: 120_000 }, async () => {
  const [{ name, text } = { name: '', text: '' }, ...more] = blocks('ts')
  deepEqual([name, more], ['receiving.ts', []])
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, name), text)
  const settings = { extends: join(root, 'tsconfig.json'), files: [name], include: [], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
    (error: { readonly stdout: string }) => ok(false, error.stdout),
  )
})

test('its commands register an application, and its snippet hears that a session has ended', async () => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  let secret = ''
  for (const line of blocks('sh')[0]?.text.trim().split('\n') ?? []) {
    const [name, ...args] = line.replaceAll('https://shop.example', origin).split(' ')
    equal(name, 'countersign')
    const said = await on.countersign(...args)
    secret = String(said['secret'] ?? secret)
    equal(said['backchannelLogoutUri'], `${origin}/backchannel-logout`)
  }
  process.env['ISSUER'] = on.issuer
  const { app, sessions } = (await import(join(folder, 'receiving.ts'))) as {
    app: Application
    sessions: Map<string, { sid: string; sub: string }>
  }
  const server = await serve(app, port)
  try {
    const ada = new Person(`${origin}/callback`)
    await ada.walk(`${on.issuer}/sign-in`, { username: 'ada', password })
    const asked = { client_id: 'shop', redirect_uri: `${origin}/callback`, scope: 'openid' }
    const ticket = await codeFor(on.issuer, ada, asked)
    const exchanged = await post(
      `${on.issuer}/oauth/token`,
      {
        grant_type: 'authorization_code',
        code: ticket?.code ?? '',
        code_verifier: ticket?.verifier ?? '',
        redirect_uri: asked.redirect_uri,
      },
      `Basic ${btoa(`shop:${secret}`)}`,
    )
    const [, claims = ''] = String(exchanged.json['id_token']).split('.')
    const { sid, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      sid: string
      sub: string
    }
    sessions.set('a cookie', { sid, sub })
    sessions.set('somebody else’s', { sid: 'another', sub: 'another' })
    await ada.submit(await ada.open(`${on.issuer}/sign-out`), {})
    await eventually(() => !sessions.has('a cookie'), 'the end of the application’s session')
    equal(sessions.size, 1)
  } finally {
    server.close()
  }
})
