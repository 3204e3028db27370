// Everything that the server fetches at somebody's word, tried with addresses that nobody outside may make it call, and with
// servers that answer in bad faith (C25, FD-06). A listener on this machine counts who comes; no socket may even be opened.
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { cibaGrant, jwtBearerGrant, signToken } from '@countersign/protocol'
import { endAllSessions } from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import { clientLogos } from '../../packages/server/src/oauth/authorize/logos.ts'
import { signer } from '../../packages/server/src/oauth/authorize/signer.fixture.ts'
import { asked, decide } from '../../packages/server/src/oauth/ciba/ciba.fixture.ts'
import { cibaNotifier } from '../../packages/server/src/oauth/ciba/notifier.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import {
  ada,
  authorizeUrl,
  bank,
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
} from '../../packages/server/src/oauth/house.ts'
import { trustIssuer } from '../../packages/server/src/oauth/jwt-bearer/trust.ts'
import { strictClient } from '../../packages/server/src/oauth/profiles/strict.fixture.ts'
import { signOutMessenger } from '../../packages/server/src/oauth/sign-out/messenger.ts'
import { openHouse } from '../../packages/server/src/platform/house.ts'
import { type Egress, egress } from '../../packages/server/src/platform/http/egress.ts'
import { connect } from '../../packages/server/src/signin/upstreams/drivers/drivers.ts'
import { upstreamsFrom } from '../../packages/server/src/signin/upstreams/upstreams.ts'
import { type Outside, openOutside } from '../harness/outside.ts'
import { specimen } from '../harness/specimens.ts'
import { openWhole } from '../harness/whole.ts'
import { hostileTargets, resolveHostile } from './egress-targets.ts'

/** What a feature does with addresses: whether it got anything from them. */
type Feature = (house: OAuthHouse, addresses: readonly string[]) => Promise<readonly boolean[]>

const eachOf =
  (tryOne: (house: OAuthHouse, address: string, number: number) => Promise<boolean>): Feature =>
  async (house, addresses) => {
    const outcomes: boolean[] = []
    for (const [number, address] of addresses.entries()) outcomes.push(await tryOne(house, address, number))
    return outcomes
  }

/** Writes an address over what registration let through. */
async function overwrite(
  { database, runtime }: OAuthHouse,
  id: string,
  column: 'extras' | 'jwks' | 'sign_out',
  value: object | null,
): Promise<void> {
  const text = value && JSON.stringify(value)
  const { sql } = database.builder
    .updateTable('clients')
    .set({ [column]: text })
    .where('id', '=', id)
    .compile()
  await database.commit([{ sql, parameters: [text, id] }])
  runtime.advance(1)
}

const keysOf: Feature = eachOf(async (house, address, number) => {
  const client = await strictClient(house, `keys-${number}`)
  await overwrite(house, client.id, 'jwks', null)
  await overwrite(house, client.id, 'extras', { jwksUri: address })
  return (await client.asItself()).status === 200
})

const sectorOf: Feature = eachOf(async (house, address, number) => {
  const made = await createClient(house, {
    id: `sector-${number}`,
    name: 'Sector',
    secret,
    redirectUris: ['https://sector.example/callback'],
    subjectType: 'pairwise',
    sectorIdentifierUri: address,
  })
  return made.ok
})

const documentAt: Feature = async (house, addresses) => {
  const browser = await house.signedIn()
  return eachOf(async (_, address) => {
    house.runtime.advance(60)
    const answer = await browser.visit(
      authorizeUrl({ client_id: address, redirect_uri: 'https://app.example/callback', resource: bank }),
    )
    return answer.status === 303
  })(house, addresses)
}

const requestAt: Feature = async (house, addresses) => {
  const client = await signer(house, 'reference', { requestUris: ['https://reference.example/request'] })
  const browser = await house.signedIn()
  return eachOf(async (_, address) => {
    await overwrite(house, client.id, 'extras', { requestUris: [address] })
    const query = new URLSearchParams({ client_id: client.id, request_uri: address })
    return (await browser.visit(`/oauth/authorize?${query}`)).status === 303
  })(house, addresses)
}

/** Of the client's hearing nothing is known here but by the events of the outbox. */
async function heardBy(house: OAuthHouse, type: string): Promise<boolean> {
  const rows = await house.database.read(`select id from events where type = '${type}'`, [])
  return rows.length > 0
}

