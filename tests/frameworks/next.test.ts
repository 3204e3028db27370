// The suite in a real Next, and the guide's own files for it: a route, a proxy and the metadata.
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, mock, test } from 'node:test'
import { guideFiles } from '../../packages/sdk/src/frameworks/guide.fixture.ts'
import { type IssuerOnAir, issuerOnAir } from '../../packages/sdk/src/frameworks/issuer-on-air.fixture.ts'
import { auth, getAuth, protect, requireAuth } from '../../packages/sdk/src/frameworks/next.ts'
import { type Running, runSuite } from '../../packages/sdk/src/frameworks/suite.fixture.ts'
import { testDpopKey, testIssuer } from '../../packages/sdk/src/testing/index.ts'
import { install, requireFrom } from './installed.ts'
import { buildNext, compileWithNext, serveNext } from './next.ts'
import { setStage } from './next-app/stage.ts'

// Next prints what it answers with 500, which the suite provokes.
mock.method(console, 'error', () => undefined)
const installed = await install('next-app')

if ('skipped' in installed) {
  test('a real Next protects its routes', { skip: installed.skipped })
} else {
  const ofGuide = [...(await guideFiles())]
    .filter(([name]) => name.startsWith('next/'))
    .map(([name, text]) => [name.slice('next/'.length), text] as const)
  const folder = await buildNext(installed, ofGuide)
  after(() => rm(folder, { recursive: true }))

  runSuite<Request>({
    framework: 'next 16',
    quirks: { hidesRepeatedHeaders: true, knowsNoErrors: true, answersOddAddresses: true },
    getAuth,
    requireAuth,
    // The application's own routes find it by themselves.
    idOf: () => '',
    async start(_routes, _base, routesFor) {
      setStage({ routesFor })
      return serveNext(installed, folder)
    },
  })

  let issuer: IssuerOnAir | undefined
  let running: Running | undefined
  before(async () => {
    issuer = await issuerOnAir('https://api.test/v1')
    running = await serveNext(installed, folder)
  })
  after(async () => {
    await running?.close()
    await issuer?.close()
  })

  test('the guide’s route and proxy keep strangers out and let the right people in', async () => {
    assert.ok(issuer !== undefined && running !== undefined)
    const at = `${running.url}/api/me`
    for (const sent of [
      undefined,
      'Bearer wrong',
      `Bearer ${issuer.token({ audience: 'http://other.test' })}`,
    ]) {
      const refused = await ask(at, sent)
      assert.equal(refused.status, 401)
      assert.equal(refused.headers.get('content-type'), 'application/problem+json')
      assert.match(
        refused.headers.get('www-authenticate') ?? '',
        sent === undefined ? /^Bearer\b(?!.*error)/ : /invalid_token/,
      )
    }
    assert.equal((await ask(at, `Bearer ${issuer.token()}`)).status, 403)
    const passed = await ask(at, `Bearer ${issuer.token({ subject: 'usr_ada', scope: 'profile:read' })}`)
    assert.deepEqual(await passed.json(), { subject: 'usr_ada', path: '/api/me' })
  })

  test('the proxy answers before the application does, and the application by itself', async () => {
    assert.ok(issuer !== undefined && running !== undefined)
    // No route has this address: that nobody learns of it is the proxy's doing.
    assert.equal((await ask(`${running.url}/api/nowhere`)).status, 401)
    assert.equal((await ask(`${running.url}/api/nowhere`, `Bearer ${issuer.token()}`)).status, 404)
  })

  test('CVE-2025-29927: no header gets a request around proxy or route, and none says who is asking', async () => {
    assert.ok(issuer !== undefined && running !== undefined)
    const claims = ['proxy', 'middleware', 'src/proxy', 'src/middleware'].map((name) =>
      Array(6).fill(name).join(':'),
    )
    for (const path of ['/api/me', '/api/nowhere', '/me']) {
      for (const claimed of claims) {
        const headers: Record<string, string> = {
          'x-middleware-subrequest': claimed,
          'x-middleware-next': '1',
          'x-middleware-override-headers': 'authorization',
          'x-middleware-request-authorization': `Bearer ${issuer.token({ scope: 'profile:read' })}`,
          'x-user': 'usr_ada',
        }
        assert.equal(
          (await ask(`${running.url}${path}`, undefined, headers)).status,
          401,
          `${path} ${claimed}`,
        )
      }
    }
  })

  test('a proof for an address below basePath is judged alike by proxy and route', async () => {
    const { NextRequest } = requireFrom<{ NextRequest: MakeRequest }>(installed, 'next/server')
    const proofs = await testDpopKey()
    const here = await testIssuer()
    const options = { ...here.options, baseUrl: 'https://api.test/below', dpop: 'required' } as const
    const token = here.token({ boundTo: proofs.thumbprint })
    const asks = (path: string, address: string) => {
      const proof = proofs.proof({ method: 'GET', url: `https://api.test/below${path}`, token })
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      return new NextRequest(address, { headers, nextConfig: { basePath: '/below' } })
    }
    const proxy = protect(options)
    const route = auth(options)(() => new Response('passed'))
    assert.equal(await proxy(asks('/me', 'http://localhost:3000/below/me')), undefined)
    assert.equal((await proxy(asks('/you', 'http://localhost:3000/below/me')))?.status, 401)
    // As Next hands it to a route.
    assert.equal((await route(asks('/me', 'http://localhost:3000/me'))).status, 200)
    assert.equal((await route(asks('/you', 'http://localhost:3000/me'))).status, 401)
  })

  test('the guide’s files fit the types of Next', { timeout: 120_000 }, async () => {
    const use = `
import type { NextProxy, NextRequest } from 'next/server'
import { auth } from '@countersign/sdk/next'
import { GET } from './app/api/me/route.ts'
import { proxy } from './proxy.ts'

type Handler<Params> = (request: NextRequest, context: { params: Promise<Params> }) => Promise<Response>
export const plain: Handler<object> = GET
export const typed: Handler<{ id: string }> = auth()(
  async (request: NextRequest, principal, { params }: { params: Promise<{ id: string }> }) =>
    Response.json([request.nextUrl.pathname, principal.subject, (await params).id]),
)
export const before: NextProxy = proxy
`
    assert.equal(await compileWithNext(installed, [...ofGuide, ['use.ts', use]]), '')
  })

  test('the guide’s route for the metadata serves it', async () => {
    assert.ok(issuer !== undefined && running !== undefined)
    for (const path of ['', '/v1']) {
      const response = await ask(`${running.url}/.well-known/oauth-protected-resource${path}`)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      const { resource, authorization_servers: servers } = (await response.json()) as Record<string, unknown>
      assert.deepEqual([resource, servers], [issuer.audience, [issuer.issuer]])
    }
    const other = await ask(`${running.url}/.well-known/oauth-protected-resource/v2`)
    assert.equal(other.status, 404)
  })
}

type MakeRequest = new (url: string, init: { headers: object; nextConfig: object }) => Request

async function ask(url: string, authorization?: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(url, { headers: authorization === undefined ? headers : { ...headers, authorization } })
}
