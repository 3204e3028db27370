// The scene of the proxy tests: a proxy as its guide sets it up, Countersign behind a tap that sees what the proxy asks,
// and an application that believes every header and reads paths as generously as the worst of servers.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setDefaultCACertificates } from 'node:tls'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { createUser } from '../../packages/server/src/accounts/users/create-user.ts'
import { createApi } from '../../packages/server/src/oauth/apis/registration.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { selfSigned } from '../checklist/self-signed.ts'
import { type Installation, openInstallation } from '../harness/installation.ts'
import { basic } from '../harness/population.ts'
import { freePort } from '../harness/processes.ts'
import { password } from '../harness/server.ts'
import type { Front, Places } from './front.ts'

/** A request that arrived somewhere. */
export interface Arrived {
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What came back. */
export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
  /** Sent in chunks, without its length. */
  readonly chunked?: boolean
  /** Of another proxy. */
  readonly port?: number
}

export interface Scene extends AsyncDisposable {
  readonly installation: Installation
  readonly front: Front
  /** The process of Countersign. */
  readonly pid: number
  /** Where both stand: the proxy’s address, and Countersign’s issuer. */
  readonly origin: string
  /** What reached the application since the last look. */
  seen(): readonly Arrived[]
  /** What reached /auth/verify since the last look. */
  asked(): readonly Arrived[]
  /** Whether Countersign can be reached. */
  reach(isUp: boolean): void
  /** Sends exactly this target to the proxy. */
  send(target: string, sent?: Sent): Promise<Heard>
  /** Another proxy, with the guide changed. */
  another(change: (text: string) => string): Promise<Front>
}

/** The identifier of the application as an API, as in the guide. */
export const appApi = 'https://www.example.com/app'
const robotSecret = 'robot-secret-0123456789-0123456789-01'
export const robot = basic('robot', robotSecret)

/** @param start of the proxy that stands in front; where that fails, nothing of the scene is left standing */
export async function openScene(start: (places: Places) => Promise<Front>): Promise<Scene> {
  setDefaultCACertificates([selfSigned.cert])
  await using built = new AsyncDisposableStack()
  const installation = built.use(await openInstallation())
  const port = await freePort()
  const origin = `https://127.0.0.1:${port}`
  const running = await installation.start({ development: true, env: { COUNTERSIGN_URL: origin } })
  await plant(installation)
  const app = built.adopt(await application(), hangUp)
  const tap = built.adopt(await openTap(running.port), hangUp)
  const places = { countersign: tap.port, app: app.port }
  const front = built.use(await start({ ...places, port }))
  const standing = built.move()
  return {
    installation,
    front,
    pid: running.child.pid,
    origin,
    seen: () => app.arrived.splice(0),
    asked: () => tap.arrived.splice(0),
    reach: tap.reach,
    send: (target, sent) => send(sent?.port ?? port, target, sent),
    another: async (change) => standing.use(await start({ ...places, port: await freePort(), change })),
    [Symbol.asyncDispose]: () => standing.disposeAsync(),
  }
}

function hangUp({ server }: Place): void {
  server.close()
  server.closeAllConnections()
}

async function plant(installation: Installation): Promise<void> {
  await installation.within(async (platform) => {
    const results: { readonly ok: boolean; readonly findings?: unknown }[] = [
      await createApi(platform, {
        identifier: appApi,
        name: 'The application',
        scopes: [{ name: 'app:use', description: 'Use the application' }],
      }),
      await createClient(platform, {
        id: 'robot',
        name: 'Robot',
        secret: robotSecret,
        scopes: ['app:use', 'accounts:read'],
      }),
    ]
    results.push(
      await createUser(platform, passwordsOf(platform), {
        ...{ id: 'usr_zoe', username: 'zoe', name: 'Zoë Née', email: 'zoe@example.test' },
        ...{ emailVerified: false, password },
      }),
    )
    for (const result of results) if (!result.ok) throw new Error(JSON.stringify(result.findings))
  })
}

interface Place {
  readonly server: Server
  readonly port: number
  readonly arrived: Arrived[]
}

/** Says back who it was told is there. */
async function application(): Promise<Place> {
  const arrived: Arrived[] = []
  return listen(arrived, async (message, body, response) => {
    arrived.push(arrivedIn(message, body))
    const { headers } = message
    const told = ['user', 'groups', 'email', 'name'].map((name) => headers[`remote-${name}`] || '-')
    response.writeHead(200, { 'content-type': 'text/plain' }).end(told.join(' | '))
  })
}

interface Tap extends Place {
  reach(isUp: boolean): void
}

/** Passes everything on to Countersign, and keeps what was asked of /auth/verify. */
async function openTap(countersign: number): Promise<Tap> {
  const arrived: Arrived[] = []
  let isUp = true
  const place = await listen(arrived, async (message, body, response) => {
    if (message.url?.startsWith('/auth/verify') === true) arrived.push(arrivedIn(message, body))
    if (!isUp) return void message.socket.destroy()
    const { method, url: path, headers } = message
    const onward = request({ host: '127.0.0.1', port: countersign, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  })
  return {
    ...place,
    reach: (nowUp) => {
      isUp = nowUp
    },
  }
}

type Answering = (
  message: IncomingMessage,
  body: Buffer,
  response: Parameters<Parameters<typeof createServer>[1] & object>[1],
) => Promise<void>

async function listen(arrived: Arrived[], answering: Answering): Promise<Place> {
  const server = createServer({ keepAliveTimeout: 75_000 }, (message, response) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('end', () => void answering(message, Buffer.concat(chunks), response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, arrived }
}

function arrivedIn({ method = '', url: target = '', headers }: IncomingMessage, body: Buffer): Arrived {
  return { method, target, headers, body }
}

function send(
  port: number,
  target: string,
  { method = 'GET', headers = {}, body, chunked }: Sent = {},
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const length = body === undefined || chunked === true ? {} : { 'content-length': Buffer.byteLength(body) }
    const sending = secureRequest(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method,
        headers: { ...headers, ...length } as Record<string, string>,
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      },
    )
    sending.on('error', reject)
    sending.end(body)
  })
}

/** Where an application would find itself that decodes a path, drops path parameters and joins whatever is doubled. */
export function generouslyRead(target: string): string {
  const path = (target.split('?')[0] ?? '').replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  const read: string[] = []
  for (const raw of path.replaceAll('\\', '/').split('/')) {
    const segment = (raw.split(';')[0] ?? '').replaceAll('\0', '')
    if (segment === '..') read.pop()
    else if (segment !== '' && segment !== '.') read.push(segment.toLowerCase())
  }
  return `/${read.join('/')}`
}