const logoutAt: Feature = async (house, addresses) => {
  const ids = addresses.map((_, number) => `out-${number}`)
  const browser = await house.signedIn()
  for (const [number, address] of addresses.entries()) {
    const id = ids[number] ?? ''
    const redirectUri = `https://${id}.example/callback`
    const signOut = { backChannel: { uri: `https://${id}.example/out`, sessionRequired: false } }
    await createClient(house, {
      id,
      name: id,
      secret,
      redirectUris: [redirectUri],
      scopes: ['openid'],
      signOut,
    })
    const code = await codeFor(browser, { client_id: id, redirect_uri: redirectUri, scope: 'openid' })
    await exchange(house.visitor(), code.get('code'), { client_id: id, client_secret: secret })
    const channel = { backChannel: { uri: address, sessionRequired: false }, frontChannel: null }
    await overwrite(house, id, 'sign_out', channel)
  }
  await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
  house.runtime.advance(1)
  await signOutMessenger(house.room, { timeoutMs: 300 }).deliver()
  return [await heardBy(house, 'sign_out.delivered')]
}

const notificationAt: Feature = async (house, addresses) => {
  const by = { client_id: 'pinged', client_secret: secret }
  const ciba = { mode: 'ping' as const, notificationEndpoint: 'https://pinged.example/', signingAlg: null }
  await createClient(house, {
    id: 'pinged',
    name: 'Pinged',
    secret,
    grants: [cibaGrant],
    scopes: ['openid'],
    ciba,
  })
  for (const address of addresses) {
    await overwrite(house, 'pinged', 'extras', { ciba: { ...ciba, notificationEndpoint: address } })
    await asked(house, { ...by, scope: 'openid', client_notification_token: 'a-token' })
    await decide(house)
    await cibaNotifier(house.room).deliver()
    house.runtime.advance(3600)
  }
  return [await heardBy(house, 'backchannel.notified')]
}

const logoAt: Feature = eachOf(
  async (house, address) => (await clientLogos(house).of({ logoUri: address })) !== null,
)

const issuerAt: Feature = async (house, addresses) => {
  const by = { client_id: 'importer', client_secret: secret }
  const scopes = ['accounts:read']
  await createClient(house, { id: 'importer', name: 'Importer', secret, grants: [jwtBearerGrant], scopes })
  return eachOf(async (_, address, number) => {
    const iss = `https://partner-${number}.example`
    const subjects = { by: 'identity', upstream: 'partner' } as const
    await trustIssuer(house, { issuer: iss, jwksUri: `${iss}/jwks`, subjects, clients: ['importer'], scopes })
    const { sql } = house.database.builder
      .updateTable('trusted_issuers')
      .set({ jwks_uri: address })
      .where('issuer', '=', iss)
      .compile()
    await house.database.commit([{ sql, parameters: [address, iss] }])
    house.runtime.advance(1)
    const iat = house.runtime.now()
    const claims = { iss, sub: 'there', aud: house.issuer.url, jti: iss, iat, exp: iat + 60 }
    const assertion = signToken('authorizationGrant', claims, specimen('ES256').key)
    const form = { grant_type: jwtBearerGrant, assertion, ...by }
    return (await post(house.visitor(), '/oauth/token', form)).status === 200
  })(house, addresses)
}

const providerAt: Feature = eachOf(async (house, address) => {
  const [upstream] = upstreamsFrom({ oidc: { id: 'us', secret, issuer: address } } as never, house).filter(
    ({ id }) => id === 'oidc',
  )
  if (upstream === undefined) return false
  try {
    const world = { egress: house.egress, runtime: house.runtime, redirectUri: 'https://id.example/back' }
    await connect(upstream, world).begin({ state: 's', nonce: 'n', codeChallenge: 'c' })
    return true
  } catch {
    return false
  }
})

const features: Readonly<Record<string, Feature>> = {
  'keys of clients': keysOf,
  'sector identifiers': sectorOf,
  'metadata documents': documentAt,
  'requests by reference': requestAt,
  'ends of sessions': logoutAt,
  'notices of answers': notificationAt,
  'logos of clients': logoAt,
  'keys of trusted issuers': issuerAt,
  'upstream providers': providerAt,
}

/** Counts the sockets that are opened while something is done, but for those to the database that a house stands on. */
async function socketsDuring(work: () => Promise<void>): Promise<number> {
  const database = Number(new URL(process.env['COUNTERSIGN_TEST_POSTGRES'] ?? 'postgres://-:0').port)
  let sockets = 0
  const count = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    sockets++
    socket.once('connect', () => {
      if (socket.remotePort === database) sockets--
    })
  }
  subscribe('net.client.socket', count)
  try {
    await work()
  } finally {
    unsubscribe('net.client.socket', count)
  }
  return sockets
}

const houseWith = async (way: Egress): Promise<OAuthHouse> =>
  openOAuthHouse({ profile: 'conformance', house: await openHouse({ egress: way, development: false }) })

