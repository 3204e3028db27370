import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { importPrivateJwk, type SigningKey, signJws } from '@countersign/protocol'
import type { Answer } from '../../platform/house.ts'
import { type OAuthHouse, openOAuthHouse, post, secret, type Wire } from '../house.ts'
import { deleteClient, disableClient } from './clients.store.ts'
import { createClient, rotateSecret } from './registration.ts'

let house: OAuthHouse
beforeEach(async () => {
  house = await openOAuthHouse()
})
afterEach(() => house.close())

const grant = { grant_type: 'client_credentials', scope: 'accounts:read' }

function ask(more: Wire, headers: Record<string, string> = {}): Promise<Answer> {
  return post(house.visitor(), '/oauth/token', { ...grant, ...more }, headers)
}

function basic(id: string, value: string): Record<string, string> {
  const text = `${encodeURIComponent(id)}:${encodeURIComponent(value)}`
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}

describe('A client with a secret', () => {
  test('may send it in the header or in the form', async () => {
    assert.equal((await ask({ client_id: 'machine', client_secret: secret })).status, 200)
    assert.equal((await ask({}, basic('machine', secret))).status, 200)
  })

  test('TK-11: uses one method at a time', async () => {
    const both = await ask({ client_id: 'machine', client_secret: secret }, basic('machine', secret))
    assert.equal(both.json()['error'], 'invalid_request')
  })

  test('TK-12: is told nothing but that it failed, whatever was wrong', async () => {
    const { database, runtime } = house
    await createClient(house, { id: 'disabled', name: 'D', secret, scopes: ['accounts:read'] })
    await database.commit([disableClient(database, 'disabled', runtime.now())])
    const answers = [
      await ask({ client_id: 'machine', client_secret: `${secret}x` }),
      await ask({ client_id: 'nobody', client_secret: secret }),
      await ask({ client_id: 'disabled', client_secret: secret }),
      await ask({ client_id: 'machine' }),
      await ask({ client_id: 'spa', client_secret: secret }),
    ]
    for (const { status, body, header } of answers) {
      assert.equal(status, 401)
      assert.equal(body, answers[0]?.body)
      assert.equal(header('www-authenticate'), undefined)
      assert.equal(header('cache-control'), 'no-store')
    }
    assert.equal(answers[0]?.json()['error'], 'invalid_client')
  })

  const ends: Record<string, (now: number) => Promise<unknown>> = {
    'is disabled': (now) => house.database.commit([disableClient(house.database, 'machine', now)]),
    'is deleted': () => house.database.commit([deleteClient(house, 'machine')]),
    'gets another secret': () => rotateSecret(house, 'machine'),
  }
  for (const [name, end] of Object.entries(ends)) {
    test(`RT-09 C10: is refused within a second when it ${name}`, async () => {
      const asking = { client_id: 'machine', client_secret: secret }
      assert.equal((await ask(asking)).status, 200)
      await end(house.runtime.now())
      house.runtime.advance(1)
      assert.equal((await ask(asking)).status, 401)
    })
  }

  test('is not refused for what it was a moment ago', async () => {
    const late = { client_id: 'late', client_secret: secret }
    assert.equal((await ask(late)).status, 401)
    await createClient(house, { id: 'late', name: 'Late', secret, scopes: ['accounts:read'] })
    assert.equal((await ask(late)).status, 200)
    const renewed = await rotateSecret(house, 'late')
    assert.equal((await ask({ ...late, client_secret: renewed ?? '' })).status, 200)
  })

  test('is challenged only when it used the header', async () => {
    const answer = await ask({}, basic('machine', 'wrong'))
    assert.equal(answer.status, 401)
    assert.match(answer.header('www-authenticate') ?? '', /^Basic /)
  })

  test('TK-12: after twenty failures from one network there is a pause, for the wrong ones alone', async () => {
    for (let i = 0; i < 20; i++)
      assert.equal((await ask({ client_id: 'machine', client_secret: `no ${i}` })).status, 401)
    const paused = await ask({ client_id: 'machine', client_secret: 'no' })
    assert.equal(paused.status, 429)
    assert.match(paused.header('retry-after') ?? '', /^\d+$/)
    assert.equal((await ask({ client_id: 'nobody', client_secret: 'no' })).status, 429)
    assert.equal((await ask({ client_id: 'machine', client_secret: secret })).status, 200)
    const elsewhere = await house.visitor().visit('/oauth/token', {
      form: { ...grant, client_id: 'machine', client_secret: 'no' },
      peer: '198.51.100.9',
    })
    assert.equal(elsewhere.status, 401)
    house.runtime.advance(60)
    assert.equal((await ask({ client_id: 'machine', client_secret: 'no' })).status, 401)
  })

  test('SC-08: failures are written down, without what was tried', async () => {
    await ask({ client_id: 'machine', client_secret: 'a wrong secret' })
    const [row] = await house.database.read(
      "select * from events where type = 'client.authentication_failed'",
      [],
    )
    assert.equal(row?.['client_id'], 'machine')
    assert.doesNotMatch(JSON.stringify(row), /wrong/)
  })

  test('without any credentials there is no client', async () => {
    const answer = await ask({})
    assert.equal(answer.status, 401)
    assert.equal(answer.json()['error'], 'invalid_client')
  })
})

