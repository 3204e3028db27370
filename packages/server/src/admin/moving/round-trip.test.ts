// A house moves to another engine or machine, at the same address: nobody is signed out, and nobody is asked again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { totpOf } from '../../accounts/factors/factors.store.ts'
import { openTotp } from '../../accounts/factors/factors.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import {
  ada,
  authorizeUrl,
  bank,
  grace,
  introspected,
  type OAuthHouse,
  post,
  received,
  refresh,
  secret,
} from '../../oauth/house.ts'
import { refreshTokenByDigest } from '../../oauth/tokens/refresh-tokens.store.ts'
import { openDatabase } from '../../platform/db/database.ts'
import { type House, openHouse } from '../../platform/house.ts'
import {
  type Belongings,
  bring,
  browserWith,
  everyScope,
  linesOf,
  openNewHouse,
  openOldHouse,
  password,
  secretive,
  totpSecret,
} from './house-that-moves.fixture.ts'
import { signsIn } from './moving.fixture.ts'

const nothingNew = {
  created: 0,
  updated: 0,
  consents: 0,
  sessions: 0,
  grants: 0,
  accessTokens: 0,
  registrations: 0,
  initialTokens: 0,
  issuers: 0,
  signingKeys: 0,
  events: 0,
  revokedTokens: 0,
  clients: 0,
  apis: 0,
  keys: 0,
}

async function open(from: House) {
  const people = await openPeople({ house: from, limits: noLimits })
  return openOldHouse(from, people.passwords)
}

async function goesOn(to: OAuthHouse, held: Belongings): Promise<void> {
  const silently = { scope: everyScope, prompt: 'none' }
  const back = received(await browserWith(to, held.browser).visit(authorizeUrl(silently)))
  assert.deepEqual([back.get('error'), back.has('code')], [null, true], 'the session and the consent')
  const out = received(await browserWith(to, held.signedOut).visit(authorizeUrl(silently)))
  assert.equal(out.get('error'), 'login_required', 'a session that had ended')
  assert.equal((await introspected(to, held.opaqueToken))['active'], true, 'an opaque token')
  assert.equal((await introspected(to, held.jwt, 'bank-api'))['active'], true, 'a JWT')
  assert.equal((await introspected(to, held.revokedJwt, 'bank-api'))['active'], false, 'a revoked JWT')
  assert.equal((await introspected(to, held.apiKey, 'bank-api'))['active'], true, 'an API key')
  const machine = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret }
  const got = await post(to.visitor(), '/oauth/token', { ...machine, resource: bank })
  assert.equal(got.status, 200, got.body)
  const { path, token } = held.registration
  const itself = await to.visitor().visit(path, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(itself.status, 200, itself.body)
  const totp = (await totpOf(to.database, grace.id)) ?? assert.fail('no authenticator application')
  assert.deepEqual([Buffer.from(openTotp(to, totp).secret), totp.lastStep], [totpSecret, 7])
  const people = await openPeople({ house: to, limits: noLimits })
  assert.equal(await signsIn(people, 'ada', password), true)
  assert.equal(await to.room.subjects.of(secretive, ada.id), held.pairwiseName, 'a name of a client’s own')
}

/** The line of refresh tokens goes on as if nothing had happened, and a copy of a spent one still ends it. */
async function refreshes(to: OAuthHouse, held: Belongings): Promise<void> {
  const use = (token: unknown) => refresh(to.visitor(), token, { resource: bank })
  const again = await use(held.spentToken)
  assert.equal(again.json()['refresh_token'], held.refreshToken, 'the reply was lost as the server moved')
  const next = await use(held.refreshToken)
  assert.equal(next.status, 200, next.body)
  assert.equal((await use(held.spentToken)).status, 400)
  assert.equal((await use(next.json()['refresh_token'])).status, 400, 'its family has ended')
}

/** Byte by byte, but for what happened at the new server. */
function leavesAsItCame(there: readonly string[], here: readonly string[]): void {
  const came = new Set(here)
  const lines = there.filter((line) => came.has(line) || !line.startsWith('{"kind":"event"'))
  for (const [at, line] of here.entries()) assert.equal(lines[at], line)
  assert.equal(lines.length, here.length)
}

async function moves(from: House, place: House): Promise<void> {
  const { belongings } = await open(from)
  const all = { audit: true, signingKeys: true }
  const lines = await linesOf(from, all)
  const to = await openNewHouse(place)
  const tried = await bring(to, lines, { apply: false })
  assert.deepEqual(await to.database.read('select id from users union select id from sessions', []), [])
  const report = await bring(to, lines)
  assert.deepEqual([report.conflicts, [...report.leftBehind]], [[], []])
  assert.deepEqual({ ...report, remarks: [] }, { ...tried, remarks: [] }, 'a try says what happens')
  const second = await bring(to, lines)
  for (const [what, count] of Object.entries(nothingNew))
    assert.equal(second[what as keyof typeof nothingNew], count, `${what} of a second run`)
  leavesAsItCame(await linesOf(to, all), lines)
  to.runtime.advance(1)
  await goesOn(to, belongings)
  await refreshes(to, belongings)
}

