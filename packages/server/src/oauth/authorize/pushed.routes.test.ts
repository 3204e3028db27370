// RFC 9126 §2: what a client may push, what it is told, and what is kept of it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digest, parseRequestUri } from '@countersign/protocol'
import { largestBody } from '../../platform/http/edge.ts'
import { type Holder, holder } from '../binding/holder.fixture.ts'
import {
  authorizeUrl,
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  post,
  rowCount,
  secret,
} from '../house.ts'
import { allow, askedBy, nameOf, push } from './pushed.fixture.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

const refused = async (answer: ReturnType<typeof push>) => {
  const { status, json, location, header } = await answer
  assert.equal(location, undefined)
  assert.equal(header('cache-control'), 'no-store')
  return [status, json()['error']]
}

describe('A client that pushes a request', () => {
  test('AZ-23: gets a name of 256 bits for it, good for at most 60 seconds', async () => {
    const answer = await push(house)
    assert.equal(answer.status, 201)
    assert.equal(answer.header('cache-control'), 'no-store')
    assert.match(answer.header('content-type') ?? '', /^application\/json/)
    const { request_uri: name, ...rest } = answer.json()
    assert.ok(parseRequestUri(String(name)))
    assert.deepEqual(rest, { expires_in: 60 })
  })

  test('may be any client that has people sign in, by any way of authentication', async () => {
    const basic = `Basic ${Buffer.from(`web:${secret}`).toString('base64')}`
    assert.equal((await push(house, { client_secret: undefined }, { authorization: basic })).status, 201)
    assert.equal((await push(house, { client_id: 'spa' })).status, 201)
  })

  test('C30: leaves nothing that a reader of the table could use', async () => {
    const nonce = 'a-nonce-that-nobody-else-has'
    const name = await nameOf(house, { nonce })
    const [row = {}] = await house.database.read(
      `select * from flows where digest = '${digest(parseRequestUri(name) ?? '')}'`,
      [],
    )
    assert.equal(row['pushed_by'], 'web')
    const text = JSON.stringify(row)
    for (const word of [nonce, 'web.example', secret, parseRequestUri(name) ?? ''])
      assert.equal(text.includes(word), false, word)
  })

  test('need not fear for its secret: it is not kept with the request', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const name = await nameOf(house)
    const { searchParams } = await allow(browser, name)
    assert.ok(searchParams.has('code'))
    assert.equal(JSON.stringify(house.logged).includes(secret), false)
  })
})

describe('A request that would be refused in a browser is refused when it is pushed', () => {
  const faults: Readonly<Record<string, readonly [Record<string, string | undefined>, string]>> = {
    'AZ-01: with an unregistered redirect URI': [
      { redirect_uri: 'https://evil.example/' },
      'invalid_request',
    ],
    'without a redirect URI, where openid wants one': [{ redirect_uri: undefined }, 'invalid_request'],
    'AZ-07: for a token': [{ response_type: 'token' }, 'unsupported_response_type'],
    'AZ-07: for a code and an ID token': [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    'without a response type': [{ response_type: undefined }, 'invalid_request'],
    'AZ-08: without PKCE': [{ code_challenge: undefined }, 'invalid_request'],
    'AZ-09: with plain PKCE': [{ code_challenge_method: 'plain' }, 'invalid_request'],
    'with a scope that the client may not have': [{ scope: 'admin' }, 'invalid_scope'],
    'for a resource that does not exist': [{ resource: 'https://nowhere.example/' }, 'invalid_target'],
    'with an unknown response mode': [{ response_mode: 'fragment' }, 'invalid_request'],
    'with prompts that contradict each other': [{ prompt: 'none login' }, 'invalid_request'],
    'with a hint that is no ID token': [{ id_token_hint: 'x.y.z' }, 'invalid_request'],
    'with a broken claims parameter': [{ claims: '{' }, 'invalid_request'],
    'AZ-22: with a request_uri': [{ request_uri: 'https://rp.example/r' }, 'invalid_request'],
    'with a request_uri of ours': [
      { request_uri: `urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}` },
      'invalid_request',
    ],
  }
  for (const [fault, [more, error]] of Object.entries(faults)) {
    test(fault, async () => {
      const before = await rowCount(house, 'flows')
      assert.deepEqual(await refused(push(house, more)), [400, error])
      assert.equal(await rowCount(house, 'flows'), before)
    })
  }

  test('AZ-11: with a parameter given twice', async () => {
    for (const [name, value] of [
      ['scope', 'openid'],
      ['client_id', 'web'],
      ['request_uri', ''],
      ['state', 'x'],
      ['redirect_uri', 'https://web.example/callback'],
    ] as const) {
      const form = new URLSearchParams({ ...(askedBy() as Record<string, string>), client_secret: secret })
      form.append(name, value)
      if (name === 'request_uri') form.append(name, '')
      const answer = house.visitor().visit('/oauth/par', { body: form.toString() })
      assert.deepEqual(await refused(answer), [400, 'invalid_request'], name)
    }
  })

  test('with the client_id of another client', async () => {
    const basic = `Basic ${Buffer.from(`other:${secret}`).toString('base64')}`
    const asked = { ...askedBy({ client_id: 'other' }), client_id: 'web' }
    assert.deepEqual(await refused(post(house.visitor(), '/oauth/par', asked, { authorization: basic })), [
      400,
      'invalid_request',
    ])
  })

  test('by a client in which nobody signs in', async () => {
    const form = { client_id: 'machine', client_secret: secret, redirect_uri: 'https://m.example/cb' }
    assert.deepEqual(await refused(push(house, form)), [400, 'invalid_request'])
  })
})

describe('Who is not the client', () => {
  test('RFC 9126 §2.3: is refused as at the token endpoint', async () => {
    assert.deepEqual(await refused(push(house, { client_secret: 'wrong' })), [401, 'invalid_client'])
    assert.deepEqual(await refused(push(house, { client_secret: undefined })), [401, 'invalid_client'])
    assert.deepEqual(await refused(push(house, { client_id: 'nobody' })), [401, 'invalid_client'])
  })

  test('TK-01: is not read from the address', async () => {
    const form = { ...askedBy(), client_secret: undefined }
    const answer = post(house.visitor(), `/oauth/par?client_secret=${secret}`, form)
    assert.deepEqual(await refused(answer), [400, 'invalid_request'])
  })
})

describe('The endpoint', () => {
  test('takes POSTed forms and nothing else', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await house.visitor().visit(authorizeUrl().replace('authorize', 'par'), { method })
      assert.equal(answer.status, 405, method)
      assert.match(answer.header('allow') ?? '', /POST/)
    }
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(askedBy())
    assert.equal((await house.visitor().visit('/oauth/par', { body, headers })).status, 415)
  })

  test('RFC 9126 §2.3: refuses what is too large with 413', async () => {
    const arrival = {
      method: 'POST',
      target: '/oauth/par',
      headers: { get: (name: string) => ({ host: 'localhost:4400' })[name.toLowerCase()] },
      body: 'too large' as const,
      peer: '203.0.113.7',
    }
    assert.equal((await house.edge.answer(arrival)).status, 413)
    const state = 'x'.repeat(largestBody / 2)
    assert.equal((await push(house, { state })).status, 201)
  })

  test('may be called by the script of a public client, and of nobody else', async () => {
    for (const [origin, allowed] of [
      ['https://spa.example', 'https://spa.example'],
      ['https://evil.example', undefined],
    ] as const) {
      const answer = await push(house, { client_id: 'spa' }, { origin })
      assert.equal(answer.header('access-control-allow-origin'), allowed)
    }
  })

  test('is found in the metadata', async () => {
    const metadata = (await house.visitor().visit('/.well-known/oauth-authorization-server')).json()
    assert.equal(metadata['pushed_authorization_request_endpoint'], house.issuer.at('/oauth/par'))
    assert.equal(metadata['require_pushed_authorization_requests'], false)
  })
})

