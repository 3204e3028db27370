// The guide to acting for a user, done as it says: its commands, its two APIs on Express, a person who signs in, and what
// becomes of it all when somebody on the way ends. `openid-client` comes from npm as it is.
import { deepEqual, equal, fail, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type AuthOptions, createVerifier, type Verifier } from '@countersign/sdk/verify'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { type Server as Countersign, password, serverOfThisFile } from '../harness/server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const redirectUri = 'http://localhost:4402/callback'
const ledgerId = 'https://ledger.example.com'

interface Guide {
  createBank(config: client.Configuration, ledger: string, options?: AuthOptions): RequestListener
  createLedger(options?: AuthOptions): RequestListener
}

const text = await readFile(join(root, 'docs/guides/act-for-a-user.md'), 'utf8')
const blocks = [...text.matchAll(/^```(sh|ts)(?: (\S+))?\n(.*?)^```$/gms)]
const commands = blocks.find(([, kind]) => kind === 'sh')?.[3] ?? ''
const files = blocks.filter(([, kind]) => kind === 'ts')

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-act-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [, , name = '', code = ''] of files) await writeFile(join(folder, name), code)
})
after(() => rm(folder, { recursive: true }))

test('every block of the guide compiles as it stands', { timeout: 120_000 }, async () => {
  equal(files.length, 2)
  const settings = {
    extends: join(root, 'tsconfig.json'),
    files: files.map(([, , name]) => name),
    include: [],
    exclude: [],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
    (error: { readonly stdout: string }) => fail(error.stdout),
  )
})

/** The words of a line of a shell, where some stand in quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain)
}

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`an API that acts for a person, the server on ${engine}`, { skip }, () => {
    const on = serverOfThisFile({ engine, skip, prepare: (server) => prepare(server) })
    const servers: Server[] = []
    const verifiers: Verifier[] = []
    const secrets: Record<string, string> = {}
    const ledgers: Record<string, string> = {}
    const banks: Record<string, string> = {}

    const listening = async (app: RequestListener): Promise<string> => {
      const server = createServer(app).listen(0, '127.0.0.1')
      servers.push(server)
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }

    async function prepare(server: Countersign): Promise<void> {
      // The sample bank is the guide's bank here: it has the scope already.
      const lines = commands.replaceAll('https://bank.example.com', server.api).trim().split('\n')
      for (const line of lines) {
        const [name, ...args] = words(line)
        equal(name, 'countersign')
        const { id, secret } = await server.countersign(...args)
        if (typeof secret === 'string') secrets[String(id)] = secret
      }
      const made = await server.countersign(
        'client',
        'create',
        'Ledger',
        '--id',
        'ledger-api',
        '--api',
        ledgerId,
      )
      secrets['ledger-api'] = String(made['secret'])
      const { createBank } = (await import(join(folder, 'bank.ts'))) as Pick<Guide, 'createBank'>
      const { createLedger } = (await import(join(folder, 'ledger.ts'))) as Pick<Guide, 'createLedger'>
      const config = await configOf(server)
      for (const mode of ['local', 'database', 'revocable'] as const) {
        const as = (clientId: string) => ({ mode, clientId, clientSecret: secrets[clientId] ?? '' })
        const verifier = (audience: string, id: string) => {
          const made = createVerifier({ issuer: server.issuer, audience, ...as(id) })
          verifiers.push(made)
          return { verifier: made }
        }
        const ledger = await listening(createLedger(verifier(ledgerId, 'ledger-api')))
        ledgers[mode] = ledger
        banks[mode] = await listening(createBank(config, ledger, verifier(server.api, 'bank-api')))
      }
    }

    const configOf = (server: Countersign) =>
      client.discovery(new URL(server.issuer), 'bank-api', secrets['bank-api'], undefined, {
        execute: [client.allowInsecureRequests],
      })

    after(() => {
      for (const verifier of verifiers) verifier.close()
      for (const server of servers) server.close().closeAllConnections()
    })

    /** A person signs in to `demo-web` and allows it to see accounts. */
    async function tokenOf(username: string): Promise<string> {
      const config = await client.discovery(
        new URL(on.issuer),
        'demo-web',
        'demo-web-secret-0123456789abcdef',
        undefined,
        { execute: [client.allowInsecureRequests] },
      )
      const verifier = client.randomPKCECodeVerifier()
      const address = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid accounts:read',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: 's',
      })
      const { left = fail() } = await new Person(redirectUri).walk(address, { username, password })
      const checks = { pkceCodeVerifier: verifier, expectedState: 's' }
      return (await client.authorizationCodeGrant(config, left, checks)).access_token
    }

    const get = async (address: string, token: string) => {
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
      return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
    }

    const exchange = async (token: string): Promise<string> => {
      const form = {
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: ledgerId,
      }
      const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
      return (await client.genericGrantRequest(await configOf(on), grant, form)).access_token
    }

    for (const mode of ['local', 'database', 'revocable']) {
      test(`the ledger knows for whom the bank asks, mode ${mode}`, async () => {
        const token = await tokenOf('ada')
        deepEqual(await get(`${banks[mode]}/statement`, token), {
          status: 200,
          json: { of: 'usr_ada', act: { sub: 'bank-api' } },
        })
        equal(
          (await get(`${ledgers[mode]}/entries`, token)).status,
          401,
          'the bank’s own token is none for it',
        )
      })
    }

    test('who is ended is refused by the ledger too, though it never saw their token', async () => {
      const token = await exchange(await tokenOf('grace'))
      const statuses = () =>
        Promise.all(
          ['database', 'revocable'].map(
            async (mode) => (await get(`${ledgers[mode]}/entries`, token)).status,
          ),
        )
      deepEqual(await statuses(), [200, 200])
      await on.countersign('user', 'disable', 'grace')
      await until(async () => (await statuses()).every((status) => status === 401))
    })

    test('a client on the way that is ended ends what went through it', async () => {
      const token = await exchange(await tokenOf('ada'))
      const statuses = () =>
        Promise.all(
          ['database', 'revocable'].map(
            async (mode) => (await get(`${ledgers[mode]}/entries`, token)).status,
          ),
        )
      deepEqual(await statuses(), [200, 200])
      await on.countersign('client', 'disable', 'demo-web')
      await until(async () => (await statuses()).every((status) => status === 401))
      await on.countersign('client', 'enable', 'demo-web')
    })

    test('the scope is not enough in a token with which nobody acts', async () => {
      const direct = await on.countersign(
        ...['client', 'create', 'Robot', '--grant', 'client_credentials', '--scope', 'ledger:read'],
      )
      const config = await client.discovery(
        new URL(on.issuer),
        String(direct['id']),
        String(direct['secret']),
        undefined,
        { execute: [client.allowInsecureRequests] },
      )
      const { access_token: token } = await client.clientCredentialsGrant(config, { scope: 'ledger:read' })
      const { status, json } = await get(`${ledgers['local']}/entries`, token)
      equal(status, 403)
      match(JSON.stringify(json), /forbidden|insufficient/)
    })

    test('taken away, it is taken away', async () => {
      const token = await tokenOf('ada')
      ok(await exchange(token))
      await on.countersign('client', 'exchange', 'bank-api', '--off')
      await until(async () => {
        const refused = await exchange(token).catch((error: unknown) => error)
        return refused instanceof client.ResponseBodyError && refused.error === 'unauthorized_client'
      })
    })
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('Waited too long.')
    await new Promise((resume) => setTimeout(resume, 20))
  }
}
