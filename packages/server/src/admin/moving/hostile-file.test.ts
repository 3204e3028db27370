// A file of another server may be anybody's: what it can't do, and what it is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { deleteClient } from '../../oauth/clients/clients.store.ts'
import { createClient } from '../../oauth/clients/registration.ts'
import { ada, authorizeUrl, received, refresh, secret } from '../../oauth/house.ts'
import type { House } from '../../platform/house.ts'
import { openHouse } from '../../platform/house.ts'
import {
  bring,
  browserWith,
  everyScope,
  linesOf,
  openNewHouse,
  openOldHouse,
} from './house-that-moves.fixture.ts'
import { people, take } from './moving.fixture.ts'
import { type MovedRecord, movedRecord } from './records.ts'

async function exported(from: House) {
  const here = await openPeople({ house: from, limits: noLimits })
  const { belongings } = await openOldHouse(from, here.passwords)
  return { belongings, lines: await linesOf(from) }
}

const changed = (lines: readonly string[], kind: MovedRecord['kind'], more: Record<string, unknown>) =>
  lines.map((line) => {
    const record = JSON.parse(line) as Record<string, unknown>
    return record['kind'] === kind ? JSON.stringify({ ...record, ...more }) : line
  })

const silently = authorizeUrl({ scope: everyScope, prompt: 'none' })

onBothEngines('A file of another server', (open) => {
  test('gives nobody who is here already a session, a grant or an origin: those come with their person alone', async () => {
    const { lines, belongings } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    const { house, add } = await openPeople({ house: to, limits: noLimits })
    const native = await add({ username: 'native', email: 'native@example.test' })
    const theirs = (kind: MovedRecord['kind'], more = {}) =>
      changed(lines, kind, { userId: native.id, ...more }).filter((line) => !line.includes('"kind":"user"'))
    const origin = {
      kind: 'moved-person',
      source: 'django',
      foreignId: '1',
      userId: native.id,
      digest: '',
      passwordDigest: null,
      at: 1,
    }
    const report = await bring(to, [...theirs('session'), ...theirs('grant'), JSON.stringify(origin)])
    assert.deepEqual([report.sessions, report.grants], [0, 0])
    assert.equal(report.leftBehind.get('origins of people who did not come from there'), 1)
    assert.ok((report.leftBehind.get('sessions of people who are not here') ?? 0) > 0)
    const back = received(await browserWith(to, belongings.browser).visit(silently))
    assert.equal(back.get('error'), 'login_required')
    const rows = await house.database.read(`select user_id from moved_users where source = 'django'`, [])
    assert.deepEqual(rows, [])
  })

  test('brings no session to who is disabled here, and no grant or key to a client that has the id of one that was deleted (C22)', async () => {
    const { lines, belongings } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    const isPersons = (line: string) => /^\{"kind":"(user|client|api|role)"/.test(line)
    await bring(to, lines.filter(isPersons))
    to.runtime.advance(10)
    const { database, runtime } = to
    await database.commit([deleteClient(to, 'web')])
    const again = { id: 'web', name: 'Another Site', secret, redirectUris: ['https://web.example/callback'] }
    assert.ok((await createClient(to, again)).ok)
    const report = await bring(to, changed(lines, 'api-key', { clientId: 'web' }))
    assert.deepEqual(
      [report.keys, report.leftBehind.get('API keys of people and clients that are not here')],
      [0, 1],
    )
    assert.equal(report.leftBehind.get('grants to clients who are others here'), 1)
    assert.equal(report.leftBehind.get('consents to clients who are others here'), 1)
    assert.equal((await refresh(to.visitor(), belongings.refreshToken)).status, 400)

    const other = await openNewHouse(await open())
    await bring(other, lines.filter(isPersons))
    await other.database.commit([disableUser(other.database, runtime.now(), ada.id)])
    const without = await bring(other, lines)
    assert.deepEqual([without.sessions, without.grants, without.accessTokens], [0, 0, 0])
    assert.equal(without.leftBehind.get('sessions of people who are disabled'), 2)
  })

  test('is taken whoever changes their password in the very moment, but for what was theirs', async () => {
    const { lines } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    const isSession = (line: string) => line.startsWith('{"kind":"session"')
    await bring(
      to,
      lines.filter((line) => !isSession(line)),
    )
    let isFirst = true
    const { database, runtime } = to
    const commit: typeof database.commit = async (writes) => {
      if (isFirst) {
        isFirst = false
        runtime.advance(1)
        await database.commit([{ sql: `update passwords set changed_at = ${runtime.now()}`, parameters: [] }])
      }
      return database.commit(writes)
    }
    const report = await bring({ ...to, database: { ...database, commit } }, lines.filter(isSession))
    assert.equal(report.sessions, 0)
    assert.deepEqual([...report.leftBehind.values()], [2])
    assert.deepEqual(await database.read('select id from sessions', []), [])
  })

  test('has no text with a NUL: its line is refused, and of other systems the one record is left out', async () => {
    const person = { kind: 'user', id: '1', username: 'ada', name: 'A\0da' }
    assert.match(String(movedRecord.safeParse(person).error), /NUL/)
    assert.match(String(movedRecord.safeParse({ ...person, name: '', claims: { 'a\0b': 1 } }).error), /NUL/)
    const to = await openPeople({ house: await open(), limits: noLimits })
    const report = await take(to, [
      ...people({ id: '1\0', username: 'ada' }, { id: '2', username: 'bea', claims: { nickname: 'b\0' } }),
      ...people({ id: '3', username: 'cora' }),
    ])
    const because = 'has a character that no text may have (NUL)'
    assert.deepEqual(report.conflicts, [
      { id: '1', because },
      { id: '2', because },
    ])
    assert.equal(report.created, 1)
  })
})

test('sessions and keys come from another server of this kind alone, whatever a reader says', async () => {
  const { lines } = await exported(await openHouse())
  const to = await openNewHouse(await openHouse())
  const report = await bring(to, lines, { keepsIds: false, source: 'django' })
  assert.deepEqual([report.sessions, report.grants, report.registrations, report.issuers], [0, 0, 0, 0])
  assert.ok((report.leftBehind.get('sessions, grants and the like of another kind of system') ?? 0) > 5)
})

test('nothing in a file is longer, deeper or more than anything here has need of', () => {
  const wrong: [kind: string, more: Record<string, unknown>][] = [
    ['roles', { roles: Array.from({ length: 2001 }, (_, at) => `r${at}`) }],
    ['claims', { claims: { nickname: 'x'.repeat(70_000) } }],
    ['claims', { claims: JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) as object }],
    [
      'identities',
      { identities: Array.from({ length: 101 }, () => ({ upstream: 'g', issuer: 'i', subject: 's' })) },
    ],
    ['createdAt', { createdAt: 1e15 }],
  ]
  for (const [member, more] of wrong) {
    const read = movedRecord.safeParse({ kind: 'user', id: '1', username: 'ada', ...more })
    assert.equal(read.error?.issues[0]?.path[0], member)
  }
})