onBothEngines('A house that moves', (openPlace, dialect) => {
  test('takes sessions, tokens, consents, keys and secrets along, once, and says the same of itself there', async () => {
    await moves(await openPlace(), await openPlace())
  })

  if (dialect === 'postgres')
    test('comes from SQLite with all of that', async () => {
      const from = await openHouse({ database: await openDatabase(':memory:') })
      await moves(from, await openPlace())
      await from.close()
    })

  test('brings no session and no grant to who changed their password there, or left', async () => {
    const from = await openPlace()
    const { belongings } = await open(from)
    const lines = await linesOf(from)
    const to = await openNewHouse(await openPlace())
    const isPersons = (line: string) => /^\{"kind":"(user|client|api|role)"/.test(line)
    await bring(to, lines.filter(isPersons))
    to.runtime.advance(10)
    const { database, runtime } = to
    const { passwords } = await openPeople({ house: to, limits: noLimits })
    const own = await passwords.protect(ada.id, 'difference-engine-1822')
    await database.commit([
      putPassword(database, runtime.now(), ada.id, own),
      endAllSessions(database, runtime.now(), ada.id),
    ])
    const report = await bring(to, lines)
    assert.deepEqual([report.sessions, report.grants, report.accessTokens, report.consents], [0, 0, 0, 2])
    assert.deepEqual(Object.fromEntries(report.leftBehind), {
      'sessions of people who have changed their password here': 2,
      'grants of people who have changed their password here': 2,
    })
    const silently = { scope: everyScope, prompt: 'none' }
    const back = received(await browserWith(to, belongings.browser).visit(authorizeUrl(silently)))
    assert.equal(back.get('error'), 'login_required')
    assert.equal((await refresh(to.visitor(), belongings.refreshToken)).status, 400)
  })

  test('revives nothing by a second run that was ended, withdrawn or taken back after the first', async () => {
    const from = await openPlace()
    await open(from)
    const lines = await linesOf(from, { signingKeys: true })
    const to = await openNewHouse(await openPlace())
    await bring(to, lines)
    to.runtime.advance(10)
    const now = to.runtime.now()
    const sql = [
      `update sessions set ended_at = ${now}`,
      `update families set revoked_at = ${now}, revoked_because = 'consent withdrawn'`,
      `update access_tokens set revoked_at = ${now}`,
      'delete from consents',
      'delete from initial_access_tokens',
      'delete from trusted_issuers',
      'delete from api_keys',
      'delete from signing_keys',
      `delete from clients where id = 'web'`,
    ]
    await to.database.commit(sql.map((text) => ({ sql: text, parameters: [] })))
    const again = await bring(to, lines)
    for (const [what, count] of Object.entries(nothingNew))
      assert.equal(again[what as keyof typeof nothingNew], count, what)
    const left = await to.database.read(
      'select (select count(*) from sessions where ended_at is null) as s, (select count(*) from consents) as c',
      [],
    )
    assert.deepEqual(
      left.map(({ s, c }) => [Number(s), Number(c)]),
      [[0, 0]],
    )
  })

  test('keeps what the wires of others gave out, whose clients nobody registers', async () => {
    const to = await openNewHouse(await openPlace())
    const now = to.runtime.now()
    const proof = { authenticatedAt: now, amr: ['pwd'], acr: '1' }
    const times = { createdAt: now, expiresAt: now + 600 }
    const session = { kind: 'session', id: `ses_${'1'.repeat(32)}`, digest: 's'.repeat(43), userId: 'usr_1' }
    const grant = { kind: 'grant', id: `fam_${'2'.repeat(32)}`, clientId: '~simplejwt', userId: 'usr_1' }
    const lines = [
      { kind: 'user', id: 'usr_1', username: 'ada' },
      {
        ...session,
        ...proof,
        ...times,
        remembered: true,
        lastSeenAt: now,
        idleSeconds: 600,
        peer: '',
        userAgent: '',
        heldBy: '~simplejwt',
      },
      {
        ...grant,
        ...times,
        sessionId: session.id,
        granted: { scope: [], resources: [], ...proof },
        refreshTokens: [{ digest: 'r'.repeat(43), generation: 0, ...times }],
      },
    ].map((record) => JSON.stringify(record))
    for (const apply of [false, true]) {
      const report = await bring(to, lines, { apply })
      assert.deepEqual([report.sessions, report.grants, [...report.leftBehind]], [1, 1, []])
    }
    const found = await refreshTokenByDigest(to, 'r'.repeat(43))
    assert.equal(found?.family.clientId, '~simplejwt')
  })
})
