import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { type AccessClaims, authenticationClasses, digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { defineRole, grantRole, rolesOf } from '../../access/roles.store.ts'
import { byAssertion } from '../../accounts/sessions/session.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import {
  deleteUserRow,
  disableUser,
  enableUser,
  insertUser,
  type User,
} from '../../accounts/users/users.store.ts'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { SecondFactorRule } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Family } from '../authorization.ts'
import { saveConsent } from '../authorize/consents.store.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { forgetUser } from '../forget.store.ts'
import { ada, bank, type OAuthHouse, openOAuthHouse, secret } from '../house.ts'
import { sweep } from '../sweep.store.ts'
import {
  accessTokenByDigest,
  insertAccessToken,
  isClientTokenLive,
  revokeJwt,
  revokeStored,
} from './access-tokens.store.ts'
import { type Code, codeByDigest, deleteUnspentCodes, insertCode, spendCode } from './codes.store.ts'
import { familyOfToken, insertFamily, type Judging, revokeFamilies, revokeFamily } from './families.store.ts'
import { insertRefreshToken, refreshTokenByDigest, replayRefreshToken } from './refresh-tokens.store.ts'

let made = 0

/** A new person who has signed in, and a new client. */
async function newcomers(house: OAuthHouse) {
  made += 1
  const user: User = {
    ...ada,
    id: `usr_${made}`,
    username: null,
    email: null,
    createdAt: house.runtime.now(),
  }
  const clientId = `client-${made}`
  const description = { id: clientId, name: 'A Site', secret, redirectUris: ['https://web.example/callback'] }
  await createClient(house, description)
  await house.database.commit([insertUser(house.database, user)])
  const browser = await house.signedIn(user)
  const [row] = await house.database.read(
    `select id from sessions where digest = '${digest(browser.cookies.get('sid') ?? '')}'`,
    [],
  )
  return { user, clientId, sessionId: String(row?.['id']) }
}

/** A family of a new person at a new client: its code, an opaque access token and a refresh token. */
async function withFamily(house: OAuthHouse) {
  const { user, clientId, sessionId } = await newcomers(house)
  const now: Instant = house.runtime.now()
  const family: Family = {
    id: `fam_${made}`,
    clientId,
    userId: user.id,
    sessionId,
    granted: {
      scope: ['openid', 'accounts:read'],
      resources: [bank],
      claims: { userinfo: { name: null } },
      authenticatedAt: now - 5,
      acr: 'a',
      amr: ['pwd'],
    },
    createdAt: now,
    expiresAt: now + 1000,
  }
  const codeValue: Code = {
    clientId,
    userId: user.id,
    sessionId,
    familyId: family.id,
    redirectUri: 'https://web.example/callback',
    codeChallenge: 'c',
    granted: family.granted,
    nonce: 'n',
    boundTo: 'a thumbprint',
    expiresAt: now + 60,
  }
  const claims: AccessClaims = {
    iss: house.issuer.url,
    sub: user.id,
    aud: bank,
    client_id: clientId,
    iat: now,
    exp: now + 300,
    jti: `jti ${made}`,
    fam: family.id,
  }
  const [code, access, r0] = [`code ${made}`, `access ${made}`, `refresh ${made}`]
  const refresh = {
    digest: r0,
    familyId: family.id,
    generation: 0,
    createdAt: now,
    expiresAt: now + 500,
    sealedToken: null,
    boundTo: null,
  }
  const { database } = house
  await database.commit([
    insertCode(database, code, codeValue),
    insertFamily(database, family),
    insertAccessToken(database, access, claims, user.id),
    insertRefreshToken(database, refresh),
  ])
  return { now, user, family, code, codeValue, access, claims, r0, refresh }
}

type Made = Awaited<ReturnType<typeof withFamily>>

