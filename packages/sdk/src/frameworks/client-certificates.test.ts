// Tokens bound to a client's certificate (RFC 8705 §3), over real TLS, in every framework that has the connection; and by the
// word of a proxy where a header is named.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as plainRequest, type RequestListener } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { authority, type Issued, selfIssued } from '../../../../tests/harness/certificates.ts'
import { testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier, type VerifierOptions } from '../verify/index.ts'
import * as ofExpress from './express.ts'
import * as ofFastify from './fastify.ts'
import * as ofFetch from './fetch.ts'
import * as ofHono from './hono.ts'
import * as ofKoa from './koa.ts'
import * as ofNode from './node.ts'

const root = authority('Servers')
const server = root.issue({ ip: [Buffer.from([127, 0, 0, 1])] })
const mine = selfIssued()
const other = selfIssued()
const issuer = await testIssuer()
const token = issuer.token({ subject: 'usr_ada', certificate: mine.thumbprint })
const options: VerifierOptions = issuer.options

const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

async function listen(answer: RequestListener): Promise<number> {
  const listening = createServer(
    { cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: false },
    answer,
  )
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  closing.push(() => {
    listening.close()
    listening.closeAllConnections()
  })
  return (listening.address() as AddressInfo).port
}

function ask(port: number, shown: Issued | null, authorization = `Bearer ${token}`): Promise<number> {
  const client = shown === null ? {} : { cert: shown.cert, key: shown.key }
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, ca: root.cert, agent: false as const, headers: { authorization } }
    const sending = request({ ...to, ...client }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sending.on('error', reject)
    sending.end()
  })
}

const frameworks: Readonly<Record<string, () => Promise<RequestListener> | RequestListener>> = {
  node: () => {
    const check = ofNode.auth(options)
    return async (req, res) => {
      if ((await check(req, res)) !== null) res.end()
    }
  },
  express: () => express().use(ofExpress.auth(options), (_req, res) => void res.end()),
  fastify: async () => {
    const app = fastify()
    app.get('/', { onRequest: ofFastify.auth(options) }, () => ({}))
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  koa: () => {
    const app = new Koa()
    app.use(ofKoa.auth(options)).use((ctx) => {
      ctx.body = {}
    })
    return app.callback()
  },
  hono: () => {
    const app = new Hono()
    app.get('/', ofHono.auth(options), (c) => c.json({}))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
}

for (const [name, make] of Object.entries(frameworks)) {
  test(`${name}: a bound token is good on a connection of its certificate, and on no other`, async () => {
    const port = await listen(await make())
    assert.equal(await ask(port, mine), 200)
    assert.equal(await ask(port, other), 401)
    assert.equal(await ask(port, null), 401)
    assert.equal(await ask(port, mine, `DPoP ${token}`), 401)
    const bearer = `Bearer ${issuer.token({ subject: 'usr_ada' })}`
    assert.deepEqual([await ask(port, mine, bearer), await ask(port, null, bearer)], [200, 200])
  })
}

describe('behind a proxy', () => {
  const behind = { ...options, clientCertificate: { header: 'Client-Cert' } } as const
  const url = 'https://api.example/v1/me'
  const sent = (headers: Record<string, string>) =>
    new Request(url, { headers: { authorization: `Bearer ${token}`, ...headers } })

  test('the named header tells the certificate, in either form, to every kind of request', async () => {
    const handler = ofFetch.auth(behind)(() => new Response())
    for (const value of [mine.escaped, mine.byteSequence])
      assert.equal((await handler(sent({ 'client-cert': value }))).status, 200)
    const wrong = [
      {},
      { 'client-cert': '' },
      { 'client-cert': other.escaped },
      { 'client-cert': `${other.byteSequence}, ${mine.byteSequence}` },
      { 'client-cert': mine.thumbprint },
      { 'x-client-cert': mine.escaped },
      { client_cert: mine.escaped },
    ]
    for (const headers of wrong) {
      const answer = await handler(sent(headers))
      assert.equal(answer.status, 401, JSON.stringify(headers).slice(0, 60))
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    }
  })

  test('C20: unless it is named, a header tells nothing; and where it is, the connection does not', async () => {
    const handler = ofFetch.auth(options)(() => new Response())
    assert.equal((await handler(sent({ 'client-cert': mine.escaped }))).status, 401)
    const check = ofNode.auth(behind)
    const port = await listen(async (req, res) => {
      if ((await check(req, res)) !== null) res.end()
    })
    assert.equal(await ask(port, mine), 401)
  })

  test('HT-16: of a header that is sent twice none counts', async () => {
    const check = ofNode.auth(behind)
    const { createServer: createPlain } = await import('node:http')
    const plain = createPlain(async (req, res) => {
      if ((await check(req, res)) !== null) res.end()
    })
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    closing.push(() => plain.close())
    const { port } = plain.address() as AddressInfo
    const statusOf = (values: string[]) =>
      new Promise<number>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, 'client-cert': values }
        const sending = plainRequest({ host: '127.0.0.1', port, agent: false, headers }, (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        })
        sending.on('error', reject)
        sending.end()
      })
    assert.equal(await statusOf([mine.escaped]), 200)
    assert.equal(await statusOf([mine.escaped, mine.escaped]), 401)
    assert.equal(await statusOf([other.escaped, mine.escaped]), 401)
  })

  test('a token that is only a text has no connection, and a name that is none stops the start', async () => {
    await assert.rejects(createVerifier(options).verify(token), /token/i)
    const outcome = await authorizeRequest(sent({}), createVerifier(options))
    assert.equal(outcome.ok, false)
    for (const header of ['', 'a b', 'ü'])
      assert.throws(() => createVerifier({ ...options, clientCertificate: { header } }), TypeError)
  })
})

test('a token of two confirmations, or of one that is not known, is nobody’s', async () => {
  const thumbprint = mine.thumbprint
  const wrong = [
    { 'x5t#S256': thumbprint, jkt: thumbprint },
    { x5t: thumbprint },
    { 'x5t#S256': `${thumbprint}=` },
    { 'x5t#S256': [thumbprint] },
    { 'x5t#s256': thumbprint },
  ]
  const verifier = createVerifier(options)
  for (const cnf of wrong) {
    const bound = issuer.token({ claims: { cnf } })
    const shown = { token: bound, certificate: () => ({ thumbprint }) }
    assert.equal((await verifier.check(shown)).ok, false, JSON.stringify(cnf))
  }
})