test('a session, a grant and a token that could be none of ours are refused with their line', () => {
  const session = {
    kind: 'session',
    id: `ses_${'a'.repeat(32)}`,
    digest: 'd'.repeat(43),
    userId: 'usr_1',
    createdAt: 1,
    authenticatedAt: 1,
    amr: ['pwd'],
    acr: '0',
    remembered: false,
    lastSeenAt: 1,
    idleSeconds: 60,
    expiresAt: 2,
    peer: '',
    userAgent: '',
  }
  assert.ok(movedRecord.safeParse(session).success)
  for (const more of [
    { id: 'ses_1' },
    { digest: 'short' },
    { userAgent: 'x'.repeat(257) },
    { expiresAt: 1e15 },
  ])
    assert.equal(movedRecord.safeParse({ ...session, ...more }).success, false, JSON.stringify(more))
  const token = { digest: 'd'.repeat(43), createdAt: 1, expiresAt: 2 }
  const grant = {
    kind: 'grant',
    id: `fam_${'a'.repeat(32)}`,
    clientId: 'web',
    userId: 'usr_1',
    sessionId: session.id,
    granted: { scope: [], resources: [], authenticatedAt: 1, acr: '0', amr: [] },
    createdAt: 1,
    expiresAt: 2,
  }
  const line = (...generations: number[]) => ({
    ...grant,
    refreshTokens: generations.map((generation) => ({ ...token, generation })),
  })
  assert.ok(movedRecord.safeParse(line(4, 5, 6)).success)
  assert.equal(movedRecord.safeParse(line(0, 2)).success, false, 'a line with a hole')
})
