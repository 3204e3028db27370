import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dpopAlgorithms } from '@countersign/protocol'
import { type Database, openDatabase } from '../../platform/db/database.ts'
import { openHouse } from '../../platform/house.ts'
import { createApi } from '../apis/registration.ts'
import { createClient } from '../clients/registration.ts'
import {
  claimsIn,
  clients,
  codeFor,
  exchange,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  rowCount,
  secret,
  type Wire,
} from '../house.ts'
import { sweep } from '../sweep.store.ts'
import { type Asked, type Holder, holder } from './holder.fixture.ts'

let house: OAuthHouse
let mine: Holder
before(async () => {
  house = await openOAuthHouse()
  mine = holder(house)
})
after(() => house.close())

const asMachine: Wire = {
  grant_type: 'client_credentials',
  client_id: 'machine',
  client_secret: secret,
  scope: 'accounts:read',
}
const machine = (headers: Record<string, string> = {}, more: Wire = {}) =>
  post(house.visitor(), '/oauth/token', { ...asMachine, ...more }, headers)

describe('A token request with a proof', () => {
  test('gets a token that names the key, in every form that tokens have', async () => {
    for (const scope of ['accounts:read', 'ledger:read']) {
      const answer = await machine(mine.headers(), { scope })
      assert.equal(answer.status, 200)
      const { access_token: token, token_type: type } = answer.json()
      assert.equal(type, 'DPoP')
      const told = await introspected(house, token, 'machine')
      assert.equal(told['active'], true)
      assert.equal(told['token_type'], 'DPoP')
      assert.deepEqual(told['cnf'], { jkt: mine.thumbprint })
      if (scope === 'accounts:read') assert.deepEqual(claimsIn(token)['cnf'], { jkt: mine.thumbprint })
      else assert.equal(told['aud'], ledger)
    }
  })

  test('without one a token is a bearer token, as ever', async () => {
    const { access_token: token, token_type: type } = (await machine()).json()
    assert.equal(type, 'Bearer')
    assert.equal(claimsIn(token)['cnf'], undefined)
    const told = await introspected(house, token, 'machine')
    assert.deepEqual([told['token_type'], told['cnf']], ['Bearer', undefined])
  })

  test('a person’s tokens are bound by the code grant, and its ID token is none of it', async () => {
    const code = (await codeFor(await house.signedIn())).get('code')
    const tokens = (await exchange(house.visitor(), code, {}, mine.headers())).json()
    assert.equal(tokens['token_type'], 'DPoP')
    assert.deepEqual(claimsIn(tokens['access_token'])['cnf'], { jkt: mine.thumbprint })
    assert.equal(claimsIn(tokens['id_token'])['cnf'], undefined)
  })

  test('every algorithm that is advertised makes proofs', async () => {
    const metadata = (await house.visitor().visit('/.well-known/oauth-authorization-server')).json()
    assert.deepEqual(metadata['dpop_signing_alg_values_supported'], dpopAlgorithms)
    for (const alg of dpopAlgorithms) {
      const other = holder(house, 'one of many', alg)
      const { access_token: token } = (await machine(other.headers())).json()
      assert.deepEqual(claimsIn(token)['cnf'], { jkt: other.thumbprint }, alg)
    }
  })

  test('the encrypted form is bound too', async () => {
    const sealed = await openOAuthHouse({ encryptedTokens: true })
    const { publicJwk } = await recipient()
    const identifier = 'https://sealed.example/'
    const api = await createApi(
      sealed,
      {
        identifier,
        scopes: [{ name: 'sealed:read', description: '' }],
        encryption: { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', jwk: publicJwk },
      },
      { encryptedTokens: true },
    )
    assert.ok(api.ok)
    const made = await createClient(sealed, { ...clients.machine, id: 'sealer', scopes: ['sealed:read'] })
    assert.ok(made.ok)
    const form = { ...asMachine, client_id: 'sealer', scope: 'sealed:read' }
    const own = holder(sealed)
    const { access_token: token } = (await post(sealed.visitor(), '/oauth/token', form, own.headers())).json()
    assert.equal(String(token).split('.').length, 5)
    const told = await introspected(sealed, token, 'sealer')
    assert.deepEqual([told['token_type'], told['cnf']], ['DPoP', { jkt: own.thumbprint }])
    await sealed.close()
  })
})

async function recipient() {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ])
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  return { publicJwk: { kty, crv, x, y, use: 'enc', kid: 'sealed-1' } }
}

