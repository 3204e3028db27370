import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AccessClaims, digest, formatOpaque } from '@countersign/protocol'
import { selfIssued } from '../../../../../tests/harness/certificates.ts'
import { elsewhere } from '../../../../../tests/hostile/corpora.ts'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { canonicalEmail, canonicalForeignUsername } from '../../accounts/users/identifiers.ts'
import {
  changeEmail,
  changeUsername,
  disableUser,
  enableUser,
  insertUser,
  renameUser,
} from '../../accounts/users/users.store.ts'
import { showing } from '../../oauth/binding/certificates.fixture.ts'
import {
  ada,
  bank,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  tokensFor,
} from '../../oauth/house.ts'
import { oauthRoutes } from '../../oauth/oauth.routes.ts'
import { insertAccessToken } from '../../oauth/tokens/access-tokens.store.ts'
import type { Database } from '../../platform/db/database.ts'
import { type Answer, edgeOf, Visitor } from '../../platform/house.ts'
import { openReturn } from '../../platform/http/return.ts'
import { forwardAuthRoutes } from './forward-auth.routes.ts'

let house: OAuthHouse
let edge: ReturnType<typeof edgeOf>
before(async () => {
  house = await openOAuthHouse()
  const { database } = house
  edge = edgeOf(house, [...oauthRoutes(house.room), ...forwardAuthRoutes(house.room)])
  await database.commit(['teller', 'admin'].map((name) => defineRole(database, { name, description: '' })))
})
after(() => house.close())

const page = { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
const atBank = `?audience=${encodeURIComponent(bank)}`

type Asked = Readonly<Record<string, string>>

/** What the proxy hears of a request for a page. */
function verify(who: Visitor, query = '', headers: Asked = {}): Promise<Answer> {
  const proxied = { 'x-original-method': 'GET', 'x-original-uri': '/app/?a=1&b=2' }
  return who.visit(`/auth/verify${query}`, { headers: { ...proxied, ...headers } })
}

/** What the proxy hears of a program with a token. */
function verifyToken(token: unknown, query = atBank, headers: Asked = {}): Promise<Answer> {
  return verify(new Visitor(edge), query, { authorization: `Bearer ${token}`, ...headers })
}

async function signedIn(user = ada): Promise<Visitor> {
  const browser = new Visitor(edge)
  await house.signIn(browser, user)
  return browser
}

async function machineToken(scope = 'accounts:read'): Promise<unknown> {
  const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret, scope }
  return (await post(house.visitor(), '/oauth/token', form)).json()['access_token']
}

function told(answer: Answer): (string | undefined)[] {
  assert.equal(answer.status, 200)
  return ['user', 'groups', 'email', 'name'].map((name) => answer.header(`remote-${name}`))
}

