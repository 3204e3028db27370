import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { revocationDigest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { vaultWith } from '../../platform/keys/vault.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  bank,
  claimsIn,
  codeFor,
  errorOf,
  exchange,
  grace,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../house.ts'
import { signBatches } from '../revocations/batches.ts'
import { endedSince } from '../revocations/revocations.store.ts'
import { logoutToken } from '../sign-out/logout-token.ts'
import { resealSubjectSecret, subjectSecret } from './secret.store.ts'
import { sectorOf, subjectType } from './sector.ts'
import { addStrangers, placeThatSays, strangers, tokensOf } from './subjects.fixture.ts'
import { subjectsOf } from './subjects.ts'

const subjectIn = (tokens: Record<string, unknown>) => claimsIn(tokens['id_token'])['sub']

describe('Clients that know people by names of their own', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
    await addStrangers(house)
    const made = await createClient(house, {
      id: 'ledger-api',
      name: 'The Ledger',
      secret,
      api: ledger,
    })
    assert.ok(made.ok)
  })
  after(() => house.close())
  const by = (client: string) => ({ client_id: client, client_secret: secret })

  test('a person has one name in a sector, another in each other one, and theirs for everybody else', async () => {
    const [calendar, diary, rival, again] = await Promise.all(
      (['calendar', 'diary', 'rival', 'calendar'] as const).map((client) => tokensOf(house, client)),
    )
    const name = subjectIn(calendar ?? {})
    assert.equal(subjectIn(diary ?? {}), name)
    assert.equal(subjectIn(again ?? {}), name)
    assert.notEqual(subjectIn(rival ?? {}), name)
    assert.match(String(name), /^psn_[A-Za-z0-9_-]{43}$/)
    const ofGrace = await house.room.subjects.of(strangersClient('calendar'), grace.id)
    assert.notEqual(ofGrace, name)
  })

  test('nothing that such a client can read tells who the person is for everybody', async () => {
    const tokens = await tokensOf(house, 'calendar', { scope: 'openid profile offline_access accounts:read' })
    const opaque = await tokensOf(house, 'calendar', { scope: 'openid ledger:read', resource: ledger })
    const renewed = (await refresh(house.visitor(), tokens['refresh_token'], by('calendar'))).json()
    const readable: unknown[] = [
      claimsIn(tokens['id_token']),
      claimsIn(tokens['access_token']),
      claimsIn(renewed['id_token']),
      claimsIn(renewed['access_token']),
      await introspected(house, tokens['access_token'], 'calendar'),
      await introspected(house, renewed['refresh_token'], 'calendar'),
      await introspected(house, opaque['access_token'], 'calendar'),
      claimsIn(
        await logoutToken(house.room, await clientNamed(house, 'calendar'), {
          sessionId: house.runtime.id('ses'),
          clientId: 'calendar',
          userId: ada.id,
        }),
      ),
    ]
    const name = subjectIn(tokens)
    for (const claims of readable) {
      assert.equal((claims as Record<string, unknown>)['sub'], name)
      assert.ok(!JSON.stringify(claims).includes(ada.id))
    }
    const plain = await tokensOf(house, 'calendar')
    const answer = await house.visitor().visit('/oauth/userinfo', {
      headers: { authorization: `Bearer ${String(plain['access_token'])}` },
    })
    assert.deepEqual(answer.json(), { sub: name })
    const told = await introspected(house, plain['access_token'], 'calendar')
    assert.equal(told['username'], undefined, 'a sign-in name is everybody’s')
  })

  test('an API learns who it is from a token that the client can’t read, and the client’s name from one that it can', async () => {
    const opaque = await tokensOf(house, 'calendar', { scope: 'openid ledger:read', resource: ledger })
    assert.equal((await introspected(house, opaque['access_token'], 'ledger-api'))['sub'], ada.id)
    const signed = await tokensOf(house, 'calendar', { scope: 'openid accounts:read' })
    const name = subjectIn(signed)
    assert.equal((await introspected(house, signed['access_token'], 'bank-api'))['sub'], name)
    assert.equal(claimsIn(signed['access_token'])['aud'], bank)
    assert.equal(claimsIn(signed['access_token'])['sub'], name)
  })

  test('the name is understood when it comes back: as a hint, as a claim by value, and at the end', async () => {
    const tokens = await tokensOf(house, 'calendar')
    const name = String(subjectIn(tokens))
    const browser = await house.signedIn()
    const wire = {
      client_id: 'calendar',
      redirect_uri: strangers.calendar.redirectUris[0],
      scope: 'openid',
      prompt: 'none',
    }
    const asking = (sub: unknown) => JSON.stringify({ id_token: { sub } })
    assert.equal(await errorOf(browser, { ...wire, id_token_hint: String(tokens['id_token']) }), null)
    assert.equal(await errorOf(browser, { ...wire, claims: asking({ value: name }) }), null)
    assert.equal(await errorOf(browser, { ...wire, claims: asking({ values: ['another', name] }) }), null)
    assert.equal(await errorOf(browser, { ...wire, claims: asking({ value: ada.id }) }), 'login_required')
    const asGrace = await house.signedIn(grace)
    assert.equal(
      await errorOf(asGrace, { ...wire, id_token_hint: String(tokens['id_token']) }),
      'login_required',
    )
    const anotherSession = await house.signedIn()
    const logout = new URLSearchParams({
      id_token_hint: String(tokens['id_token']),
      post_logout_redirect_uri: strangers.calendar.postLogoutRedirectUris[0],
    })
    const gone = await anotherSession.visit(`/oauth/logout?${logout}`)
    assert.equal(gone.location, strangers.calendar.postLogoutRedirectUris[0])
  })

  test('a session has a name of its own in each sector too, which ends it and is understood', async () => {
    const browser = await house.signedIn()
    const inOne = async (client: 'calendar' | 'diary' | 'rival') => {
      const [redirectUri] = strangers[client].redirectUris
      const wire = { client_id: client, redirect_uri: redirectUri, scope: 'openid accounts:read' }
      const code = (await codeFor(browser, wire)).get('code')
      return (await exchange(house.visitor(), code, by(client))).json()
    }
    const [calendar, diary, rival] = [await inOne('calendar'), await inOne('diary'), await inOne('rival')]
    const sidIn = (tokens: Record<string, unknown>) => String(claimsIn(tokens['id_token'])['sid'])
    assert.match(sidIn(calendar), /^pss_[\w-]{22}$/)
    assert.equal(sidIn(diary), sidIn(calendar))
    assert.equal(claimsIn(calendar['access_token'])['sid'], sidIn(calendar))
    assert.notEqual(sidIn(rival), sidIn(calendar))
    const client = await clientNamed(house, 'calendar')
    const session = await house.room.subjects.sessionCalled(client, sidIn(calendar))
    assert.match(String(session), /^ses_[0-9a-f]{32}$/)
    assert.notEqual(await house.room.subjects.sessionCalled(client, sidIn(rival)), session)
    assert.equal(await house.room.subjects.sessionCalled(client, String(session)), null)
    const before = house.runtime.now() - 1
    const { location } = await browser.visit(
      `/oauth/logout?${new URLSearchParams({ id_token_hint: String(rival['id_token']) })}`,
    )
    assert.equal(location, '/sign-out')
    assert.deepEqual(await introspected(house, calendar['access_token'], 'calendar'), { active: false })
    // Whoever follows the feed instead of asking is told as well: of the family, since its name of the session isn't.
    const ended = await endedSince(house.database, before, house.runtime.now())
    const told = ended.map(({ kind, id }) => `${kind} ${id}`)
    for (const tokens of [calendar, rival])
      assert.ok(told.includes(`family ${String(claimsIn(tokens['access_token'])['fam'])}`))
  })

  test('SE-11: a hint of another client’s name for somebody ends nobody’s session unasked', async () => {
    const tokens = await tokensOf(house, 'calendar')
    const browser = await house.signedIn(grace)
    const { location } = await browser.visit(
      `/oauth/logout?${new URLSearchParams({ id_token_hint: String(tokens['id_token']) })}`,
    )
    assert.match(String(location), /^\/sign-out\?continue=/)
  })

  test('who is shut out is named in the feed as tokens name them', async () => {
    const tokens = await tokensOf(house, 'rival', { scope: 'openid accounts:read' })
    const ended = [{ kind: 'user' as const, id: ada.id, at: house.runtime.now() }]
    const { tokens: batches } = await signBatches(house.room, {
      asOf: house.runtime.now(),
      since: null,
      keep: 60,
      ended,
    })
    const told = JSON.stringify(batches.map((batch) => claimsIn(batch)['events']))
    for (const name of [ada.id, String(claimsIn(tokens['access_token'])['sub'])])
      assert.ok(told.includes(revocationDigest('user', name)))
    const shutOut = await openOAuthHouse()
    await addStrangers(shutOut)
    const token = (await tokensOf(shutOut, 'rival'))['access_token']
    await shutOut.database.commit([
      disableUser(shutOut.database, shutOut.runtime.now(), ada.id),
      endAllSessions(shutOut.database, shutOut.runtime.now(), ada.id),
    ])
    assert.deepEqual(await introspected(shutOut, token, 'rival'), { active: false })
    await shutOut.close()
  })

  test('a token that is exchanged names the person as its new client knows them', async () => {
    const made = await createClient(house, {
      id: 'teller',
      name: 'The Bank’s API',
      secret,
      api: bank,
      scopes: ['accounts:read', 'ledger:read'],
      exchange: { audiences: [ledger, bank], scopes: { 'ledger:read': ['accounts:read'] } },
    })
    assert.ok(made.ok)
    const { access_token: token } = await tokensOf(house, 'calendar', { scope: 'openid accounts:read' })
    const answer = await post(house.visitor(), '/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: String(token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: ledger,
      ...by('teller'),
    })
    const told = await introspected(house, answer.json()['access_token'], 'ledger-api')
    assert.equal(told['sub'], ada.id)
    assert.deepEqual(told['act'], { sub: 'teller' })
  })

  test('no client is called as a person is in some sector', async () => {
    const made = await createClient(house, { ...strangers.rival, id: 'psn_1' })
    assert.deepEqual(made.ok ? [] : made.findings.map(({ path, code }) => [path, code]), [['id', 'reserved']])
  })
})