describe('Addresses that nobody outside may have us call', () => {
  const listeners: Server[] = []
  let connections = 0
  let port = 0
  before(async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer((socket) => {
        connections++
        socket.destroy()
      })
      // Both on one port; a machine without IPv6 has nothing to be reached by it.
      const opened = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false))
        server.listen(port, host, () => resolve(true))
      })
      if (!opened) continue
      port = (server.address() as AddressInfo).port
      listeners.push(server)
    }
  })
  after(() => {
    for (const server of listeners) server.close()
  })

  test('are eighty and more', () => {
    assert.ok(new Set(hostileTargets(port)).size >= 80)
  })

  for (const [what, feature] of Object.entries(features))
    test(`would be called for ${what}, were they not refused`, async () => {
      const before = connections
      // A process that stood still may give up before it has called.
      for (let times = 0; times < 5 && connections === before; times++) {
        const open = egress({ networks: ['0.0.0.0/0', '::/0'], resolve: resolveHostile, timeoutMs: 1000 })
        const house = await houseWith(open)
        await feature(house, [`https://anything.example:${port}/hostile`])
        await house.close()
      }
      assert.ok(connections > before)
      connections = before
    })

  for (const [what, feature] of Object.entries(features))
    test(`C25 FD-06: are not called for ${what}`, async () => {
      const house = await houseWith(egress({ resolve: resolveHostile, timeoutMs: 1000 }))
      let outcomes: readonly boolean[] = []
      const sockets = await socketsDuring(async () => {
        outcomes = await feature(house, hostileTargets(port))
      })
      await house.close()
      assert.deepEqual([sockets, connections, outcomes.includes(true)], [0, 0, false])
    })
})

describe('Servers that answer in bad faith', () => {
  let outside: Outside
  before(async () => {
    outside = await openOutside({ timeoutMs: 300 })
  })
  after(() => outside[Symbol.asyncDispose]())

  const bomb = gzipSync(Buffer.alloc(20_000_000))
  const to = (response: ServerResponse, status: number): void =>
    void response.writeHead(status, { location: outside.at('inside.example', '/reached') }).end()
  const tricks: Readonly<Record<string, (response: ServerResponse) => void>> = {
    ...Object.fromEntries(
      [301, 302, 303, 307, 308].map((status) => [`redirect ${status}`, (r: ServerResponse) => to(r, status)]),
    ),
    'a reload': (response) =>
      response.writeHead(203, { refresh: `0; url=${outside.at('inside.example', '/')}` }).end(),
    'a gzip bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    'a hidden bomb': (response) =>
      response.writeHead(200, { 'content-encoding': 'identity, gzip' }).end(bomb),
    'an endless body': (response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    },
    'a long body': (response) => response.writeHead(200, { 'content-length': '999999999' }).write('{'),
    silence: () => {},
    'a drip': (response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(drip))
    },
    'headers without end': (response) => response.writeHead(200, { 'x-long': 'x'.repeat(70_000) }).end('{}'),
    'a broken body': (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{')
      setTimeout(() => response.destroy(), 20)
    },
    nothing: (response) => response.destroy(),
    'another protocol': (response) => void response.socket?.end('SSH-2.0-hostile\r\n'),
    'an error': (response) => response.writeHead(500, { 'content-type': 'application/json' }).end('{}'),
    'a page': (response) => response.writeHead(203, { 'content-type': 'text/html' }).end('<html></html>'),
  }

  for (const [what, feature] of Object.entries(features))
    test(`get no further than their answer when they are asked for ${what}`, async () => {
      const addresses = Object.entries(tricks).map(([, trick], number) => {
        const address = outside.at(`trick-${number}.example`, '/hostile')
        outside.answer(address, (_, response) => trick(response))
        outside.answer(`${address}/.well-known/openid-configuration`, (_, response) => trick(response))
        return address
      })
      const house = await houseWith(outside.egress)
      const outcomes = await feature(house, addresses)
      await house.close()
      assert.equal(outcomes.includes(true), false)
      assert.equal(
        outside.asked.some((address) => address.includes('inside.example')),
        false,
      )
    })
})

test('a name is looked up once, and what was checked is what is called, though the name means something else by then', async () => {
  await using outside = await openOutside()
  let looked = 0
  const rebound = egress({
    networks: ['127.0.0.1/32'],
    resolve: async () => [{ address: looked++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }],
  })
  const address = outside.at('rebound.example', '/')
  outside.answer(address, { json: { reached: true } })
  const answer = await rebound(address, { method: 'GET', headers: {} })
  assert.deepEqual(await answer.json(), { reached: true })
  assert.equal(looked, 1)
})

test('an upstream provider is called by the same way out as everybody else', async () => {
  await using outside = await openOutside()
  const issuer = outside.at('provider.example', '')
  outside.answer(`${issuer}/.well-known/openid-configuration`, {
    json: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
  })
  const upstreams = { oidc: { id: 'us', secret, issuer, name: 'Work' } }
  await using whole = await openWhole({ egress: outside.egress, upstreams })
  const visitor = whole.visitor()
  await visitor.visit('/sign-in')
  const answer = await visitor.submit('/sign-in/with/oidc', {})
  assert.equal(answer.location?.startsWith(`${issuer}/authorize?`), true, answer.body)
})
