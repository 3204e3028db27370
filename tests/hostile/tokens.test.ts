// Forged tokens at every place that takes one, and good ones at places that are not theirs.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { peekUnverified } from '@countersign/protocol'
import { openKeyring } from '../../packages/server/src/platform/keys/keyring.ts'
import { cookieOf } from '../faults/journal.ts'
import type { Person } from '../harness/person.ts'
import { assertion, credentials } from '../harness/population.ts'
import {
  authorizeAddress,
  codeFor,
  get,
  introspect,
  newVerifier,
  post,
  redeem,
  refresh,
  revoke,
  tokensOf,
  userinfo,
} from '../harness/wire.ts'
import { mark } from './corpora.ts'
import { type Forgery, forgeries, type Genuine, unspoiled } from './forgeries.ts'
import { formType, judge, openTarget, send, type Target } from './target.ts'

describe('tokens', () => {
  let target: Target
  let person: Person
  let canary: Server
  let visits = 0
  let forged: readonly Forgery[]
  let genuine: Genuine
  let held: { access: string; refresh: string; id: string }

  before(async () => {
    target = await openTarget(1)
    canary = createServer((_, response) => {
      visits += 1
      response.end('{"keys":[]}')
    })
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    const lure = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys`
    person = await target.signedIn(0)
    const ticket = await codeFor(target.origin, person)
    ok(ticket)
    const answer = await redeem(target.origin, ticket)
    held = { ...tokensOf(answer), id: String(answer.json['id_token']) }
    const peeked = peekUnverified(held.access)
    ok(peeked)
    const ring = await target.installation.within(async (platform) => {
      const keyring = await openKeyring(platform)
      return { key: keyring.signingKey('ES256'), publicJwk: keyring.jwks()[0] }
    })
    ok(ring.publicJwk)
    genuine = {
      claims: peeked.claims,
      header: { ...peeked.header },
      key: ring.key,
      publicJwk: { ...ring.publicJwk },
      lure,
    }
    forged = forgeries(genuine)
  })
  after(async () => {
    canary.close()
    await target[Symbol.asyncDispose]()
  })

  test('a token that an insider makes without a fault is accepted: what follows proves something', async () => {
    equal((await userinfo(target.origin, unspoiled(genuine))).status, 200)
    equal((await introspect(target.origin, unspoiled(genuine))).json['active'], true)
    ok(forged.length >= 90, `only ${forged.length}`)
  })

  test('no forged access token opens userinfo, in the header or in a form [JW-01 JW-02 JW-03 JW-04 JW-05 JW-06 JW-07 JW-08 JW-09 JW-10 C1 C2 C3 C4 CVE-2018-0114 CVE-2022-23540]', async () => {
    for (const [name, token] of forged) {
      const inHeader = await send(target.port, {
        target: '/oauth/userinfo',
        headers: [['Authorization', `Bearer ${token.replaceAll('\n', ' ')}`]],
      })
      judge(inHeader)
      ok([400, 401].includes(inHeader.status), `${name}: ${inHeader.status}`)
      ok(inHeader.headers.get('www-authenticate')?.[0]?.startsWith('Bearer '), name)
      const inForm = await send(target.port, {
        method: 'POST',
        target: '/oauth/userinfo',
        headers: [formType],
        body: new URLSearchParams({ access_token: token }).toString(),
      })
      judge(inForm)
      equal(inForm.status, 401, name)
      const said = inHeader.raw + inForm.raw
      equal(said.includes(mark) || said.includes('evil.'), false)
    }
  })

  test('no forged access token is active at introspection, and revoking one revokes nothing [JW-18 JW-01 JW-02 JW-10 C1 C2]', async () => {
    for (const [name, token] of forged) {
      const answer = await introspect(target.origin, token)
      deepEqual([answer.status, answer.text], [200, '{"active":false}'], name)
      equal((await revoke(target.origin, token)).status, 200, name)
    }
    equal((await introspect(target.origin, held.access)).json['active'], true)
    equal((await introspect(target.origin, held.refresh)).json['active'], true)
  })

  test('nobody has followed an address in a token [JW-03 C2 C25]', () => {
    equal(visits, 0)
  })

  test('a token of a megabyte is refused before anybody looks into it [JW-11 C3]', async () => {
    for (const token of [
      'a'.repeat(1_000_000),
      '.'.repeat(1_000_000),
      `${held.access}${'.'.repeat(1_000_000)}`,
    ]) {
      const inHeader = await send(target.port, {
        target: '/oauth/userinfo',
        headers: [['Authorization', `Bearer ${token}`]],
      })
      equal(inHeader.status, 431)
      const inForm = await send(target.port, {
        method: 'POST',
        target: '/oauth/userinfo',
        headers: [formType],
        body: `access_token=${token}`,
      })
      judge(inForm)
      equal(inForm.status, 413)
    }
    const largest = `eyJ${'.'.repeat(15_000)}`
    const heard = await send(target.port, {
      target: '/oauth/userinfo',
      headers: [['Authorization', `Bearer ${largest}`]],
    })
    judge(heard)
    equal(heard.status, 401)
  })

  test('no forged ID token is a hint, at the authorization endpoint or the end of a session [JW-09 SE-10]', async () => {
    const cookie = cookieOf(person)
    for (const [name, token] of forged.slice(0, 60)) {
      const address = new URL(
        authorizeAddress(target.origin, newVerifier(), { id_token_hint: token, prompt: 'none' }),
      )
      const heard = await send(target.port, {
        target: address.pathname + address.search,
        headers: [['Cookie', cookie]],
      })
      judge(heard)
      const location = heard.headers.get('location')?.join() ?? ''
      ok(!location.includes('code='), name)
      const away = await send(target.port, {
        target: `/oauth/logout?${new URLSearchParams({ id_token_hint: token })}`,
        headers: [['Cookie', cookie]],
      })
      judge(away)
      equal(
        away.headers.get('set-cookie')?.some((line) => line.includes('__Host-sid=;')) ?? false,
        false,
        name,
      )
    }
    equal((await get(`${target.origin}/account`, { cookie })).status, 200, 'still signed in')
  })

  test('no forged client assertion is a client [TK-13 TK-14 JW-01 JW-02 C1 C11]', async () => {
    const good = assertion()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const bad = [
      ...forged.map(([, token]) => token),
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
      held.id,
      held.access,
      '',
    ]
    for (const [at, token] of bad.entries()) {
      const form = {
        grant_type: 'client_credentials',
        client_id: 'signer',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: token,
      }
      const answer = await post(`${target.origin}/oauth/token`, form, undefined, {
        'x-forwarded-for': `10.9.${2 + (at >> 6)}.${at & 63}`,
      })
      ok([400, 401].includes(answer.status), `${at}: ${answer.status}`)
    }
  })

  test('each token opens its own door and no other [C4 JW-09 C33 CVE-2026-55669]', async () => {
    const ticket = await codeFor(target.origin, person)
    ok(ticket)
    const own = await post(
      `${target.origin}/oauth/token`,
      { grant_type: 'client_credentials' },
      credentials.machine,
    )
    const session =
      cookieOf(person)
        .split('; ')
        .find((pair) => pair.startsWith('__Host-sid='))
        ?.slice('__Host-sid='.length) ?? ''
    const forBank = tokensOf(
      await redeem(
        target.origin,
        (await codeFor(target.origin, person, { scope: 'offline_access accounts:read' })) ?? ticket,
      ),
    )
    const tokens = {
      access: held.access,
      accessForBank: forBank.access,
      opaque: String(own.json['access_token']),
      refresh: held.refresh,
      id: held.id,
      session,
      assertion: assertion(),
    }
    const doors: Readonly<Record<string, (token: string) => Promise<boolean>>> = {
      userinfo: async (token) => (await userinfo(target.origin, token)).status === 200,
      page: async (token) =>
        (await get(`${target.origin}/account`, { cookie: `__Host-sid=${token}` })).status === 200,
      code: async (token) =>
        (await redeem(target.origin, { code: token, verifier: ticket.verifier })).status === 200,
      assertion: async (token) =>
        (
          await post(
            `${target.origin}/oauth/token`,
            {
              grant_type: 'client_credentials',
              client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
              client_assertion: token,
            },
            undefined,
            { 'x-forwarded-for': '10.9.9.9' },
          )
        ).status === 200,
      hint: async (token) => {
        const answer = await get(
          authorizeAddress(target.origin, newVerifier(), { id_token_hint: token, prompt: 'none' }),
          { cookie: cookieOf(person) },
        )
        return answer.headers.get('location')?.includes('code=') === true
      },
      refresh: async (token) => (await refresh(target.origin, token)).status === 200,
    }
    const opened: string[] = []
    for (const [door, enter] of Object.entries(doors)) {
      for (const [name, token] of Object.entries(tokens))
        if (await enter(token)) opened.push(`${name} opens ${door}`)
    }
    deepEqual(opened.sort(), [
      'access opens userinfo',
      'assertion opens assertion',
      'id opens hint',
      'refresh opens refresh',
      'session opens page',
    ])
  })

  test('an opaque token that is cut, lengthened or misspelt is nothing [C33 CVE-2026-27840]', async () => {
    const own = await post(
      `${target.origin}/oauth/token`,
      { grant_type: 'client_credentials' },
      credentials.machine,
    )
    const token = String(own.json['access_token'])
    const misspelt = [...token].map((character, at) => {
      const other = /[a-z]/.test(character)
        ? character.toUpperCase()
        : /[A-Z]/.test(character)
          ? character.toLowerCase()
          : 'x'
      return token.slice(0, at) + other + token.slice(at + 1)
    })
    const bad = [
      ...misspelt,
      token.slice(1),
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token} `,
      token.replace('csat', 'csrt'),
      `${token}\n`,
    ]
    for (const text of bad.filter((each) => each !== token)) {
      equal((await introspect(target.origin, text, credentials.guard)).text, '{"active":false}', text)
    }
    equal((await introspect(target.origin, token, credentials.guard)).json['active'], true)
  })

  test('the log holds none of them', () => {
    const { child } = target.running
    const written = child.stdout() + child.stderr()
    for (const token of [...Object.values(held), ...forged.map(([, token]) => token)]) {
      const tail = token.slice(-24)
      if (tail.length === 24 && !/^\.+$/.test(tail)) equal(written.includes(tail), false)
    }
  })
})
