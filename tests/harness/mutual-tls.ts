// A server that speaks TLS itself, and clients that show certificates to it: its files, and a `fetch` for each client.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { authority, type Issued, selfIssued } from './certificates.ts'
import { freePort } from './processes.ts'
import type { Answer, Sent } from './wire.ts'

export interface MutualTls {
  /** Settings of the server: TLS, and a port of its own at which certificates are asked for. */
  readonly env: Readonly<Record<string, string>>
  /** Issues certificates that the server believes. */
  readonly clients: Issued
  /** Keeps a file for the time of this test file. @returns its path */
  keep(name: string, text: string): string
}

/** Call at the top of a test file. From then on this process trusts the server's certificate. */
export async function mutualTlsOfThisFile(): Promise<MutualTls> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mtls-'))
  const before = getCACertificates('default')
  after(() => {
    setDefaultCACertificates(before)
    rmSync(folder, { recursive: true, force: true })
  })
  const keep = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const servers = authority('Servers')
  const server = servers.issue({ subject: [['CN', 'localhost']], dns: ['localhost'] })
  setDefaultCACertificates([servers.cert])
  const clients = authority('Clients')
  return {
    env: {
      COUNTERSIGN_TLS_CERT: keep('server.crt', server.cert),
      COUNTERSIGN_TLS_KEY: keep('server.key', server.key),
      COUNTERSIGN_TLS_CLIENT_CA: keep('clients.crt', clients.cert),
      COUNTERSIGN_MTLS_PORT: String(await freePort()),
    },
    clients,
    keep,
  }
}

/** A `fetch` whose connections show this certificate, one for each request. */
export function fetchShowing({ cert, key }: Issued): typeof fetch {
  return async (to, init = {}) => {
    const asked = new Request(to, init)
    const body = Buffer.from(await asked.arrayBuffer())
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': String(body.length) }
    const { method, url, signal } = asked
    return new Promise<Response>((resolve, reject) => {
      const sending = request(url, { method, headers, cert, key, agent: false, signal }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const heard = new Headers()
          for (const [name, values] of Object.entries(answer.headersDistinct))
            for (const value of values ?? []) heard.append(name, value)
          const status = answer.statusCode ?? 0
          const content = status === 204 ? null : Buffer.concat(parts)
          resolve(new Response(content, { status, headers: heard }))
        })
      })
      sending.on('error', reject)
      sending.end(body)
    })
  }
}

/** Posts a form as whoever shows this certificate; as nobody in particular with null. */
export async function postShowing(
  shown: Issued | null,
  address: string,
  form: Sent,
  headers: Sent = {},
): Promise<Answer> {
  const asking = shown === null ? fetch : fetchShowing(shown)
  return heard(await asking(address, { method: 'POST', headers, body: new URLSearchParams(form) }))
}

/** The same for GET. */
export async function getShowing(shown: Issued | null, address: string, headers: Sent = {}): Promise<Answer> {
  const asking = shown === null ? fetch : fetchShowing(shown)
  return heard(await asking(address, { headers }))
}

async function heard(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: response.status, headers: response.headers, text, json }
}

/** A certificate that nobody vouches for, and the JWK Set by which its client registers it. */
export function registeredCertificate(name: string): Issued & { readonly jwks: object } {
  const own = selfIssued({ subject: [['CN', name]] })
  const jwk = own.publicKey.export({ format: 'jwk' })
  const x5c = [own.x509.raw.toString('base64')]
  return { ...own, jwks: { keys: [{ ...jwk, kid: name, x5c }] } }
}