describe('A person in a browser', () => {
  test('who is signed in passes, and the application is told who it is', async () => {
    const answer = await verify(await signedIn())
    assert.deepEqual(told(answer), [ada.id, '', 'ada@example.test', 'Ada Lovelace'])
    assert.equal(answer.body, '')
    assert.equal(answer.header('cache-control'), 'no-store')
    assert.equal(answer.header('set-cookie'), undefined)
  })

  test('who is not is 401, and a page learns where to sign in', async () => {
    const answer = await verify(new Visitor(edge), '', page)
    assert.equal(answer.status, 401)
    assert.equal(answer.header('www-authenticate'), 'Bearer')
    assert.equal(answer.location, '/auth/start?to=%2Fapp%2F%3Fa%3D1%26b%3D2')
    assert.equal(answer.header('remote-user'), undefined)
    const script = await verify(new Visitor(edge), '', { ...page, 'sec-fetch-dest': 'empty' })
    assert.deepEqual([script.status, script.location], [401, undefined])
  })

  test('SE-13: a session is not a bearer token, and an access token is no cookie', async () => {
    const [cookie = ''] = (await signedIn()).cookies.values()
    assert.equal((await verifyToken(cookie)).status, 401)
    const { access_token: token } = await tokensFor(house)
    const pretender = new Visitor(edge)
    pretender.cookies.set('sid', String(token))
    assert.equal((await verify(pretender)).status, 401)
  })

  test('SE-04, SE-06: signed out or disabled, they are 401 with the next request', async () => {
    const { database, runtime } = house
    const browser = await signedIn()
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    assert.equal((await verify(browser)).status, 401)
    await database.commit([enableUser(database, runtime.now(), ada.id)])
    assert.equal((await verify(browser)).status, 200)
    await database.commit([endAllSessions(database, runtime.now(), ada.id)])
    assert.equal((await verify(browser)).status, 401)
  })

  test('SE-05: a session in use goes on as on any page, and ends when it was idle', async () => {
    const browser = await signedIn()
    for (let visits = 0; visits < 4; visits++) {
      house.runtime.advance(3000)
      assert.equal((await verify(browser)).status, 200)
    }
    house.runtime.advance(3600)
    assert.equal((await verify(browser)).status, 401)
  })

  test('HT-07: their cookie writes nothing for another site', async () => {
    const browser = await signedIn()
    const write = { 'x-original-method': 'POST' }
    const crossSite = await verify(browser, '', { ...write, origin: 'https://evil.test' })
    assert.equal(crossSite.status, 403)
    assert.equal(crossSite.header('remote-user'), undefined)
    assert.equal((await verify(browser, '', write)).status, 403)
    assert.equal((await verify(browser, '', { ...write, origin: house.issuer.origin })).status, 200)
  })

  test('PM-05: a role is needed, given and withdrawn with the next request', async () => {
    const { database } = house
    const browser = await signedIn()
    const asTeller = () => verify(browser, '?role=admin&role=teller')
    const refused = await asTeller()
    assert.deepEqual([refused.status, refused.header('www-authenticate')], [403, undefined])
    await database.commit([grantRole(database, ada.id, 'teller')])
    assert.equal(told(await asTeller())[1], 'teller')
    await database.commit([withdrawRole(database, ada.id, 'teller')])
    assert.equal((await asTeller()).status, 403)
    assert.ok(
      house.logged.some((line) => line.includes('none of the roles is held') && line.includes(ada.id)),
    )
  })

  test('a sign-in that is too old or of another kind is 401 with what would do (RFC 9470), and asks again', async () => {
    const browser = await signedIn()
    assert.equal((await verify(browser, `?max_age=300&acr=${byPassword.acr}`)).status, 200)
    house.runtime.advance(301)
    const old = await verify(browser, '?max_age=300', page)
    assert.equal(old.status, 401)
    assert.match(
      old.header('www-authenticate') ?? '',
      /error="insufficient_user_authentication".*max_age="300"/,
    )
    const weak = await verify(browser, '?acr=urn:strong&acr=urn:stronger', page)
    assert.match(weak.header('www-authenticate') ?? '', /acr_values="urn:strong urn:stronger"/)
    const start = await browser.visit(weak.location ?? '')
    assert.match(start.location ?? '', /^\/sign-in\?reason=confirm&continue=[^&]+$/)
    const two = await verify(browser, '?acr=urn:countersign:acr:mfa', page)
    assert.match(
      (await browser.visit(two.location ?? '')).location ?? '',
      /\?reason=confirm&level=mfa&continue=/,
    )
    // Who lacks the role isn’t sent to sign in again.
    assert.equal((await verify(browser, '?max_age=1&role=admin', page)).status, 403)
  })

  test('an address is told when it is proven, and a user name where the operator asks for it', async () => {
    const { database, runtime } = house
    const plain = { ...ada, id: 'usr_plain', username: null, email: null, name: 'Łukasz' }
    await database.commit([insertUser(database, { ...plain, createdAt: runtime.now() })])
    const browser = await signedIn(plain)
    await database.commit([
      changeEmail(database, runtime.now(), plain.id, canonicalEmail('l@example.test'), false),
    ])
    assert.deepEqual(told(await verify(browser)), ['usr_plain', '', '', "UTF-8''%C5%81ukasz"])
    assert.equal((await verify(browser, '?user=username')).status, 403)
    const unspoken = canonicalForeignUsername('luke o')
    await database.commit([changeUsername(database, runtime.now(), plain.id, unspoken)])
    assert.equal((await verify(browser, '?user=username')).status, 403)
    await database.commit([
      changeUsername(database, runtime.now(), plain.id, canonicalForeignUsername('lukasz')),
      renameUser(database, runtime.now(), plain.id, 'Luke\r\nRemote-Groups: admin'),
    ])
    const [user, groups, , name] = told(await verify(browser, '?user=username'))
    assert.deepEqual([user, groups], ['lukasz', ''])
    assert.equal(name, "UTF-8''Luke%0D%0ARemote-Groups%3A%20admin")
  })
})