onBothEngines('What a family is made of', (open) => {
  let house: OAuthHouse
  let mine: Made
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
  })
  beforeEach(async () => {
    mine = await withFamily(house)
  })

  const commit = (...writes: WriteSet) => house.database.commit(writes)
  const read = (sql: string) => house.database.read(sql, [])
  const presentedCode = () => codeByDigest(house.database, mine.code)
  const judging = (at: number = mine.now, secondFactor: SecondFactorRule = 'optional'): Judging => ({
    database: house.database,
    secondFactor,
    runtime: { now: () => at as Instant },
  })
  const refreshToken = (at?: number) => refreshTokenByDigest(judging(at), mine.r0)
  const opaque = (at?: number) => accessTokenByDigest(judging(at), mine.access)
  const jwt = (jti = 'a jti', at?: number) => familyOfToken(judging(at), { familyId: mine.family.id, jti })

  test('everything comes back as it was stored', async () => {
    const { family, codeValue, claims, refresh, user } = mine
    const presented = await presentedCode()
    assert.deepEqual(presented?.code, codeValue)
    assert.equal(presented?.spent, false)
    assert.deepEqual(presented?.user, { ...user, updatedAt: user.createdAt })
    const found = await refreshToken()
    assert.deepEqual(found?.family, family)
    const { sealedToken: _, ...token } = refresh
    assert.deepEqual(found?.token, { ...token, spentAt: null, sealedSuccessor: null, replays: 0 })
    assert.equal(found?.successorSpent, false)
    assert.deepEqual(found?.user, presented?.user)
    const access = await opaque()
    assert.deepEqual(access?.claims, claims)
    assert.deepEqual(access?.live?.family, family)
    assert.deepEqual((await jwt())?.family, family)
  })

  test('PM-05: every kind of token is found with the roles that its person has now, in order', async () => {
    const { database } = house
    const roles = async () => [
      (await refreshToken())?.roles,
      (await opaque())?.live?.roles,
      (await jwt())?.roles,
    ]
    assert.deepEqual(await roles(), [[], [], []])
    const names = ['teller', 'auditor', 'bank:clerk']
    await commit(names.map((name) => defineRole(database, { name, description: name })))
    await commit(names.map((name) => grantRole(database, mine.user.id, name)))
    const given = await rolesOf(database, mine.user.id)
    assert.deepEqual([...given].sort(), [...names].sort())
    assert.deepEqual(await roles(), [given, given, given])
  })

  test('MF-05: what was given for one factor is good for nothing while everybody needs two', async () => {
    const found = async (secondFactor: SecondFactorRule) => {
      const world = judging(mine.now, secondFactor)
      const { id: familyId } = mine.family
      return Promise.all([
        refreshTokenByDigest(world, mine.r0),
        accessTokenByDigest(world, mine.access),
        familyOfToken(world, { familyId, jti: 'a jti' }),
      ])
    }
    assert.deepEqual(await found('required'), [undefined, undefined, undefined])
    for (const one of await found('optional')) assert.ok(one)
    for (const acr of [authenticationClasses.mfa, authenticationClasses.passkey, byAssertion.acr]) {
      const granted = JSON.stringify({ ...mine.family.granted, acr })
      const sql = `update families set grant_json = '${granted}' where id = '${mine.family.id}'`
      await commit({ sql, parameters: [] })
      for (const one of await found('required')) assert.ok(one, acr)
    }
  })

  const endings: Record<string, (database: Database, now: Instant) => WriteSet[number]> = {
    'its session ends': (database, now) => endAllSessions(database, now, mine.user.id),
    'its user is disabled': (database, now) => disableUser(database, now, mine.user.id),
    'its user is deleted': (database) => deleteUserRow(database, mine.user.id),
    'its client is disabled': (database, now) => disableClient(database, mine.family.clientId, now),
    'its client is deleted': () => deleteClient(house, mine.family.clientId),
    'it is revoked': (database, now) => revokeFamily(database, mine.family.id, 'code replayed', now),
    'all of that user and client are': (database, now) =>
      revokeFamilies(database, mine.family, 'consent withdrawn', now),
  }
  for (const [name, end] of Object.entries(endings)) {
    test(`C10: a family is dead in every respect when ${name}`, async () => {
      await commit(end(house.database, house.runtime.now()))
      assert.equal(await refreshToken(), undefined)
      assert.equal(await opaque(), undefined)
      assert.equal(await jwt(), undefined)
    })
  }

  test('C10: it lives again with its user, and never after its own end', async () => {
    const { database, runtime } = house
    await commit(disableUser(database, runtime.now(), mine.user.id))
    await commit(enableUser(database, runtime.now(), mine.user.id))
    assert.ok(await refreshToken())
    assert.equal(await refreshToken(mine.now + 1000), undefined)
    assert.equal(await opaque(mine.now + 300), undefined)
  })

  test('what others did is left alone', async () => {
    const { database } = house
    const atAnother = { userId: mine.user.id, clientId: 'spa' }
    await commit(
      revokeFamilies(database, atAnother, 'consent withdrawn', mine.now),
      revokeFamilies(database, { ...mine.family, userId: ada.id }, 'consent withdrawn', mine.now),
      deleteUnspentCodes(database, atAnother),
    )
    assert.ok(await refreshToken())
    assert.ok(await presentedCode())
  })

  test('why a family ended first is what stands', async () => {
    const { database } = house
    await commit(revokeFamily(database, mine.family.id, 'refresh token reused', mine.now))
    await commit(revokeFamily(database, mine.family.id, 'revoked by the client', mine.now + 5))
    const [row] = await read(
      `select revoked_at, revoked_because from families where id = '${mine.family.id}'`,
    )
    assert.deepEqual({ ...row }, { revoked_at: mine.now, revoked_because: 'refresh token reused' })
  })

  test('TK-04 C7: of a hundred who spend a code at once, one does', async () => {
    const spend = () => commit(spendCode(house.database, mine.code, mine.now))
    const spent = await Promise.all(Array.from({ length: 100 }, spend))
    assert.equal(spent.filter(({ ok }) => ok).length, 1)
    assert.equal((await presentedCode())?.spent, true)
  })

  test('TK-05: a code is not spent after its end', async () => {
    const spendAt = (now: number) => commit(spendCode(house.database, mine.code, now))
    assert.deepEqual(await spendAt(mine.now + 60), { ok: false, lost: 'code' })
    assert.deepEqual(await spendAt(mine.now + 59), { ok: true })
  })

  test('unspent codes of a user and a client are deleted, spent ones kept', async () => {
    await commit(deleteUnspentCodes(house.database, mine.family))
    assert.equal(await presentedCode(), undefined)
    mine = await withFamily(house)
    await commit(spendCode(house.database, mine.code, mine.now))
    await commit(deleteUnspentCodes(house.database, mine.family))
    assert.equal((await presentedCode())?.spent, true)
  })

  test('C9: a refresh token is spent once, and a generation can not have two children', async () => {
    const { database } = house
    const child = (name: string) => ({
      ...mine.refresh,
      digest: `${name} of ${mine.r0}`,
      generation: 1,
      sealedToken: 'sealed',
      boundTo: 'a thumbprint',
    })
    const rotate = (_: unknown, index: number) =>
      commit(insertRefreshToken(database, child(`child ${index}`)))
    const rotations = await Promise.all(Array.from({ length: 50 }, rotate))
    assert.equal(rotations.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(await rotate(null, 50), { ok: false, lost: 'refresh token' })
    const family = await read(`select generation from refresh_tokens where family_id = '${mine.family.id}'`)
    assert.equal(family.length, 2)
    const spent = await refreshToken()
    assert.equal(spent?.token.spentAt, mine.now)
    assert.equal(spent?.token.sealedSuccessor, 'sealed')
    assert.deepEqual([spent?.token.boundTo, spent?.successorBoundTo], [null, 'a thumbprint'])
    assert.equal(spent?.successorSpent, false)
  })

  test('RT-05: a replay is counted until the successor is used or the count is full', async () => {
    const { database } = house
    const next = { ...mine.refresh, digest: `next of ${mine.r0}`, generation: 1 }
    await commit(insertRefreshToken(database, next))
    const { token } = (await refreshToken()) ?? assert.fail()
    const replay = (most: number) => commit(replayRefreshToken(database, token, most))
    assert.deepEqual(await replay(1), { ok: true })
    assert.deepEqual(await replay(1), { ok: false, lost: 'replay' })
    assert.deepEqual(await replay(9), { ok: true })
    await commit(insertRefreshToken(database, { ...next, digest: `third of ${mine.r0}`, generation: 2 }))
    assert.deepEqual(await replay(9), { ok: false, lost: 'replay' })
    assert.equal((await refreshToken())?.successorSpent, true)
    assert.equal((await refreshToken())?.token.replays, 2)
  })

  test('one access token is revoked alone, by what names it', async () => {
    const revoke = () => commit(revokeJwt(house.database, { ...mine.claims, jti: 'one' }, mine.now))
    await revoke()
    await revoke()
    assert.equal(await jwt('one'), undefined)
    assert.ok(await jwt('another'))
    assert.ok(await opaque())
    await commit(revokeStored(house.database, mine.claims, mine.now))
    assert.equal(await opaque(), undefined)
    assert.ok(await refreshToken())
  })

  test('a token that a client got for itself lives by its client and its name', async () => {
    const { database } = house
    const clientId = mine.family.clientId
    const { fam: _none, ...own } = { ...mine.claims, sub: clientId, jti: 'own' }
    await commit(insertAccessToken(database, 'own', own, null))
    assert.equal((await accessTokenByDigest(judging(), 'own'))?.live, null)
    const isLive = (jti: string) => isClientTokenLive(database, { ...own, jti })
    assert.equal(await isLive('own'), true)
    await commit(revokeJwt(database, own, mine.now))
    assert.equal(await isLive('own'), false)
    await commit(disableClient(database, clientId, mine.now))
    assert.equal(await isLive('another'), false)
    assert.equal(await accessTokenByDigest(judging(), 'own'), undefined)
  })

  const leftOf = async () => {
    const { id, clientId, userId } = mine.family
    const whose = {
      codes: `family_id = '${id}'`,
      access_tokens: `family_id = '${id}'`,
      refresh_tokens: `family_id = '${id}'`,
      families: `id = '${id}'`,
      consents: `user_id = '${userId}' and client_id = '${clientId}'`,
    }
    const left = []
    for (const [table, isMine] of Object.entries(whose)) {
      if ((await read(`select 1 from ${table} where ${isMine}`)).length > 0) left.push(table)
    }
    return left.join(' ')
  }

  const forgetting: Record<string, (database: Database) => WriteSet> = {
    client: () => deleteClient(house, mine.family.clientId),
    person: (database) => forgetUser(database, mine.user.id),
  }
  for (const [name, forget] of Object.entries(forgetting)) {
    test(`C22: of a deleted ${name} nothing is left that another one of that name could inherit`, async () => {
      const { userId, clientId, sessionId } = mine.family
      const agreed = { scope: [], resources: [], details: [], declined: [], grantedAt: 1, usedAt: 1 }
      const consent = { userId, clientId, sessionId, redirectUri: '', ...agreed }
      const other = await withFamily(house)
      await commit(saveConsent(house.database, consent))
      assert.equal(await leftOf(), 'codes access_tokens refresh_tokens families consents')
      await commit(forget(house.database))
      assert.equal(await leftOf(), '')
      mine = other
      assert.equal(await leftOf(), 'codes access_tokens refresh_tokens families')
    })
  }

  test('F37: what can not matter any more is forgotten, and nothing else', async () => {
    const { database } = house
    await commit(
      spendCode(database, mine.code, mine.now),
      revokeJwt(database, { ...mine.claims, jti: mine.r0 }, mine.now),
    )
    const leftAt = async (now: number): Promise<string> => {
      await sweep(database, now)
      const revoked = await read(`select 1 from revoked_tokens where jti = '${mine.r0}'`)
      return `${await leftOf()}${revoked.length > 0 ? ' revoked_tokens' : ''}`
    }
    const day = 86_400
    assert.equal(await leftAt(mine.now + 299), 'codes access_tokens refresh_tokens families revoked_tokens')
    assert.equal(await leftAt(mine.now + 400), 'codes refresh_tokens families')
    assert.equal(await leftAt(mine.now + 61 + day), 'refresh_tokens families')
    assert.equal(await leftAt(mine.now + 1001 + day), '')
  })

  test('F37: however much has ended since the last sweep, one sweep forgets it all', async () => {
    const { database } = house
    const many = Array.from({ length: 1201 }, (_, index) => `jti-${index}`)
    await commit(...many.map((jti) => revokeJwt(database, { ...mine.claims, jti }, mine.now)))
    assert.equal((await read('select 1 from revoked_tokens')).length, many.length)
    await sweep(database, mine.claims.exp + 1)
    assert.equal((await read('select 1 from revoked_tokens')).length, 0)
  })
})
