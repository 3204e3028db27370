// Clients' certificates behind a real nginx, configured by the very text of docs/guides/mutual-tls.md beside that of
// docs/guides/nginx.md: what the header says is nginx's word, and no client's.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { selfSigned } from '../checklist/self-signed.ts'
import { authority, type Issued } from '../harness/certificates.ts'
import { getShowing, postShowing, registeredCertificate } from '../harness/mutual-tls.ts'
import { freePort } from '../harness/processes.ts'
import { type RunningServer, startServer } from '../harness/server.ts'
import { type Front, put, shownIn } from './front.ts'
import { nginxSkip, startNginx } from './nginx.ts'

const skip = nginxSkip()
const appApi = 'https://www.example.com/app'

describe('Clients with certificates behind nginx', { skip }, () => {
  const clients = authority('Clients')
  const issued = clients.issue({ subject: [['CN', 'robot']] })
  const own = registeredCertificate('own')
  const stranger = registeredCertificate('stranger')
  const closing: (() => Promise<unknown> | unknown)[] = []
  /** The address of pages, and that of certificates. */
  let main = ''
  let mtls = ''

  before(async () => {
    if (skip !== false) return
    const trusted = getCACertificates('default')
    setDefaultCACertificates([selfSigned.cert])
    closing.push(() => setDefaultCACertificates(trusted))
    const [port, certified, app] = [await freePort(), await freePort(), await application()]
    main = `https://127.0.0.1:${port}`
    mtls = `https://127.0.0.1:${certified}`
    const { keep, folder } = await files()
    closing.push(folder)
    const server: RunningServer = await startServer({
      env: {
        HOST: '127.0.0.1',
        // A server with a public address has a secret, and its commands look for another database than a developer’s.
        COUNTERSIGN_SECRET: randomBytes(48).toString('base64'),
        DATABASE_URL: `file:${keep('countersign.db', '')}`,
        COUNTERSIGN_URL: main,
        COUNTERSIGN_TRUST_PROXY: '127.0.0.1',
        COUNTERSIGN_CLIENT_CERT_HEADER: 'Client-Cert',
        COUNTERSIGN_MTLS_URL: mtls,
        COUNTERSIGN_TLS_CLIENT_CA: keep('clients.crt', clients.cert),
      },
    })
    closing.push(() => server.stop())
    await server.countersign('api', 'create', appApi, '--name', 'App', '--scope', 'app:use=Use')
    const shared = {
      grant_types: ['client_credentials'],
      scope: 'app:use',
      tls_client_certificate_bound_access_tokens: true,
    }
    const methods = {
      robot: { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=robot' },
      own: { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: own.jwks },
    }
    for (const [id, method] of Object.entries(methods)) {
      const whole = { client_id: id, client_name: id, ...shared, ...method }
      await server.countersign('client', 'create', '--metadata', keep(`${id}.json`, JSON.stringify(whole)))
    }
    const front: Front = await startNginx({
      port,
      countersign: Number(new URL(server.issuer).port),
      app,
      change: (config) => config + certifiedIn(certified, { main, keep }),
    })
    closing.push(() => front[Symbol.asyncDispose]())
  })
  after(async () => {
    for (const close of closing.reverse()) await close()
  })

  async function application(): Promise<number> {
    const app = createServer((_message, response) => void response.end('through'))
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    closing.push(() => app.close())
    return (app.address() as AddressInfo).port
  }

  const asking = (id: string) => ({ grant_type: 'client_credentials', client_id: id, resource: appApi })
  const token = (shown: Issued | null, id: string, headers = {}, origin = mtls) =>
    postShowing(shown, `${origin}/oauth/token`, asking(id), headers)
  const api = (shown: Issued | null, bearer: unknown, headers = {}) =>
    getShowing(shown, `${mtls}/api/`, { authorization: `Bearer ${String(bearer)}`, ...headers })

  test('nginx tells the certificate: it is the client, and its token passes with it alone', async () => {
    for (const [id, shown] of [
      ['robot', issued],
      ['own', own],
    ] as const) {
      const answer = await token(shown, id)
      equal(answer.status, 200, answer.text)
      const { access_token: bound } = answer.json
      const passed = await api(shown, bound)
      deepEqual([passed.status, passed.text], [200, 'through'])
      for (const other of [stranger, null]) equal((await api(other, bound)).status, 401)
    }
  })

  test('C20: a client’s own header is never nginx’s, whatever it shows and wherever it asks', async () => {
    const { json } = await token(issued, 'robot')
    const spoofs = [
      { 'client-cert': issued.escaped },
      { 'Client-Cert': issued.byteSequence },
      { 'client-cert': issued.escaped, connection: 'client-cert' },
      { client_cert: issued.escaped, 'x-client-cert': issued.escaped },
    ]
    for (const headers of spoofs) {
      for (const shown of [null, stranger]) {
        equal((await token(shown, 'robot', headers)).status, 401)
        equal((await api(shown, json['access_token'], headers)).status, 401)
      }
      equal((await token(null, 'robot', headers, main)).status, 401)
      const verify = { ...headers, authorization: `Bearer ${String(json['access_token'])}` }
      ok((await getShowing(null, `${main}/app/`, verify)).status === 401)
    }
  })

  test('the metadata name the address of certificates, which has no pages', async () => {
    const { json } = await getShowing(null, `${main}/.well-known/openid-configuration`)
    const aliases = json['mtls_endpoint_aliases'] as Record<string, string>
    equal(aliases['token_endpoint'], `${mtls}/oauth/token`)
    equal((await getShowing(null, `${mtls}/sign-in`)).status, 421)
    equal((await getShowing(null, `${main}/sign-in`)).status, 200)
  })
})

interface Keeping {
  readonly main: string
  readonly keep: (name: string, text: string) => string
}

/** The guide’s server of certificates, put in its place. */
function certifiedIn(port: number, { main, keep }: Keeping): string {
  return put(shownIn('mutual-tls.md', 'countersign-mtls.conf'), {
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    'server_name mtls.example.com': 'server_name 127.0.0.1',
    'Host mtls.example.com': `Host 127.0.0.1:${port}`,
    'Host www.example.com': `Host ${new URL(main).host}`,
    '/etc/ssl/mtls.example.com.crt': keep('mtls.crt', selfSigned.cert),
    '/etc/ssl/mtls.example.com.key': keep('mtls.key', selfSigned.key),
  })
}

async function files() {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const { join } = await import('node:path')
  const folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
  const keep = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  return { keep, folder: () => rmSync(folder, { recursive: true, force: true }) }
}