describe('A program with a token', () => {
  test('a JWT or an opaque token of the audience passes; what it is told follows its scopes', async () => {
    const { access_token: jwt } = await tokensFor(house, { scope: 'openid accounts:read' })
    assert.deepEqual(told(await verifyToken(jwt)), [ada.id, '', '', ''])
    const { access_token: open } = await tokensFor(house, { scope: 'openid profile email ledger:read' })
    const atLedger = `?audience=${encodeURIComponent(ledger)}`
    assert.deepEqual(told(await verifyToken(open, atLedger)), [
      ada.id,
      '',
      'ada@example.test',
      'Ada Lovelace',
    ])
    assert.equal(told(await verifyToken(open, `${atLedger}&user=username`))[0], 'ada')
    const unnamed = await verifyToken(jwt, `${atBank}&user=username`)
    assert.deepEqual([unnamed.status, unnamed.header('remote-user')], [403, undefined])
    assert.match(unnamed.header('www-authenticate') ?? '', /error="insufficient_scope".*scope="profile"/)
    assert.deepEqual(told(await verifyToken(await machineToken())), ['machine', '', '', ''])
  })

  test('JW-08: a token for another audience is 401, and so is any where none are taken', async () => {
    const token = await machineToken()
    for (const query of [
      '?audience=https://other.example/',
      `?audience=${encodeURIComponent(`${bank}/`)}`,
      '',
    ]) {
      const answer = await verifyToken(token, query)
      assert.equal(answer.status, 401, query)
      assert.match(answer.header('www-authenticate') ?? '', /^Bearer error="invalid_token"$/)
      assert.equal(answer.location, undefined)
    }
  })

  test('JW-17: a token in the address is none', async () => {
    const answer = await verify(new Visitor(edge), `${atBank}&access_token=${await machineToken()}`)
    assert.equal(answer.status, 400)
    const uri = { 'x-original-uri': `/app/?access_token=${await machineToken()}` }
    assert.equal((await verify(new Visitor(edge), atBank, uri)).status, 401)
  })

  test('C10 (CVE-2024-47000), RT-09: revoked, signed out or disabled, it is 401 with the next request', async () => {
    const { database, runtime } = house
    const { access_token: token } = await tokensFor(house)
    assert.equal((await verifyToken(token)).status, 200)
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    assert.equal((await verifyToken(token)).status, 401)
    await database.commit([enableUser(database, runtime.now(), ada.id)])
    assert.equal((await verifyToken(token)).status, 200)
    const form = { token: String(token), client_id: 'web', client_secret: secret }
    await post(house.visitor(), '/oauth/revoke', form)
    assert.equal((await verifyToken(token)).status, 401)
    const { access_token: another } = await tokensFor(house)
    await database.commit([endAllSessions(database, runtime.now(), ada.id)])
    assert.equal((await verifyToken(another)).status, 401)
    const machine = await machineToken()
    house.runtime.advance(300)
    assert.equal((await verifyToken(machine)).status, 401)
  })

  test('whoever sends an Authorization header is not judged by the cookie beside it', async () => {
    const browser = await signedIn()
    const asToken = (authorization: string) => verify(browser, atBank, { ...page, authorization })
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      'Bearer a b',
      'Basic YTpi',
      'DPoP x',
      'Bearer a,Bearer b',
    ]) {
      const answer = await asToken(authorization)
      assert.deepEqual([answer.status, answer.location], [401, undefined], authorization)
    }
    assert.equal(told(await asToken(`Bearer ${await machineToken()}`))[0], 'machine')
  })

  test('all scopes are needed; a session has none, and a role is the person’s', async () => {
    const both = `${atBank}&scope=accounts:read%20transfers:write`
    const refused = await verifyToken(await machineToken(), both)
    assert.equal(refused.status, 403)
    assert.match(
      refused.header('www-authenticate') ?? '',
      /insufficient_scope.*scope="accounts:read transfers:write"/,
    )
    assert.equal((await verifyToken(await machineToken('accounts:read transfers:write'), both)).status, 200)
    assert.equal((await verify(await signedIn(), both)).status, 403)
    assert.equal((await verifyToken(await machineToken(), `${atBank}&role=teller`)).status, 403)
    assert.equal((await verifyToken(await machineToken(), `${atBank}&max_age=300`)).status, 401)
  })

  test('one that is bound to a certificate passes with that one alone, as the proxy tells it', async () => {
    const { database, runtime, issuer } = house
    const now = runtime.now()
    const [mine, other] = [selfIssued(), selfIssued()]
    const claims: AccessClaims = {
      ...{ iss: issuer.url, aud: bank, sub: 'machine', client_id: 'machine', jti: 'b3', iat: now },
      ...{ exp: now + 300, scope: 'accounts:read', cnf: { 'x5t#S256': mine.thumbprint } },
    }
    const token = formatOpaque('csat', runtime.secret())
    await database.commit([insertAccessToken(database, digest(token), claims, null)])
    const status = async (visitor: Visitor, scheme = 'Bearer') =>
      (await verify(visitor, atBank, { authorization: `${scheme} ${token}` })).status
    assert.equal(await status(showing({ edge }, mine)), 200)
    assert.equal(await status(showing({ edge }, mine), 'DPoP'), 401)
    assert.equal(await status(showing({ edge }, other)), 401)
    assert.equal(await status(new Visitor(edge)), 401)
  })

  test('one that is bound to a key doesn’t pass without its proof', async () => {
    const { database, runtime, issuer } = house
    const token = formatOpaque('csat', runtime.secret())
    const now = runtime.now()
    const claims: AccessClaims = {
      ...{ iss: issuer.url, aud: bank, sub: 'machine', client_id: 'machine', jti: 'bound' },
      ...{ iat: now, exp: now + 300 },
    }
    await database.commit([insertAccessToken(database, digest(token), claims, null)])
    assert.equal((await verifyToken(token)).status, 200)
    const bound = formatOpaque('csat', runtime.secret())
    const cnf = { jkt: 'x'.repeat(43) }
    await database.commit([insertAccessToken(database, digest(bound), { ...claims, jti: 'b2', cnf }, null)])
    for (const scheme of ['Bearer', 'DPoP']) {
      const authorization = `${scheme} ${bound}`
      assert.equal((await verify(new Visitor(edge), atBank, { authorization })).status, 401, scheme)
    }
  })
})