describe('A client with a key', () => {
  let key: SigningKey
  let otherKey: SigningKey

  const newKey = () => {
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    const { d: _private, ...publicPart } = jwk
    return {
      signing: importPrivateJwk({ ...jwk, kid: 'k', alg: 'ES256' }),
      public: { ...publicPart, kid: 'k', alg: 'ES256' },
    }
  }

  beforeEach(async () => {
    const mine = newKey()
    key = mine.signing
    otherKey = newKey().signing
    const made = await createClient(house, {
      id: 'signer',
      name: 'Signer',
      authentication: 'private_key_jwt',
      jwks: { keys: [mine.public] },
      grants: ['client_credentials'],
      scopes: ['accounts:read'],
    })
    assert.ok(made.ok)
  })

  let count = 0
  const assertion = (more: Record<string, unknown> = {}, by: SigningKey = key, typ?: string): string => {
    const now = house.runtime.now()
    count += 1
    const claims: Record<string, unknown> = {
      iss: 'signer',
      sub: 'signer',
      aud: house.issuer.url,
      iat: now,
      exp: now + 60,
      jti: `jti ${count}`,
      ...more,
    }
    const left = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
    return signJws(typ === undefined ? {} : { typ }, left, by)
  }
  const present = (text: string, more: Wire = {}): Promise<Answer> =>
    ask({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
      ...more,
    })

  test('proves itself with an assertion', async () => {
    assert.equal((await present(assertion())).status, 200)
    assert.equal((await present(assertion(), { client_id: 'signer' })).status, 200)
    assert.equal((await present(assertion({}, key, 'client-authentication+jwt'))).status, 200)
  })

  const issuer = 'http://localhost:4400'
  const wrong: Record<string, (now: number) => Record<string, unknown>> = {
    'TK-13: the token endpoint as audience': () => ({ aud: `${issuer}/oauth/token` }),
    'TK-13: a list as audience': () => ({ aud: [issuer] }),
    'TK-13: the issuer with a slash as audience': () => ({ aud: `${issuer}/` }),
    'TK-13: no audience': () => ({ aud: undefined }),
    'TK-14: no end': () => ({ exp: undefined }),
    'TK-14: an end too far away': (now) => ({ exp: now + 400 }),
    'TK-14: an end in the past': (now) => ({ exp: now - 16 }),
    'TK-14: a beginning 61 s ahead': (now) => ({ nbf: now + 61 }),
    'TK-14: no jti': () => ({ jti: undefined }),
    'another issuer': () => ({ iss: 'web' }),
    'another subject': () => ({ sub: 'web' }),
  }
  for (const [name, more] of Object.entries(wrong)) {
    test(`is refused with ${name}`, async () => {
      const answer = await present(assertion(more(house.runtime.now())))
      assert.equal(answer.status, 401)
      assert.equal(answer.json()['error'], 'invalid_client')
    })
  }

  test('TK-14: may be eight seconds ahead of us', async () => {
    const now = house.runtime.now()
    assert.equal((await present(assertion({ nbf: now + 8, iat: now + 8 }))).status, 200)
  })

  test('TK-14 C11: uses an assertion once', async () => {
    const once = assertion()
    assert.equal((await present(once)).status, 200)
    assert.equal((await present(once)).status, 401)
    house.runtime.advance(61)
    assert.equal((await present(once)).status, 401)
  })

  test('C11 (CVE-2020-15222): of fifty uses of one assertion at once, one is good', async () => {
    const once = assertion()
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(once)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })

  test('C1: is not believed with another’s key, without a signature, or with an HMAC', async () => {
    const [, payload] = assertion().split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    for (const text of [assertion({}, otherKey), none, 'x', 'a.b.c', '....']) {
      assert.equal((await present(text)).status, 401)
    }
  })

  test('C4 (CVE-2016-7191): does not get in with an ID token or an access token of ours', async () => {
    const signing = house.room.keyring.signingKey()
    assert.equal((await present(assertion({}, signing, 'at+jwt'))).status, 401)
    assert.equal((await present(assertion({}, signing))).status, 401)
  })

  test('is not another client that it names', async () => {
    assert.equal((await present(assertion(), { client_id: 'machine' })).status, 401)
  })

  test('does not come in with a secret', async () => {
    assert.equal((await ask({ client_id: 'signer', client_secret: secret })).status, 401)
    assert.equal((await ask({ client_id: 'signer', client_secret: '' })).status, 401)
  })
})