describe('The sector of a client', () => {
  const findings = async (house: OAuthHouse, more: object) => {
    const made = await createClient(house, { ...strangers.rival, id: 'another', ...more })
    return made.ok ? [] : made.findings.map(({ path, code }) => `${path} ${code}`)
  }

  test('is the one host of its addresses, or else somebody has to say it', async (t) => {
    const house = await openOAuthHouse()
    t.after(() => house.close())
    const of = (...redirectUris: string[]) => sectorOf({ redirectUris })
    assert.equal(of('https://a.example/x', 'https://a.example:8443/y'), 'a.example')
    assert.equal(of('https://a.example/x', 'https://b.example/y'), null)
    // What everybody has makes nobody a stranger to anybody.
    for (const uri of ['http://127.0.0.1/cb', 'http://localhost:3000/cb', 'com.example.app:/cb'])
      assert.deepEqual(await findings(house, { redirectUris: [uri] }), ['subjectType sector'])
    assert.deepEqual(
      await findings(house, { redirectUris: ['https://a.example/x', 'https://b.example/y'] }),
      ['subjectType sector'],
    )
    assert.deepEqual(await findings(house, { api: bank }), ['subjectType api'])
    assert.deepEqual(await findings(house, { subjectType: 'private' }), ['subjectType unknown'])
    assert.equal(subjectType.usual, 'public')
  })

  test('is told by a list that has all of its addresses, fetched when it is registered', async (t) => {
    const redirectUris = ['https://a.example/x', 'com.example.app:/cb']
    const places = await Promise.all([
      placeThatSays(JSON.stringify([...redirectUris, 'https://c.example/z'])),
      placeThatSays(JSON.stringify(['https://a.example/x'])),
      placeThatSays('{"redirect_uris":[]}'),
      placeThatSays('[1]'),
      placeThatSays('<p>'),
      placeThatSays(JSON.stringify(redirectUris), 404),
    ])
    const house = await openOAuthHouse()
    t.after(() => Promise.all([house.close(), ...places.map((place) => place.close())]))
    const [good = '', ...bad] = places.map(({ uri }) => uri)
    assert.deepEqual(await findings(house, { redirectUris, sectorIdentifierUri: good }), [])
    assert.equal(
      sectorOf({ redirectUris, sectorIdentifierUri: 'https://sector.example/list' }),
      'sector.example',
    )
    const codes = ['redirect_uri', 'unusable', 'unusable', 'unusable', 'unusable']
    for (const [index, uri] of bad.entries())
      assert.deepEqual(await findings(house, { id: 'other-one', redirectUris, sectorIdentifierUri: uri }), [
        `sectorIdentifierUri ${codes[index]}`,
      ])
    // Also for a client that knows people as everybody does.
    assert.deepEqual(
      await findings(house, { subjectType: 'public', redirectUris, sectorIdentifierUri: bad[0] }),
      ['sectorIdentifierUri redirect_uri'],
    )
  })

  test('C25: nothing is fetched from an address that nobody outside could reach', async (t) => {
    const house = await openOAuthHouse()
    t.after(() => house.close())
    for (const [uri, code] of [
      ['https://192.0.2.1/sector', 'unusable'],
      ['https://169.254.169.254/latest', 'unusable'],
      ['http://sector.example/', 'not_a_uri'],
      ['file:///etc/passwd', 'not_a_uri'],
      ['https://user:pass@sector.example/', 'not_a_uri'],
    ])
      assert.deepEqual(await findings(house, { sectorIdentifierUri: uri }), [`sectorIdentifierUri ${code}`])
  })
})

onBothEngines('The secret of names', (open) => {
  test('is made once, by whoever is first, and outlives the server secret', async () => {
    const house = await open()
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => subjectSecret(house)))
    assert.deepEqual(new Set(others), new Set([first]))
    const rotated = {
      ...house,
      vault: vaultWith(
        ['another secret of this house, as long', 'a secret of this test house, long enough'],
        house.runtime,
      ),
    }
    const client = strangersClient('calendar')
    const name = await subjectsOf(house).of(client, ada.id)
    assert.equal(await subjectsOf(rotated).of(client, ada.id), name)
    await resealSubjectSecret(rotated)
    const later = { ...house, vault: vaultWith(['another secret of this house, as long'], house.runtime) }
    assert.equal(await subjectsOf(later).of(client, ada.id), name)
  })
})

function strangersClient(name: keyof typeof strangers) {
  return { ...strangers[name], sectorIdentifierUri: null }
}

async function clientNamed(house: OAuthHouse, id: string) {
  const { client } = await house.room.clients.lookNow(id)
  assert.ok(client !== undefined)
  return client
}
