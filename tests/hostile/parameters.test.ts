// Forms, queries, cookies and headers that say a thing twice, in the wrong encoding, under dangerous names or in another
// format: one answer for all, and nothing of them is believed.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { codeChallenge } from '@countersign/protocol'
import { cookieOf } from '../faults/journal.ts'
import { bank, callback, credentials, vault } from '../harness/population.ts'
import { authorizeAddress, codeFor, get, newVerifier, post, redeem } from '../harness/wire.ts'
import { brokenEscapes, injections, lineEnds } from './corpora.ts'
import { formTokenOf, formType, type Heard, judge, openTarget, send, type Target } from './target.ts'

const good = 'grant_type=client_credentials&scope=vault:read'
const machine = ['Authorization', credentials.machine] as const

describe('parameters', () => {
  let target: Target
  before(async () => {
    target = await openTarget(2)
  })
  after(() => target[Symbol.asyncDispose]())

  const tokenWith = (body: string | Uint8Array, type: string = formType[1]): Promise<Heard> =>
    send(target.port, {
      method: 'POST',
      target: '/oauth/token',
      headers: [['Content-Type', type], machine],
      body,
    })
  const error = ({ body }: Heard): unknown => (JSON.parse(body) as { error?: unknown }).error

  test('a parameter that is there twice is refused, by every endpoint, equal values or not [HT-16 AZ-11]', async () => {
    for (const twice of [
      '&grant_type=client_credentials',
      '&grant_type=',
      '&scope=vault:read',
      '&%67rant_type=refresh_token',
    ]) {
      const heard = await tokenWith(good + twice)
      judge(heard)
      deepEqual([heard.status, error(heard)], [400, 'invalid_request'], twice)
    }
    const token = 'a'.repeat(54)
    for (const path of ['/oauth/introspect', '/oauth/revoke']) {
      const headers = [formType, ['Authorization', credentials.web] as const]
      const heard = await send(target.port, {
        method: 'POST',
        target: path,
        headers,
        body: `token=${token}&token=${token}`,
      })
      deepEqual([heard.status, error(heard)], [400, 'invalid_request'], path)
    }
    const address = new URL(authorizeAddress(target.origin, newVerifier()))
    for (const name of ['scope', 'state', 'code_challenge', 'nonce', 'prompt']) {
      const asked = new URL(address)
      asked.searchParams.append(name, 'x')
      asked.searchParams.append(name, 'x')
      const answer = await get(asked.href)
      match(
        answer.headers.get('location') ?? '',
        /^https:\/\/app\.example\.test\/callback\?.*error=invalid_request/,
        name,
      )
    }
    for (const name of ['client_id', 'redirect_uri']) {
      const answer = await get(
        `${address}&${name}=${encodeURIComponent(address.searchParams.get(name) ?? '')}`,
      )
      deepEqual([answer.status, answer.headers.get('location')], [400, null], name)
    }
  })

  test('only resources may repeat [HT-16 AZ-11]', async () => {
    const [one, other] = [vault, bank].map((api) => `&resource=${encodeURIComponent(api)}`)
    equal((await tokenWith(`${good}${one}`)).status, 200)
    equal((await tokenWith(`${good}${one}${one}`)).status, 200)
    equal(error(await tokenWith(`${good}${one}${other}`)), 'invalid_target', 'a token is for one')
  })

  test('a cookie that is there twice is nobody’s [HT-16 C19]', async () => {
    const cookie = cookieOf(await target.signedIn(0))
    const account = async (value: string) =>
      (await send(target.port, { target: '/account', headers: [['Cookie', value]] })).status
    equal(await account(cookie), 200)
    const sid = cookie.split('; ').find((pair) => pair.startsWith('__Host-sid=')) ?? ''
    const other = '__Host-sid=csss_planted'
    for (const jar of [`${cookie}; ${sid}`, `${cookie}; ${other}`, `${other}; ${cookie}`, `${sid}; ${sid}`]) {
      equal(await account(jar), 303, 'the first or the last counted')
    }
    const lines = await send(target.port, {
      target: '/account',
      headers: [
        ['Cookie', cookie],
        ['Cookie', sid],
      ],
    })
    equal(lines.status, 303)
    for (const name of ['sid', '__host-sid', '__Secure-sid', ' __Host-sid', '__Host-sid ', '"__Host-sid"']) {
      const renamed = sid.replace('__Host-sid', name)
      const status = await account(renamed)
      ok(status === 303 || name.trim() === '__Host-sid', name)
    }
    for (const value of [
      `${sid}x`,
      sid.slice(0, -1),
      sid.toUpperCase(),
      `${sid.replace('=', '="')}"`,
      `${sid}%00`,
    ]) {
      equal(await account(value), 303, 'a token that is almost right')
    }
  })

  test('text that is no UTF-8, no escape or holds NUL is refused wherever it stands [HT-14 TK-16]', async () => {
    for (const broken of brokenEscapes.filter((each) => !/^%ef%b[fb]/.test(each))) {
      for (const body of [
        `${good}&x=${broken}`,
        `${good}&${broken}=x`,
        `grant_type=client_credentials&scope=${broken}`,
      ]) {
        const heard = await tokenWith(body)
        judge(heard)
        deepEqual([heard.status, error(heard)], [400, 'invalid_request'], body)
      }
      const page = await send(target.port, {
        target: `/sign-in?hint=${broken}`,
        headers: [['Accept', 'text/html']],
      })
      judge(page)
      equal(page.status, 400)
    }
    for (const bytes of [
      [0xff],
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x82, 0x82, 0xac],
      [0x00],
      [0xfe, 0xff, 0x00, 0x61],
    ]) {
      const heard = await tokenWith(Buffer.concat([Buffer.from(`${good}&x=`), Buffer.from(bytes)]))
      judge(heard)
      deepEqual([heard.status, error(heard)], [400, 'invalid_request'], String(bytes))
    }
  })

  test('names that objects have by themselves are names like any other [HT-14 C21]', async () => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'valueOf',
      'hasOwnProperty',
      '__proto__[admin]',
      'constructor[prototype][a]',
      'then',
      'length',
      '0',
    ]
    for (const name of names) {
      const heard = await tokenWith(`${good}&${encodeURIComponent(name)}=polluted`)
      judge(heard)
      equal(heard.status, 200, name)
      const asked = await tokenWith(`grant_type=${encodeURIComponent(name)}`)
      deepEqual([asked.status, error(asked)], [400, 'unsupported_grant_type'], name)
      const client = await post(
        `${target.origin}/oauth/token`,
        { client_id: name, client_secret: name, grant_type: 'client_credentials' },
        undefined,
        { 'x-forwarded-for': `10.9.0.${names.indexOf(name)}` },
      )
      deepEqual([client.status, client.json['error']], [401, 'invalid_client'], name)
      ok([400, 404].includes((await get(`${target.origin}/oauth/${encodeURIComponent(name)}`)).status), name)
    }
    const clean = await tokenWith(good)
    deepEqual(Object.keys(JSON.parse(clean.body) as object).sort(), [
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ])
  })

  test('JSON is no form, and no other type is read as one [TK-01 HT-07]', async () => {
    const json = JSON.stringify({ grant_type: 'client_credentials', scope: 'vault:read' })
    const types = [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencodedx',
      'application/xml',
      '',
      'x',
    ]
    for (const type of types) {
      for (const body of [json, good]) {
        const heard = await tokenWith(body, type)
        judge(heard)
        equal(heard.status, 415, type)
      }
    }
    const disguised = await tokenWith(json)
    judge(disguised)
    equal(disguised.status, 400, 'JSON under the name of a form')
    for (const type of [
      'application/x-www-form-urlencoded;charset=UTF-8',
      'APPLICATION/X-WWW-FORM-URLENCODED',
    ]) {
      equal((await tokenWith(good, type)).status, 200, type)
    }
  })

  test('a cross-site form changes nothing, whatever it says of itself [HT-07 HT-08 AZ-19 C36]', async () => {
    const person = await target.signedIn(1)
    const token = formTokenOf(await person.open(`${target.origin}/account`))
    const change = async (headers: readonly (readonly [string, string])[], formToken: string) =>
      (
        await send(target.port, {
          method: 'POST',
          target: '/account/profile',
          headers: [formType, ['Cookie', cookieOf(person)], ...headers],
          body: new URLSearchParams({ name: 'Mallory', form_token: formToken }).toString(),
        })
      ).status
    const stranger = formTokenOf(await (await target.signedIn(0)).open(`${target.origin}/account`))
    for (const forged of ['', 'x', stranger, token.slice(1), `${token}x`])
      equal(await change([], forged), 403)
    const foreign = [
      'https://evil.test',
      'http://id.example.test',
      'https://id.example.test.evil.test',
      'https://id.example.test:8443',
      'file://',
    ]
    for (const origin of foreign) equal(await change([['Origin', origin]], token), 403, origin)
    for (const site of ['cross-site', 'same-site', 'CROSS-SITE', 'nonsense']) {
      equal(await change([['Sec-Fetch-Site', site]], token), 403, site)
    }
    const page = await person.open(`${target.origin}/account`)
    equal(page.html.includes('Mallory'), false, 'nothing was changed')
    equal(
      await change(
        [
          ['Origin', 'https://id.example.test'],
          ['Sec-Fetch-Site', 'same-origin'],
        ],
        token,
      ),
      303,
    )
  })

  test('what a client sends along comes back as it was, and makes no line of its own [AZ-12 HT-18 CVE-2019-8400]', async () => {
    const person = await target.signedIn(0)
    await codeFor(target.origin, person)
    for (const state of [...lineEnds, ...injections, 'ü€😀', 'a+b c&d=e', 's'.repeat(512)]) {
      const verifier = newVerifier()
      const query = new URLSearchParams({
        client_id: 'web',
        response_type: 'code',
        redirect_uri: callback,
        scope: 'openid offline_access',
        code_challenge: codeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
      })
      const heard = await send(target.port, {
        target: `/oauth/authorize?${query}`,
        headers: [['Cookie', cookieOf(person)]],
      })
      judge(heard)
      const location = new URL(heard.headers.get('location')?.[0] ?? '')
      equal(location.searchParams.get('state'), state)
      const code = location.searchParams.get('code')
      ok(code)
      equal((await redeem(target.origin, { code, verifier })).status, 200)
      const refused = await send(target.port, { target: `/oauth/authorize?${query}&prompt=none&max_age=x` })
      judge(refused)
      equal(new URL(refused.headers.get('location')?.[0] ?? '').searchParams.get('state'), state)
    }
  })

  test('Basic credentials in every broken form are nobody’s [TK-12 HT-18]', async () => {
    const values = [
      'Basic',
      'Basic ',
      'Basic =',
      'Basic a',
      'Basic Og==',
      'Basic OjpA',
      `Basic ${'A'.repeat(9000)}`,
      'Basic bWFjaGluZQ==',
      'basic\tbWFj',
      'Basic bWFjaGluZTpcMA==',
      'Basic %%%',
      'Basic w7w6w7w=',
      'Digest username="machine"',
      'Negotiate TlRM',
      'Bearer x',
      ', Basic',
    ]
    for (const [at, value] of values.entries()) {
      const headers = [
        formType,
        ['Authorization', value] as const,
        ['X-Forwarded-For', `10.9.1.${at}`] as const,
      ]
      const heard = await send(target.port, { method: 'POST', target: '/oauth/token', headers, body: good })
      judge(heard)
      ok([400, 401].includes(heard.status), `${value}: ${heard.status}`)
      equal(heard.headers.get('cache-control')?.join(), 'no-store')
    }
    const two = [formType, machine, machine]
    const heard = await send(target.port, {
      method: 'POST',
      target: '/oauth/token',
      headers: two,
      body: good,
    })
    ok([400, 401].includes(heard.status), 'which of the two?')
  })
})