describe('The proxy', () => {
  test('C31 (GHSA-xmf8-cvqr-rfgj): one that asks wrongly gets an error, which its operator finds in the log', async () => {
    const browser = await signedIn()
    for (const query of [
      '?rol=admin',
      '?role=',
      '?role=Nobody%0d%0a',
      '?max_age=0',
      '?scope=a',
      '?role=%ff',
    ]) {
      const { status, headers } = await verify(browser, query)
      assert.equal(status, 400, query)
      assert.equal(headers['remote-user'], undefined)
    }
    const silent = await browser.visit('/auth/verify')
    assert.equal(silent.status, 400)
    const said = house.logged.filter((line) => line.includes('The proxy asks wrongly.'))
    assert.ok(said.some((line) => line.includes('X-Original-Method is missing')))
    assert.ok(said.some((line) => line.includes('none of audience, scope, role, acr, max_age, user')))
    assert.ok(!said.some((line) => line.includes('Nobody')))
  })

  test('an answer costs two reads for a session, one for a token, and no write', async () => {
    const counted = { reads: 0, commits: 0 }
    const database: Database = {
      ...house.database,
      read: (sql, values) => {
        counted.reads++
        return house.database.read(sql, values)
      },
      commit: (writes) => {
        counted.commits++
        return house.database.commit(writes)
      },
    }
    const platform = { ...house.room.platform, database }
    const watched = edgeOf(platform, forwardAuthRoutes({ ...house.room, platform }))
    const browser = new Visitor(watched)
    await house.signIn(browser)
    assert.equal((await verify(browser, '?role=teller&max_age=300')).status, 403)
    assert.deepEqual(counted, { reads: 2, commits: 0 })
    const { access_token: token } = await tokensFor(house)
    const authorization = `Bearer ${token}`
    assert.equal((await verify(new Visitor(watched), atBank, { authorization })).status, 200)
    assert.deepEqual(counted, { reads: 3, commits: 0 })
  })
})

describe('On the way to sign in', () => {
  test('the address to come back to is sealed for this browser', async () => {
    const browser = new Visitor(edge)
    const { location = '', status } = await browser.visit('/auth/start?to=%2Fapp%2F%3Fa%3D1%26b%3D2')
    assert.equal(status, 303)
    const sealed = new URL(location, house.issuer.url).searchParams.get('continue') ?? ''
    const cookie = browser.cookies.get('browser') ?? ''
    const known = { digest: digest(cookie), formToken: '', nonce: '' }
    assert.equal(openReturn(house.vault, known, sealed), '/app/?a=1&b=2')
    assert.equal(openReturn(house.vault, { ...known, digest: digest('another') }, sealed), null)
  })

  test('C6 (CVE-2024-56734): no other origin is ever carried along', async () => {
    for (const text of [...elsewhere, '', 'app', 'https://localhost:4400/app/']) {
      const browser = new Visitor(edge)
      const { location = '' } = await browser.visit(`/auth/start?to=${encodeURIComponent(text)}`)
      const at = new URL(location, house.issuer.url)
      assert.deepEqual([at.origin, at.pathname], [house.issuer.origin, '/sign-in'], text)
      const sealed = at.searchParams.get('continue') ?? undefined
      const known = { digest: digest(browser.cookies.get('browser') ?? ''), formToken: '', nonce: '' }
      const back = openReturn(house.vault, known, sealed)
      if (back !== null) assert.equal(new URL(back, house.issuer.url).origin, house.issuer.origin, text)
    }
  })
})