describe('A DPoP proof', () => {
  const at = { path: '/oauth/par' }
  const codeBy = async (more: Record<string, string>, headers: Record<string, string>) => {
    const answer = await push(house, more, headers)
    assert.equal(answer.status, 201, answer.body)
    const browser = await house.signedIn()
    return (await allow(browser, String(answer.json()['request_uri']))).searchParams.get('code')
  }
  let mine: Holder
  let other: Holder
  before(() => {
    mine = holder(house)
    other = holder(house, 'another holder')
  })

  test('RFC 9449 §10.1 TK-09: binds the code as dpop_jkt does', async () => {
    for (const more of [{}, { dpop_jkt: mine.thumbprint }]) {
      const code = await codeBy(more, mine.headers(at))
      assert.equal((await exchange(house.visitor(), code, {}, other.headers())).status, 400)
      assert.equal((await exchange(house.visitor(), code)).status, 400)
      assert.equal((await exchange(house.visitor(), code, {}, mine.headers())).status, 200)
    }
  })

  test('RFC 9449 §10.1: of another key than dpop_jkt names is refused', async () => {
    const answer = push(house, { dpop_jkt: other.thumbprint }, mine.headers(at))
    assert.deepEqual(await refused(answer), [400, 'invalid_dpop_proof'])
  })

  test('C11: is good once, and for this endpoint alone', async () => {
    const headers = mine.headers(at)
    assert.equal((await push(house, {}, headers)).status, 201)
    assert.deepEqual(await refused(push(house, {}, headers)), [400, 'invalid_dpop_proof'])
    assert.deepEqual(await refused(push(house, {}, mine.headers())), [400, 'invalid_dpop_proof'])
  })

  test('that is refused for the request is good for the next', async () => {
    const headers = mine.headers(at)
    assert.deepEqual(await refused(push(house, { scope: 'admin' }, headers)), [400, 'invalid_scope'])
    assert.equal((await push(house, {}, headers)).status, 201)
  })
})

test('RFC 9449 §8.2: a nonce is asked for here too', async () => {
  const strict = await openOAuthHouse({ dpopNonces: true })
  try {
    const mine = holder(strict)
    const first = await push(strict, {}, mine.headers({ path: '/oauth/par' }))
    assert.deepEqual([first.status, first.json()['error']], [400, 'use_dpop_nonce'])
    const nonce = first.header('dpop-nonce')
    assert.equal((await push(strict, {}, mine.headers({ path: '/oauth/par', nonce }))).status, 201)
  } finally {
    await strict.close()
  }
})
