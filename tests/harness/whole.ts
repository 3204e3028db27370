// The whole server in the process of the test, behind a real socket: composed as `countersign start` composes it, under
// an https address, with a clock that the test moves, and with the seeded people and clients.
import { type IncomingHttpHeaders, request } from 'node:http'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { compose } from '../../packages/server/src/app/compose.ts'
import { readProfiles } from '../../packages/server/src/app/profiles.ts'
import { seed } from '../../packages/server/src/app/seed.ts'
import { listen } from '../../packages/server/src/app/serve.ts'
import type { Settings } from '../../packages/server/src/app/settings.ts'
import { type House, openHouse, Visitor } from '../../packages/server/src/platform/house.ts'
import type { Egress } from '../../packages/server/src/platform/http/egress.ts'
import type { Route } from '../../packages/server/src/platform/http/exchange.ts'

/** Where the seeded clients live. */
export const bank = 'https://bank.example.test'

export interface Whole extends AsyncDisposable {
  readonly house: House
  readonly routes: readonly Route[]
  readonly port: number
  /** Over the socket, as a proxy in front passes it on. */
  ask(path: string, asked?: Asked): Promise<Heard>
  /** Past the socket, with a cookie jar. */
  visitor(): Visitor
  /** One of the same house as it was before everybody needed two factors. */
  visitorBefore(): Promise<Visitor>
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface WholeOptions {
  readonly development?: boolean
  readonly egress?: Egress
  readonly upstreams?: Settings['upstreams']
  readonly secondFactor?: Settings['secondFactor']
}

export async function openWhole(options: WholeOptions = {}): Promise<Whole> {
  const { development = false, egress, upstreams = {}, secondFactor = 'optional' } = options
  const issuer = development ? 'http://localhost:4400' : 'https://id.example.test'
  const house = await openHouse({
    issuer,
    development,
    secondFactor,
    ...(egress !== undefined && { egress }),
  })
  const settings = {
    otherHosts: [],
    upstreams,
    bankPort: 4401,
    managementPort: undefined,
    profile: 'default' as const,
    encryptedTokens: false,
    dpopNonces: false,
    profiles: readProfiles(undefined, 'development', []),
  }
  const { edge } = await compose(house, settings, { draining: false })
  await seed(house, passwordsOf(house), bank)
  const { port, drain } = await listen(edge, { host: '127.0.0.1', port: 0 })
  return {
    house,
    routes: edge.routes,
    port,
    ask: (path, asked = {}) => ask(port, path, { host: house.issuer.host, ...asked.headers }, asked),
    visitor: () => new Visitor(edge, issuer),
    visitorBefore: async () => {
      const before = await compose({ ...house, secondFactor: 'optional' }, settings, { draining: false })
      return new Visitor(before.edge, issuer)
    },
    [Symbol.asyncDispose]: async () => {
      await drain(0)
      await house.close()
    },
  }
}

function ask(port: number, path: string, headers: Record<string, string>, asked: Asked): Promise<Heard> {
  const { method = asked.body === undefined ? 'GET' : 'POST', body } = asked
  const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', path, method, headers: { ...form, ...headers } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}
