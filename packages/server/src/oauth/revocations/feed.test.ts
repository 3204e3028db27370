import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  parseRevocationBatch,
  peekUnverified,
  type RevocationBatch,
  revocationDigest,
} from '@countersign/protocol'
import { ownTime } from '../../../../../tests/harness/own-time.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import type { Database } from '../../platform/db/database.ts'
import { disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { ada, ledger, type OAuthHouse, openOAuthHouse, post, secret } from '../house.ts'
import { paths } from '../paths.ts'
import { revocationFeed } from './feed.ts'
import { ask, events, piecesOf, poll, until } from './revocations.fixture.ts'

describe('The feed of revocations', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
  })
  after(() => house.close())

  const endSessions = async (): Promise<void> => {
    await house.signedIn(ada)
    await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
  }

  test('is for the clients of APIs alone: an application learns nothing of others’ sessions and users', async () => {
    const asks = (authorization: string) => ask(house, {}, { authorization })
    const wrong = await asks(`Basic ${btoa('bank-api:wrong')}`)
    assert.equal(wrong.status, 401)
    assert.match(String(wrong.body), /invalid_client/)
    assert.equal((await asks('')).status, 401)
    for (const application of ['web', 'machine']) {
      const refused = await asks(`Basic ${btoa(`${application}:${secret}`)}`)
      assert.equal(refused.status, 400)
      assert.match(String(refused.body), /unauthorized_client/)
    }
    const named = await house.visitor().visit(`${paths.revocations}?client_id=spa`)
    assert.equal(named.status, 401)
    assert.equal((await post(house.visitor(), paths.revocations, { client_id: 'spa' })).status, 401)
  })

  test('tells everything first, then what came since, then that nothing did', async () => {
    await endSessions()
    const { batches, ids } = await events(house, {}, (told) => told.length === 3)
    const [whole, tail, beat] = batches
    assert.equal(whole?.since, null)
    assert.equal(whole?.revocations.length, 1)
    assert.equal(tail?.since, whole?.asOf)
    assert.ok(beat !== undefined && beat.since !== null && beat.since <= (tail?.asOf ?? 0))
    assert.deepEqual(
      ids,
      batches.map(({ asOf }) => String(asOf)),
    )
  })

  test('tells what happens while it is read, within a quarter of a second or so', async () => {
    using time = ownTime()
    let began = Number.NaN
    const { batches } = await events(house, {}, (told) => {
      if (told.length === 2) {
        began = time.ms()
        void endSessions()
      }
      return told.length > 2 && told.at(-1)?.revocations.some(({ kind }) => kind === 'session') === true
    })
    assert.ok(batches.length > 2)
    assert.ok(time.ms() - began < 1000)
  })

  test('goes on where a reader was, and begins anew for a cursor that is of no use', async () => {
    const now = house.runtime.now()
    const first = async (id: string): Promise<RevocationBatch | undefined> =>
      (await events(house, { 'last-event-id': id }, (told) => told.length === 1)).batches[0]
    assert.equal((await first(String(now - 30)))?.since, now - 30)
    for (const id of [String(now - 100_000), String(now + 100), 'x', '-1', '1e3'])
      assert.equal((await first(id))?.since, null, id)
  })

  test('who comes just after something was told hears of it too, though others came just before', async () => {
    let hold: Promise<void> | undefined
    let held = (): void => {}
    const database: Database = {
      ...house.database,
      read: async (sql, parameters) => {
        const wait = /union all/i.test(sql) ? hold : undefined
        if (wait !== undefined) {
          hold = undefined
          held()
          await wait
        }
        return house.database.read(sql, parameters)
      },
    }
    const feed = revocationFeed({ ...house.room, platform: { ...house.room.platform, database } })
    const follow = () =>
      feed.follow({ cursor: house.runtime.now(), clientId: 'bank-api' })[Symbol.asyncIterator]()
    house.runtime.advance(300)
    const first = follow()
    await first.next()
    const gate = Promise.withResolvers<void>()
    const looking = new Promise<void>((resolve) => {
      held = resolve
      hold = gate.promise
    })
    await looking
    const before = follow()
    assert.equal((await before.next()).value?.count, 0)
    await endSessions()
    gate.resolve()
    while ((await first.next()).value?.count === 0);
    const after = follow()
    assert.equal((await after.next()).value?.count, 1)
    await Promise.all([first, before, after].map((reader) => reader.return?.()))
  })

  test('a poll waits for news, no longer than it may, and never in vain', async () => {
    const { next } = await poll(house)
    house.runtime.advance(1)
    const waiting = poll(house, { after: next, wait: '20' })
    await poll(house, { after: next })
    using time = ownTime()
    await endSessions()
    const told = await waiting
    assert.ok(time.ms() < 2000)
    assert.ok(told.revocations.some(({ kind }) => kind === 'session'))
    house.runtime.advance(70)
    const quiet = await poll(house, { after: String(house.runtime.now()), wait: '1' })
    assert.deepEqual(quiet.revocations, [])
    assert.equal(quiet.next, String(house.runtime.now()))
  })

  test('a poll with an impossible wait is refused', async () => {
    for (const wait of ['26', '-1', 'x', '1.5']) {
      const answer = await ask(house, { wait })
      assert.equal(answer.status, 400)
      assert.match(String(answer.body), /invalid_request/)
    }
  })

  test('a poll that is asked to finish says what there is', async () => {
    const { next } = await poll(house)
    house.runtime.advance(1)
    const pieces = piecesOf(await ask(house, { after: String(Number(next) + 1), wait: '25' }))
    const waiting = pieces.next()
    using time = ownTime()
    await pieces.return?.()
    const { value } = await waiting
    assert.ok(JSON.parse(String(value)).batches.length > 0)
    assert.ok(time.ms() < 2000)
    assert.equal((await pieces.next()).done, true)
  })

  test('many revocations come in many batches, and only the last of them moves the cursor', async () => {
    const { database, runtime } = house
    const rows = Array.from(
      { length: 1000 },
      (_, at) => `('many-${at}', ${runtime.now() + 300}, ${runtime.now()})`,
    )
    const sql = `insert into revoked_tokens (jti, expires_at, revoked_at) values ${rows.join(',')}`
    await database.commit([{ sql, parameters: [] }])
    runtime.advance(31)
    const { batches, ids } = await events(
      house,
      {},
      (told) => told.at(-1)?.part === told.at(-1)?.of && told.length > 1,
    )
    const [{ of = 0 } = {}] = batches
    assert.ok(of >= 7)
    const whole = batches.slice(0, of)
    assert.deepEqual(
      whole.map(({ part }) => part),
      Array.from({ length: of }, (_, at) => at + 1),
    )
    assert.equal(ids.length, 1)
    const digests = new Set(whole.flatMap(({ revocations }) => revocations.map(({ digest }) => digest)))
    for (const at of [0, 500, 999]) assert.ok(digests.has(revocationDigest('token', `many-${at}`)))
    await database.commit([{ sql: 'delete from revoked_tokens', parameters: [] }])
  })

  test('a token of the feed fits where any token does, however much it tells', async () => {
    const { database, runtime } = house
    const rows = Array.from(
      { length: 400 },
      (_, at) => `('full-${at}', ${runtime.now() + 300}, ${runtime.now()})`,
    )
    const sql = `insert into revoked_tokens (jti, expires_at, revoked_at) values ${rows.join(',')}`
    await database.commit([{ sql, parameters: [] }])
    runtime.advance(31)
    const { value } = await piecesOf(await ask(house)).next()
    for (const token of (JSON.parse(String(value)) as { batches: string[] }).batches) {
      assert.ok(token.length <= 7680)
      const claims = peekUnverified(token)?.claims as { events: Record<string, unknown> }
      assert.ok(parseRevocationBatch(claims) !== null)
    }
    await database.commit([{ sql: 'delete from revoked_tokens', parameters: [] }])
  })

  test('ends for a client that is disabled, and is refused to it then', async () => {
    const { database, runtime } = house
    const stream = await events(house, {}, (told) => {
      if (told.length === 2) void database.commit([disableClient(database, 'bank-api', runtime.now())])
      return false
    })
    assert.ok(stream.batches.at(-1)?.revocations.some(({ kind }) => kind === 'client'))
    runtime.advance(2)
    assert.equal((await ask(house)).status, 401)
    await database.commit([disableClient(database, 'bank-api', null)])
    runtime.advance(2)
  })

  test('as many readers as there is room for; one more is asked to come later', async () => {
    const streams = await Promise.all(
      Array.from({ length: 500 }, () => ask(house, {}, { accept: 'text/event-stream' })),
    )
    const readers = streams.map(piecesOf)
    assert.equal(readers.length, 500)
    const late = await ask(house, {}, { accept: 'text/event-stream' })
    assert.equal(late.status, 503)
    assert.equal(late.headers['retry-after'], '5')
    await createClient(house, { id: 'ledger-api', name: 'The Ledger', secret, api: ledger })
    const other = { authorization: `Basic ${btoa(`ledger-api:${secret}`)}` }
    assert.equal((await ask(house, {}, other)).status, 200, 'another client is not shut out')
    await Promise.all(readers.map((reader) => reader.return?.()))
    assert.equal((await ask(house)).status, 200)
  })

  test('says nothing while the database is away, which is what a reader goes by', async () => {
    const broken = await openOAuthHouse()
    const pieces = piecesOf(await ask(broken, {}, { accept: 'text/event-stream' }))
    await pieces.next()
    await pieces.next()
    await broken.database.commit([{ sql: 'drop table revoked_tokens', parameters: [] }])
    let heard = 'nothing'
    const next = pieces.next().then((piece) => {
      heard = 'something'
      return piece
    })
    await until(async () => broken.logged.some((line) => /What was revoked can’t be read/.test(line)))
    await new Promise((resume) => setTimeout(resume, 1000))
    assert.equal(heard, 'nothing')
    await pieces.return?.()
    assert.equal((await next).done, true)
    await broken.close()
  })

  test('stands in the metadata', async () => {
    const { body } = await house.visitor().visit(paths.openidConfiguration)
    assert.equal(JSON.parse(body)['revocation_feed_endpoint'], house.issuer.at(paths.revocations))
  })
})
