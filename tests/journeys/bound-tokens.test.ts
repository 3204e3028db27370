// A token bound to a key on its whole way, over real sockets: our server gives it, an application on Express takes it with
// the two lines that the SDK asks for, in each of two modes, and whoever copies it has nothing.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { digest, signDpopProof, thumbprint } from '@countersign/protocol'
import { auth } from '@countersign/sdk/express'
import express from 'express'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { specimen } from '../harness/specimens.ts'
import { type Answer, authorizeAddress, get, newVerifier, post, type Sent } from '../harness/wire.ts'

const callback = 'http://127.0.0.1:51006/callback'

for (const mode of ['local', 'database'] as const) {
  describe(`a shop on Express that takes bound tokens, mode ${mode}`, () => {
    const on = serverOfThisFile({ env: { COUNTERSIGN_DPOP_NONCES: 'on' } })
    const shop = express()
    const listener = shop.listen(0, '127.0.0.1')
    let origin = ''
    before(async () => {
      if (!listener.listening) await once(listener, 'listening')
      origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
      const guard = auth({
        issuer: on.issuer,
        audience: on.api,
        baseUrl: origin,
        scope: 'accounts:read',
        dpop: 'required',
        ...(mode === 'database' ? { mode, ...(await introspector()) } : {}),
      })
      shop.get('/orders', guard, (request, response) => {
        response.json({ of: request.auth.subject })
      })
    })
    after(() => listener.close().closeAllConnections())

    /** The bank's API is the shop's here: whoever is registered as it may ask about its tokens. */
    async function introspector(): Promise<{ clientId: string; clientSecret: string }> {
      const made = await on.countersign('client', 'create', 'Shop', '--id', 'shop-api', '--api', on.api)
      return { clientId: 'shop-api', clientSecret: String(made['secret']) }
    }

    const ask = (token: string, headers: Sent) =>
      get(`${origin}/orders`, { authorization: `DPoP ${token}`, ...headers })

    test('opens for the key’s holder, and for nobody who copied token, proof or both', async () => {
      const mine = program(on.issuer, 'mine')
      const thief = program(on.issuer, 'thief')
      const { access_token: token } = await mine.signIn()
      const proof = mine.proof('GET', `${origin}/orders`, token)
      const first = await ask(token, { dpop: proof })
      deepEqual([first.status, first.json], [200, { of: 'usr_ada' }])
      const copied: Sent[] = [
        { dpop: proof },
        {},
        { dpop: thief.proof('GET', `${origin}/orders`, token) },
        { dpop: mine.proof('GET', `${on.issuer}/orders`, token) },
        { dpop: mine.proof('POST', `${origin}/orders`, token) },
        { authorization: `Bearer ${token}` },
        { authorization: `Bearer ${token}`, dpop: mine.proof('GET', `${origin}/orders`, token) },
      ]
      for (const headers of copied) {
        const { status, headers: answered } = await ask(token, headers)
        equal(status, 401, JSON.stringify(Object.keys(headers)))
        match(answered.get('www-authenticate') ?? '', /^DPoP error="invalid_/)
      }
      equal((await ask(token, { dpop: mine.proof('GET', `${origin}/orders?page=2`, token) })).status, 200)
    })

    test('renews without a person, by the same key alone, and is over with the session', async () => {
      const mine = program(on.issuer, 'mine')
      const tokens = await mine.signIn()
      const stolen = await program(on.issuer, 'thief').refresh(tokens.refresh_token)
      deepEqual([stolen.status, stolen.json['error']], [400, 'invalid_grant'])
      const renewed = await mine.refresh(tokens.refresh_token)
      equal(renewed.json['token_type'], 'DPoP')
      const token = String(renewed.json['access_token'])
      equal((await ask(token, { dpop: mine.proof('GET', `${origin}/orders`, token) })).status, 200)
      await post(`${on.issuer}/oauth/revoke`, {
        token: String(renewed.json['refresh_token']),
        client_id: 'demo-native',
      })
      const later = await ask(token, { dpop: mine.proof('GET', `${origin}/orders`, token) })
      equal(later.status, mode === 'database' ? 401 : 200, 'a local check ends with the token’s five minutes')
      equal((await mine.refresh(String(renewed.json['refresh_token']))).status, 400)
    })
  })
}

/** A program with a key of its own, at no more cost than RFC 9449 asks: a header with each request. */
function program(issuer: string, name: string) {
  const { key } = specimen('ES256', name)
  let nonce: string | undefined

  const proof = (method: string, address: string, token?: string, more: object = {}): string => {
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: address,
      iat: Math.floor(Date.now() / 1000),
      ...more,
    }
    return signDpopProof(token === undefined ? claims : { ...claims, ath: digest(token) }, key)
  }

  /** Asks the token endpoint, and once more where it says which nonce to name. */
  async function asked(form: Sent): Promise<Answer> {
    const address = `${issuer}/oauth/token`
    const once = () =>
      post(address, { client_id: 'demo-native', ...form }, undefined, {
        dpop: proof('POST', address, undefined, nonce === undefined ? {} : { nonce }),
      })
    const first = await once()
    if (first.json['error'] !== 'use_dpop_nonce') return first
    nonce = first.headers.get('dpop-nonce') ?? undefined
    return once()
  }

  async function signIn(): Promise<{ readonly access_token: string; readonly refresh_token: string }> {
    const verifier = newVerifier()
    const more = {
      client_id: 'demo-native',
      redirect_uri: callback,
      scope: 'openid offline_access accounts:read',
      dpop_jkt: thumbprint(key.members),
    }
    const { left } = await new Person(callback).walk(authorizeAddress(issuer, verifier, more), {
      username: 'ada',
      password,
    })
    ok(left)
    const { status, json } = await asked({
      grant_type: 'authorization_code',
      code: left.searchParams.get('code') ?? '',
      code_verifier: verifier,
    })
    deepEqual([status, json['token_type']], [200, 'DPoP'])
    return { access_token: String(json['access_token']), refresh_token: String(json['refresh_token']) }
  }

  return {
    proof,
    signIn,
    refresh: (token: string) => asked({ grant_type: 'refresh_token', refresh_token: token }),
  }
}