describe('A proof at the token endpoint', () => {
  const refused: [string, Asked][] = [
    ['of another method', { method: 'GET' }],
    ['of another endpoint', { path: '/oauth/introspect' }],
    ['of another server', { claims: { htu: 'https://id.example/oauth/token' } }],
    ['of the address behind a proxy', { claims: { htu: 'http://127.0.0.1:4400/oauth/token' } }],
    ['of a path below', { path: '/oauth/token/' }],
    ['without an address', { claims: { htu: undefined } }],
    ['without a name', { claims: { jti: undefined } }],
    ['with a name too long to remember', { claims: { jti: 'j'.repeat(257) } }],
    ['without its time', { claims: { iat: undefined } }],
    ['that names an issuer, as an assertion does', { claims: { iss: 'machine' } }],
  ]
  for (const [name, asked] of refused) {
    test(`RT-10 C2 (CVE-2018-0114): ${name} is refused`, async () => {
      await assertRefused(machine(mine.headers(asked)))
    })
  }

  test('counts for its address, whatever the query and the case of the host', async () => {
    for (const htu of ['http://localhost:4400/oauth/token?a=1#b', 'HTTP://LOCALHOST:4400/oauth/token']) {
      assert.equal((await machine(mine.headers({ claims: { htu } }))).status, 200)
    }
  })

  test('RT-10 (FAPI2 …Iat10SecondsBefore, …Iat10SecondsAfter): ten seconds early or late are good, a minute is not', async () => {
    const at = (seconds: number) => machine(mine.headers({ claims: { iat: house.runtime.now() + seconds } }))
    for (const seconds of [-10, 10, -59, 15]) assert.equal((await at(seconds)).status, 200, `${seconds}`)
    for (const seconds of [-60, -61, 16, 61, -86_400]) await assertRefused(at(seconds))
  })

  test('(FAPI2 CheckDpopProofNbfExp): exp and nbf count where they stand', async () => {
    const now = house.runtime.now()
    const good = { exp: now + 60, nbf: now }
    assert.equal((await machine(mine.headers({ claims: good }))).status, 200)
    await assertRefused(machine(mine.headers({ claims: { exp: now - 60 } })))
    await assertRefused(machine(mine.headers({ claims: { nbf: now + 60 } })))
  })

  test('RT-10 C11 (CVE-2020-5300): is good once, and no other name of its client’s hides it', async () => {
    const proof = mine.headers()
    assert.equal((await machine(proof)).status, 200)
    await assertRefused(machine(proof))
    const renamed = mine.headers({ claims: { jti: 'mine', more: 1 } })
    assert.equal((await machine(renamed)).status, 200)
    await assertRefused(machine(mine.headers({ claims: { jti: 'mine', more: 2 } })))
    assert.equal((await machine(holder(house, 'another').headers({ claims: { jti: 'mine' } }))).status, 200)
  })

  test('C11 (CVE-2020-15222): is forgotten only when its age alone refuses it', async () => {
    const ahead = mine.headers({ claims: { iat: house.runtime.now() + 15 } })
    assert.equal((await machine(ahead)).status, 200)
    for (const seconds of [0, 30, 44, 1]) {
      house.runtime.advance(seconds)
      // By a worker whose clock is ahead.
      await sweep(house.database, house.runtime.now() + 15)
      await assertRefused(machine(ahead))
    }
    await sweep(house.database, house.runtime.now() + 30)
    assert.equal(await rowCount(house, 'seen_assertions'), 0)
  })

  test('stands alone in its request', async () => {
    const two = [mine.proof(), mine.proof()]
    for (const dpop of [
      two.join(', '),
      two.join(','),
      `${two[0]},`,
      '',
      'x',
      `${two[0]}.x`,
      `Bearer ${two[0]}`,
    ])
      await assertRefused(machine({ dpop }))
    assert.ok(house.logged.some((line) => line.includes('there is more than one')))
    assert.equal((await machine({ dpop: two[0] ?? '' })).status, 200, 'a refused one is not used up')
  })

  test('that is refused leaves code, client assertion and family as they were', async () => {
    const code = (await codeFor(await house.signedIn(), { scope: 'openid offline_access' })).get('code')
    const used = mine.headers()
    assert.equal((await machine(used)).status, 200)
    for (const headers of [used, mine.headers({ method: 'GET' })])
      await assertRefused(exchange(house.visitor(), code, {}, headers))
    const proof = mine.headers()
    const first = await exchange(house.visitor(), code, {}, proof)
    assert.equal(first.status, 200)
    // The whole request once more, by somebody who saw it: without the key nobody ends what it gave.
    await assertRefused(exchange(house.visitor(), code, {}, proof))
    assert.equal((await introspected(house, first.json()['access_token']))['active'], true)
    // By somebody who holds the key: TK-02.
    const second = await exchange(house.visitor(), code, {}, mine.headers())
    assert.equal(second.json()['error'], 'invalid_grant')
    assert.deepEqual(await introspected(house, first.json()['access_token']), { active: false })
  })

  test('a client that is registered so gets no bearer token by any grant', async () => {
    const dpopBoundAccessTokens = true
    for (const description of [
      { ...clients.machine, id: 'bound-machine', dpopBoundAccessTokens },
      { ...clients.web, id: 'bound-web', dpopBoundAccessTokens },
    ])
      assert.ok((await createClient(house, description)).ok)
    const own = { client_id: 'bound-machine' }
    await assertRefused(machine({}, own))
    assert.equal((await machine(mine.headers(), own)).json()['token_type'], 'DPoP')

    const asked = { client_id: 'bound-web', redirect_uri: 'https://web.example/callback' }
    const code = (
      await codeFor(await house.signedIn(), { ...asked, scope: 'openid offline_access accounts:read' })
    ).get('code')
    const asWeb = { client_id: 'bound-web', client_secret: secret }
    await assertRefused(exchange(house.visitor(), code, asWeb))
    const tokens = (await exchange(house.visitor(), code, asWeb, mine.headers())).json()
    assert.equal(tokens['token_type'], 'DPoP')
    const again = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']), ...asWeb }
    await assertRefused(post(house.visitor(), '/oauth/token', again))
    assert.equal(
      (await post(house.visitor(), '/oauth/token', again, mine.headers())).json()['token_type'],
      'DPoP',
    )
  })

  test('costs a request no read and no commit of its own, and one without it nothing', async () => {
    const database = await openDatabase(':memory:')
    let [reads, commits] = [0, 0]
    const counting: Database = {
      ...database,
      read: (...asked) => {
        reads += 1
        return database.read(...asked)
      },
      commit: (writes) => {
        commits += 1
        return database.commit(writes)
      },
    }
    const counted = await openOAuthHouse({ house: await openHouse({ database: counting }) })
    const ask = async (headers: Record<string, string>): Promise<readonly [number, number]> => {
      ;[reads, commits] = [0, 0]
      assert.equal((await post(counted.visitor(), '/oauth/token', asMachine, headers)).status, 200)
      return [reads, commits]
    }
    await ask({})
    const without = await ask({})
    assert.deepEqual(await ask(holder(counted).headers()), without)
    const before = await rowCount(counted, 'seen_assertions')
    assert.deepEqual(await ask({}), without)
    assert.equal(await rowCount(counted, 'seen_assertions'), before)
    await counted.close()
  })
})

describe('A script of a client’s origin', () => {
  const origin = 'https://spa.example'

  test('may send proofs, and read nonces', async () => {
    const asked = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'dpop',
    }
    const preflight = await house.visitor().visit('/oauth/token', { method: 'OPTIONS', headers: asked })
    assert.match(preflight.header('access-control-allow-headers') ?? '', /\bdpop\b/)
    const answer = await post(house.visitor(), '/oauth/token', asMachine, { ...mine.headers(), origin })
    assert.equal(answer.header('access-control-allow-origin'), origin)
    assert.match(answer.header('access-control-expose-headers') ?? '', /\bDPoP-Nonce\b/)
  })
})

async function assertRefused(request: ReturnType<typeof machine>): Promise<void> {
  const answer = await request
  assert.equal(answer.status, 400, answer.body)
  assert.equal(answer.json()['error'], 'invalid_dpop_proof')
  assert.equal(answer.header('cache-control'), 'no-store')
}
